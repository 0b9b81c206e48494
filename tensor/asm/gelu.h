// Gelu and its derivative for a register of elements: gelu.go has the methods and the constants, math_avx2.h and math_avx512.h the registers, and
// sigmoid.h the reduction's constants.

#define GELU(i) geluTable+((i)*ELEM)(SB)
#define GELU32(i) ·gelu32+((i)*4)(SB)
#define GELU64(i) ·gelu64+((i)*8)(SB)

// EXP and MILLS of one type take y in V2. They share no register but V10, through which constants pass, so that a body can let their steps take
// turns: what waits for one's results finds the other's to do.
//
// MILLS_F32 and MILLS_F64 leave g in V7 and what its rounding took in V12. HALF_SQUARE_EXP leaves s in V13, t in V3 and 2ⁿ·geluScale in V5.

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
	LOOKUP(·geluTables, const_geluCenters, V24, V1, V6, V8); \
	VSUB V8, V2, V8; \
	LOOKUP(·geluTables, const_geluFirst, V25, V1, V6, V12)
#define MILLS_STEP(i, R) \
	LOOKUP(·geluTables, i, R, V1, V6, V11); \
	VFMA213 V11, V8, V12
#define MILLS_END \
	LOOKUP(·geluTables, const_geluCoefficients, V31, V1, V6, V11); \
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
	VPSLL $FRACTION, V5, V5; \
	VPADDC(GELU(const_geluScale), V5, V5)

#define MILLS_AND_EXP_F32 \
	MILLS_PLACE; \
	HALF_SQUARE; \
	MILLS_STEP(const_geluFirst+1, V26); \
	REDUCE_HALF_SQUARE; \
	MILLS_STEP(const_geluFirst+2, V27); \
	REDUCED_PARTS; \
	MILLS_STEP(const_geluFirst+3, V28); \
	JOIN_PARTS; \
	MILLS_STEP(const_geluFirst+4, V29); \
	VBROADCAST SIGMOID(const_sigmoidPolynomial), V3; \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+1), V13, V3); \
	MILLS_STEP(const_geluFirst+5, V30); \
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
	POLYNOMIAL_22(GELU64, const_geluPolynomial, V8, V12); \
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
	SIGMOID_POLYNOMIAL(SIGMOID, const_sigmoidPolynomial, V13, V3); \
	SCALE_EXP

// GELU_MAGNITUDE sets V2 to y for the x in V0. VMIN returns its second operand, the first in Go's order, when one is NaN: NaN passes.
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
