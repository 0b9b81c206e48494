// The hyperbolic tangent of a register of elements: tanh.go has the methods, one for each type, and
// the constants, math_amd64.h the registers.

#define TANH32(i) ·tanh32+((i)*4)(SB)
#define TANH64(i) ·tanh64+((i)*8)(SB)

// TANH_VECTOR_F32 replaces V0 by its hyperbolic tangent. INDEX prepares the places in V1 for
// LOOKUP; it may keep something in V6.
//	V0	|x|, clamped
//	V1	the interval's place in the tables
//	V2	h
//	V3	h² in the first interval, h in the others
//	V4	the polynomial
//	V5	the sign of x
//	V7	a coefficient
#define TANH_VECTOR_F32 \
	VANDC(TANH32(const_tanhSign), V0, V5); \
	VXOR V5, V0, V0; \
	VMIN V0, V15, V0; \
	VBROADCAST TANH32(const_tanhLowest), V1; \
	VPMAXSD V1, V0, V1; \
	VBROADCAST TANH32(const_tanhHighest), V2; \
	VPMINSD V2, V1, V1; \
	VPSRL $21, V1, V1; \
	INDEX(V1, V6); \
	LOOKUP(·tanhTables, const_tanhCenters, V1, V6, V2); \
	VSUB V2, V0, V2; \
	SQUARE_BELOW_FIRST; \
	LOOKUP(·tanhTables, const_tanhPolynomial, V1, V6, V4); \
	LOOKUP(·tanhTables, const_tanhPolynomial+1, V1, V6, V7); \
	VFMA213 V7, V3, V4; \
	LOOKUP(·tanhTables, const_tanhPolynomial+2, V1, V6, V7); \
	VFMA213 V7, V3, V4; \
	LOOKUP(·tanhTables, const_tanhPolynomial+3, V1, V6, V7); \
	VFMA213 V7, V3, V4; \
	LOOKUP(·tanhTables, const_tanhPolynomial+4, V1, V6, V7); \
	VFMA213 V7, V3, V4; \
	LOOKUP(·tanhTables, const_tanhPolynomial+5, V1, V6, V7); \
	VFMA213 V7, V3, V4; \
	LOOKUP(·tanhTables, const_tanhPolynomial+6, V1, V6, V7); \
	VFMA213 V7, V2, V4; \
	VOR V5, V4, V0

// SQUARE_BELOW_FIRST sets V3 to h² where |x| is below the first cut, else to h.
#define SQUARE_BELOW_FIRST BY_ISA(SQUARE_BELOW_FIRST_AVX2, SQUARE_BELOW_FIRST_AVX512)
#define SQUARE_BELOW_FIRST_AVX2 \
	VBROADCAST TANH32(const_tanhFirst), V10; \
	VCMP $LESS, V10, V0, V10; \
	VMUL V2, V2, V3; \
	VBLENDV V10, V3, V2, V3
#define SQUARE_BELOW_FIRST_AVX512 \
	VCMP.BCST $LESS, TANH32(const_tanhFirst), V0, K2; \
	VMOVA V2, V3; \
	VMUL V2, V2, K2, V3

// TANH_VECTOR_F64 replaces V0 by its hyperbolic tangent.
//	V0	|x|, then h, then the numerator
//	V1	magic + n, then 2⁻ⁿ
//	V2	n, then the denominator
//	V3	the low part of h, then what the rounding of the denominator took
//	V4	h and its low part, then 1/denominator
//	V5	the sign of x
//	V6	1
//	V7	(1−2⁻ⁿ)/2 + h, then what the rounding of the numerator took
//	V8	the polynomial, then the quotient
#define TANH_VECTOR_F64 \
	VANDC(TANH64(const_tanh64Sign), V0, V5); \
	VXOR V5, V0, V0; \
	VMIN V0, V15, V0; \
	VBROADCAST TANH64(const_tanh64Log2E), V1; \
	VFMA213C(TANH64(const_tanh64Magic), V0, V1); \
	VSUBC(TANH64(const_tanh64Magic), V1, V2); \
	VFNMADD231C(TANH64(const_tanh64Ln2High), V2, V0); \
	VMULC(TANH64(const_tanh64Ln2Low), V2, V3); \
	VADD V3, V0, V4; \
	POLYNOMIAL(HORNER_9, TANH64, const_tanh64Polynomial, V4, V8); \
	VMUL V4, V4, V4; \
	VFMA213 V3, V4, V8; \
	VBROADCAST TANH64(const_tanh64One), V6; \
	VPSLL $52, V1, V1; \
	VPSUB V1, V6, V1; \
	VBROADCAST TANH64(const_tanh64Half), V2; \
	VMOVA V2, V7; \
	VFNMADD231 V2, V1, V7; \
	VADD V0, V7, V7; \
	VADD V8, V7, V0; \
	VSUB V0, V7, V7; \
	VADD V8, V7, V7; \
	VADD V1, V0, V2; \
	VSUB V1, V2, V3; \
	VSUB V3, V0, V3; \
	VADD V7, V3, V3; \
	VDIV V2, V6, V4; \
	VMUL V4, V0, V8; \
	VFNMADD231 V2, V8, V0; \
	VADD V7, V0, V0; \
	VFNMADD231 V3, V8, V0; \
	VFMA213 V8, V4, V0; \
	VOR V5, V0, V0

// TANH_VECTOR replaces V0 by its hyperbolic tangent. TANH_SETUP loads V15, which it needs.
#define TANH_VECTOR BY_TYPE(TANH_VECTOR_F32, TANH_VECTOR_F64)
#define TANH_SETUP VBROADCAST BY_TYPE(TANH32(const_tanhHigh), TANH64(const_tanh64High)), V15
