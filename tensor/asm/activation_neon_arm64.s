//go:build !purego

// Activations besides those of math_neon_arm64.s, sigmoid_neon_arm64.s and gelu_neon_arm64.s:
// softplus.go and its like have the methods and the constants, exp_neon.h and sigmoid_neon.h the
// steps that they share, math_neon.h the registers and map_neon.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "map_neon.h"
#include "math_neon.h"
#include "exp_neon.h"
#include "sigmoid_neon.h"

// Softplus. Its gradient multiplies by the sigmoid.

// SOFTPLUS_VECTOR replaces V0 by its softplus.
//	V0	−|x|, then the head of exp(r), then the sum
//	V1	magic + n, then 2ⁿ, scaled
//	V2	what the rounding of w took, then max(x, 0), scaled, then what the rounding of the sum took
//	V3	what the rounding of V0 took, then a part of the sum
//	V4	V3 and w's
//	V5	e, scaled
//	V6	e, then a part of the sum
//	V7	p(e)
//	V8	w = e·p(e)
//	V9	x
#define SOFTPLUS_VECTOR \
	mov(v0, v9); \
	fabs(v0, v0); \
	fneg(v0, v0); \
	EXP_REDUCE; \
	EXP_PARTS; \
	shl(MANTISSA, v1, v1); \
	add(v13, v1, v1); \
	fmul(v1, v0, v5); \
	fmul(v12, v5, v6); \
	MOVD R7, R6; \
	BY_TYPE(SOFTPLUS_POLYNOMIAL_F32, SOFTPLUS_POLYNOMIAL_F64); \
	fmul(v7, v6, v8); \
	fneg(v8, v2); \
	fmla(v7, v6, v2); \
	mov(v3, v4); \
	fmla(v8, v3, v4); \
	fmla(v2, v0, v4); \
	VEOR V2.B16, V2.B16, V2.B16; \
	fmax(v2, v9, v2); \
	fmul(v13, v2, v2); \
	fadd(v5, v2, v0); \
	fsub(v2, v0, v3); \
	fsub(v3, v0, v6); \
	fsub(v6, v2, v2); \
	fsub(v3, v5, v3); \
	fadd(v3, v2, v2); \
	fmla(v1, v4, v2); \
	fmla(v8, v5, v2); \
	fadd(v2, v0, v0); \
	fmul(v12, v0, v0); \
	fcmgt(v14, v9, v1); \
	bit(v1, v9, v0)

#define SOFTPLUS_POLYNOMIAL_F32 \
	STREAM(V7); \
	STREAM_8(v6, V7, v7, V8, v8)
#define SOFTPLUS_POLYNOMIAL_F64 \
	STREAM(V8); \
	STREAM(V7); \
	fmla(v8, v6, v7); \
	STREAM_2(v6, V7, v7, V8, v8); \
	STREAM_8(v6, V7, v7, V8, v8); \
	STREAM_8(v6, V7, v7, V8, v8)

#define SOFTPLUS_GRAD_VECTORS \
	SIGMOID_VECTOR; \
	fmul(v0, v10, v0)

#define SOFTPLUS_CONSTANTS \
	EXP_CONSTANTS; \
	MOVD $BY_TYPE(·softplus32, ·softplus64)(SB), R5; \
	CONSTANT(const_softplusHigh, V14); \
	CONSTANT(const_softplusScale, V13); \
	CONSTANT(const_softplusUnscale, V12); \
	ADD $(const_softplusPolynomial*ELEM), R5, R7

#define SOFTPLUS_KERNEL(name) UNARY(name, 48, SOFTPLUS_CONSTANTS, MAP(SOFTPLUS_VECTOR))
#define SOFTPLUS_GRAD(name) \
	GRADIENT(name, 72, SIGMOID_SETUP, MAP_PAIRS(SOFTPLUS_GRAD_VECTORS))

// Hardswish.

// HARDSWISH_VECTOR replaces V0 by its hardswish.
//	V1	x clamped, then the product of x and V5
//	V2	the sum with 3
//	V3	what its rounding took
//	V4	the product of the sum and 1/6
//	V5	what its rounding took
#define HARDSWISH_VECTOR \
	fmax(v31, v0, v1); \
	fmin(v30, v1, v1); \
	fadd(v30, v1, v2); \
	fsub(v30, v2, v3); \
	fsub(v3, v1, v3); \
	fmul(v29, v2, v4); \
	fneg(v4, v5); \
	fmla(v29, v2, v5); \
	fmla(v28, v2, v5); \
	fmla(v29, v3, v5); \
	fmul(v5, v0, v1); \
	fmla(v4, v0, v1); \
	mov(v1, v0)

