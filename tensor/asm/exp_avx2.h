// What exp.h leaves to the instruction set.

// SCALE sets V0 to V3·2ⁿ, given magic + n in V1: by 2^⌊n/2⌋ and then by the rest, since 2ⁿ itself may be out of range.
#define SCALE \
	VPSRL $1, V1, V4; \
	VPSLL $FRACTION, V4, V4; \
	VPSLL $FRACTION, V1, V1; \
	VPSUB V4, V1, V1; \
	VBROADCAST EXP(const_expOne), V10; \
	VPADD V10, V4, V4; \
	VPADD V10, V1, V1; \
	VMUL V4, V3, V3; \
	VMUL V1, V3, V0
