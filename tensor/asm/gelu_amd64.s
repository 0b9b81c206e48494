//go:build !purego

// Gelu, its approximation by the hyperbolic tangent, and their gradients: gelu.go and gelu_tanh.go
// have the methods and the constants, sigmoid_amd64.h the reduction's, math_amd64.h the registers
// and map_amd64.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "sigmoid_amd64.h"

#define GELU32(i) ·gelu32+((i)*4)(SB)
#define GELU64(i) ·gelu64+((i)*8)(SB)
#define GELU(i) BY_TYPE(·gelu32, ·gelu64)+((i)*ELEM)(SB)
#define GELU_TANH(i) BY_TYPE(·geluTanh32, ·geluTanh64)+((i)*ELEM)(SB)

// CLEAR_NEGATIVE multiplies X by 0 where its sign is set, and CLEAR_WHERE_NEGATIVE replaces D by 0
// there. They use T or V10, and K2 in AVX-512.
#define CLEAR_NEGATIVE BY_ISA(CLEAR_NEGATIVE_AVX2, CLEAR_NEGATIVE_AVX512)
#define CLEAR_NEGATIVE_AVX2(X, T) \
	VXOR V10, V10, V10; \
	VMUL X, V10, T; \
	VBLENDV X, T, X, X
#define CLEAR_NEGATIVE_AVX512(X, T) \
	VXOR T, T, T; \
	VPMOVSIGN X, K2; \
	VMUL T, X, K2, X
#define CLEAR_WHERE_NEGATIVE BY_ISA(CLEAR_WHERE_NEGATIVE_AVX2, CLEAR_WHERE_NEGATIVE_AVX512)
#define CLEAR_WHERE_NEGATIVE_AVX2(X, D) \
	VXOR V10, V10, V10; \
	VBLENDV X, V10, D, D
#define CLEAR_WHERE_NEGATIVE_AVX512(X, D) \
	VPMOVSIGN X, K2; \
	VXOR D, D, K2, D

// EXP and MILLS of one type take y in V2. They share no register but V10, through which constants
// pass, so that a body can interleave their steps: what waits for one's results finds the
// other's to do.
//
// MILLS_F32 and MILLS_F64 leave g in V7 and what its rounding took in V12. HALF_SQUARE_EXP leaves s
// in V13, t in V3 and 2ⁿ·geluScale in V5.

// The steps of float32's g.
//	V1	the interval's place in the tables
//	V6	its highest bit, for AVX2
//	V8	h
//	V11	a coefficient
//	V12	the polynomial without a₀
#define MILLS_PLACE \
	VADDC(GELU32(const_geluOne), V2, V1); \
	VPSRL $21, V1, V1; \
	INDEX(V1, V6); \
	LOOKUP(·geluTables, const_geluCenters, Z24, V1, V6, V8); \
	VSUB V8, V2, V8; \
	LOOKUP(·geluTables, const_geluFirst, Z25, V1, V6, V12)
#define MILLS_STEP(i, R) \
	LOOKUP(·geluTables, i, R, V1, V6, V11); \
	VFMA213 V11, V8, V12
#define MILLS_END \
	LOOKUP(·geluTables, const_geluCoefficients, Z31, V1, V6, V11); \
	VMOVA V12, V7; \
	VFMA213 V11, V8, V7; \
	VSUB V7, V11, V11; \
	VFMA213 V11, V8, V12

// The steps of exp(−y²/2).
//	V3	y/2, then the low part of its product with y, with n·ln 2's added, then the polynomial
//	V4	y²/2, then the high part of s, then what the rounding of s took
//	V5	magic + n
//	V13	n, then s
//	V14	s²
#define HALF_SQUARE \
	VMULC(GELU(const_geluHalf), V2, V3); \
	VMUL V2, V3, V4; \
	VFMSUB213 V4, V2, V3
