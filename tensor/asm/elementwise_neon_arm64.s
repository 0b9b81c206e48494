//go:build !purego

// Arithmetic, relu and leaky relu, and what gradients and losses need besides the elementary
// functions: map_neon.h has the loops and their registers.

#include "textflag.h"
#include "neon.h"
#include "map_neon.h"

// Arithmetic.
//
//	V15	alpha, or the divisor or subtrahend of softmax

#define ALPHA SCALAR(alpha+48(FP), F15, v15)

#define ADD_VECTORS(A, B, T) fadd(B, A, A)
#define SUB_VECTORS(A, B, T) fsub(B, A, A)
#define MUL_VECTORS(A, B, T) fmul(B, A, A)
#define DIV_VECTORS(A, B, T) fdiv(B, A, A)
#define SQRT_VECTOR(A, T) fsqrt(A, A)
#define SCALE_VECTOR(A, T) fmul(A, v15, A)
#define AXPY_VECTORS(A, B, T) fmla(B, v15, A)

#define ADDITION(name) BINARY(name, 72, NONE, MAP2(ADD_VECTORS))
#define SUBTRACTION(name) BINARY(name, 72, NONE, MAP2(SUB_VECTORS))
#define MULTIPLICATION(name) BINARY(name, 72, NONE, MAP2(MUL_VECTORS))
#define DIVISION(name) BINARY(name, 72, NONE, MAP2(DIV_VECTORS))
#define SQRT(name) UNARY(name, 48, NONE, MAP1(SQRT_VECTOR))
#define SCALE(name) UNARY(name, SLICES2_SCALAR1, ALPHA, MAP1(SCALE_VECTOR))

// AXPY is func name(y, x []T, alpha T). y is the first operand, too, since F leaves its result
// there.
#define AXPY(name) \
TEXT name(SB), NOSPLIT, $0-SLICES2_SCALAR1; \
	MOVD y_base+0(FP), R0; \
	MOVD y_len+8(FP), R3; \
	MOVD R0, R1; \
	MOVD x_base+24(FP), R2; \
	ALPHA; \
	LSL $SHIFT, R3; \
	MAP2(AXPY_VECTORS)

// Minimum, maximum, clamp and gate, as FMIN and FMAX have it.
//
//	V12, V13	shift and the divisor of the gate
//	V14, V15	low and high

#define MINIMUM_VECTORS(A, B, T) fmin(B, A, A)
#define MAXIMUM_VECTORS(A, B, T) fmax(B, A, A)
#define CLAMP_VECTOR(A, T) \
	fmax(v14, A, A); \
	fmin(v15, A, A)
#define HARD_GATE_VECTOR(A, T) \
	fadd(v12, A, T); \
	fmax(v14, T, T); \
	fmin(v15, T, T); \
	fmul(T, A, A); \
	fdiv(v13, A, A)
#define GATE \
	SCALAR(shift+48(FP), F12, v12); \
	SCALAR(low+(48+ELEM)(FP), F14, v14); \
	SCALAR(high+(48+2*ELEM)(FP), F15, v15); \
	SCALAR(by+(48+3*ELEM)(FP), F13, v13)
#define BOUNDS SCALAR(low+48(FP), F14, v14); SCALAR(high+(48+ELEM)(FP), F15, v15)

#define MINIMUM(name) BINARY(name, 72, NONE, MAP2(MINIMUM_VECTORS))
#define MAXIMUM(name) BINARY(name, 72, NONE, MAP2(MAXIMUM_VECTORS))
#define CLAMP(name) UNARY(name, SLICES2_SCALAR2, BOUNDS, MAP1(CLAMP_VECTOR))
#define HARD_GATE(name) UNARY(name, SLICES2_SCALAR4, GATE, MAP1(HARD_GATE_VECTOR))

// Relu and leaky relu. Their gradients have the upstream gradient as the first operand, where the
// result is left, and as the second the x that decides.
//
//	V14	scratch
//	V15	slope

#define SLOPE SCALAR(slope+48(FP), F15, v15)
#define SLOPE_GRAD SCALAR(slope+72(FP), F15, v15)

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

