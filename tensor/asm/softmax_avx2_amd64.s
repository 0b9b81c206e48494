//go:build !purego

// Softmax and cross entropy, in AVX2, of rows that need more or less than a register: AVX-512 has
// them in a register, or several of them (softmax_avx512_amd64.s). softmax_amd64.h has the steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "softmax_amd64.h"

// Pairs: rows that fill one register and a part of a second.
//
//	V0 V5	the row; the lanes of V5 behind it are 0 in the exponentials
//	V11	the mask of its second register
//	V12	its largest element, in every lane
//	BX	bytes of the row in the second register

// SECOND_MASK sets BX from a number of columns, and V11.
#define SECOND_MASK \
	SHLQ $SHIFT, BX; \
	SUBQ $32, BX; \
	TAIL_MASK(BX, AX, V11)

// SOFTMAX_PAIR loads the row at SI and replaces it by its softmax. It leaves the sum of the
// exponentials in V1. Lanes meet as in [Kernels.Sum]: first those a register apart.
#define SOFTMAX_PAIR \
	VMOVU (SI), V0; \
	VMASKMOVPS 32(SI), V11, V5; \
	VSUBC(LOG_INFINITY, V13, V1); \
	VBLENDV V11, V5, V1, V12; \
	VMAX V0, V12, V12; \
	FOLD_ALL(VMAX, V12, V1); \
	EXP_SUB_WIDE; \
	VAND V11, V5, V5; \
	VADD V5, V0, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VDIV V1, V0, V0; \
	VDIV V1, V5, V5

// SOFTMAX_PAIRS is func name(dst, x []T, columns int).
#define SOFTMAX_PAIRS(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ x_base+24(FP), SI; \
	MOVQ columns+48(FP), BX; \
	SECOND_MASK; \
	SHLQ $SHIFT, CX; \
	VXOR V13, V13, V13; \
	EXP_VECTOR_BOUNDS; \
	TESTQ CX, CX; \
	JEQ done; \
row: \
	SOFTMAX_PAIR; \
	VMOVU V0, (DI); \
	ADDQ $32, DI; \
	STORE_ROW(V5, X5, DI, below16, below8, stored, partial); \
	ADDQ BX, DI; \
	LEAQ 32(SI)(BX*1), SI; \
	SUBQ $32, CX; \
	SUBQ BX, CX; \
	JGT row; \
done: \
	VZEROUPPER; \
	RET

// CROSS_ENTROPY_PAIRS is func name(g, p, top, peak, z []T, columns int, class []int, weight, scale
// []T).
//
//	DI DX	g and p, the row at hand
//	R9-R13	top, peak, class, weight and scale of the row
//	CX	rows left
//	V2	weight, then scale, in every lane
//	V3	the class in every lane
//	V4 V6	the gradient
#define CROSS_ENTROPY_PAIRS(name) \
TEXT name(SB), NOSPLIT, $0-200; \
	MOVQ columns+120(FP), BX; \
	SECOND_MASK; \
	CROSS_ENTROPY_ROWS; \
	MOVQ class_len+136(FP), CX; \
	VXOR V13, V13, V13; \
	EXP_VECTOR_BOUNDS; \
	TESTQ CX, CX; \
	JEQ done; \
row: \
	SOFTMAX_PAIR; \
	TOP_AND_PEAK(X12); \
	VBROADCAST (R12), V2; \
	VPBROADCAST (R11), V3; \
	VPCMPEQ LANE_NUMBERS(0), V3, V4; \
	VPCMPEQ LANE_NUMBERS(32), V3, V6; \
	VAND V2, V4, V4; \
	VAND V2, V6, V6; \
	VMUL V2, V0, V7; \
	VMUL V2, V5, V8; \
	VSUB V4, V7, V4; \
	VSUB V6, V8, V6; \
	VBROADCAST (R13), V2; \
	VMUL V2, V4, V4; \
	VMUL V2, V6, V6; \
	VMOVU V0, (DX); \
	VMOVU V4, (DI); \
	ADDQ $32, DX; \
	ADDQ $32, DI; \
	STORE_ROW(V5, X5, DX, below16, below8, stored, partial); \
	STORE_ROW(V6, X6, DI, gradientBelow16, gradientBelow8, gradientStored, gradientPartial); \
	ADDQ BX, DX; \
	ADDQ BX, DI; \
	LEAQ 32(SI)(BX*1), SI; \
	ADDQ $ELEM, R9; \
	ADDQ $ELEM, R10; \
	ADDQ $8, R11; \
	ADDQ $ELEM, R12; \
	ADDQ $ELEM, R13; \
	DECQ CX; \
	JNE row; \
