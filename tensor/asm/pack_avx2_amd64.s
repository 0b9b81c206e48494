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

// Three lanes, or three steps, of float32: element 3i+j of the threes is element i of run j. Whatever register of a run the elements
// of a register of threes come from, they fill different lanes of it: so one permutation of each run's register puts all of its elements where the threes
// have them, or the other way round, and blends do the rest. The last eight are done again together with those before them.
//
//	SI src   DX dst   R8 bytes from run to run   CX elements of a run left   Y13–Y15 the permutations of the runs
//	Y0–Y2 registers of the runs   Y3–Y5 of the threes

// THREE selects lanes 0, 3 and 6 of A, 1, 4 and 7 of B, and 2 and 5 of C.
#define THREE(A, B, C, D) \
	VBLENDPS $0x92, B, A, D; \
	VBLENDPS $0x24, C, D, D

// func interleave3F32AVX2(dst, src []float32, run, k int)
TEXT ·interleave3F32AVX2(SB), NOSPLIT, $0-64
	MOVQ dst_base+0(FP), DX
	MOVQ src_base+24(FP), SI
	MOVQ run+48(FP), R8
	SHLQ $2, R8
	MOVQ k+56(FP), CX
	VMOVDQU ·threes+0(SB), Y13
	VMOVDQU ·threes+32(SB), Y14
	VMOVDQU ·threes+64(SB), Y15
	SUBQ $8, CX
eight:
	VPERMPS (SI), Y13, Y0
	VPERMPS (SI)(R8*1), Y14, Y1
	VPERMPS (SI)(R8*2), Y15, Y2
	THREE(Y0, Y1, Y2, Y3)
	THREE(Y2, Y0, Y1, Y4)
	THREE(Y1, Y2, Y0, Y5)
	VMOVUPS Y3, (DX)
	VMOVUPS Y4, 32(DX)
	VMOVUPS Y5, 64(DX)
	ADDQ $32, SI
	ADDQ $96, DX
	SUBQ $8, CX
	JGE eight
	CMPQ CX, $-8
	JEQ done
	LEAQ (SI)(CX*4), SI
	LEAQ (CX)(CX*2), AX
	LEAQ (DX)(AX*4), DX
	XORL CX, CX
	JMP eight
done:
	VZEROUPPER
	RET

// func deinterleave3F32AVX2(dst, src []float32, run, k int)
TEXT ·deinterleave3F32AVX2(SB), NOSPLIT, $0-64
	MOVQ dst_base+0(FP), DX
	MOVQ src_base+24(FP), SI
	MOVQ run+48(FP), R8
	SHLQ $2, R8
	MOVQ k+56(FP), CX
	VMOVDQU ·threes+96(SB), Y13
	VMOVDQU ·threes+128(SB), Y14
	VMOVDQU ·threes+160(SB), Y15
	SUBQ $8, CX
eight:
	VMOVUPS (SI), Y3
	VMOVUPS 32(SI), Y4
	VMOVUPS 64(SI), Y5
	THREE(Y3, Y4, Y5, Y0)
	THREE(Y5, Y3, Y4, Y1)
	THREE(Y4, Y5, Y3, Y2)
	VPERMPS Y0, Y13, Y0
	VPERMPS Y1, Y14, Y1
	VPERMPS Y2, Y15, Y2
	VMOVUPS Y0, (DX)
	VMOVUPS Y1, (DX)(R8*1)
	VMOVUPS Y2, (DX)(R8*2)
	ADDQ $96, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JGE eight
	CMPQ CX, $-8
	JEQ done
	LEAQ (DX)(CX*4), DX
	LEAQ (CX)(CX*2), AX
	LEAQ (SI)(AX*4), SI
	XORL CX, CX
	JMP eight
done:
	VZEROUPPER
	RET
