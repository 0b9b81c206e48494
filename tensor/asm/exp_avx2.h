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
