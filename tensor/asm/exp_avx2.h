// What exp.h leaves to the instruction set.

// SCALE sets X to P·2ⁿ, given magic + n in T: by 2^⌊n/2⌋ and then by the rest, since 2ⁿ itself may be out of range. It clobbers T, N and P.
#define SCALE(X, T, N, P) \
	VPSRL $1, T, N; \
	VPSLL $FRACTION, N, N; \
	VPSLL $FRACTION, T, T; \
	VPSUB N, T, T; \
	VBROADCAST EXP(const_expOne), V10; \
	VPADD V10, N, N; \
	VPADD V10, T, T; \
	VMUL N, P, P; \
	VMUL T, P, X

// EXP_WIDE replaces V0 and V5 by their exponentials. It clobbers V1 to V4 and V6 to V9.
#define EXP_WIDE \
	EXP_REDUCE(V0, V1, V2); \
	EXP_REDUCE(V5, V6, V7); \
	EXP_POLYNOMIAL_PAIR(EXP, const_expPolynomial, V0, V3, V5, V8); \
	VFMA213C_PAIR(EXP(const_expOne), V0, V3, V5, V8); \
	VFMA213C_PAIR(EXP(const_expOne), V0, V3, V5, V8); \
	SCALE(V0, V1, V2, V3); \
	SCALE(V5, V6, V7, V8)

// EXP_SUB_WIDE replaces V0 and V5 by the exponentials of their differences to V12.
#define EXP_SUB_WIDE \
	VSUB V12, V0, V0; \
	VSUB V12, V5, V5; \
	EXP_WIDE
