//go:build !purego

#include "textflag.h"
#include "avx2_tail.h"
#include "elementwise_avx2.h"

// Predicates of VCMP that raise no exception for NaN.
#define LESS 0x11
#define LESS_OR_EQUAL 0x12
#define NOT_LESS_OR_EQUAL 0x16

// VMAX returns its second operand, the first in Go's order, when one is NaN or both are zeros: NaN and −0 pass.
#define RELU_VECTOR(A, T) VMAX A, Y15, A

#define RELU_GRAD_VECTORS(G, X, T) \
	VCMP $NOT_LESS_OR_EQUAL, Y15, X, T; \
	VAND T, G, G

// The sign of x can't choose instead of the comparison: slope·−0 need not be −0.
#define LEAKY_RELU_VECTOR(A, T) \
	VCMP $LESS, Y15, A, T; \
	VMUL A, Y14, Y12; \
	VBLENDV T, Y12, A, A

#define LEAKY_RELU_GRAD_VECTORS(G, X, T) \
	VCMP $LESS_OR_EQUAL, Y15, X, T; \
	VMUL G, Y14, X; \
	VBLENDV T, X, G, G

#define TANH_GRAD_VECTORS(G, A, T) \
	VFNMADD213 Y15, A, A; \
	VMUL A, G, G

#define SIGMOID_GRAD_VECTORS(G, A, T) \
	VFNMADD213 A, A, A; \
	VMUL A, G, G

#include "avx2_f32.h"
#define reluT ·reluF32AVX2
#define reluGradT ·reluGradF32AVX2
#define leakyReluT ·leakyReluF32AVX2
#define leakyReluGradT ·leakyReluGradF32AVX2
#define tanhGradT ·tanhGradF32AVX2
#define sigmoidGradT ·sigmoidGradF32AVX2
#define leakyReluArgs 52
#define leakyReluGradArgs 76
#include "rectify_avx2.h"

#undef reluT
#undef reluGradT
#undef leakyReluT
#undef leakyReluGradT
#undef tanhGradT
#undef sigmoidGradT
#undef leakyReluArgs
#undef leakyReluGradArgs

#include "avx2_f64.h"
#define reluT ·reluF64AVX2
#define reluGradT ·reluGradF64AVX2
#define leakyReluT ·leakyReluF64AVX2
#define leakyReluGradT ·leakyReluGradF64AVX2
#define tanhGradT ·tanhGradF64AVX2
#define sigmoidGradT ·sigmoidGradF64AVX2
#define leakyReluArgs 56
#define leakyReluGradArgs 80
#include "rectify_avx2.h"
