// The exponential of a register of elements, for exp, softmax and what else builds on it: exp.go
// has the method and the constants, math_amd64.h the groups of registers.

#define EXP(i) BY_TYPE(·exp32, ·exp64)+((i)*ELEM)(SB)
#define EXP_HORNER BY_TYPE(HORNER_4, HORNER_9)

// EXP_BOUNDS loads what EXP_REDUCE clamps x to.
#define EXP_BOUNDS \
	VBROADCAST EXP(const_expLow), V14; \
	VBROADCAST EXP(const_expHigh), V15

// EXP_VECTOR_BOUNDS loads what EXP_VECTOR and EXP_WIDE clamp x to. In AVX2 the lower bound is one for
// which both factors of EXP_SCALE are exactly 0: where products underflow, be it to 0, they take 200
// cycles on Intel's processors, and twice the time of the others on Zen 3.
#define EXP_VECTOR_BOUNDS \
	VBROADCAST EXP(BY_ISA(const_expLowest, const_expLow)), V14; \
	VBROADCAST EXP(const_expHigh), V15

// EXP_REDUCE replaces the x in X by r, and leaves magic + n in T and n in N. VMAX and VMIN return
// their second operand, the first in Go's order, when one is NaN: NaN passes.
#define EXP_REDUCE(X, T, N, P, E, R) \
	VMAX X, V14, X; \
	VMIN X, V15, X; \
	VBROADCAST EXP(const_expLog2E), T; \
	VFMA213C(EXP(const_expMagic), X, T); \
	VSUBC(EXP(const_expMagic), T, N); \
	VFNMADD231C(EXP(const_expLn2High), N, X); \
	VFNMADD231C(EXP(const_expLn2Low), N, X)

// EXP_REDUCE_TO_0 is EXP_REDUCE before EXP_SCALE, with EXP_VECTOR_BOUNDS. In AVX-512 it makes n −∞ and r 0
// where the result rounds to 0, which VSCALEF then gives at once: on Intel's processors a result
// that underflows takes 200 cycles, even a 0. It clobbers K2.
#define EXP_REDUCE_TO_0 BY_ISA(EXP_REDUCE, EXP_REDUCE_TO_0_AVX512)
#define EXP_REDUCE_TO_0_AVX512(X, T, N, P, E, R) \
	VCMP $NOT_LESS_OR_EQUAL, V14, X, K2; \
	VMIN X, V15, X; \
	VBROADCAST EXP(const_expLog2E), T; \
	VFMA213C(EXP(const_expMagic), X, T); \
	VBROADCAST EXP(const_expNone), N; \
	VSUB.BCST EXP(const_expMagic), T, K2, N; \
	VFNMADD231C(EXP(const_expLn2High), N, X); \
	VFNMADD231.BCST.Z EXP(const_expLn2Low), N, K2, X

// EXP_SCALE sets X to P·2ⁿ, given magic + n in T and n in N. AVX-512 has an instruction that rounds
// once; AVX2 multiplies by 2^⌊n/2⌋ and then by the rest, since 2ⁿ itself may be out of range. It
// clobbers T, N and P.
#define EXP_SCALE BY_ISA(EXP_SCALE_AVX2, EXP_SCALE_AVX512)
#define EXP_SCALE_AVX2(X, T, N, P, E, R) \
	VPSRL $1, T, N; \
	VPSLL $MANTISSA, N, N; \
	VPSLL $MANTISSA, T, T; \
	VPSUB N, T, T; \
	VBROADCAST EXP(const_expOne), V10; \
	VPADD V10, N, N; \
	VPADD V10, T, T; \
	VMUL N, P, P; \
	VMUL T, P, X
#define EXP_SCALE_AVX512(X, T, N, P, E, R) VSCALEF N, P, X

// EXP_VECTOR replaces V0 by its exponential, EXP_WIDE the X of all groups. They clobber T, N, P,
// V10 and K2.
#define EXP_VECTOR \
	ONE(EXP_REDUCE_TO_0); \
	EXP_FINISH
#define EXP_FINISH \
	POLYNOMIAL(EXP_HORNER, EXP, const_expPolynomial, V0, V3); \
	VFMA213C(EXP(const_expOne), V0, V3); \
	VFMA213C(EXP(const_expOne), V0, V3); \
	ONE(EXP_SCALE)
#define EXP_WIDE \
	EACH(EXP_REDUCE_TO_0); \
	POLYNOMIAL_EACH(EXP_HORNER, EXP, const_expPolynomial, P_OF_X); \
	FMA_EACH(EXP(const_expOne), P_OF_X, P); \
	FMA_EACH(EXP(const_expOne), P_OF_X, P); \
	EACH(EXP_SCALE)

// EXP_MINUS_ONE takes what EXP_REDUCE left in V0 and sets V3 to exp(r) − 1. It clobbers V4.
#define EXP_MINUS_ONE \
	POLYNOMIAL(EXP_HORNER, EXP, const_expPolynomial, V0, V3); \
	VMUL V0, V0, V4; \
	VFMA213 V0, V4, V3

// EXP_PARTS is EXP_MINUS_ONE that goes on to exp(r) in V0 and what its rounding took in V3. It
// clobbers V2.
#define EXP_PARTS \
	EXP_MINUS_ONE; \
	VBROADCAST EXP(const_expOne), V2; \
	VADD V3, V2, V0; \
	VSUB V2, V0, V4; \
	VSUB V4, V3, V3

// EXP_SUB_VECTOR and EXP_SUB_WIDE do the same to differences to V12, which must not be a group's R.
#define EXP_SUB(X, T, N, P, E, R) VSUB V12, X, X
#define EXP_SUB_VECTOR \
	ONE(EXP_SUB); \
	EXP_VECTOR
#define EXP_SUB_WIDE \
	EACH(EXP_SUB); \
	EXP_WIDE
