// The exponential of a register of elements: exp.go has the method and the constants, math_avx2.h and math_avx512.h the registers.

#define EXP(i) expTable+((i)*ELEM)(SB)

// EXP_REDUCE replaces the x in X by r, and leaves magic + n in T and n in N. VMAX and VMIN return their second operand, the first in Go's
// order, when one is NaN: NaN passes.
#define EXP_REDUCE(X, T, N) \
	VMAX X, V14, X; \
	VMIN X, V15, X; \
	VBROADCAST EXP(const_expLog2E), T; \
	VFMA213C(EXP(const_expMagic), X, T); \
	VSUBC(EXP(const_expMagic), T, N); \
	VFNMADD231C(EXP(const_expLn2High), N, X); \
	VFNMADD231C(EXP(const_expLn2Low), N, X)

// EXP_VECTOR replaces V0 by its exponential. It clobbers V1 to V4.
#define EXP_VECTOR \
	EXP_REDUCE(V0, V1, V2); \
	EXP_POLYNOMIAL(EXP, const_expPolynomial, V0, V3); \
	VFMA213C(EXP(const_expOne), V0, V3); \
	VFMA213C(EXP(const_expOne), V0, V3); \
	SCALE(V0, V1, V2, V3)

// EXP_SUB_VECTOR replaces V0 by the exponential of its difference to V12.
#define EXP_SUB_VECTOR \
	VSUB V12, V0, V0; \
	EXP_VECTOR