done: \
	VZEROUPPER; \
	RET

// Halves: rows that fit half a register, four rows per iteration.
//
//	V0 V5	rows 0 and 1, rows 2 and 3; the lanes behind a row are 0 in the exponentials
//	V11	the mask of the rows in both halves
//	V12 V13	their largest elements, each in all lanes of its half
//	V1 V6	the sums of their exponentials, likewise
//	BX	bytes of a row, R8 three times that
//
// A row is stored with all 16 bytes of its half, of which the next row's overwrite the surplus, but
// for the last one. For that it takes 8 bytes at least.

// HALF_MASK sets BX from a number of columns, R8, and V11.
#define HALF_MASK \
	SHLQ $SHIFT, BX; \
	LEAQ (BX)(BX*2), R8; \
	TAIL_MASK(BX, AX, V11); \
	VINSERTF128 $1, X11, V11, V11

// LOAD_HALVES loads the four rows at p.
#define LOAD_HALVES(p) \
	VMASKMOVPS (p), X11, X0; \
	VMASKMOVPS (p)(BX*1), X11, X1; \
	VMASKMOVPS (p)(BX*2), X11, X5; \
	VMASKMOVPS (p)(R8*1), X11, X2; \
	VINSERTF128 $1, X1, V0, V0; \
	VINSERTF128 $1, X2, V5, V5

// STORE_HALVES stores the four rows in Y and YY, whose low halves are X and XX, at p. It clobbers
// them, V3 and AX.
#define STORE_HALVES(Y, X, YY, XX, p, below16, below8, stored) \
	VEXTRACTF128 $1, Y, X3; \
	VMOVUPS X, (p); \
	VMOVUPS X3, (p)(BX*1); \
	VEXTRACTF128 $1, YY, X3; \
	VMOVUPS XX, (p)(BX*2); \
	LEAQ (p)(R8*1), AX; \
	STORE_TAIL(Y3, X3, AX, BX, below16, below8, stored)

// SOFTMAX_HALF_ROWS replaces the rows by their softmax, as SOFTMAX_ROW does.
#define SOFTMAX_HALF_ROWS \
	VXOR V1, V1, V1; \
	VSUBC(LOG_INFINITY, V1, V1); \
	VBLENDV V11, V0, V1, V12; \
	VBLENDV V11, V5, V1, V13; \
	FOLD_16(VMAX, V12, V2); \
	FOLD_16(VMAX, V13, V3); \
	VSUB V12, V0, V0; \
	VSUB V13, V5, V5; \
	EXP_WIDE; \
	VAND V11, V0, V0; \
	VAND V11, V5, V5; \
	VMOVA V0, V1; \
	VMOVA V5, V6; \
	FOLD_16(VADD, V1, V2); \
	FOLD_16(VADD, V6, V3); \
	VDIV V1, V0, V0; \
	VDIV V6, V5, V5

// OF_HALVES sets D, whose low half is X, to the elements of two rows at p and next to it, each in
// all lanes of its row's half. It clobbers V3.
#define OF_HALVES(p, next, D, X) \
	VBROADCAST p, D; \
	VBROADCAST next, V3; \
	VINSERTF128 $1, X3, D, D

// EACH_HALF stores the first element of each half of Y, whose low half is X, at p and next to it.
// It clobbers Y.
#define EACH_HALF(Y, X, p, next) \
	VMOVS X, p; \
	VEXTRACTF128 $1, Y, X; \
	VMOVS X, next

// SOFTMAX_HALVES is func name(dst, x []T, columns int).
#define SOFTMAX_HALVES(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ x_base+24(FP), SI; \
	MOVQ columns+48(FP), BX; \
	HALF_MASK; \
	SHLQ $SHIFT, CX; \
	JEQ done; \
	EXP_VECTOR_BOUNDS; \
rows: \
	LOAD_HALVES(SI); \
	SOFTMAX_HALF_ROWS; \
	STORE_HALVES(V0, X0, V5, X5, DI, below16, below8, stored); \
	LEAQ (SI)(BX*4), SI; \
	LEAQ (DI)(BX*4), DI; \
	SUBQ BX, CX; \
	SUBQ R8, CX; \
	JGT rows; \
