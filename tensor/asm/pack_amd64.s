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

// Whole cache lines of sixteen lanes of 4 bytes, or eight of 8: lanes that are a power of two apart
// evict one another, so that a line is best read once. QUARTERS4 turns registers, each of which has
// in its quarter q step n·q of some of the lanes, into those steps; they are stored at R12, DX, R13
// and R15, the second, first, third and fourth quarters', plus the place of step s.
#define QUARTERS4(A, B, C, D, store) \
	VSHUFF32X4 $0x44, B, A, Z16; \
	VSHUFF32X4 $0x44, D, C, Z17; \
	VSHUFF32X4 $0xEE, B, A, Z18; \
	VSHUFF32X4 $0xEE, D, C, Z19; \
	VSHUFF32X4 $0x88, Z17, Z16, A; \
	VSHUFF32X4 $0xDD, Z17, Z16, B; \
	VSHUFF32X4 $0x88, Z19, Z18, C; \
	VSHUFF32X4 $0xDD, Z19, Z18, D; \
	store(A, DX); \
	store(B, R12); \
	store(C, R13); \
	store(D, R15)
#define STORE_STEP0(Z, p) VMOVUPS Z, (p)
#define STORE_STEP1(Z, p) VMOVUPS Z, (p)(R10*1)
#define STORE_STEP2(Z, p) VMOVUPS Z, (p)(R10*2)
#define STORE_STEP3(Z, p) VMOVUPS Z, (p)(R11*1)

// REST_OF_LINE moves a pointer by what NEXT_BLOCK leaves of a line.
#define REST_OF_LINE(p) ADDQ $48, p

#define LINES_F32(p, A, B, C, D) \
	VMOVUPS (p), A; \
	VMOVUPS (p)(R8*1), B; \
	VMOVUPS (p)(R8*2), C; \
	VMOVUPS (p)(R9*1), D; \
	TRANSPOSE4(A, B, C, D, Z16, Z17, Z18, Z19)
#define BLOCK_OF16X16_32 \
	LEAQ (DX)(R10*4), R12; \
	LEAQ (DX)(R10*8), R13; \
	LEAQ (R12)(R10*8), R15; \
	LINES_F32(SI, Z0, Z1, Z2, Z3); \
	LINES_F32(DI, Z4, Z5, Z6, Z7); \
	LINES_F32(BX, Z8, Z9, Z10, Z11); \
	LINES_F32(AX, Z12, Z13, Z14, Z15); \
	QUARTERS4(Z0, Z4, Z8, Z12, STORE_STEP0); \
	QUARTERS4(Z1, Z5, Z9, Z13, STORE_STEP1); \
	QUARTERS4(Z2, Z6, Z10, Z14, STORE_STEP2); \
	QUARTERS4(Z3, Z7, Z11, Z15, STORE_STEP3); \
	POINTERS4(REST_OF_LINE); \
	LEAQ (R13)(R10*8), DX

#define LINES_F64(p, A, B) \
	VMOVUPS (p), B; \
	VMOVUPS (p)(R8*1), Z16; \
	VUNPCKLPD Z16, B, A; \
	VUNPCKHPD Z16, B, B
#define BLOCK_OF8X8_64 \
	LEAQ (DX)(R10*2), R12; \
	LEAQ (DX)(R10*4), R13; \
	LEAQ (R12)(R10*4), R15; \
	LINES_F64(SI, Z0, Z1); \
	LINES_F64(DI, Z2, Z3); \
	LINES_F64(BX, Z4, Z5); \
	LINES_F64(AX, Z6, Z7); \
	QUARTERS4(Z0, Z2, Z4, Z6, STORE_STEP0); \
	QUARTERS4(Z1, Z3, Z5, Z7, STORE_STEP1); \
	POINTERS4(REST_OF_LINE); \
	LEAQ (R13)(R10*4), DX

TRANSPOSE(·transpose16Lines32AVX512, 2, 16, QUARTERS_F32, BLOCK_OF16X16_32, POINTERS4, VZEROUPPER)
TRANSPOSE(·transpose8Lines64AVX512, 3, 8, QUARTERS_F64, BLOCK_OF8X8_64, POINTERS4, VZEROUPPER)

// Eight steps of 2 bytes, or sixteen of 1: groups of four lanes are transposed by words of 4 bytes,
// then within each 16 bytes, and a permutation puts the groups next to each other.

