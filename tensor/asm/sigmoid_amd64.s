//go:build !purego

// Sigmoid and silu: sigmoid_amd64.h has their steps, math_amd64.h the groups of registers and
// map_amd64.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "sigmoid_amd64.h"

#define SILU_CORRECT(X, T, N, P, E, R) \
	QUOTIENT_CORRECT(X, T, N, P, E, R, SIGMOID(const_sigmoidSilu))

// SILU_VECTOR replaces V0 by its silu. It clobbers V8, too.
#define SILU_VECTOR \
	VMOVA V0, V8; \
	ONE(SIGMOID_CLAMP); \
	ONE(SIGMOID_REDUCE); \
	POLYNOMIAL(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, V0, V3); \
	ONE(SIGMOID_DENOMINATOR); \
	VMOVA V8, V1; \
	ONE(SILU_CORRECT)

// SILU_WIDE replaces the X of all groups by their silus. AVX2 has no register left for x, which it
// loads again; AVX-512 keeps it in Z28 to Z31.
#define SILU_WIDE BY_ISA(SILU_WIDE_AVX2, SILU_WIDE_AVX512)
#define SILU_WIDE_AVX2 \
	DENOMINATORS; \
	VMOVU (SI), V1; \
	VMOVU VBYTES(SI), V6; \
	EACH(SILU_CORRECT)
#define SILU_WIDE_AVX512 \
	VMOVA V0, Z28; \
	VMOVA V5, Z29; \
	VMOVA Z16, Z30; \
	VMOVA Z21, Z31; \
	DENOMINATORS; \
	SILU_CORRECT(V0, Z28, V2, V3, V4, V11); \
	SILU_CORRECT(V5, Z29, V7, V8, V9, V12); \
	SILU_CORRECT(Z16, Z30, Z18, Z19, Z20, Z26); \
	SILU_CORRECT(Z21, Z31, Z23, Z24, Z25, Z27)

// SILU_GRAD_VECTORS replaces V0 by the derivative of silu there, times V9. It clobbers V6 and V8,
// too.
#define SILU_GRAD_VECTORS \
	VMOVA V0, V8; \
	SIGMOID_VECTOR; \
	VBROADCAST SIGMOID(const_sigmoidOne), V6; \
	VSUB V0, V6, V6; \
	VMUL V8, V0, V1; \
	VFMA213 V0, V6, V1; \
	VMUL V1, V9, V0

#define SIGMOID_KERNEL(name) UNARY(name, 48, SIGMOID_SETUP, MAP_WIDE(SIGMOID_VECTOR, SIGMOID_WIDE))
#define SILU(name) UNARY(name, 48, SIGMOID_SETUP, MAP_WIDE(SILU_VECTOR, SILU_WIDE))
#define SILU_GRAD(name) GRADIENT(name, 72, SIGMOID_SETUP, MAP_PAIRS(SILU_GRAD_VECTORS))

#include "avx2_f32.h"
SIGMOID_KERNEL(·sigmoidF32AVX2)
SILU(·siluF32AVX2)
SILU_GRAD(·siluGradF32AVX2)

#include "avx2_f64.h"
SIGMOID_KERNEL(·sigmoidF64AVX2)
SILU(·siluF64AVX2)
SILU_GRAD(·siluGradF64AVX2)

#include "avx512_f32.h"
SIGMOID_KERNEL(·sigmoidF32AVX512)
SILU(·siluF32AVX512)
SILU_GRAD(·siluGradF32AVX512)

#include "avx512_f64.h"
SIGMOID_KERNEL(·sigmoidF64AVX512)
SILU(·siluF64AVX512)
SILU_GRAD(·siluGradF64AVX512)
