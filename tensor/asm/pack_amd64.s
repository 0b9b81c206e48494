//go:build !purego

// Packing moves elements and computes nothing, so that float32 and float64 differ only by the size
// of what is shuffled.

#include "textflag.h"
#include "vector_amd64.h"

// func copyPanelAVX2(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)
//
// Copies rows of at least 32 bytes, or of 16 to 31. The last register of a row overlaps the one
// before it, so that no row has a tail.
//
//	DI	dst, R8 its step
//	SI	src, R9 its step
//	DX	offset of the last register of a row
//	BX	rows left
//	CX	offset in the row
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

// The transposing kernels read lanes, each a run of k elements, and write steps, each a run of as
// many elements as there are lanes. A register holds 16 bytes of a lane from each half of the lanes
// (AVX2) or from each quarter (AVX-512): shuffles within 16 bytes then suffice. The last steps are
// done again together with those before them, so that there is no tail.
//
//	SI	the first lanes; DI, and BX and AX in AVX-512, those of the other halves or quarters
//	R8	a lane's stride, R9 three times that
//	DX	dst
//	R10	a step's width, R11 three times that
//	CX	steps left
//	R13	scratch

// TRANSPOSE is func name(dst []T, width int, src []T, lane, k int), with 1<<shift bytes an element.
// POINT points to the other lanes, BLOCK moves n steps of all lanes, EACH applies a macro to the
// pointers, and CLEAN is VZEROUPPER where registers are wider than 16 bytes.
#define TRANSPOSE(name, shift, n, POINT, BLOCK, EACH, CLEAN) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVQ dst_base+0(FP), DX; \
	MOVQ width+24(FP), R10; \
	SHLQ $shift, R10; \
	LEAQ (R10)(R10*2), R11; \
	MOVQ src_base+32(FP), SI; \
	MOVQ lane+56(FP), R8; \
	SHLQ $shift, R8; \
	LEAQ (R8)(R8*2), R9; \
	MOVQ k+64(FP), CX; \
	POINT; \
	SUBQ $n, CX; \
block: \
	BLOCK; \
	EACH(NEXT_BLOCK); \
	SUBQ $n, CX; \
	JGE block; \
	CMPQ CX, $-n; \
	JEQ done; \
	MOVQ CX, R13; \
	SHLQ $shift, R13; \
	EACH(STEP_BACK); \
	IMULQ R10, CX; \
	ADDQ CX, DX; \
	XORL CX, CX; \
	JMP block; \
done: \
	CLEAN; \
	RET

// NEXT_BLOCK moves a pointer by a block, STEP_BACK so that the last block ends at step k.
#define NEXT_BLOCK(p) ADDQ $16, p
#define STEP_BACK(p) ADDQ R13, p
#define POINTERS1(F) F(SI)
#define POINTERS2(F) F(SI); F(DI)
#define POINTERS4(F) F(SI); F(DI); F(BX); F(AX)

// Four steps of float32.
#define STORE_STEPS4(A, B, C, D) \
	VMOVUPS A, (DX); \
	VMOVUPS B, (DX)(R10*1); \
	VMOVUPS C, (DX)(R10*2); \
	VMOVUPS D, (DX)(R11*1); \
	LEAQ (DX)(R10*4), DX

#define LANES4 \
	VMOVUPS (SI), X0; \
	VMOVUPS (SI)(R8*1), X1; \
	VMOVUPS (SI)(R8*2), X2; \
	VMOVUPS (SI)(R9*1), X3
#define BLOCK_OF4_F32 \
	LANES4; \
	TRANSPOSE4(X0, X1, X2, X3, X4, X5, X6, X7); \
	STORE_STEPS4(X0, X1, X2, X3)

#define HALVES_F32 LEAQ (SI)(R8*4), DI
#define BLOCK_OF8_F32 \
	LANES4; \
	VINSERTF128 $1, (DI), Y0, Y0; \
	VINSERTF128 $1, (DI)(R8*1), Y1, Y1; \
	VINSERTF128 $1, (DI)(R8*2), Y2, Y2; \
	VINSERTF128 $1, (DI)(R9*1), Y3, Y3; \
	TRANSPOSE4(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7); \
	STORE_STEPS4(Y0, Y1, Y2, Y3)