done: \
	VZEROUPPER; \
	RET

// CROSS_ENTROPY_HALVES is func name(g, p, top, peak, z []T, columns int, class []int, weight, scale
// []T).
//
//	DI DX SI	g, p and z, the rows at hand
//	R9-R13	top, peak, class, weight and scale of the first of them
//	CX	rows left
//	V2	weights, then scales
//	V4 V7	the gradients
//	V8 V9	the weights in the lanes of the rows' classes, 0 in the others
//
// The largest elements and probabilities are stored as by TOP_AND_PEAK.
#define CROSS_ENTROPY_HALVES(name) \
TEXT name(SB), NOSPLIT, $0-200; \
	MOVQ columns+120(FP), BX; \
	HALF_MASK; \
	CROSS_ENTROPY_ROWS; \
	MOVQ class_len+136(FP), CX; \
	EXP_VECTOR_BOUNDS; \
	TESTQ CX, CX; \
	JEQ done; \
rows: \
	LOAD_HALVES(SI); \
	SOFTMAX_HALF_ROWS; \
	VBROADCAST EXP(const_expOne), V2; \
	VDIV V1, V2, V3; \
	VDIV V6, V2, V2; \
	EACH_HALF(V3, X3, (R10), ELEM(R10)); \
	EACH_HALF(V2, X2, (2*ELEM)(R10), (3*ELEM)(R10)); \
	VSUB V1, V1, V1; \
	VSUB V6, V6, V6; \
	VADD V1, V12, V12; \
	VADD V6, V13, V13; \
	EACH_HALF(V12, X12, (R9), ELEM(R9)); \
	EACH_HALF(V13, X13, (2*ELEM)(R9), (3*ELEM)(R9)); \
	VBROADCASTF128 LANE_NUMBERS(0), V1; \
	OF_HALVES((R11), 8(R11), V8, X8); \
	OF_HALVES(16(R11), 24(R11), V9, X9); \
	VPCMPEQ V1, V8, V8; \
	VPCMPEQ V1, V9, V9; \
	OF_HALVES((R12), ELEM(R12), V2, X2); \
	VAND V2, V8, V8; \
	VMUL V2, V0, V4; \
	OF_HALVES((2*ELEM)(R12), (3*ELEM)(R12), V2, X2); \
	VAND V2, V9, V9; \
	VMUL V2, V5, V7; \
	VSUB V8, V4, V4; \
	VSUB V9, V7, V7; \
	OF_HALVES((R13), ELEM(R13), V2, X2); \
	VMUL V2, V4, V4; \
	OF_HALVES((2*ELEM)(R13), (3*ELEM)(R13), V2, X2); \
	VMUL V2, V7, V7; \
	STORE_HALVES(V0, X0, V5, X5, DX, below16, below8, stored); \
	STORE_HALVES(V4, X4, V7, X7, DI, gradientBelow16, gradientBelow8, gradientStored); \
	LEAQ (SI)(BX*4), SI; \
	LEAQ (DX)(BX*4), DX; \
	LEAQ (DI)(BX*4), DI; \
	ADDQ $(4*ELEM), R9; \
	ADDQ $(4*ELEM), R10; \
	ADDQ $32, R11; \
	ADDQ $(4*ELEM), R12; \
	ADDQ $(4*ELEM), R13; \
	SUBQ $4, CX; \
	JGT rows; \
done: \
	VZEROUPPER; \
	RET

#include "avx2_f32.h"
SOFTMAX_PAIRS(·softmax2RegisterF32AVX2)
CROSS_ENTROPY_PAIRS(·crossEntropy2RegisterF32AVX2)
SOFTMAX_HALVES(·softmax2RowF32AVX2)
CROSS_ENTROPY_HALVES(·crossEntropy2RowF32AVX2)

#include "avx2_f64.h"
SOFTMAX_PAIRS(·softmax2RegisterF64AVX2)
CROSS_ENTROPY_PAIRS(·crossEntropy2RegisterF64AVX2)
SOFTMAX_HALVES(·softmax2RowF64AVX2)
CROSS_ENTROPY_HALVES(·crossEntropy2RowF64AVX2)
