//go:build !purego

// Exponential, logarithm, hyperbolic tangent and error function of a register of elements:
// exp.go, log.go, tanh.go and erf.go have the methods and the constants, math_neon.h the registers
// and map_neon.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "map_neon.h"
#include "math_neon.h"
#include "exp_neon.h"
#include "tanh_neon.h"

// Exponential.

// EXP_SUB_VECTOR replaces V0 by the exponential of its difference to V11.
#define EXP_SUB_VECTOR \
	fsub(v11, v0, v0); \
	EXP_VECTOR

#define SHIFT_AND_CONSTANTS SCALAR(shift+48(FP), F11, v11); EXP_CONSTANTS

#define EXPONENTIAL(name) UNARY(name, 48, EXP_CONSTANTS, MAP(EXP_VECTOR))
#define EXPONENTIAL_SUB(name) \
	UNARY(name, SLICES2_SCALAR1, SHIFT_AND_CONSTANTS, MAP(EXP_SUB_VECTOR))

// Logarithm. The polynomial is long, and its coefficients are loaded where they are needed, from R7
// on.

#define LOG_CONSTANTS \
	MOVD $BY_TYPE(·log32, ·log64)(SB), R5; \
	CONSTANT(const_logLn2, V31); \
	CONSTANT(const_logLn2Low, V30); \
	CONSTANT(const_logOne, V29); \
	CONSTANT(const_logThreeQuarters, V28); \
	CONSTANT(const_logHalf, V27); \
	CONSTANT(const_logFraction, V26); \
	CONSTANT(const_logMagic, V25); \
	CONSTANT(const_logBias, V24); \
	CONSTANT(const_logBiasSub, V23); \
	CONSTANT(const_logNormal, V22); \
	CONSTANT(const_logScale, V21); \
	CONSTANT(const_logInfinity, V20); \
	fneg(v20, v19); \
	ADD $(const_logPolynomial*ELEM), R5, R7

// TWO_STEPS makes two steps of Horner's scheme at V1 with the polynomial in V3.
#define TWO_STEPS \
	STREAM(V4); \
	fmla(v3, v1, v4); \
	STREAM(V3); \
	fmla(v4, v1, v3)

#define LOG_POLYNOMIAL_9 \
	STREAM(V3); \
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS

#define LOG_POLYNOMIAL_20 \
	STREAM(V4); \
	STREAM(V3); \
	fmla(v4, v1, v3); \
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; \
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS

// LOG_VECTOR replaces V0 by its logarithm. What it does with x that is not positive or not finite
// is replaced at the end: by x where that is +∞ or NaN, by NaN (all bits set) below 0, and by −∞ at
// 0.
//	V0	x, made normal
//	V1	m, then f
//	V2	k
//	V3	the polynomial, then the result; first the bias of the exponent
//	V4	what is added to it, then f²
//	V5	x
//	V6	masks
#define LOG_VECTOR \
	mov(v0, v5); \
	fcmgt(v0, v22, v6); \
	fmul(v21, v0, v1); \
	bit(v6, v1, v0); \
	mov(v24, v3); \
	bit(v6, v23, v3); \
	add(v27, v0, v1); \
	ushr(MANTISSA, v1, v2); \
	orr(v25, v2, v2); \
	fsub(v3, v2, v2); \
	and(v26, v1, v1); \
	add(v28, v1, v1); \
	fsub(v29, v1, v1); \
	MOVD R7, R6; \
	BY_TYPE(LOG_POLYNOMIAL_9, LOG_POLYNOMIAL_20); \
	fmul(v1, v1, v4); \
	fmul(v4, v3, v3); \
	fmla(v30, v2, v3); \
	fadd(v1, v3, v3); \
	fmla(v31, v2, v3); \
	fcmgt(v5, v20, v6); \
	bif(v6, v5, v3); \
	fcmlt0(v5, v6); \
	orr(v6, v3, v3); \
	fcmeq0(v5, v6); \
	bit(v6, v19, v3); \
	mov(v3, v0)

#define LOGARITHM(name) UNARY(name, 48, LOG_CONSTANTS, MAP(LOG_VECTOR))

// Hyperbolic tangent.

#define TANH(name) \
	UNARY(name, 48, TANH_CONSTANTS, MAP(TANH_VECTOR))

// Error function. The two types have methods of their own.

// ERF_VECTOR_F32 replaces V0 by its error function.
//	V0	|x|, clamped, then h
//	V1	the interval's place in the tables
//	V6	k
//	V9	x
//	V12-V19	rows of the tables: a₀', the coefficients from the highest down, b
#define ERF_VECTOR_F32 \
	mov(v0, v9); \
	fabs(v0, v0); \
	fmin(v31, v0, v0); \
	mov(v28, v1); \
	fmla(v29, v0, v1); \
	fmin(v26, v1, v1); \
	fsub(v28, v1, v6); \
	fmls(v27, v6, v0); \
	shl(21, v1, v1); \
	LOOKUP; \
	fcmgt(v6, v25, v7); \
	bit(v7, v0, v19); \
	fmla(v13, v0, v14); \
	fmla(v14, v0, v15); \
	fmla(v15, v0, v16); \
	fmla(v16, v0, v17); \
	fmla(v17, v0, v18); \
	fmla(v18, v0, v12); \
	fadd(v19, v12, v0); \
	bit(v30, v9, v0)