// QUARTERS loads 16 bytes of a lane from each quarter to Z, whose low part is X.
#define QUARTERS(X, Z, first, second, third, fourth) \
	VMOVUPS first, X; \
	VINSERTF32X4 $1, second, Z, Z; \
	VINSERTF32X4 $2, third, Z, Z; \
	VINSERTF32X4 $3, fourth, Z, Z
#define QUARTERS_F32 LEAQ (SI)(R8*4), DI; LEAQ (SI)(R8*8), BX; LEAQ (DI)(R8*8), AX
#define BLOCK_OF16_F32 \
	QUARTERS(X0, Z0, (SI), (DI), (BX), (AX)); \
	QUARTERS(X1, Z1, (SI)(R8*1), (DI)(R8*1), (BX)(R8*1), (AX)(R8*1)); \
	QUARTERS(X2, Z2, (SI)(R8*2), (DI)(R8*2), (BX)(R8*2), (AX)(R8*2)); \
	QUARTERS(X3, Z3, (SI)(R9*1), (DI)(R9*1), (BX)(R9*1), (AX)(R9*1)); \
	TRANSPOSE4(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7); \
	STORE_STEPS4(Z0, Z1, Z2, Z3)

TRANSPOSE(·transpose4F32AVX2, 2, 4, NONE, BLOCK_OF4_F32, POINTERS1, NONE)
TRANSPOSE(·transpose8F32AVX2, 2, 4, HALVES_F32, BLOCK_OF8_F32, POINTERS2, VZEROUPPER)
TRANSPOSE(·transpose16F32AVX512, 2, 4, QUARTERS_F32, BLOCK_OF16_F32, POINTERS4, VZEROUPPER)

// Two steps of float64.
#define STEPS2(A, B, C, D) \
	VUNPCKLPD B, A, C; \
	VUNPCKHPD B, A, D; \
	VMOVUPS C, (DX); \
	VMOVUPS D, (DX)(R10*1); \
	LEAQ (DX)(R10*2), DX

#define LANES2 \
	VMOVUPS (SI), X0; \
	VMOVUPS (SI)(R8*1), X1
#define BLOCK_OF2_F64 \
	LANES2; \
	STEPS2(X0, X1, X2, X3)

#define HALVES_F64 LEAQ (SI)(R8*2), DI
#define BLOCK_OF4_F64 \
	LANES2; \
	VINSERTF128 $1, (DI), Y0, Y0; \
	VINSERTF128 $1, (DI)(R8*1), Y1, Y1; \
	STEPS2(Y0, Y1, Y2, Y3)

#define QUARTERS_F64 LEAQ (SI)(R8*2), DI; LEAQ (SI)(R8*4), BX; LEAQ (DI)(R8*4), AX
#define BLOCK_OF8_F64 \
	QUARTERS(X0, Z0, (SI), (DI), (BX), (AX)); \
	QUARTERS(X1, Z1, (SI)(R8*1), (DI)(R8*1), (BX)(R8*1), (AX)(R8*1)); \
	STEPS2(Z0, Z1, Z2, Z3)

TRANSPOSE(·transpose2F64AVX2, 3, 2, NONE, BLOCK_OF2_F64, POINTERS1, NONE)
TRANSPOSE(·transpose4F64AVX2, 3, 2, HALVES_F64, BLOCK_OF4_F64, POINTERS2, VZEROUPPER)
TRANSPOSE(·transpose8F64AVX512, 3, 2, QUARTERS_F64, BLOCK_OF8_F64, POINTERS4, VZEROUPPER)

// Three lanes, or three steps, of float32: element 3i+j of the threes is element i of run j.
// Whatever register of a run the elements of a register of threes come from, they fill different
// lanes of it: so one permutation of each run's register puts all of its elements where the threes
// have them, or the other way round, and blends do the rest. The last eight are done again together
// with those before them.
//
//	SI	src
//	DX	dst
//	R8	bytes from run to run
//	CX	elements of a run left
//	Y0-Y2	registers of the runs
//	Y3-Y5	of the threes
//	Y13-Y15	the permutations of the runs

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
