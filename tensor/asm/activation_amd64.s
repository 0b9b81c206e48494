//go:build !purego

// Activations besides those of math_amd64.s, sigmoid_amd64.s and gelu_amd64.s: softplus.go and its
// like have the methods and the constants, exp_amd64.h and sigmoid_amd64.h the steps that they
// share, math_amd64.h the registers and map_amd64.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "sigmoid_amd64.h"

// Softplus. Its gradient multiplies by the sigmoid.

#define SOFTPLUS(i) BY_TYPE(·softplus32, ·softplus64)+((i)*ELEM)(SB)
#define SOFTPLUS_HORNER BY_TYPE(HORNER_8, HORNER_19)

// SOFTPLUS_VECTOR replaces V0 by its softplus.
//	V0	−|x|, then the head of exp(r), then the sum
//	V1	magic + n, then 2ⁿ, scaled
//	V2	max(x, 0), scaled, then what the rounding of the sum took
//	V3	what the rounding of V0 took, then a part of the sum
//	V4	V3 and w's
//	V5	e, scaled
//	V6	e, then a part of the sum
//	V7	p(e), then what the rounding of w took
//	V8	w = e·p(e)
//	V12	x
#define SOFTPLUS_VECTOR \
	VMOVA V0, V12; \
	VORC(SOFTPLUS(const_softplusSign), V0, V0); \
	ONE(EXP_REDUCE); \
	EXP_PARTS; \
	VPSLL $MANTISSA, V1, V1; \
	VPADDC(SOFTPLUS(const_softplusScale), V1, V1); \
	VMUL V1, V0, V5; \
	VMULC(SOFTPLUS(const_softplusUnscale), V5, V6); \
	POLYNOMIAL(SOFTPLUS_HORNER, SOFTPLUS, const_softplusPolynomial, V6, V7); \
	VMUL V7, V6, V8; \
	VFMSUB213 V8, V6, V7; \
	VMOVA V3, V4; \
	VFMA213 V3, V8, V4; \
	VFMA231 V7, V0, V4; \
	VXOR V2, V2, V2; \
	VMAX V12, V2, V2; \
	VMULC(SOFTPLUS(const_softplusScale), V2, V2); \
	VADD V5, V2, V0; \
	VSUB V2, V0, V3; \
	VSUB V3, V0, V6; \
	VSUB V6, V2, V2; \
	VSUB V3, V5, V3; \
	VADD V3, V2, V2; \
	VFMA231 V1, V4, V2; \
	VFMA231 V8, V5, V2; \
	VADD V2, V0, V0; \
	VMULC(SOFTPLUS(const_softplusUnscale), V0, V0); \
	SELECT_WHERE(V12, GREATER, V13, V1, V12, V0)

#define SOFTPLUS_GRAD_VECTORS \
	SIGMOID_VECTOR; \
	VMUL V0, V9, V0

#define SOFTPLUS_SETUP VBROADCAST SOFTPLUS(const_softplusHigh), V13; EXP_BOUNDS

#define SOFTPLUS_KERNEL(name) UNARY(name, 48, SOFTPLUS_SETUP, MAP(SOFTPLUS_VECTOR))
#define SOFTPLUS_GRAD(name) GRADIENT(name, 72, SIGMOID_SETUP, MAP_PAIRS(SOFTPLUS_GRAD_VECTORS))

// Hardswish.

#define HARDSWISH(i) BY_TYPE(·hardswish32, ·hardswish64)+((i)*ELEM)(SB)

// HARDSWISH_VECTOR replaces V0 by its hardswish.
//	V1	x clamped, then the product of x and V6
//	V2	the sum with 3
//	V3	what its rounding took
//	V4	the product of the sum and 1/6
//	V6	what its rounding took
//	V13	1/6
#define HARDSWISH_VECTOR \
	VMAX V0, V14, V1; \
	VMIN V1, V15, V1; \
	VADD V15, V1, V2; \
	VSUB V15, V2, V3; \
	VSUB V3, V1, V3; \
	VMUL V13, V2, V4; \
	VMOVA V2, V6; \
	VFMSUB213 V4, V13, V6; \
	VFMA231C(HARDSWISH(const_hardswishSixthLow), V2, V6); \
	VFMA231 V13, V3, V6; \
	VMUL V6, V0, V1; \
	VFMA213 V1, V4, V0

// HARDSWISH_GRAD_VECTORS replaces V0 by the derivative of hardswish there, times V9.
#define HARDSWISH_GRAD_VECTORS \
	VBROADCAST HARDSWISH(const_hardswishThird), V1; \
	VFMA213C(HARDSWISH(const_hardswishHalf), V0, V1); \
	SELECT_WHERE(V15, LESS_OR_EQUAL, V0, V2, V13, V1); \
	KEEP_WHERE(V0, NOT_LESS_OR_EQUAL, V14, V2, V1); \
	VMUL V1, V9, V0