#define REDUCE_HALF_SQUARE \
	VBROADCAST SIGMOID(const_sigmoidLog2E), V5; \
	VFMA213C(SIGMOID(const_sigmoidMagic), V4, V5); \
	VSUBC(SIGMOID(const_sigmoidMagic), V5, V13)
#define REDUCED_PARTS \
	VFMA231C(SIGMOID(const_sigmoidLn2High), V13, V4); \
	VFMA231C(SIGMOID(const_sigmoidLn2Low), V13, V3)
#define JOIN_PARTS \
	VADD V3, V4, V13; \
	VSUB V13, V4, V4; \
	VADD V3, V4, V4; \
	VMUL V13, V13, V14
#define SCALE_EXP \
	VFMSUB213 V4, V14, V3; \
	VPSLL $MANTISSA, V5, V5; \
	VPADDC(GELU(const_geluScale), V5, V5)

#define MILLS_AND_EXP_F32 \
	MILLS_PLACE; \
	HALF_SQUARE; \
	MILLS_STEP(const_geluFirst+1, Z26); \
	REDUCE_HALF_SQUARE; \
	MILLS_STEP(const_geluFirst+2, Z27); \
	REDUCED_PARTS; \
	MILLS_STEP(const_geluFirst+3, Z28); \
	JOIN_PARTS; \
	MILLS_STEP(const_geluFirst+4, Z29); \
	VBROADCAST SIGMOID(const_sigmoidPolynomial), V3; \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+1), V13, V3); \
	MILLS_STEP(const_geluFirst+5, Z30); \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+2), V13, V3); \
	MILLS_END; \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+3), V13, V3); \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+4), V13, V3); \
	SCALE_EXP

//	V1	y+k, then the denominator 1+b·y
//	V6	what its rounding took
//	V7	F, then its remainder, then g
//	V8	t, then g
//	V11	c₀
//	V12	the polynomial without c₀, then what the rounding of F took
//	V13	b, before s
#define MILLS_AND_EXP_F64 \
	VADDC(GELU64(const_geluK), V2, V1); \
	VADDC(GELU64(const_geluMinusK), V2, V8); \
	VDIV V1, V8, V8; \
	POLYNOMIAL(HORNER_21, GELU64, const_geluPolynomial, V8, V12); \
	VBROADCAST GELU64(const_geluPolynomial+22), V11; \
	VMOVA V12, V7; \
	VFMA213 V11, V8, V7; \
	VSUB V7, V11, V11; \
	VFMA213 V11, V8, V12; \
	VBROADCAST GELU64(const_geluOne), V6; \
	VBROADCAST GELU64(const_geluB), V13; \
	VMOVA V13, V1; \
	VFMA213 V6, V2, V1; \
	VSUB V1, V6, V6; \
	VFMA231 V13, V2, V6; \
	VDIV V1, V7, V8; \
	VFNMADD231 V1, V8, V7; \
	VADD V12, V7, V7; \
	VFNMADD231 V6, V8, V7; \
	VDIV V1, V7, V12; \
	VMOVA V8, V7; \
	HALF_SQUARE; \
	REDUCE_HALF_SQUARE; \
	REDUCED_PARTS; \
	JOIN_PARTS; \
	POLYNOMIAL(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, V13, V3); \
	SCALE_EXP

#define MILLS_AND_EXP BY_TYPE(MILLS_AND_EXP_F32, MILLS_AND_EXP_F64)

// GELU_MAGNITUDE sets V2 to y for the x in V0. VMIN returns its second operand, the first in Go's
// order, when one is NaN: NaN passes.
#define GELU_MAGNITUDE \
	VBROADCAST GELU(const_geluSign), V2; \
	VANDN V0, V2, V2; \
	VMIN V2, V15, V2

