//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "sigmoid.h"

// SIGMOID_WIDE replaces V0 and V5 by their sigmoids. It clobbers V1 to V4, V6 to V9, V11 and V12.
#define SIGMOID_WIDE \
	SIGMOID_CLAMP(V0); \
	SIGMOID_CLAMP(V5); \
	SIGMOID_REDUCE(V0, V1, V2); \
	SIGMOID_REDUCE(V5, V6, V7); \
	SIGMOID_POLYNOMIAL_PAIR(SIGMOID, const_sigmoidPolynomial, V0, V3, V5, V8); \
	SIGMOID_DENOMINATOR(V0, V1, V2, V3, V4, V11); \
	SIGMOID_DENOMINATOR(V5, V6, V7, V8, V9, V12); \
	SIGMOID_CORRECT(V0, V1, V2, V11); \
	SIGMOID_CORRECT(V5, V6, V7, V12)

// SILU_WIDE replaces V0 and V5 by their silus. It clobbers V1 to V4, V6 to V9, V11 and V12. No register is left for x: it is loaded again.
#define SILU_WIDE \
	SIGMOID_CLAMP(V0); \
	SIGMOID_CLAMP(V5); \
	SIGMOID_REDUCE(V0, V1, V2); \
	SIGMOID_REDUCE(V5, V6, V7); \
	SIGMOID_POLYNOMIAL_PAIR(SIGMOID, const_sigmoidPolynomial, V0, V3, V5, V8); \
	SIGMOID_DENOMINATOR(V0, V1, V2, V3, V4, V11); \
	SIGMOID_DENOMINATOR(V5, V6, V7, V8, V9, V12); \
	VMOVU (SI), V1; \
	VMOVU WIDTH(SI), V6; \
	SILU_CORRECT(V0, V1, V2, V3, V4, V11, SIGMOID(const_sigmoidSilu)); \
	SILU_CORRECT(V5, V6, V7, V8, V9, V12, SIGMOID(const_sigmoidSilu))

#include "avx2_f32.h"
#define FRACTION 23
#define SIGMOID_POLYNOMIAL POLYNOMIAL_5
#define SIGMOID_POLYNOMIAL_PAIR POLYNOMIAL_5_PAIR
#define sigmoidTable ·sigmoid32
#define sigmoidT ·sigmoidF32AVX2
#define siluT ·siluF32AVX2
#define siluGradT ·siluGradF32AVX2
#include "sigmoid_kernels.h"

#undef FRACTION
#undef SIGMOID_POLYNOMIAL
#undef SIGMOID_POLYNOMIAL_PAIR
#undef sigmoidTable
#undef sigmoidT
#undef siluT
#undef siluGradT

#include "avx2_f64.h"
#define FRACTION 52
#define SIGMOID_POLYNOMIAL POLYNOMIAL_10
#define SIGMOID_POLYNOMIAL_PAIR POLYNOMIAL_10_PAIR
#define sigmoidTable ·sigmoid64
#define sigmoidT ·sigmoidF64AVX2
#define siluT ·siluF64AVX2
#define siluGradT ·siluGradF64AVX2
#include "sigmoid_kernels.h"