#define HARDSWISH_BOUNDS \
	VBROADCAST HARDSWISH(const_hardswishLow), V14; \
	VBROADCAST HARDSWISH(const_hardswishHigh), V15
#define HARDSWISH_SETUP VBROADCAST HARDSWISH(const_hardswishSixth), V13; HARDSWISH_BOUNDS
#define HARDSWISH_GRAD_SETUP VBROADCAST HARDSWISH(const_hardswishOne), V13; HARDSWISH_BOUNDS

#define HARDSWISH_KERNEL(name) UNARY(name, 48, HARDSWISH_SETUP, MAP(HARDSWISH_VECTOR))
#define HARDSWISH_GRAD(name) \
	GRADIENT(name, 72, HARDSWISH_GRAD_SETUP, MAP_PAIRS(HARDSWISH_GRAD_VECTORS))

// Mish.

#define MISH(i) BY_TYPE(·mish32, ·mish64)+((i)*ELEM)(SB)

// MISH_VECTOR replaces V0 by its mish.
//	V0	x clamped, then exp(r), then N, scaled, then what the quotient lacks, then the result
//	V1	magic + n, then 2ⁿ, scaled, then the denominator
//	V2	1/denominator
//	V3	what the rounding of exp(r) took, then that of the denominator
//	V4	the inverse of the scale
//	V5	e, scaled, then the quotient
//	V6	what the rounding of e took, scaled
//	V7	e, then e + 1
//	V8	2·e, scaled, then what the rounding of N took
//	V12	x
//	V13	x clamped
#define MISH_VECTOR \
	VMOVA V0, V12; \
	VMAX V0, V14, V13; \
	VMIN V13, V15, V13; \
	ONE(EXP_REDUCE); \
	EXP_PARTS; \
	VPSLL $MANTISSA, V1, V1; \
	VPADDC(MISH(const_mishScale), V1, V1); \
	VBROADCAST MISH(const_mishUnscale), V4; \
	VMUL V1, V0, V5; \
	VMUL V1, V3, V6; \
	VMUL V4, V5, V7; \
	VADD V5, V5, V8; \
	VMOVA V5, V0; \
	VFMA213 V8, V7, V0; \
	VSUB V0, V8, V8; \
	VFMA231 V5, V7, V8; \
	VADD V6, V6, V6; \
	VADDC(MISH(const_mishOne), V7, V7); \
	VFMA231 V6, V7, V8; \
	VBROADCAST MISH(const_mishTwo), V3; \
	VMOVA V4, V1; \
	VFMA213 V3, V0, V1; \
	VSUB V1, V3, V3; \
	VFMA231 V4, V0, V3; \
	VFMA231 V4, V8, V3; \
	VBROADCAST MISH(const_mishOne), V2; \
	VDIV V1, V2, V2; \
	VMUL V2, V0, V5; \
	VFNMADD231 V1, V5, V0; \
	VADD V8, V0, V0; \
	VFNMADD231 V3, V5, V0; \
	VMUL V2, V0, V0; \
	VMUL V13, V0, V0; \
	VFMA231 V5, V13, V0; \
	VMUL V4, V0, V0; \
	VXOR V1, V1, V1; \
	VFMA231 V1, V12, V0; \
	VANDC(MISH(const_mishSign), V12, V1); \
	VOR V1, V0, V0; \
	SELECT_WHERE(V12, GREATER, V15, V1, V12, V0)

// MISH_GRAD_VECTORS replaces V0 by the derivative of mish there, times V9.
//	V0	e
//	V1	e², then the derivative
//	V2	N + 2, then its inverse
//	V3	1
//	V4	4·x·(e+1)
//	V5	e + 1, then e + 2
//	V12	x
//	V13	x clamped
#define MISH_GRAD_VECTORS \
	VMOVA V0, V12; \
	VMAX V0, V14, V13; \
	VMIN V13, V15, V13; \
	ONE(EXP_REDUCE); \
	EXP_FINISH; \
	VBROADCAST MISH(const_mishOne), V3; \
	VADD V0, V0, V1; \
	VMOVA V0, V2; \
	VFMA213 V1, V0, V2; \
	VADDC(MISH(const_mishTwo), V2, V2); \
	VDIV V2, V3, V2; \
	VMULC(MISH(const_mishFour), V13, V4); \
	VADD V3, V0, V5; \
	VMUL V5, V4, V4; \
	VADDC(MISH(const_mishTwo), V0, V5); \
	VFMA231 V2, V4, V5; \
	VMUL V2, V0, V1; \
	VMUL V5, V1, V1; \
	SELECT_WHERE(V12, GREATER, V15, V4, V3, V1); \
	VMUL V1, V9, V0

#define MISH_BOUNDS \
	VBROADCAST MISH(const_mishLow), V14; \
	VBROADCAST MISH(const_mishHigh), V15

