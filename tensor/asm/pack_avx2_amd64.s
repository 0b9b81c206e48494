//go:build !purego

#include "textflag.h"
#include "pack_avx2.h"

// Packing moves elements and computes nothing, so that float32 and float64 differ only by the size of what is shuffled.

// func copyPanelAVX2(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)
//
// Copies rows of at least 32 bytes, or of 16 to 31. The last register of a row overlaps the one before it, so that no row has a tail.
//
//	DI dst   SI src   R8 R9 their steps   DX offset of the last register of a row   BX rows left   CX offset in the row
TEXT ·copyPanelAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ dstStep+16(FP), R8
	MOVQ srcStep+24(FP), R9
	MOVQ row+32(FP), DX
	MOVQ rows+40(FP), BX
	SUBQ $32, DX
	JLT short

row:
	XORL CX, CX
	CMPQ CX, DX
	JGE last
whole:
	VMOVUPS (SI)(CX*1), Y0
	VMOVUPS Y0, (DI)(CX*1)
	ADDQ $32, CX
	CMPQ CX, DX
	JLT whole
last:
	VMOVUPS (SI)(DX*1), Y0
	VMOVUPS Y0, (DI)(DX*1)
	ADDQ R9, SI
	ADDQ R8, DI
	DECQ BX
	JNE row
	VZEROUPPER
	RET

short:
	ADDQ $16, DX
shortRow:
	VMOVUPS (SI), X0
	VMOVUPS (SI)(DX*1), X1
	VMOVUPS X0, (DI)
	VMOVUPS X1, (DI)(DX*1)
	ADDQ R9, SI
	ADDQ R8, DI
	DECQ BX
	JNE shortRow
	RET

// func transpose8F32AVX2(dst []float32, width int, src []float32, lane, k int)
TEXT ·transpose8F32AVX2(SB), NOSPLIT, $0-72
	PROLOGUE(2)
	LEAQ (SI)(R8*4), DI
	SUBQ $4, CX
block:
	VMOVUPS (SI), X0
	VMOVUPS (SI)(R8*1), X1
	VMOVUPS (SI)(R8*2), X2
	VMOVUPS (SI)(R9*1), X3
	VINSERTF128 $1, (DI), Y0, Y0
	VINSERTF128 $1, (DI)(R8*1), Y1, Y1
	VINSERTF128 $1, (DI)(R8*2), Y2, Y2
	VINSERTF128 $1, (DI)(R9*1), Y3, Y3
	TRANSPOSE4(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	STORE4(Y0, Y1, Y2, Y3)
	ADDQ $16, SI
	ADDQ $16, DI
	SUBQ $4, CX
	JGE block
	CMPQ CX, $-4
	JEQ done
	STEP_BACK(2)
	XORL CX, CX
	JMP block
done:
	VZEROUPPER
	RET

// func transpose4F32AVX2(dst []float32, width int, src []float32, lane, k int)
TEXT ·transpose4F32AVX2(SB), NOSPLIT, $0-72
	PROLOGUE(2)
	SUBQ $4, CX
block:
	VMOVUPS (SI), X0
	VMOVUPS (SI)(R8*1), X1
	VMOVUPS (SI)(R8*2), X2
	VMOVUPS (SI)(R9*1), X3
	TRANSPOSE4(X0, X1, X2, X3, X4, X5, X6, X7)
	STORE4(X0, X1, X2, X3)
	ADDQ $16, SI
	SUBQ $4, CX
	JGE block
	CMPQ CX, $-4
	JEQ done
	STEP_BACK(2)
	XORL CX, CX
	JMP block
done:
	RET

// func transpose4F64AVX2(dst []float64, width int, src []float64, lane, k int)
TEXT ·transpose4F64AVX2(SB), NOSPLIT, $0-72
	PROLOGUE(3)
	LEAQ (SI)(R8*2), DI
	SUBQ $2, CX
block:
	VMOVUPD (SI), X0
	VMOVUPD (SI)(R8*1), X1
	VINSERTF128 $1, (DI), Y0, Y0
	VINSERTF128 $1, (DI)(R8*1), Y1, Y1
	VUNPCKLPD Y1, Y0, Y2
	VUNPCKHPD Y1, Y0, Y3
	VMOVUPD Y2, (DX)
	VMOVUPD Y3, (DX)(R10*1)
	LEAQ (DX)(R10*2), DX
	ADDQ $16, SI
	ADDQ $16, DI
	SUBQ $2, CX
	JGE block
	CMPQ CX, $-2
	JEQ done
	STEP_BACK(3)
	XORL CX, CX
	JMP block
done:
	VZEROUPPER
	RET

// func transpose2F64AVX2(dst []float64, width int, src []float64, lane, k int)
TEXT ·transpose2F64AVX2(SB), NOSPLIT, $0-72
	PROLOGUE(3)
	SUBQ $2, CX
block:
	VMOVUPD (SI), X0
	VMOVUPD (SI)(R8*1), X1
	VUNPCKLPD X1, X0, X2
	VUNPCKHPD X1, X0, X3
	VMOVUPD X2, (DX)
	VMOVUPD X3, (DX)(R10*1)
	LEAQ (DX)(R10*2), DX
	ADDQ $16, SI
	SUBQ $2, CX
	JGE block
	CMPQ CX, $-2
	JEQ done
	STEP_BACK(3)
	XORL CX, CX
	JMP block
done:
	RET
