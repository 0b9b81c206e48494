// The sigmoid and silu of a register of elements: sigmoid.go has the method and the constants,
// math_neon.h the registers.

// SIGMOID_SETUP loads what SIGMOID_VECTOR needs.
#define SIGMOID_SETUP \
	MOVD $BY_TYPE(·sigmoid32, ·sigmoid64)(SB), R5; \
	CONSTANT(const_sigmoidLow, V31); \
	CONSTANT(const_sigmoidHigh, V30); \
	SIGMOID_CONSTANTS

// SIGMOID_CONSTANTS loads what all kernels need of the table at R5.
#define SIGMOID_CONSTANTS \
	CONSTANT(const_sigmoidLog2E, V29); \
	CONSTANT(const_sigmoidMagic, V28); \
	CONSTANT(const_sigmoidLn2High, V27); \
	CONSTANT(const_sigmoidLn2Low, V26); \
	CONSTANT(const_sigmoidOne, V25); \
	BY_TYPE(COEFFICIENTS_5, COEFFICIENTS_10)(const_sigmoidPolynomial); \
	CONSTANT(const_sigmoidUnit, V14)

// BOUND moves x in V0 into its range and keeps it in V9. FMAX and FMIN are NaN where an operand is.
#define BOUND \
	fmax(v31, v0, v0); \
	fmin(v30, v0, v0); \
	mov(v0, v9)

// REDUCE replaces the x in V0 by s and leaves magic + n in V1. It clobbers V2.
#define REDUCE \
	mov(v28, v1); \
	fmla(v29, v0, v1); \
	fsub(v28, v1, v2); \
	fmla(v27, v2, v0); \
	fmla(v26, v2, v0)

// DENOMINATOR takes what REDUCE left and leaves
//	V0	the denominator 1 + exp(−x), in units of V14
//	V2	1/denominator
//	V7	what the rounding of the denominator took
// It clobbers V1 and V3 to V5.
#define DENOMINATOR \
	BY_TYPE(POLYNOMIAL_5, POLYNOMIAL_10)(v0, v3, v4); \
	fmul(v0, v0, v4); \
	fneg(v0, v5); \
	fmla(v3, v4, v5); \
	shl(MANTISSA, v1, v4); \
	add(v14, v4, v4); \
	fadd(v14, v4, v2); \
	mov(v2, v0); \
	fmla(v5, v4, v0); \
	fsub(v0, v2, v7); \
	fmla(v5, v4, v7); \
	fsub(v2, v4, v2); \
	fadd(v14, v2, v2); \
	fadd(v2, v7, v7); \
	fdiv(v0, v25, v2)

// SIGMOID_CORRECT replaces V0 by the sigmoid. V6 is what the quotient lacks: the negative of the
// excess.
#define SIGMOID_CORRECT \
	mov(v25, v6); \
	fmls(v0, v2, v6); \
	fmls(v7, v2, v6); \
	mov(v2, v3); \
	fmla(v6, v2, v3); \
	fmul(v14, v3, v0)

// SILU_CORRECT replaces V0 by the quotient of x, in V8, but by x where that is greater than V13.
//	V3	the quotient
//	V4	its excess
//	V9	x in its range
#define SILU_CORRECT \
	fmul(v2, v9, v3); \
	fneg(v9, v4); \
	fmla(v0, v3, v4); \
	fmla(v7, v3, v4); \
	fmls(v4, v2, v3); \
	fmul(v14, v3, v0); \
	VEOR V1.B16, V1.B16, V1.B16; \
	fmla(v1, v8, v0); \
	fcmgt(v13, v8, v6); \
	bit(v6, v8, v0)

// SIGMOID_VECTOR replaces V0 by its sigmoid.
#define SIGMOID_VECTOR \
	BOUND; \
	REDUCE; \
	DENOMINATOR; \
	SIGMOID_CORRECT

// SILU_VECTOR replaces V0 by its silu.
#define SILU_VECTOR \
	mov(v0, v8); \
	BOUND; \
	REDUCE; \
	DENOMINATOR; \
	SILU_CORRECT

// SILU_GRAD_VECTORS replaces V0 by the derivative of silu there, times V10.
#define SILU_GRAD_VECTORS \
	mov(v0, v8); \
	SIGMOID_VECTOR; \
	fsub(v0, v25, v6); \
	fmul(v8, v0, v1); \
	fmla(v6, v1, v0); \
	fmul(v0, v10, v0)