// HARDSWISH_GRAD_VECTORS replaces V0 by the derivative of hardswish there, times V10.
#define HARDSWISH_GRAD_VECTORS \
	mov(v26, v1); \
	fmla(v27, v0, v1); \
	fcmge(v30, v0, v2); \
	bit(v2, v25, v1); \
	fcmge(v0, v31, v2); \
	bic(v2, v1, v1); \
	fmul(v1, v10, v0)

#define HARDSWISH_CONSTANTS \
	MOVD $BY_TYPE(·hardswish32, ·hardswish64)(SB), R5; \
	CONSTANT(const_hardswishLow, V31); \
	CONSTANT(const_hardswishHigh, V30); \
	CONSTANT(const_hardswishSixth, V29); \
	CONSTANT(const_hardswishSixthLow, V28); \
	CONSTANT(const_hardswishThird, V27); \
	CONSTANT(const_hardswishHalf, V26); \
	CONSTANT(const_hardswishOne, V25)

#define HARDSWISH_KERNEL(name) UNARY(name, 48, HARDSWISH_CONSTANTS, MAP(HARDSWISH_VECTOR))
#define HARDSWISH_GRAD(name) \
	GRADIENT(name, 72, HARDSWISH_CONSTANTS, MAP_PAIRS(HARDSWISH_GRAD_VECTORS))

// Mish.

// MISH_VECTOR replaces V0 by its mish.
//	V0	x clamped, then exp(r), then N, scaled, then what the quotient lacks, then the result
//	V1	magic + n, then 2ⁿ, scaled, then the denominator
//	V2	1/denominator
//	V3	what the rounding of exp(r) took, then that of the denominator
//	V4	2·e, scaled, then what the rounding of N took
//	V5	e, scaled, then the quotient
//	V6	what the rounding of e took, scaled
//	V7	e, then e + 1
//	V8	x clamped
//	V9	x
#define MISH_VECTOR \
	mov(v0, v9); \
	EXP_REDUCE; \
	EXP_PARTS; \
	fmax(v31, v9, v8); \
	fmin(v30, v8, v8); \
	shl(MANTISSA, v1, v1); \
	add(v14, v1, v1); \
	fmul(v1, v0, v5); \
	fmul(v1, v3, v6); \
	fmul(v13, v5, v7); \
	fadd(v5, v5, v4); \
	mov(v4, v0); \
	fmla(v5, v7, v0); \
	fsub(v0, v4, v4); \
	fmla(v5, v7, v4); \
	fadd(v6, v6, v6); \
	fadd(v25, v7, v7); \
	fmla(v6, v7, v4); \
	mov(v12, v1); \
	fmla(v13, v0, v1); \
	fsub(v1, v12, v3); \
	fmla(v13, v0, v3); \
	fmla(v13, v4, v3); \
	fdiv(v1, v25, v2); \
	fmul(v2, v0, v5); \
	fmls(v1, v5, v0); \
	fadd(v4, v0, v0); \
	fmls(v3, v5, v0); \
	fmul(v2, v0, v0); \
	fmul(v8, v0, v0); \
	fmla(v5, v8, v0); \
	fmul(v13, v0, v0); \
	VEOR V1.B16, V1.B16, V1.B16; \
	fmla(v1, v9, v0); \
	bit(v11, v9, v0); \
	fcmgt(v30, v9, v1); \
	bit(v1, v9, v0)

// MISH_GRAD_VECTORS replaces V0 by the derivative of mish there, times V10.
//	V0	e
//	V1	N + 2, then the derivative
//	V2	1/(N + 2)
//	V4	4·x·(e+1)
//	V5	e + 1, then e + 2
//	V8	x clamped
//	V9	x
#define MISH_GRAD_VECTORS \
	mov(v0, v9); \
	fmax(v31, v9, v8); \
	fmin(v30, v8, v8); \
	EXP_VECTOR; \
	fadd(v0, v0, v1); \
	fmla(v0, v0, v1); \
	fadd(v12, v1, v1); \
	fdiv(v1, v25, v2); \
	fmul(v14, v8, v4); \
	fadd(v25, v0, v5); \
	fmul(v5, v4, v4); \
	fadd(v12, v0, v5); \
	fmla(v2, v4, v5); \
	fmul(v2, v0, v1); \
	fmul(v5, v1, v1); \
	fcmgt(v30, v9, v4); \
	bit(v4, v25, v1); \
	fmul(v1, v10, v0)

