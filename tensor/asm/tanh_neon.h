// The hyperbolic tangent of a register of elements: tanh.go has the methods, one for each type, and
// the constants, math_neon.h the registers.

// TANH_VECTOR_F32 replaces V0 by its hyperbolic tangent.
//	V0	|x|, clamped
//	V1	|x| in the tables' range, then h
//	V2	h² in the first interval, h in the others
//	V9	x
//	V12-V19	rows of the tables, then the center and the coefficients from the highest down
#define TANH_VECTOR_F32 \
	mov(v0, v9); \
	fabs(v0, v0); \
	fmin(v31, v0, v0); \
	fmax(v28, v0, v1); \
	fmin(v27, v1, v1); \
	LOOKUP; \
	fsub(v12, v0, v1); \
	fcmgt(v0, v29, v3); \
	fmul(v1, v1, v4); \
	mov(v1, v2); \
	bit(v3, v4, v2); \
	fmla(v13, v2, v14); \
	fmla(v14, v2, v15); \
	fmla(v15, v2, v16); \
	fmla(v16, v2, v17); \
	fmla(v17, v2, v18); \
	fmla(v18, v1, v19); \
	mov(v19, v0); \
	bit(v30, v9, v0)

// TANH_VECTOR_F64 replaces V0 by its hyperbolic tangent.
//	V0	|x|, then h, then the numerator, then what the quotient lacks
//	V1	magic + n, then 2⁻ⁿ
//	V2	n, then the denominator
//	V3	the low part of h, then what the rounding of the denominator took
//	V4	h and its low part, then 1/denominator
//	V7	(1−2⁻ⁿ)/2 + h, then what the rounding of the numerator took
//	V8	the polynomial, then the quotient
//	V9	x
#define TANH_VECTOR_F64 \
	mov(v0, v9); \
	fabs(v0, v0); \
	fmin(v31, v0, v0); \
	mov(v28, v1); \
	fmla(v29, v0, v1); \
	fsub(v28, v1, v2); \
	fmls(v27, v2, v0); \
	fmul(v26, v2, v3); \
	fadd(v3, v0, v4); \
	POLYNOMIAL_10(v4, v8, v7); \
	fmul(v4, v4, v4); \
	fmla(v8, v4, v3); \
	shl(MANTISSA, v1, v1); \
	sub(v1, v25, v1); \
	mov(v14, v7); \
	fmls(v14, v1, v7); \
	fadd(v0, v7, v7); \
	fadd(v3, v7, v0); \
	fsub(v0, v7, v7); \
	fadd(v3, v7, v7); \
	fadd(v1, v0, v2); \
	fsub(v1, v2, v3); \
	fsub(v3, v0, v3); \
	fadd(v7, v3, v3); \
	fdiv(v2, v25, v4); \
	fmul(v4, v0, v8); \
	fmls(v2, v8, v0); \
	fadd(v7, v0, v0); \
	fmls(v3, v8, v0); \
	fmla(v4, v0, v8); \
	mov(v8, v0); \
	bit(v30, v9, v0)

#define TANH_CONSTANTS_F32 \
	MOVD $·tanh32(SB), R5; \
	CONSTANT(const_tanhHigh, V31); \
	CONSTANT(const_tanhSign, V30); \
	CONSTANT(const_tanhFirst, V29); \
	CONSTANT(const_tanhLowest, V28); \
	CONSTANT(const_tanhHighest, V27); \
	MOVD $·tanhRows(SB), R8
#define TANH_CONSTANTS_F64 \
	MOVD $·tanh64(SB), R5; \
	CONSTANT(const_tanh64High, V31); \
	CONSTANT(const_tanh64Sign, V30); \
	CONSTANT(const_tanh64Log2E, V29); \
	CONSTANT(const_tanh64Magic, V28); \
	CONSTANT(const_tanh64Ln2High, V27); \
	CONSTANT(const_tanh64Ln2Low, V26); \
	CONSTANT(const_tanh64One, V25); \
	CONSTANT(const_tanh64Half, V14); \
	COEFFICIENTS_10(const_tanh64Polynomial)

#define TANH_VECTOR BY_TYPE(TANH_VECTOR_F32, TANH_VECTOR_F64)
#define TANH_CONSTANTS BY_TYPE(TANH_CONSTANTS_F32, TANH_CONSTANTS_F64)