#define MISH_KERNEL(name) UNARY(name, 48, MISH_BOUNDS, MAP(MISH_VECTOR))
#define MISH_GRAD(name) GRADIENT(name, 72, MISH_BOUNDS, MAP_PAIRS(MISH_GRAD_VECTORS))

// Elu. V12 is alpha.

#define ELU(i) BY_TYPE(·elu32, ·elu64)+((i)*ELEM)(SB)

// ELU_VECTOR replaces V0 by its elu.
//	V0	x between its bounds, then r, then the result
//	V1	magic + n, then 2ⁿ
//	V2	2ⁿ − 1, then what the rounding of the sum took
//	V3	r²·q(r)
//	V4	r², then the sum
//	V5	x
//	V15	0
#define ELU_VECTOR \
	VMOVA V0, V5; \
	ONE(EXP_REDUCE); \
	POLYNOMIAL(EXP_HORNER, EXP, const_expPolynomial, V0, V3); \
	VMUL V0, V0, V4; \
	VMUL V4, V3, V3; \
	VPSLL $MANTISSA, V1, V1; \
	VPADDC(ELU(const_eluOne), V1, V1); \
	VSUBC(ELU(const_eluOne), V1, V2); \
	VMOVA V0, V4; \
	VFMA213 V2, V1, V4; \
	VSUB V4, V2, V2; \
	VFMA231 V1, V0, V2; \
	VFMA231 V1, V3, V2; \
	VADD V2, V4, V0; \
	VMUL V0, V12, V0; \
	SELECT_WHERE(V5, NOT_LESS, V15, V1, V5, V0)

// ELU_GRAD_VECTORS replaces V0 by the derivative of elu there, times V9.
#define ELU_GRAD_VECTORS \
	VMOVA V0, V5; \
	EXP_VECTOR; \
	VMUL V12, V0, V0; \
	VMUL V0, V9, V0; \
	VXOR V1, V1, V1; \
	SELECT_WHERE(V5, GREATER, V1, V1, V9, V0)

#define ELU_SETUP \
	VBROADCAST alpha+48(FP), V12; \
	VBROADCAST ELU(const_eluLow), V14; \
	VXOR V15, V15, V15
#define ELU_GRAD_SETUP VBROADCAST alpha+72(FP), V12; EXP_VECTOR_BOUNDS

#define ELU_KERNEL(name) UNARY(name, SLICES2_SCALAR1, ELU_SETUP, MAP(ELU_VECTOR))
#define ELU_GRAD(name) \
	GRADIENT(name, SLICES3_SCALAR1, ELU_GRAD_SETUP, MAP_PAIRS(ELU_GRAD_VECTORS))

#include "avx2_f32.h"
SOFTPLUS_KERNEL(·softplusF32AVX2)
SOFTPLUS_GRAD(·softplusGradF32AVX2)
HARDSWISH_KERNEL(·hardswishF32AVX2)
HARDSWISH_GRAD(·hardswishGradF32AVX2)
MISH_KERNEL(·mishF32AVX2)
MISH_GRAD(·mishGradF32AVX2)
ELU_KERNEL(·eluF32AVX2)
ELU_GRAD(·eluGradF32AVX2)

#include "avx2_f64.h"
SOFTPLUS_KERNEL(·softplusF64AVX2)
SOFTPLUS_GRAD(·softplusGradF64AVX2)
HARDSWISH_KERNEL(·hardswishF64AVX2)
HARDSWISH_GRAD(·hardswishGradF64AVX2)
MISH_KERNEL(·mishF64AVX2)
MISH_GRAD(·mishGradF64AVX2)
ELU_KERNEL(·eluF64AVX2)
ELU_GRAD(·eluGradF64AVX2)

#include "avx512_f32.h"
SOFTPLUS_KERNEL(·softplusF32AVX512)
SOFTPLUS_GRAD(·softplusGradF32AVX512)
HARDSWISH_KERNEL(·hardswishF32AVX512)
HARDSWISH_GRAD(·hardswishGradF32AVX512)
MISH_KERNEL(·mishF32AVX512)
MISH_GRAD(·mishGradF32AVX512)
ELU_KERNEL(·eluF32AVX512)
ELU_GRAD(·eluGradF32AVX512)

#include "avx512_f64.h"
SOFTPLUS_KERNEL(·softplusF64AVX512)
SOFTPLUS_GRAD(·softplusGradF64AVX512)
HARDSWISH_KERNEL(·hardswishF64AVX512)
HARDSWISH_GRAD(·hardswishGradF64AVX512)
MISH_KERNEL(·mishF64AVX512)
MISH_GRAD(·mishGradF64AVX512)
ELU_KERNEL(·eluF64AVX512)
ELU_GRAD(·eluGradF64AVX512)