// GELU_VECTOR replaces V0 by its gelu.
//	V4	r = y·g
//	V6	r − r·s
//	V7	what the rounding of r took, then what else belongs to the tail
//	V8	what the rounding of r − r·s took
//	V1	the tail
#define GELU_VECTOR \
	GELU_MAGNITUDE; \
	MILLS_AND_EXP; \
	VMUL V2, V7, V4; \
	VFMSUB213 V4, V2, V7; \
	VFMA231 V12, V2, V7; \
	VMOVA V7, V8; \
	VFNMADD231 V13, V8, V7; \
	VFMA231 V4, V3, V7; \
	VMOVA V4, V6; \
	VFNMADD231 V13, V4, V6; \
	VSUB V6, V4, V8; \
	VFNMADD231 V13, V4, V8; \
	VADD V7, V8, V8; \
	VADD V8, V6, V1; \
	VMUL V5, V1, V1; \
	CLEAR_NEGATIVE(V0, V8); \
	VFNMADD231C(GELU(const_geluUnscale), V1, V0)

// GELU_GRAD_VECTORS replaces V0 by the derivative of gelu there, times V9.
//	V1	the tail
//	V4	1 or 0
//	V7	g − y/√(2π)
#define GELU_GRAD_VECTORS \
	GELU_MAGNITUDE; \
	MILLS_AND_EXP; \
	VFNMADD231C(GELU(const_geluDensity), V2, V7); \
	VSUB V13, V3, V3; \
	VMOVA V7, V1; \
	VFMA213 V7, V3, V1; \
	VMUL V5, V1, V1; \
	VANDC(GELU(const_geluSign), V0, V6); \
	VXOR V6, V1, V1; \
	VBROADCAST GELU(const_geluOne), V4; \
	CLEAR_WHERE_NEGATIVE(V0, V4); \
	VFNMADD231C(GELU(const_geluUnscale), V1, V4); \
	VMUL V4, V9, V0

// GELU_TANH_ARGUMENT takes x in V0 and leaves v there, what its rounding took in V6, and x² in V7.
// It clobbers V1 to V5, V8 and V10.
//	V1	the low part of x², then that of c₁·x², then that of w
//	V2	c₁, then c₁·x²
//	V3	c₀
//	V4	w = c₀ + c₁·x²
//	V5	c₁, then w − c₀
//	V8	a difference
#define GELU_TANH_ARGUMENT \
	VMUL V0, V0, V7; \
	VMOVA V0, V1; \
	VFMSUB213 V7, V0, V1; \
	VBROADCAST GELU_TANH(const_geluTanhC1), V5; \
	VMUL V5, V7, V2; \
	VMOVA V5, V8; \
	VFMSUB213 V2, V7, V8; \
	VFMA213 V8, V5, V1; \
	VFMA231C(GELU_TANH(const_geluTanhC1Low), V7, V1); \
	VBROADCAST GELU_TANH(const_geluTanhC0), V3; \
	VADD V2, V3, V4; \
	VSUB V3, V4, V5; \
	VSUB V5, V4, V8; \
	VSUB V8, V3, V8; \
	VSUB V5, V2, V5; \
	VADD V5, V8, V8; \
	VADDC(GELU_TANH(const_geluTanhC0Low), V1, V1); \
	VADD V1, V8, V8; \
	VMUL V4, V0, V2; \
	VMOVA V4, V6; \
	VFMSUB213 V2, V0, V6; \
	VFMA231 V8, V0, V6; \
	VMOVA V2, V0

// GELU_TANH_DENOMINATOR takes x, between its bounds, in V0 and leaves what SIGMOID_DENOMINATOR
// leaves: V0, V1, V2 and V11; and x² in V7.
#define GELU_TANH_DENOMINATOR \
	GELU_TANH_ARGUMENT; \
	ONE(SIGMOID_REDUCE); \
	VADD V6, V0, V0; \
	POLYNOMIAL(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, V0, V3); \
	ONE(SIGMOID_DENOMINATOR)

