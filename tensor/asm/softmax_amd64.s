//go:build !purego

// Softmax, its gradient and cross entropy of rows that fit a register. softmax_amd64.h has the steps
// and the registers.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "softmax_amd64.h"

// Rows that fit a register.

// ROW_MASK makes the mask of a row of BX elements. It clobbers R8.
#define ROW_MASK BY_ISA(ROW_MASK_AVX2, ROW_MASK_AVX512)
#define ROW_MASK_AVX2 \
	MOVQ BX, R8; \
	SHLQ $SHIFT, R8; \
	TAIL_MASK(R8, AX, V11)
#define ROW_MASK_AVX512 \
	MOVQ CX, R8; \
	MOVQ BX, CX; \
	LANE_MASK(AX, K1); \
	MOVQ R8, CX

// WHERE_CLASS sets D to A in the lane that the integer at p names, and to 0 in the others; V8 holds
// the numbers of the lanes.
#define WHERE_CLASS BY_ISA(WHERE_CLASS_AVX2, WHERE_CLASS_AVX512)
#define WHERE_CLASS_AVX2(p, A, D) \
	VPBROADCAST (p), D; \
	VPCMPEQ V8, D, D; \
	VAND A, D, D
#define WHERE_CLASS_AVX512(p, A, D) \
	VPBROADCAST (p), D; \
	VPCMPEQ V8, D, K2; \
	VMOVA.Z A, K2, D

// SOFTMAX_ROWS is func name(dst, x []T, columns int).
//
//	DI	destination
//	SI	x
//	CX	bytes left
//	BX	bytes of a row
#define SOFTMAX_ROWS(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ x_base+24(FP), SI; \
	MOVQ columns+48(FP), BX; \
	ROW_MASK; \
	SHLQ $SHIFT, CX; \
	SHLQ $SHIFT, BX; \
	VXOR V13, V13, V13; \
	VSUBC(LOG_INFINITY, V13, V12); \
	EXP_VECTOR_BOUNDS; \
	TESTQ CX, CX; \
	JEQ done; \
row: \
	LOAD_TAIL(SI, V11, V0); \
	SOFTMAX_ROW(FOLD_ALL, V5); \
	STORE_ROW(V0, X0, DI, below16, below8, stored, partial); \
	ADDQ BX, SI; \
	ADDQ BX, DI; \
	SUBQ BX, CX; \
	JGT row; \
done: \
	VZEROUPPER; \
	RET

// SOFTMAX_GRAD_ROWS is func name(dst, g, p []T, columns int), which does dst = p·(g − Dot(p, g)).
// The lanes behind a row are 0 in both.
//
//	DI	destination
//	SI	g
//	DX	p
//	CX	bytes left
//	BX	bytes of a row
#define SOFTMAX_GRAD_ROWS(name) \
TEXT name(SB), NOSPLIT, $0-80; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ g_base+24(FP), SI; \
	MOVQ p_base+48(FP), DX; \
	MOVQ columns+72(FP), BX; \
	ROW_MASK; \
	SHLQ $SHIFT, CX; \
	SHLQ $SHIFT, BX; \
	VXOR V13, V13, V13; \
	TESTQ CX, CX; \
	JEQ done; \
row: \
	LOAD_TAIL(SI, V11, V0); \
	LOAD_TAIL(DX, V11, V9); \
	SOFTMAX_GRAD_ROW; \
	STORE_ROW(V0, X0, DI, below16, below8, stored, partial); \
	ADDQ BX, SI; \
	ADDQ BX, DX; \
	ADDQ BX, DI; \
	SUBQ BX, CX; \
	JGT row; \
done: \
	VZEROUPPER; \
	RET

#define SOFTMAX_GRAD_ROW \
	VMOVA V9, V1; \
	VFMA213 V13, V0, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VSUB V1, V0, V0; \
	VMUL V0, V9, V0

// CROSS_ENTROPY is func name(g, p, top, peak, z []T, columns int, class []int, weight, scale []T).
//
//	DI DX SI	g, p and z, the row at hand
//	BX	bytes of a row
//	R9-R13	top, peak, class, weight and scale of the row
//	CX	rows left
//	V5	the largest of z
//	V6	weight, then scale, in every lane
//	V7	weight in the lane of the row's class, 0 in the others
//	V9	the gradient
//	V8	the numbers of the lanes
#define CROSS_ENTROPY(name) \
TEXT name(SB), NOSPLIT, $0-200; \
	MOVQ columns+120(FP), BX; \
	ROW_MASK; \
	SHLQ $SHIFT, BX; \
	CROSS_ENTROPY_ROWS; \
	MOVQ class_len+136(FP), CX; \
	VXOR V13, V13, V13; \
	VSUBC(LOG_INFINITY, V13, V12); \
	EXP_VECTOR_BOUNDS; \
	VMOVU LANE_NUMBERS(0), V8; \
	TESTQ CX, CX; \
	JEQ done; \
row: \
	LOAD_TAIL(SI, V11, V0); \
	SOFTMAX_ROW(FOLD_ALL, V5); \
	TOP_AND_PEAK(X5); \
	VBROADCAST (R12), V6; \
	WHERE_CLASS(R11, V6, V7); \
	VMUL V6, V0, V9; \
	VSUB V7, V9, V9; \
	VBROADCAST (R13), V6; \
	VMUL V6, V9, V9; \
	STORE_ROW(V0, X0, DX, below16, below8, stored, partial); \
	STORE_ROW(V9, X9, DI, gradientBelow16, gradientBelow8, gradientStored, gradientPartial); \
	ADDQ BX, SI; \
	ADDQ BX, DX; \
	ADDQ BX, DI; \
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

#include "avx2_f32.h"
SOFTMAX_ROWS(·softmaxRowsF32AVX2)
SOFTMAX_GRAD_ROWS(·softmaxGradRowsF32AVX2)
CROSS_ENTROPY(·crossEntropyRowsF32AVX2)

#include "avx2_f64.h"
SOFTMAX_ROWS(·softmaxRowsF64AVX2)
SOFTMAX_GRAD_ROWS(·softmaxGradRowsF64AVX2)
CROSS_ENTROPY(·crossEntropyRowsF64AVX2)

#include "avx512_f32.h"
SOFTMAX_ROWS(·softmaxRowsF32AVX512)
SOFTMAX_GRAD_ROWS(·softmaxGradRowsF32AVX512)
CROSS_ENTROPY(·crossEntropyRowsF32AVX512)

#include "avx512_f64.h"
SOFTMAX_ROWS(·softmaxRowsF64AVX512)
SOFTMAX_GRAD_ROWS(·softmaxGradRowsF64AVX512)
CROSS_ENTROPY(·crossEntropyRowsF64AVX512)
