//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "sigmoid.h"

// SIGMOID_DENOMINATORS replaces V0, V5, V16 and V21 by the denominators of their sigmoids, see SIGMOID_DENOMINATOR: what goes with the first stands
// in V1, V2 and V11, with the second in V6, V7 and V12, with the third in V17, V18 and V26, with the fourth in V22, V23 and V27. It clobbers
// V3, V4, V8, V9, V19, V20, V24 and V25.
#define SIGMOID_DENOMINATORS \
	SIGMOID_CLAMP(V0); \
	SIGMOID_CLAMP(V5); \
	SIGMOID_CLAMP(V16); \
	SIGMOID_CLAMP(V21); \
	SIGMOID_REDUCE(V0, V1, V2); \
	SIGMOID_REDUCE(V5, V6, V7); \
	SIGMOID_REDUCE(V16, V17, V18); \
	SIGMOID_REDUCE(V21, V22, V23); \
	SIGMOID_POLYNOMIAL_FOUR(SIGMOID, const_sigmoidPolynomial, V0, V3, V5, V8, V16, V19, V21, V24); \
	SIGMOID_DENOMINATOR(V0, V1, V2, V3, V4, V11); \
	SIGMOID_DENOMINATOR(V5, V6, V7, V8, V9, V12); \
	SIGMOID_DENOMINATOR(V16, V17, V18, V19, V20, V26); \
	SIGMOID_DENOMINATOR(V21, V22, V23, V24, V25, V27)

// SIGMOID_WIDE replaces V0, V5, V16 and V21 by their sigmoids.
#define SIGMOID_WIDE \
	SIGMOID_DENOMINATORS; \
	SIGMOID_CORRECT(V0, V1, V2, V11); \
	SIGMOID_CORRECT(V5, V6, V7, V12); \
	SIGMOID_CORRECT(V16, V17, V18, V26); \
	SIGMOID_CORRECT(V21, V22, V23, V27)

// SILU_WIDE replaces V0, V5, V16 and V21 by their silus.
#define SILU_WIDE \
	VMOVA V0, V28; \
	VMOVA V5, V29; \
	VMOVA V16, V30; \
	VMOVA V21, V31; \
	SIGMOID_DENOMINATORS; \
	SILU_CORRECT(V0, V28, V2, V3, V4, V11, SIGMOID(const_sigmoidSilu)); \
	SILU_CORRECT(V5, V29, V7, V8, V9, V12, SIGMOID(const_sigmoidSilu)); \
	SILU_CORRECT(V16, V30, V18, V19, V20, V26, SIGMOID(const_sigmoidSilu)); \
	SILU_CORRECT(V21, V31, V23, V24, V25, V27, SIGMOID(const_sigmoidSilu))

#include "avx512_f32.h"
#define FRACTION 23
#define SIGMOID_POLYNOMIAL POLYNOMIAL_5
#define SIGMOID_POLYNOMIAL_FOUR POLYNOMIAL_5_FOUR
#define sigmoidTable ·sigmoid32
#define sigmoidT ·sigmoidF32AVX512
#define siluT ·siluF32AVX512
#define siluGradT ·siluGradF32AVX512
#include "sigmoid_kernels.h"

#undef FRACTION
#undef SIGMOID_POLYNOMIAL
#undef SIGMOID_POLYNOMIAL_FOUR
#undef sigmoidTable
#undef sigmoidT
#undef siluT
#undef siluGradT

#include "avx512_f64.h"
#define FRACTION 52
#define SIGMOID_POLYNOMIAL POLYNOMIAL_10
#define SIGMOID_POLYNOMIAL_FOUR POLYNOMIAL_10_FOUR
#define sigmoidTable ·sigmoid64
#define sigmoidT ·sigmoidF64AVX512
#define siluT ·siluF64AVX512
#define siluGradT ·siluGradF64AVX512
#include "sigmoid_kernels.h"
