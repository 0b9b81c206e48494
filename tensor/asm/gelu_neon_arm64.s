//go:build !purego

// Gelu, its approximation by the hyperbolic tangent, and their gradients: gelu.go and gelu_tanh.go
// have the methods and the constants, sigmoid_neon.h the rest of the latter, math_neon.h the
// registers and map_neon.h the loops.
//
// Polynomials are long, and their coefficients are loaded where they are needed: from R4 on those
// of sigmoid.go, from R7 on those of float64's F. The tables of float32 stand at R8.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "map_neon.h"
#include "math_neon.h"
#include "sigmoid_neon.h"

#define GELU_CONSTANTS \
	MOVD $BY_TYPE(·gelu32, ·gelu64)(SB), R5; \
	CONSTANT(const_geluHigh, V31); \
	CONSTANT(const_geluHalf, V30); \
	CONSTANT(const_geluOne, V29); \
	CONSTANT(const_geluScale, V28); \
	CONSTANT(const_geluUnscale, V27); \
	CONSTANT(const_geluDensity, V26); \
	CONSTANT(const_geluSign, V25); \
	BY_TYPE(MILLS_CONSTANTS_F32, MILLS_CONSTANTS_F64); \
	MOVD $BY_TYPE(·sigmoid32, ·sigmoid64)(SB), R5; \
	CONSTANT(const_sigmoidLog2E, V24); \
	CONSTANT(const_sigmoidMagic, V23); \
	CONSTANT(const_sigmoidLn2High, V22); \
	CONSTANT(const_sigmoidLn2Low, V21); \
	ADD $(const_sigmoidPolynomial*ELEM), R5, R4

#define MILLS_CONSTANTS_F32 MOVD $·geluRows(SB), R8
#define MILLS_CONSTANTS_F64 \
	CONSTANT(const_geluK, V19); \
	CONSTANT(const_geluMinusK, V18); \
	CONSTANT(const_geluB, V17); \
	ADD $(const_geluPolynomial*ELEM), R5, R7

// MILLS_F32 and MILLS_F64 take y in V6 and leave g in V7 and what its rounding took in V8. They
// clobber V1 to V5.

//	V1	the place in the tables, then h
//	V12-V19	the center and the coefficients from the highest down
#define MILLS_F32 \
	fadd(v29, v6, v1); \
	LOOKUP; \
	fsub(v12, v6, v1); \
	fmla(v13, v1, v14); \
	fmla(v14, v1, v15); \
	fmla(v15, v1, v16); \
	fmla(v16, v1, v17); \
	fmla(v17, v1, v18); \
	mov(v19, v7); \
	fmla(v18, v1, v7); \
	fsub(v7, v19, v8); \
	fmla(v18, v1, v8)

// HORNER_STEP and TWO_STEPS make steps of Horner's scheme at V1, the former with the polynomial
// from P to Q, the latter from V3 to V3.
#define HORNER_STEP(V, P, Q) STREAM(V); fmla(P, v1, Q)
#define TWO_STEPS HORNER_STEP(V4, v3, v4); HORNER_STEP(V3, v4, v3)

//	V1	t, then the denominator 1+b·y
//	V2	what its rounding took
//	V3	g
//	V4	the polynomial without c₀
//	V5	c₀
//	V7	F, then its remainder
//	V8	what the rounding of F took
#define MILLS_F64 \
	fadd(v19, v6, v1); \
	fadd(v18, v6, v2); \
	fdiv(v1, v2, v1); \
	MOVD R7, R6; \
	STREAM(V3); \
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; \
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; \
	HORNER_STEP(V4, v3, v4); \
	STREAM(V5); \
	mov(v5, v7); \
	fmla(v4, v1, v7); \
	fsub(v7, v5, v8); \
	fmla(v4, v1, v8); \
	mov(v29, v1); \
	fmla(v17, v6, v1); \
	fsub(v1, v29, v2); \
	fmla(v17, v6, v2); \
	fdiv(v1, v7, v3); \
	fmls(v1, v3, v7); \
	fadd(v8, v7, v7); \
	fmls(v2, v3, v7); \
	fdiv(v1, v7, v8); \
	mov(v3, v7)

