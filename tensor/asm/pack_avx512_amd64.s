//go:build !purego

#include "textflag.h"
#include "pack_avx2.h"

// The transposing kernels of pack_avx2_amd64.s with registers of four pieces of 16 bytes: each piece holds a quarter of the lanes, so that
// shuffles within the pieces suffice here too.
//
//	SI DI BX AX the four quarters of the lanes, else the registers of PROLOGUE   R13 scratch

// STEP_BACK4 moves the pointers so that the last block ends at step k, like STEP_BACK.
#define STEP_BACK4(SHIFT) \
	MOVQ CX, R13; \
	SHLQ $SHIFT, R13; \
	ADDQ R13, SI; \
	ADDQ R13, DI; \
	ADDQ R13, BX; \
	ADDQ R13, AX; \
	IMULQ R10, CX; \
	ADDQ CX, DX

// LANES4 loads 16 bytes of a lane from each quarter into the pieces of Z, whose low part is X.
#define LANES4(X, Z, first, second, third, fourth) \
	VMOVUPS first, X; \
	VINSERTF32X4 $1, second, Z, Z; \
	VINSERTF32X4 $2, third, Z, Z; \
	VINSERTF32X4 $3, fourth, Z, Z

// func transpose16F32AVX512(dst []float32, width int, src []float32, lane, k int)
TEXT ·transpose16F32AVX512(SB), NOSPLIT, $0-72
	PROLOGUE(2)
	LEAQ (SI)(R8*4), DI
	LEAQ (SI)(R8*8), BX
	LEAQ (DI)(R8*8), AX
	SUBQ $4, CX
block:
	LANES4(X0, Z0, (SI), (DI), (BX), (AX))
	LANES4(X1, Z1, (SI)(R8*1), (DI)(R8*1), (BX)(R8*1), (AX)(R8*1))
	LANES4(X2, Z2, (SI)(R8*2), (DI)(R8*2), (BX)(R8*2), (AX)(R8*2))
	LANES4(X3, Z3, (SI)(R9*1), (DI)(R9*1), (BX)(R9*1), (AX)(R9*1))
	TRANSPOSE4(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	STORE4(Z0, Z1, Z2, Z3)
	ADDQ $16, SI
	ADDQ $16, DI
	ADDQ $16, BX
	ADDQ $16, AX
	SUBQ $4, CX
	JGE block
	CMPQ CX, $-4
	JEQ done
	STEP_BACK4(2)
	XORL CX, CX
	JMP block
done:
	VZEROUPPER
	RET

// func transpose8F64AVX512(dst []float64, width int, src []float64, lane, k int)
TEXT ·transpose8F64AVX512(SB), NOSPLIT, $0-72
	PROLOGUE(3)
	LEAQ (SI)(R8*2), DI
	LEAQ (SI)(R8*4), BX
	LEAQ (DI)(R8*4), AX
	SUBQ $2, CX
block:
	LANES4(X0, Z0, (SI), (DI), (BX), (AX))
	LANES4(X1, Z1, (SI)(R8*1), (DI)(R8*1), (BX)(R8*1), (AX)(R8*1))
	VUNPCKLPD Z1, Z0, Z2
	VUNPCKHPD Z1, Z0, Z3
	VMOVUPS Z2, (DX)
	VMOVUPS Z3, (DX)(R10*1)
	LEAQ (DX)(R10*2), DX
	ADDQ $16, SI
	ADDQ $16, DI
	ADDQ $16, BX
	ADDQ $16, AX
	SUBQ $2, CX
	JGE block
	CMPQ CX, $-2
	JEQ done
	STEP_BACK4(3)
	XORL CX, CX
	JMP block
done:
	VZEROUPPER
	RET