#define MISH_BOUNDS \
	EXP_CONSTANTS; \
	MOVD $BY_TYPE(·mish32, ·mish64)(SB), R5; \
	CONSTANT(const_mishLow, V31); \
	CONSTANT(const_mishHigh, V30); \
	CONSTANT(const_mishTwo, V12)
#define MISH_CONSTANTS \
	MISH_BOUNDS; \
	CONSTANT(const_mishScale, V14); \
	CONSTANT(const_mishUnscale, V13); \
	CONSTANT(const_mishSign, V11)
#define MISH_GRAD_CONSTANTS \
	MISH_BOUNDS; \
	CONSTANT(const_mishFour, V14)

#define MISH_KERNEL(name) UNARY(name, 48, MISH_CONSTANTS, MAP(MISH_VECTOR))
#define MISH_GRAD(name) GRADIENT(name, 72, MISH_GRAD_CONSTANTS, MAP_PAIRS(MISH_GRAD_VECTORS))

// Elu. V11 is alpha.

// ELU_VECTOR replaces V0 by its elu.
//	V0	x between its bounds, then r, then the result
//	V1	magic + n, then 2ⁿ
//	V2	2ⁿ − 1, then what the rounding of the sum took
//	V3	r²·q(r)
//	V4	r², then the sum
//	V9	x
#define ELU_VECTOR \
	mov(v0, v9); \
	EXP_REDUCE; \
	EXP_POLYNOMIAL; \
	fmul(v0, v0, v4); \
	fmul(v4, v3, v3); \
	shl(MANTISSA, v1, v1); \
	add(v25, v1, v1); \
	fsub(v25, v1, v2); \
	mov(v2, v4); \
	fmla(v1, v0, v4); \
	fsub(v4, v2, v2); \
	fmla(v1, v0, v2); \
	fmla(v1, v3, v2); \
	fadd(v2, v4, v0); \
	fmul(v0, v11, v0); \
	fcmlt0(v9, v1); \
	bif(v1, v9, v0)

// ELU_GRAD_VECTORS replaces V0 by the derivative of elu there, times V10.
#define ELU_GRAD_VECTORS \
	mov(v0, v9); \
	EXP_VECTOR; \
	fmul(v11, v0, v0); \
	fmul(v0, v10, v0); \
	VEOR V1.B16, V1.B16, V1.B16; \
	fcmgt(v1, v9, v2); \
	bit(v2, v10, v0)

#define ELU_CONSTANTS \
	SCALAR(alpha+48(FP), F11, v11); \
	EXP_CONSTANTS; \
	MOVD $BY_TYPE(·elu32, ·elu64)(SB), R5; \
	CONSTANT(const_eluLow, V31); \
	VEOR V30.B16, V30.B16, V30.B16
#define ELU_GRAD_CONSTANTS SCALAR(alpha+72(FP), F11, v11); EXP_CONSTANTS

#define ELU_KERNEL(name) UNARY(name, SLICES2_SCALAR1, ELU_CONSTANTS, MAP(ELU_VECTOR))
#define ELU_GRAD(name) \
	GRADIENT(name, SLICES3_SCALAR1, ELU_GRAD_CONSTANTS, MAP_PAIRS(ELU_GRAD_VECTORS))

#include "neon_f32.h"
SOFTPLUS_KERNEL(·softplusF32NEON)
SOFTPLUS_GRAD(·softplusGradF32NEON)
HARDSWISH_KERNEL(·hardswishF32NEON)
HARDSWISH_GRAD(·hardswishGradF32NEON)
MISH_KERNEL(·mishF32NEON)
MISH_GRAD(·mishGradF32NEON)
ELU_KERNEL(·eluF32NEON)
ELU_GRAD(·eluGradF32NEON)

#include "neon_f64.h"
SOFTPLUS_KERNEL(·softplusF64NEON)
SOFTPLUS_GRAD(·softplusGradF64NEON)
HARDSWISH_KERNEL(·hardswishF64NEON)
HARDSWISH_GRAD(·hardswishGradF64NEON)
MISH_KERNEL(·mishF64NEON)
MISH_GRAD(·mishGradF64NEON)
ELU_KERNEL(·eluF64NEON)
ELU_GRAD(·eluGradF64NEON)
