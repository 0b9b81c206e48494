//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "math_neon.h"

// The logarithm of a register of elements: log.go has the method and the constants, math_neon.h the registers. The polynomial is long, and its
// coefficients are loaded where they are needed, from R7 on.

#define CONSTANTS \
	MOVD $logTable(SB), R5; \
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
	TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS; TWO_STEPS

// LOG_VECTOR replaces V0 by its logarithm. What it does with x that is not positive or not finite is replaced at the end: by x where that is +∞
// or NaN, by NaN (all bits set) below 0, and by −∞ at 0.
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
	LOG_POLYNOMIAL; \
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

#include "neon_f32.h"
#define LOG_POLYNOMIAL LOG_POLYNOMIAL_9
#define logTable ·log32
#define logT ·logF32NEON
#include "log_neon.h"

#undef LOG_POLYNOMIAL
#undef logTable
#undef logT

#include "neon_f64.h"
#define LOG_POLYNOMIAL LOG_POLYNOMIAL_20
#define logTable ·log64
#define logT ·logF64NEON
#include "log_neon.h"
