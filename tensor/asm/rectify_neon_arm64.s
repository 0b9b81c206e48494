//go:build !purego

#include "textflag.h"
#include "neon.h"
#include "elementwise_neon.h"

// FMAX won't do: it takes +0 for the larger of two zeros, and −0 has to pass.
#define RELU_VECTOR(A, T) \
	fcmlt0(A, T); \
	bic(T, A, A)

#define RELU_GRAD_VECTORS(G, X, T) \
	fcmle0(X, T); \
	bic(T, G, G)

#define LEAKY_RELU_VECTOR(A, T) \
	fcmlt0(A, T); \
	fmul(A, v15, v14); \
	bit(T, v14, A)

#define LEAKY_RELU_GRAD_VECTORS(G, X, T) \
	fcmle0(X, T); \
	fmul(G, v15, v14); \
	bit(T, v14, G)

#define TANH_GRAD_VECTORS(G, A, T) \
	mov(v15, T); \
	fmls(A, A, T); \
	fmul(T, G, G)

#define SIGMOID_GRAD_VECTORS(G, A, T) \
	mov(A, T); \
	fmls(A, A, T); \
	fmul(T, G, G)

#include "neon_f32.h"
#define reluT ·reluF32NEON
#define reluGradT ·reluGradF32NEON
#define leakyReluT ·leakyReluF32NEON
#define leakyReluGradT ·leakyReluGradF32NEON
#define tanhGradT ·tanhGradF32NEON
#define sigmoidGradT ·sigmoidGradF32NEON
#define leakyReluArgs 52
#define leakyReluGradArgs 76
#include "rectify_neon.h"

#undef reluT
#undef reluGradT
#undef leakyReluT
#undef leakyReluGradT
#undef tanhGradT
#undef sigmoidGradT
#undef leakyReluArgs
#undef leakyReluGradArgs

#include "neon_f64.h"
#define reluT ·reluF64NEON
#define reluGradT ·reluGradF64NEON
#define leakyReluT ·leakyReluF64NEON
#define leakyReluGradT ·leakyReluGradF64NEON
#define tanhGradT ·tanhGradF64NEON
#define sigmoidGradT ·sigmoidGradF64NEON
#define leakyReluArgs 56
#define leakyReluGradArgs 80
#include "rectify_neon.h"