// SQUARE_PARTS takes y in V8 and sets V0 to −y² and V6 to what its rounding took. It clobbers V5.
#define SQUARE_PARTS \
	fmul(v8, v8, v5); \
	fneg(v5, v6); \
	mov(v6, v0); \
	fmla(v8, v8, v6)

// ERF_VECTOR_F64 replaces V0 by its error function.
//	V0	−y², then the rest of its reduction, then the sum
//	V1	magic + n, then 2ⁿ
//	V2	p
//	V3	t, then b
//	V4	u, then 1 − 2ⁿ, then what the rounding of the sum took
//	V5	v − 1
//	V6	the low part of y², then v, then what the rounding of b took
//	V7	what the rounding of v took
//	V8	y
//	V9	x
#define ERF_VECTOR_F64 \
	mov(v0, v9); \
	fabs(v0, v8); \
	fmin(v13, v8, v8); \
	SQUARE_PARTS; \
	EXP_REDUCE; \
	fsub(v6, v0, v0); \
	EXP_MINUS_ONE; \
	shl(MANTISSA, v1, v1); \
	add(v25, v1, v1); \
	fadd(v14, v8, v3); \
	fdiv(v3, v8, v3); \
	MOVD R7, R6; \
	STREAM(V4); \
	STREAM_2(v3, V4, v4, V5, v5); \
	STREAM_4(v3, V4, v4, V5, v5); \
	STREAM_8(v3, V4, v4, V5, v5); \
	mov(v8, v6); \
	fmla(v4, v8, v6); \
	fsub(v6, v8, v7); \
	fmla(v4, v8, v7); \
	fsub(v25, v6, v5); \
	mov(v6, v3); \
	fmla(v5, v2, v3); \
	fsub(v3, v6, v6); \
	fmla(v5, v2, v6); \
	fadd(v7, v6, v6); \
	fsub(v1, v25, v4); \
	mov(v4, v0); \
	fmla(v3, v1, v0); \
	fsub(v0, v4, v4); \
	fmla(v3, v1, v4); \
	fmla(v6, v1, v4); \
	fadd(v4, v0, v0); \
	bit(v12, v9, v0)

// ERF_GRAD_VECTORS replaces V0 by the derivative of the error function there, times V10.
#define ERF_GRAD_VECTORS \
	fabs(v0, v8); \
	fmin(v14, v8, v8); \
	SQUARE_PARTS; \
	EXP_REDUCE; \
	fsub(v6, v0, v0); \
	EXP_FINISH; \
	fmul(v13, v0, v0); \
	fmul(v0, v10, v0)

#define ERF_CONSTANTS_F32 \
	MOVD $·erf32(SB), R5; \
	CONSTANT(const_erfHigh, V31); \
	CONSTANT(const_erfSign, V30); \
	CONSTANT(const_erfPerSpacing, V29); \
	CONSTANT(const_erfMagic, V28); \
	CONSTANT(const_erfSpacing, V27); \
	CONSTANT(const_erfLast, V26); \
	CONSTANT(const_erfHalf, V25); \
	MOVD $·erfRows(SB), R8
#define ERF_CONSTANTS_F64 \
	EXP_CONSTANTS; \
	MOVD $·erf64(SB), R5; \
	CONSTANT(const_erf64K, V14); \
	CONSTANT(const_erf64High, V13); \
	CONSTANT(const_erf64Sign, V12); \
	ADD $(const_erf64Polynomial*ELEM), R5, R7
#define ERF_GRAD_CONSTANTS \
	EXP_CONSTANTS; \
	MOVD $BY_TYPE(·erfGrad32, ·erfGrad64)(SB), R5; \
	CONSTANT(const_erfGradHigh, V14); \
	CONSTANT(const_erfGradScale, V13)

#define ERF_CONSTANTS BY_TYPE(ERF_CONSTANTS_F32, ERF_CONSTANTS_F64)
#define ERROR_FUNCTION(name) \
	UNARY(name, 48, ERF_CONSTANTS, MAP(BY_TYPE(ERF_VECTOR_F32, ERF_VECTOR_F64)))
#define ERROR_FUNCTION_GRAD(name) \
	GRADIENT(name, 72, ERF_GRAD_CONSTANTS, MAP_PAIRS(ERF_GRAD_VECTORS))

#include "neon_f32.h"
EXPONENTIAL(·expF32NEON)
EXPONENTIAL_SUB(·expSubF32NEON)
LOGARITHM(·logF32NEON)
TANH(·tanhF32NEON)
ERROR_FUNCTION(·erfF32NEON)
ERROR_FUNCTION_GRAD(·erfGradF32NEON)

#include "neon_f64.h"
EXPONENTIAL(·expF64NEON)
EXPONENTIAL_SUB(·expSubF64NEON)
LOGARITHM(·logF64NEON)
TANH(·tanhF64NEON)
ERROR_FUNCTION(·erfF64NEON)
ERROR_FUNCTION_GRAD(·erfGradF64NEON)
