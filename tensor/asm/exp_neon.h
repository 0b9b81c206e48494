// The exponential of a register of elements, for exp and what else builds on it: exp.go has the
// method and the constants, math_neon.h the registers.

#define EXP_CONSTANTS \
	MOVD $BY_TYPE(·exp32, ·exp64)(SB), R5; \
	CONSTANT(const_expLow, V31); \
	CONSTANT(const_expHigh, V30); \
	CONSTANT(const_expLog2E, V29); \
	CONSTANT(const_expMagic, V28); \
	CONSTANT(const_expLn2High, V27); \
	CONSTANT(const_expLn2Low, V26); \
	CONSTANT(const_expOne, V25); \
	BY_TYPE(COEFFICIENTS_5, COEFFICIENTS_10)(const_expPolynomial)

// EXP_VECTOR replaces V0 by its exponential. It clobbers V1 to V4.
#define EXP_VECTOR \
	EXP_REDUCE; \
	EXP_FINISH

// EXP_REDUCE replaces the x in V0 by r, and leaves magic + n in V1 and n in V2. FMAX and FMIN are
// NaN where an operand is.
#define EXP_REDUCE \
	fmax(v31, v0, v0); \
	fmin(v30, v0, v0); \
	mov(v28, v1); \
	fmla(v29, v0, v1); \
	fsub(v28, v1, v2); \
	fmls(v27, v2, v0); \
	fmls(v26, v2, v0)

// EXP_FINISH takes what EXP_REDUCE left and replaces V0 by 2ⁿ·exp(r). 2ⁿ itself may be out of
// range: it is multiplied by as 2^⌊n/2⌋ and then the rest.
//	V1	magic + n, then the rest's power of two
//	V3	the polynomial
//	V4	what is added to it, then the first power of two
#define EXP_FINISH \
	EXP_POLYNOMIAL; \
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

// EXP_POLYNOMIAL sets V3 to the polynomial at V0. It clobbers V4.
#define EXP_POLYNOMIAL BY_TYPE(POLYNOMIAL_5, POLYNOMIAL_10)(v0, v3, v4)

// EXP_MINUS_ONE takes what EXP_REDUCE left and sets V2 to exp(r) − 1. It clobbers V3 and V4.
#define EXP_MINUS_ONE \
	EXP_POLYNOMIAL; \
	fmul(v0, v0, v4); \
	mov(v0, v2); \
	fmla(v3, v4, v2)

// EXP_PARTS is EXP_MINUS_ONE that goes on to exp(r) in V0 and what its rounding took in V3.
#define EXP_PARTS \
	EXP_MINUS_ONE; \
	fadd(v2, v25, v0); \
	fsub(v25, v0, v4); \
	fsub(v4, v2, v3)
