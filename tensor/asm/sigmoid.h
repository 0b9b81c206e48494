// The sigmoid and silu of a register of elements: sigmoid.go has the method and the constants, math_avx2.h and math_avx512.h the registers.

#define SIGMOID(i) sigmoidTable+((i)*ELEM)(SB)

// ONE_PLUS_EXP takes the x in V0 and leaves
//	V0	the denominator 1 + exp(−x), in units of V6
//	V1	1
//	V2	1/denominator
//	V5	x clamped
//	V6	the unit
//	V7	what the rounding of the denominator took
// It clobbers V3 and V4. VMAX and VMIN return their second operand, the first in Go's order, when one is NaN: NaN passes.
#define ONE_PLUS_EXP \
	VMAX V0, V14, V0; \
	VMIN V0, V15, V0; \
	VMOVA V0, V5; \
	VBROADCAST SIGMOID(const_sigmoidLog2E), V1; \
	VFMA213C(SIGMOID(const_sigmoidMagic), V0, V1); \
	VSUBC(SIGMOID(const_sigmoidMagic), V1, V2); \
	VFMA231C(SIGMOID(const_sigmoidLn2High), V2, V0); \
	VFMA231C(SIGMOID(const_sigmoidLn2Low), V2, V0); \
	SIGMOID_POLYNOMIAL(SIGMOID, const_sigmoidPolynomial, V0, V3); \
	VMUL V0, V0, V4; \
	VFMSUB213 V0, V4, V3; \
	VBROADCAST SIGMOID(const_sigmoidUnit), V6; \
	VPSLL $FRACTION, V1, V4; \
	VPADD V6, V4, V4; \
	VADD V6, V4, V2; \
	VMOVA V3, V0; \
	VFMA213 V2, V4, V0; \
	VSUB V0, V2, V7; \
	VFMA231 V3, V4, V7; \
	VSUB V2, V4, V2; \
	VADD V6, V2, V2; \
	VADD V2, V7, V7; \
	VBROADCAST SIGMOID(const_sigmoidOne), V1; \
	VDIV V0, V1, V2

// SIGMOID_VECTOR replaces V0 by its sigmoid. V1 is what the quotient lacks: the negative of the excess.
#define SIGMOID_VECTOR \
	ONE_PLUS_EXP; \
	VFNMADD231 V0, V2, V1; \
	VFNMADD231 V7, V2, V1; \
	VFMA213 V2, V2, V1; \
	VMUL V6, V1, V0

// SILU_VECTOR replaces V0 by its silu.
//	V3	the quotient
//	V4	its excess
//	V8	x
#define SILU_VECTOR \
	VMOVA V0, V8; \
	ONE_PLUS_EXP; \
	VMUL V2, V5, V3; \
	VMOVA V3, V4; \
	VFMSUB213 V5, V0, V4; \
	VFMA231 V7, V3, V4; \
	VFNMADD213 V3, V2, V4; \
	VMUL V6, V4, V0; \
	VXOR V1, V1, V1; \
	VFMA231 V1, V8, V0; \
	VBROADCAST SIGMOID(const_sigmoidSilu), V6; \
	SELECT_GREATER(V8, V6, V0)

// SILU_GRAD_VECTORS replaces V0 by the derivative of silu there, times V9.
#define SILU_GRAD_VECTORS \
	VMOVA V0, V8; \
	SIGMOID_VECTOR; \
	VBROADCAST SIGMOID(const_sigmoidOne), V6; \
	VSUB V0, V6, V6; \
	VMUL V8, V0, V1; \
	VFMA213 V0, V6, V1; \
	VMUL V1, V9, V0