#define ORDER(table, V) VMOVUPS ·transposition+table(SB), V
#define HALVES_16 HALVES_F32; ORDER(0, Y15)
#define HALVES_8 HALVES_F32; ORDER(64, Y15); ORDER(128, Y14)
#define QUARTERS_16 QUARTERS_F32; ORDER(0, Z15); ORDER(192, Z14)
#define QUARTERS_8 QUARTERS_F32; ORDER(64, Z15); ORDER(256, Z14)

#define LOAD_HALVES \
	LANES4; \
	VINSERTF128 $1, (DI), Y0, Y0; \
	VINSERTF128 $1, (DI)(R8*1), Y1, Y1; \
	VINSERTF128 $1, (DI)(R8*2), Y2, Y2; \
	VINSERTF128 $1, (DI)(R9*1), Y3, Y3; \
	TRANSPOSE4(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
#define LOAD_QUARTERS \
	QUARTERS(X0, Z0, (SI), (DI), (BX), (AX)); \
	QUARTERS(X1, Z1, (SI)(R8*1), (DI)(R8*1), (BX)(R8*1), (AX)(R8*1)); \
	QUARTERS(X2, Z2, (SI)(R8*2), (DI)(R8*2), (BX)(R8*2), (AX)(R8*2)); \
	QUARTERS(X3, Z3, (SI)(R9*1), (DI)(R9*1), (BX)(R9*1), (AX)(R9*1)); \
	TRANSPOSE4(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)

// What a register of a group holds after that, from lanes of 2 and 1 bytes, with AVX2 and AVX-512.
#define STORE_8X2(Y, X) \
	VPSHUFB Y15, Y, Y; \
	VPERMQ $0xD8, Y, Y; \
	VMOVUPS X, (DX); \
	VEXTRACTF128 $1, Y, (DX)(R10*1); \
	LEAQ (DX)(R10*2), DX
#define STORE_8X4(Y, X) \
	VPSHUFB Y15, Y, Y; \
	VPERMD Y, Y14, Y; \
	VMOVLPS X, (DX); \
	VMOVHPS X, (DX)(R10*1); \
	VEXTRACTF128 $1, Y, X; \
	VMOVLPS X, (DX)(R10*2); \
	VMOVHPS X, (DX)(R11*1); \
	LEAQ (DX)(R10*4), DX
#define STORE_16X2(Z, Y) \
	VPSHUFB Z15, Z, Z; \
	VPERMQ Z, Z14, Z; \
	VMOVUPS Y, (DX); \
	VEXTRACTF64X4 $1, Z, (DX)(R10*1); \
	LEAQ (DX)(R10*2), DX
#define STORE_16X4(Z, X) \
	VPSHUFB Z15, Z, Z; \
	VPERMD Z, Z14, Z; \
	VMOVUPS X, (DX); \
	VEXTRACTF32X4 $1, Z, (DX)(R10*1); \
	VEXTRACTF32X4 $2, Z, (DX)(R10*2); \
	VEXTRACTF32X4 $3, Z, (DX)(R11*1); \
	LEAQ (DX)(R10*4), DX

#define BLOCK_OF8_16 \
	LOAD_HALVES; \
	STORE_8X2(Y0, X0); \
	STORE_8X2(Y1, X1); \
	STORE_8X2(Y2, X2); \
	STORE_8X2(Y3, X3)
#define BLOCK_OF8_8 \
	LOAD_HALVES; \
	STORE_8X4(Y0, X0); \
	STORE_8X4(Y1, X1); \
	STORE_8X4(Y2, X2); \
	STORE_8X4(Y3, X3)
#define BLOCK_OF16_16 \
	LOAD_QUARTERS; \
	STORE_16X2(Z0, Y0); \
	STORE_16X2(Z1, Y1); \
	STORE_16X2(Z2, Y2); \
	STORE_16X2(Z3, Y3)
#define BLOCK_OF16_8 \
	LOAD_QUARTERS; \
	STORE_16X4(Z0, X0); \
	STORE_16X4(Z1, X1); \
	STORE_16X4(Z2, X2); \
	STORE_16X4(Z3, X3)

TRANSPOSE(·transpose8By16AVX2, 1, 8, HALVES_16, BLOCK_OF8_16, POINTERS2, VZEROUPPER)
TRANSPOSE(·transpose8By8AVX2, 0, 16, HALVES_8, BLOCK_OF8_8, POINTERS2, VZEROUPPER)
TRANSPOSE(·transpose16By16AVX512, 1, 8, QUARTERS_16, BLOCK_OF16_16, POINTERS4, VZEROUPPER)
TRANSPOSE(·transpose16By8AVX512, 0, 16, QUARTERS_8, BLOCK_OF16_8, POINTERS4, VZEROUPPER)

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
