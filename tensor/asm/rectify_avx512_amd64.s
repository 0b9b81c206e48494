//go:build !purego

#include "textflag.h"
#include "avx512_tail.h"
#include "elementwise_avx512.h"

// Predicates of VCMP that raise no exception for NaN.
#define LESS 0x11
#define LESS_OR_EQUAL 0x12
#define NOT_LESS_OR_EQUAL 0x16

// VMAX returns its second operand, the first in Go's order, when one is NaN or both are zeros: NaN and −0 pass.
#define RELU_VECTOR(A, T) VMAX A, Z15, A

#define RELU_GRAD_VECTORS(G, X, T) \
	VCMP $NOT_LESS_OR_EQUAL, Z15, X, K2; \
	VMOVA.Z G, K2, G

// The sign of x can't choose instead of the comparison: slope·−0 need not be −0.
#define LEAKY_RELU_VECTOR(A, T) \
	VCMP $LESS, Z15, A, K2; \
	VMUL A, Z14, K2, A

#define LEAKY_RELU_GRAD_VECTORS(G, X, T) \
	VCMP $LESS_OR_EQUAL, Z15, X, K2; \
	VMUL G, Z14, K2, G

#define TANH_GRAD_VECTORS(G, A, T) \
	VFNMADD213 Z15, A, A; \
	VMUL A, G, G

#define SIGMOID_GRAD_VECTORS(G, A, T) \
	VFNMADD213 A, A, A; \
	VMUL A, G, G

#include "avx512_f32.h"
#define reluT ·reluF32AVX512
#define reluGradT ·reluGradF32AVX512
#define leakyReluT ·leakyReluF32AVX512
#define leakyReluGradT ·leakyReluGradF32AVX512
#define tanhGradT ·tanhGradF32AVX512
#define sigmoidGradT ·sigmoidGradF32AVX512
#define leakyReluArgs 52
#define leakyReluGradArgs 76
#include "rectify_avx512.h"

#undef reluT
#undef reluGradT
#undef leakyReluT
#undef leakyReluGradT
#undef tanhGradT
#undef sigmoidGradT
#undef leakyReluArgs
#undef leakyReluGradArgs

#include "avx512_f64.h"
#define reluT ·reluF64AVX512
#define reluGradT ·reluGradF64AVX512
#define leakyReluT ·leakyReluF64AVX512
#define leakyReluGradT ·leakyReluGradF64AVX512
#define tanhGradT ·tanhGradF64AVX512
#define sigmoidGradT ·sigmoidGradF64AVX512
#define leakyReluArgs 56
#define leakyReluGradArgs 80
#include "rectify_avx512.h"
