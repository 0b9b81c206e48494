//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "exp.h"
#include "exp_avx2.h"
#include "softmax.h"

// DIVIDE_VECTOR divides V0 by V12.
#define DIVIDE_VECTOR VDIV V12, V0, V0

// MUL_DIFFERENCE_VECTORS replaces V0 by V9·(V0−V12).
#define MUL_DIFFERENCE_VECTORS \
	VSUB V12, V0, V0; \
	VMUL V0, V9, V0

// ROW_MASK sets V11 to the mask of a row of BX elements.
#define ROW_MASK \
	MOVQ BX, R8; \
	SHLQ $SHIFT, R8; \
	TAIL_MASK(R8, AX, V11)

#define LOAD_ROW(p, D) VMASKMOVPS (p), V11, D

// STORE_ROW stores the row in Y, whose low half is X, at p. It clobbers both.
#define STORE_ROW(Y, X, p, below16, below8, stored, partial) \
	MOVQ p, R8; \
	CMPQ BX, $32; \
	JNE partial; \
	VMOVU Y, (R8); \
	JMP stored; \
partial: \
	STORE_TAIL(Y, X, R8, BX, below16, below8, stored)

// WHERE_ROW sets D to A in the lanes of the row, and to B behind.
#define WHERE_ROW(A, B, D) VBLENDV V11, A, B, D

// WHERE_CLASS sets D to A in the lane that the integer at p names, and to 0 in the others.
#define WHERE_CLASS(p, A, D) \
	VPBROADCAST (p), D; \
	VPCMPEQ V8, D, D; \
	VAND A, D, D

#include "avx2_f32.h"
#define FRACTION 23
#define FOLD_HALF(OP, V, T) \
	VPERMILPD $5, V, T; \
	OP T, V, V; \
	VPERMILPS $0xb1, V, T; \
	OP T, V, V
#define FOLD_ALL(OP, V, T) \
	VPERM2F128 $1, V, V, T; \
	OP T, V, V; \
	FOLD_HALF(OP, V, T)
#define EXP_POLYNOMIAL POLYNOMIAL_5
#define EXP_POLYNOMIAL_PAIR POLYNOMIAL_5_PAIR
#define expTable ·exp32
#define LOG_INFINITY ·log32+(const_logInfinity*4)(SB)
#define divideT ·divideF32AVX2
#define mulDifferenceT ·mulDifferenceF32AVX2
#define softmaxRowsT ·softmaxRowsF32AVX2
#define softmaxGradRowsT ·softmaxGradRowsF32AVX2
#define crossEntropyRowsT ·crossEntropyRowsF32AVX2
#define LANE_NUMBERS(offset) ·laneNumbers32+(offset)(SB)
#define softmaxPairsT ·softmaxPairsF32AVX2
#define crossEntropyPairsT ·crossEntropyPairsF32AVX2
#define softmaxHalvesT ·softmaxHalvesF32AVX2
#define crossEntropyHalvesT ·crossEntropyHalvesF32AVX2
#define VADDS VADDSS
#define VSUBS VSUBSS
#define VDIVS VDIVSS
#define divideArgs 28
#define mulDifferenceArgs 76
#include "softmax_kernels.h"
#include "softmax_pairs_avx2.h"
#include "softmax_halves_avx2.h"

#undef FRACTION
#undef FOLD_HALF
#undef FOLD_ALL
#undef EXP_POLYNOMIAL
#undef EXP_POLYNOMIAL_PAIR
#undef expTable
#undef LOG_INFINITY
#undef divideT
#undef mulDifferenceT
#undef softmaxRowsT
#undef softmaxGradRowsT
#undef crossEntropyRowsT
#undef LANE_NUMBERS
#undef softmaxPairsT
#undef crossEntropyPairsT
#undef softmaxHalvesT
#undef crossEntropyHalvesT
#undef VADDS
#undef VSUBS
#undef VDIVS
#undef divideArgs
#undef mulDifferenceArgs

#include "avx2_f64.h"
#define FRACTION 52
#define FOLD_HALF(OP, V, T) \
	VPERMILPD $5, V, T; \
	OP T, V, V
#define FOLD_ALL(OP, V, T) \
	VPERM2F128 $1, V, V, T; \
	OP T, V, V; \
	FOLD_HALF(OP, V, T)
#define EXP_POLYNOMIAL POLYNOMIAL_10
#define EXP_POLYNOMIAL_PAIR POLYNOMIAL_10_PAIR
#define expTable ·exp64
#define LOG_INFINITY ·log64+(const_logInfinity*8)(SB)
#define divideT ·divideF64AVX2
#define mulDifferenceT ·mulDifferenceF64AVX2
#define softmaxRowsT ·softmaxRowsF64AVX2
#define softmaxGradRowsT ·softmaxGradRowsF64AVX2
#define crossEntropyRowsT ·crossEntropyRowsF64AVX2
#define LANE_NUMBERS(offset) ·laneNumbers64+(offset)(SB)
#define softmaxPairsT ·softmaxPairsF64AVX2
#define crossEntropyPairsT ·crossEntropyPairsF64AVX2
#define softmaxHalvesT ·softmaxHalvesF64AVX2
#define crossEntropyHalvesT ·crossEntropyHalvesF64AVX2
#define VADDS VADDSD
#define VSUBS VSUBSD
#define VDIVS VDIVSD
#define divideArgs 32
#define mulDifferenceArgs 80
#include "softmax_kernels.h"
#include "softmax_pairs_avx2.h"
#include "softmax_halves_avx2.h"
