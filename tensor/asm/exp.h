// The exponential of a register of elements: exp.go has the method and the constants, math_avx2.h and math_avx512.h the registers.

#define EXP(i) expTable+((i)*ELEM)(SB)

// EXP_VECTOR replaces V0 by its exponential. VMAX and VMIN return their second operand, the first in Go's order, when one is NaN: NaN passes.
//	V0	x, then r
//	V1	magic + n
//	V2	n
//	V3	the polynomial
#define EXP_VECTOR \
	VMAX V0, V14, V0; \
	VMIN V0, V15, V0; \
	VBROADCAST EXP(const_expLog2E), V1; \
	VFMA213C(EXP(const_expMagic), V0, V1); \
	VSUBC(EXP(const_expMagic), V1, V2); \
	VFNMADD231C(EXP(const_expLn2High), V2, V0); \
	VFNMADD231C(EXP(const_expLn2Low), V2, V0); \
	EXP_POLYNOMIAL(EXP, const_expPolynomial, V0, V3); \
	VFMA213C(EXP(const_expOne), V0, V3); \
	VFMA213C(EXP(const_expOne), V0, V3); \
	SCALE

// EXP_SUB_VECTOR replaces V0 by the exponential of its difference to V12.
#define EXP_SUB_VECTOR \
	VSUB V12, V0, V0; \
	EXP_VECTOR
