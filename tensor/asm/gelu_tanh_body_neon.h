// Gelu's approximation by the hyperbolic tangent, and its derivative, for a register of elements: gelu_tanh.go has the method and the constants,
// at R5, and sigmoid_body_neon.h the rest of it.

#define GELU_TANH_CONSTANTS \
	MOVD $sigmoidTable(SB), R5; \
	SIGMOID_CONSTANTS; \
	MOVD $geluTanhTable(SB), R5; \
	CONSTANT(const_geluTanhLow, V31); \
	CONSTANT(const_geluTanhHigh, V30); \
	CONSTANT(const_geluTanhHigh, V13)

// GELU_TANH_ARGUMENT takes x in V0 and leaves v there, what its rounding took in V6, and x² in V7. It clobbers V1 to V5 and V8.
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

// GELU_TANH_DENOMINATOR takes x in V0 and leaves what DENOMINATOR leaves; x in its range in V9, and x² in V8.
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