#define RELU(name) UNARY(name, 48, NONE, MAP1(RELU_VECTOR))
#define RELU_GRAD(name) BINARY(name, 72, NONE, MAP2(RELU_GRAD_VECTORS))
#define LEAKY_RELU(name) UNARY(name, SLICES2_SCALAR1, SLOPE, MAP1(LEAKY_RELU_VECTOR))
#define LEAKY_RELU_GRAD(name) \
	BINARY(name, SLICES3_SCALAR1, SLOPE_GRAD, MAP2(LEAKY_RELU_GRAD_VECTORS))

// Gradients by the activation a: g·(1−a²) of tanh, g·(a−a²) of sigmoid.
//
//	V15	1

#define NUMBER_ONE FMOV $(1.0), F15; dup(v15, v15)

#define TANH_GRAD_VECTORS(G, A, T) \
	mov(v15, T); \
	fmls(A, A, T); \
	fmul(T, G, G)
#define SIGMOID_GRAD_VECTORS(G, A, T) \
	mov(A, T); \
	fmls(A, A, T); \
	fmul(T, G, G)

#define TANH_GRAD(name) BINARY(name, 72, NUMBER_ONE, MAP2(TANH_GRAD_VECTORS))
#define SIGMOID_GRAD(name) BINARY(name, 72, NONE, MAP2(SIGMOID_GRAD_VECTORS))

// Binary cross entropy: likelier(p) = max(p, 1−p), and margin(z, y) = max(z, +0) − y·z.
//
//	V15	1, or 0

#define ZERO VEOR V15.B16, V15.B16, V15.B16

#define LIKELIER_VECTOR(P, T) \
	fsub(P, v15, T); \
	fmax(T, P, P)
#define MARGIN_VECTORS(Z, Y, T) \
	fmax(v15, Z, T); \
	fmls(Y, Z, T); \
	mov(T, Z)

#define LIKELIER(name) UNARY(name, 48, NUMBER_ONE, MAP1(LIKELIER_VECTOR))
#define MARGIN(name) BINARY(name, 72, ZERO, MAP2(MARGIN_VECTORS))

#include "neon_f32.h"
ADDITION(·addF32NEON)
SUBTRACTION(·subF32NEON)
MULTIPLICATION(·mulF32NEON)
DIVISION(·divF32NEON)
MINIMUM(·minimumF32NEON)
MAXIMUM(·maximumF32NEON)
CLAMP(·clampF32NEON)
HARD_GATE(·hardGateF32NEON)
SQRT(·sqrtF32NEON)
SCALE(·scaleF32NEON)
AXPY(·axpyF32NEON)
RELU(·reluF32NEON)
RELU_GRAD(·reluGradF32NEON)
LEAKY_RELU(·leakyReluF32NEON)
LEAKY_RELU_GRAD(·leakyReluGradF32NEON)
TANH_GRAD(·tanhGradF32NEON)
SIGMOID_GRAD(·sigmoidGradF32NEON)
LIKELIER(·likelierF32NEON)
MARGIN(·marginF32NEON)

#include "neon_f64.h"
ADDITION(·addF64NEON)
SUBTRACTION(·subF64NEON)
MULTIPLICATION(·mulF64NEON)
DIVISION(·divF64NEON)
MINIMUM(·minimumF64NEON)
MAXIMUM(·maximumF64NEON)
CLAMP(·clampF64NEON)
HARD_GATE(·hardGateF64NEON)
SQRT(·sqrtF64NEON)
SCALE(·scaleF64NEON)
AXPY(·axpyF64NEON)
RELU(·reluF64NEON)
RELU_GRAD(·reluGradF64NEON)
LEAKY_RELU(·leakyReluF64NEON)
LEAKY_RELU_GRAD(·leakyReluGradF64NEON)
TANH_GRAD(·tanhGradF64NEON)
SIGMOID_GRAD(·sigmoidGradF64NEON)
LIKELIER(·likelierF64NEON)
MARGIN(·marginF64NEON)