// GELU_TANH_VECTOR replaces V0 by the approximation of its gelu.
#define GELU_TANH_VECTOR \
	VMOVA V0, V12; \
	ONE(SIGMOID_CLAMP); \
	GELU_TANH_DENOMINATOR; \
	VMOVA V12, V1; \
	QUOTIENT_CORRECT(V0, V1, V2, V3, V4, V11, GELU_TANH(const_geluTanhHigh))

// GELU_TANH_GRAD_VECTORS replaces V0 by the derivative of that approximation there, times V9.
//	V12	−|x|, bounded
//	V15	x
//	V7	x², then the argument's derivative, times −|x|
//	V1	the derivative at −|x|, negative where x is
//	V4	1 or 0
#define GELU_TANH_GRAD_VECTORS \
	VMOVA V0, V15; \
	VORC(GELU(const_geluSign), V0, V0); \
	VMAX V0, V14, V0; \
	VMOVA V0, V12; \
	GELU_TANH_DENOMINATOR; \
	ONE(SIGMOID_CORRECT); \
	VBROADCAST GELU_TANH(const_geluTanhThreeC1), V1; \
	VFMA213C(GELU_TANH(const_geluTanhC0), V7, V1); \
	VMUL V12, V1, V7; \
	VBROADCAST SIGMOID(const_sigmoidOne), V6; \
	VSUB V0, V6, V6; \
	VMUL V7, V0, V1; \
	VFMA213 V0, V6, V1; \
	VANDC(GELU(const_geluSign), V15, V6); \
	VXOR V6, V1, V1; \
	VBROADCAST SIGMOID(const_sigmoidOne), V4; \
	CLEAR_WHERE_NEGATIVE(V15, V4); \
	VSUB V1, V4, V4; \
	VMUL V4, V9, V0

#define GELU_SETUP \
	VBROADCAST GELU(const_geluHigh), V15; \
	BY_TYPE(LOAD_TABLES(·geluTables), NONE)
#define GELU_TANH_GRAD_SETUP \
	VBROADCAST GELU_TANH(const_geluTanhLow), V14; \
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
#define GELU_TANH_SETUP \
	VBROADCAST GELU_TANH(const_geluTanhLow), V14; \
	VBROADCAST GELU_TANH(const_geluTanhHigh), V15; \
	VBROADCAST SIGMOID(const_sigmoidUnit), V13

#define GELU_KERNEL(name) UNARY(name, 48, GELU_SETUP, MAP(GELU_VECTOR))
#define GELU_GRAD(name) GRADIENT(name, 72, GELU_SETUP, MAP_PAIRS(GELU_GRAD_VECTORS))
#define GELU_TANH_KERNEL(name) UNARY(name, 48, GELU_TANH_SETUP, MAP(GELU_TANH_VECTOR))
#define GELU_TANH_GRAD(name) \
	GRADIENT(name, 72, GELU_TANH_GRAD_SETUP, MAP_PAIRS(GELU_TANH_GRAD_VECTORS))

#include "avx2_f32.h"
GELU_KERNEL(·geluF32AVX2)
GELU_GRAD(·geluGradF32AVX2)
GELU_TANH_KERNEL(·geluTanhF32AVX2)
GELU_TANH_GRAD(·geluTanhGradF32AVX2)

#include "avx2_f64.h"
GELU_KERNEL(·geluF64AVX2)
GELU_GRAD(·geluGradF64AVX2)
GELU_TANH_KERNEL(·geluTanhF64AVX2)
GELU_TANH_GRAD(·geluTanhGradF64AVX2)

#include "avx512_f32.h"
GELU_KERNEL(·geluF32AVX512)
GELU_GRAD(·geluGradF32AVX512)
GELU_TANH_KERNEL(·geluTanhF32AVX512)
GELU_TANH_GRAD(·geluTanhGradF32AVX512)

#include "avx512_f64.h"
GELU_KERNEL(·geluF64AVX512)
GELU_GRAD(·geluGradF64AVX512)
GELU_TANH_KERNEL(·geluTanhF64AVX512)
GELU_TANH_GRAD(·geluTanhGradF64AVX512)
