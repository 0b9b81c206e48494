//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "math_neon.h"

// The exponential of a register of elements: exp.go has the method and the constants, math_neon.h the registers.

#define CONSTANTS \
	MOVD $expTable(SB), R5; \
	CONSTANT(const_expLow, V31); \
	CONSTANT(const_expHigh, V30); \
	CONSTANT(const_expLog2E, V29); \
	CONSTANT(const_expMagic, V28); \
	CONSTANT(const_expLn2High, V27); \
	CONSTANT(const_expLn2Low, V26); \
	CONSTANT(const_expOne, V25); \
	COEFFICIENTS(const_expPolynomial)

// EXP_VECTOR replaces V0 by its exponential. FMAX and FMIN are NaN where an operand is. 2ⁿ itself may be out of range: it is multiplied
// by as 2^⌊n/2⌋ and then the rest.
//	V0	x, then r
//	V1	magic + n, then the rest's power of two
//	V2	n
//	V3	the polynomial
//	V4	what is added to it, then the first power of two
#define EXP_VECTOR \
	fmax(v31, v0, v0); \
	fmin(v30, v0, v0); \
	mov(v28, v1); \
	fmla(v29, v0, v1); \
	fsub(v28, v1, v2); \
	fmls(v27, v2, v0); \
	fmls(v26, v2, v0); \
	POLYNOMIAL(v0, v3, v4); \
	HORNER(v25, v0, v3, v4); \
	HORNER(v25, v0, v4, v3); \
	ushr(1, v1, v4); \
	shl(MANTISSA, v4, v4); \
	shl(MANTISSA, v1, v1); \
	sub(v4, v1, v1); \
	add(v25, v4, v4); \
	add(v25, v1, v1); \
	fmul(v4, v3, v3); \
	fmul(v1, v3, v0)

// EXP_SUB_VECTOR replaces V0 by the exponential of its difference to V11.
#define EXP_SUB_VECTOR \
	fsub(v11, v0, v0); \
	EXP_VECTOR

#include "neon_f32.h"
#define POLYNOMIAL POLYNOMIAL_5
#define COEFFICIENTS COEFFICIENTS_5
#define expTable ·exp32
#define expT ·expF32NEON
#define expSubT ·expSubF32NEON
#define expSubArgs 52
#include "exp_neon.h"

#undef POLYNOMIAL
#undef COEFFICIENTS
#undef expTable
#undef expT
#undef expSubT
#undef expSubArgs

#include "neon_f64.h"
#define POLYNOMIAL POLYNOMIAL_10
#define COEFFICIENTS COEFFICIENTS_10
#define expTable ·exp64
#define expT ·expF64NEON
#define expSubT ·expSubF64NEON
#define expSubArgs 56
#include "exp_neon.h"