// EXP_POLYNOMIAL_5 and EXP_POLYNOMIAL_10 set V3 to sigmoid.go's polynomial at V1. They clobber V4.
#define EXP_POLYNOMIAL_5 \
	MOVD R4, R6; \
	STREAM(V3); \
	TWO_STEPS; TWO_STEPS
#define EXP_POLYNOMIAL_10 \
	MOVD R4, R6; \
	STREAM(V4); \
	HORNER_STEP(V3, v4, v3); \
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS

// HALF_SQUARE_EXP takes y in V6 and leaves s in V1, t in V3 and 2ⁿ·geluScale in V5. It clobbers V2,
// V4 and V9.
//	V2	n, then s²
//	V3	the low part of y²/2, with n·ln 2's added, then the polynomial
//	V4	y²/2, then the high part of s
//	V9	what the rounding of s took, then t
#define HALF_SQUARE_EXP \
	fmul(v30, v6, v2); \
	fmul(v2, v6, v4); \
	fneg(v4, v3); \
	fmla(v2, v6, v3); \
	mov(v23, v5); \
	fmla(v24, v4, v5); \
	fsub(v23, v5, v2); \
	fmla(v22, v2, v4); \
	fmla(v21, v2, v3); \
	fadd(v3, v4, v1); \
	fsub(v1, v4, v9); \
	fadd(v3, v9, v9); \
	BY_TYPE(EXP_POLYNOMIAL_5, EXP_POLYNOMIAL_10); \
	fmul(v1, v1, v2); \
	fneg(v9, v9); \
	fmla(v3, v2, v9); \
	mov(v9, v3); \
	shl(MANTISSA, v5, v5); \
	add(v28, v5, v5)

// GELU_VECTOR replaces V0 by its gelu. FMIN is NaN where an operand is.
//	V1	s, then the tail
//	V2	what the rounding of r took, then what else belongs to the tail, then a mask
//	V4	r = y·g, then x·0
//	V7	r − r·s
//	V8	what its rounding took
#define GELU_VECTOR \
	fabs(v0, v6); \
	fmin(v31, v6, v6); \
	BY_TYPE(MILLS_F32, MILLS_F64); \
	HALF_SQUARE_EXP; \
	fmul(v7, v6, v4); \
	fneg(v4, v2); \
	fmla(v7, v6, v2); \
	fmla(v8, v6, v2); \
	mov(v2, v8); \
	fmls(v1, v8, v2); \
	fmla(v3, v4, v2); \
	mov(v4, v7); \
	fmls(v1, v4, v7); \
	fsub(v7, v4, v8); \
	fmls(v1, v4, v8); \
	fadd(v8, v2, v8); \
	fadd(v8, v7, v1); \
	fmul(v5, v1, v1); \
	VEOR V4.B16, V4.B16, V4.B16; \
	fmul(v4, v0, v4); \
	fcmlt0(v0, v2); \
	bit(v2, v4, v0); \
	fmls(v27, v1, v0)

// GELU_GRAD_VECTORS replaces V0 by the derivative of gelu there, times V10. −0 goes with +0, which
// has the same derivative.
//	V1	the tail
//	V2	a mask
//	V4	1 or 0
//	V7	g − y/√(2π)
#define GELU_GRAD_VECTORS \
	fabs(v0, v6); \
	fmin(v31, v6, v6); \
	BY_TYPE(MILLS_F32, MILLS_F64); \
	HALF_SQUARE_EXP; \
	fmls(v26, v6, v7); \
	fsub(v1, v3, v3); \
	mov(v7, v1); \
	fmla(v3, v7, v1); \
	fmul(v5, v1, v1); \
	fcmlt0(v0, v2); \
	and(v25, v2, v3); \
	eor(v3, v1, v1); \
	bic(v2, v29, v4); \
	fmls(v27, v1, v4); \
	fmul(v4, v10, v0)

#define GELU_TANH_CONSTANTS \
	MOVD $BY_TYPE(·sigmoid32, ·sigmoid64)(SB), R5; \
	SIGMOID_CONSTANTS; \
	MOVD $BY_TYPE(·geluTanh32, ·geluTanh64)(SB), R5; \
	CONSTANT(const_geluTanhLow, V31); \
	CONSTANT(const_geluTanhHigh, V30); \
	CONSTANT(const_geluTanhHigh, V13)

