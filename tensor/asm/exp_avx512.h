// What exp.h leaves to the instruction set.

// SCALE sets X to P·2ⁿ, given n in N, rounded once.
#define SCALE(X, T, N, P) VSCALEF N, P, X

// EXP_WIDE replaces V0, V5, V16 and V21 by their exponentials. It clobbers V1 to V4, V6 to V10, V17 to V20 and V22 to V25.
#define EXP_WIDE \
	EXP_REDUCE(V0, V1, V2); \
	EXP_REDUCE(V5, V6, V7); \
	EXP_REDUCE(V16, V17, V18); \
	EXP_REDUCE(V21, V22, V23); \
	EXP_POLYNOMIAL_FOUR(EXP, const_expPolynomial, V0, V3, V5, V8, V16, V19, V21, V24); \
	VFMA213C_FOUR(EXP(const_expOne), V0, V3, V5, V8, V16, V19, V21, V24); \
	VFMA213C_FOUR(EXP(const_expOne), V0, V3, V5, V8, V16, V19, V21, V24); \
	SCALE(V0, V1, V2, V3); \
	SCALE(V5, V6, V7, V8); \
	SCALE(V16, V17, V18, V19); \
	SCALE(V21, V22, V23, V24)

// EXP_SUB_WIDE replaces V0, V5, V16 and V21 by the exponentials of their differences to V12.
#define EXP_SUB_WIDE \
	VSUB V12, V0, V0; \
	VSUB V12, V5, V5; \
	VSUB V12, V16, V16; \
	VSUB V12, V21, V21; \
	EXP_WIDE
