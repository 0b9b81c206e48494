// The arithmetic of binary_cross_entropy.h on registers.

// LIKELIER_VECTOR replaces P by the larger of itself and its difference to 1, which are NaN together.
#define LIKELIER_VECTOR(P, T) \
	VSUB P, ONE, T; \
	VMAX T, P, P

// MARGIN_VECTORS replaces Z by max(Z, +0) − Y·Z. VMAX returns its second operand, the first in Go's order, when one is NaN or both are zeros.
#define MARGIN_VECTORS(Z, Y, T) \
	VMAX ZERO, Z, T; \
	VFNMADD213 T, Y, Z