// GELU_TANH_ARGUMENT takes x in V0 and leaves v there, what its rounding took in V6, and x² in V7.
// It clobbers V1 to V5 and V8.
//	V1	the low part of x², then a difference, then the low part of w
//	V2	c₁·x², then v
//	V3	c₀, then the rest of it
//	V4	the rest of c₁, then w = c₀ + c₁·x²
//	V5	c₁, then w − c₀
//	V8	the low part of c₁·x²
#define GELU_TANH_ARGUMENT \
	fmul(v0, v0, v7); \
	fneg(v7, v1); \
	fmla(v0, v0, v1); \
	CONSTANT(const_geluTanhC1, V5); \
	fmul(v5, v7, v2); \
	fneg(v2, v8); \
	fmla(v5, v7, v8); \
	fmla(v5, v1, v8); \
	CONSTANT(const_geluTanhC1Low, V4); \
	fmla(v4, v7, v8); \
	CONSTANT(const_geluTanhC0, V3); \
	fadd(v2, v3, v4); \
	fsub(v3, v4, v5); \
	fsub(v5, v4, v1); \
	fsub(v1, v3, v1); \
	fsub(v5, v2, v5); \
	fadd(v5, v1, v1); \
	CONSTANT(const_geluTanhC0Low, V3); \
	fadd(v3, v8, v8); \
	fadd(v8, v1, v1); \
	fmul(v4, v0, v2); \
	fneg(v2, v6); \
	fmla(v4, v0, v6); \
	fmla(v1, v0, v6); \
	mov(v2, v0)

// GELU_TANH_DENOMINATOR takes x in V0 and leaves what DENOMINATOR leaves; x in its range in V9, and
// x² in V8.
#define GELU_TANH_DENOMINATOR \
	BOUND; \
	GELU_TANH_ARGUMENT; \
	mov(v7, v8); \
	REDUCE; \
	fadd(v6, v0, v0); \
	DENOMINATOR

// GELU_TANH_VECTOR replaces V0 by the approximation of its gelu. V12 is x.
#define GELU_TANH_VECTOR \
	mov(v0, v12); \
	GELU_TANH_DENOMINATOR; \
	mov(v12, v8); \
	SILU_CORRECT

// GELU_TANH_GRAD_VECTORS replaces V0 by the derivative of that approximation there, times V10.
//	V1	the argument's derivative times x, then that times the sigmoid
//	V4	the argument's derivative, then 1 or 0
//	V6	1 − sigmoid, then a mask
//	V12	x
#define GELU_TANH_GRAD_VECTORS \
	mov(v0, v12); \
	fabs(v0, v0); \
	fneg(v0, v0); \
	GELU_TANH_DENOMINATOR; \
	SIGMOID_CORRECT; \
	CONSTANT(const_geluTanhC0, V4); \
	CONSTANT(const_geluTanhThreeC1, V5); \
	fmla(v5, v8, v4); \
	fmul(v9, v4, v1); \
	fmul(v1, v0, v1); \
	fsub(v0, v25, v6); \
	fmla(v6, v1, v0); \
	fcmlt0(v12, v6); \
	bic(v6, v25, v4); \
	fneg(v0, v1); \
	bit(v6, v1, v0); \
	fsub(v0, v4, v0); \
	fmul(v0, v10, v0)

#define GELU(name) UNARY(name, 48, GELU_CONSTANTS, MAP(GELU_VECTOR))
#define GELU_GRAD(name) GRADIENT(name, 72, GELU_CONSTANTS, MAP_PAIRS(GELU_GRAD_VECTORS))
#define GELU_TANH(name) UNARY(name, 48, GELU_TANH_CONSTANTS, MAP(GELU_TANH_VECTOR))
#define GELU_TANH_GRAD(name) \
	GRADIENT(name, 72, GELU_TANH_CONSTANTS, MAP_PAIRS(GELU_TANH_GRAD_VECTORS))

#include "neon_f32.h"
GELU(·geluF32NEON)
GELU_GRAD(·geluGradF32NEON)
GELU_TANH(·geluTanhF32NEON)
GELU_TANH_GRAD(·geluTanhGradF32NEON)

#include "neon_f64.h"
GELU(·geluF64NEON)
GELU_GRAD(·geluGradF64NEON)
GELU_TANH(·geluTanhF64NEON)
GELU_TANH_GRAD(·geluTanhGradF64NEON)
