//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "exp.h"
#include "exp_avx512.h"
#include "softmax.h"

// DIVIDE_VECTOR divides V0 by V12.
#define DIVIDE_VECTOR VDIV V12, V0, V0

// MUL_DIFFERENCE_VECTORS replaces V0 by V9·(V0−V12).
#define MUL_DIFFERENCE_VECTORS \
	VSUB V12, V0, V0; \
	VMUL V0, V9, V0

// ROW_MASK sets K1 to the mask of a row of BX elements.
#define ROW_MASK \
	MOVQ CX, R8; \
	MOVQ BX, CX; \
	LANE_MASK(AX, K1); \
	MOVQ R8, CX

#define LOAD_ROW(p, D) VMOVU.Z (p), K1, D

// STORE_ROW stores the row in Z, whose low quarter is X, at p. AVX2 needs X and the labels.
#define STORE_ROW(Z, X, p, below16, below8, stored, partial) VMOVU Z, K1, (p)

// WHERE_ROW sets D to A in the lanes of the row, and to B behind.
#define WHERE_ROW(A, B, D) VBLENDM A, B, K1, D

// WHERE_CLASS sets D to A in the lane that the integer at p names, and to 0 in the others.
#define WHERE_CLASS(p, A, D) \
	VPBROADCAST (p), D; \
	VPCMPEQ V8, D, K2; \
	VMOVA.Z A, K2, D

#include "avx512_f32.h"
#define VSCALEF VSCALEFPS
#define FOLD_ALL(OP, V, T) \
	VSHUFF64X2 $0x4e, V, V, T; \
	OP T, V, V; \
	VSHUFF64X2 $0xb1, V, V, T; \
	OP T, V, V; \
	VPERMILPD $0x55, V, T; \
	OP T, V, V; \
	VPERMILPS $0xb1, V, T; \
	OP T, V, V
#define EXP_POLYNOMIAL POLYNOMIAL_5
#define expTable ·exp32
#define LOG_INFINITY ·log32+(const_logInfinity*4)(SB)
#define divideT ·divideF32AVX512
#define mulDifferenceT ·mulDifferenceF32AVX512
#define softmaxRowsT ·softmaxRowsF32AVX512
#define softmaxGradRowsT ·softmaxGradRowsF32AVX512
#define crossEntropyRowsT ·crossEntropyRowsF32AVX512
#define LANE_NUMBERS(offset) ·laneNumbers32+(offset)(SB)
#define VADDS VADDSS
#define VSUBS VSUBSS
#define VDIVS VDIVSS
#define divideArgs 28
#define mulDifferenceArgs 76
#include "softmax_kernels.h"

#undef VSCALEF
#undef FOLD_ALL
#undef EXP_POLYNOMIAL
#undef expTable
#undef LOG_INFINITY
#undef divideT
#undef mulDifferenceT
#undef softmaxRowsT
#undef softmaxGradRowsT
#undef crossEntropyRowsT
#undef LANE_NUMBERS
#undef VADDS
#undef VSUBS
#undef VDIVS
#undef divideArgs
#undef mulDifferenceArgs

#include "avx512_f64.h"
#define VSCALEF VSCALEFPD
#define FOLD_ALL(OP, V, T) \
	VSHUFF64X2 $0x4e, V, V, T; \
	OP T, V, V; \
	VSHUFF64X2 $0xb1, V, V, T; \
	OP T, V, V; \
	VPERMILPD $0x55, V, T; \
	OP T, V, V
#define EXP_POLYNOMIAL POLYNOMIAL_10
#define expTable ·exp64
#define LOG_INFINITY ·log64+(const_logInfinity*8)(SB)
#define divideT ·divideF64AVX512
#define mulDifferenceT ·mulDifferenceF64AVX512
#define softmaxRowsT ·softmaxRowsF64AVX512
#define softmaxGradRowsT ·softmaxGradRowsF64AVX512
#define crossEntropyRowsT ·crossEntropyRowsF64AVX512
#define LANE_NUMBERS(offset) ·laneNumbers64+(offset)(SB)
#define VADDS VADDSD
#define VSUBS VSUBSD
#define VDIVS VDIVSD
#define divideArgs 32
#define mulDifferenceArgs 80
#include "softmax_kernels.h"
