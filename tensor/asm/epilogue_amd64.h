// What products do to a tile of C before it is stored.

#include "epilogue.h"

// Relu and leaky relu of a register of the tile. A source names ZEROS and SLOPE, which hold these
// numbers, and for AVX2 SCRATCH0 and SCRATCH1; AVX-512 uses K3. VMAX returns its second operand,
// the first in Go's order and the tile's, when one is NaN or both are zeros, which keeps NaN and −0
// as the kernels Relu and LeakyRelu do.
#define RELU(c) VMAX c, ZEROS, c
#define LEAKY BY_ISA(LEAKY_AVX2, LEAKY_AVX512)
#define LEAKY_AVX2(c) MUL_WHERE_AVX2(c, LESS, ZEROS, SCRATCH0, SLOPE, SCRATCH1, c)
#define LEAKY_AVX512(c) \
	VCMP $LESS, ZEROS, c, K3; \
	VMUL c, SLOPE, K3, c

// Clamp of a register of the tile, with the lower bound in SLOPE, the upper in UPPER, and a zero of the
// lower one's sign in ZEROS: added, it makes −0 a +0 where that is one.
#define CLAMP(c) VMAX c, SLOPE, c; VADD ZEROS, c, c; VMIN c, UPPER, c
#define LOAD_BOUNDS \
	VBROADCAST EPILOGUE_LOW(CX), SLOPE; \
	VBROADCAST EPILOGUE_HIGH(CX), UPPER; \
	SIGN_BIT(ZEROS); \
	VAND SLOPE, ZEROS, ZEROS

// CLEAR2 sets two accumulators to zero, in AVX-512.
#define CLEAR2(c0, c1) VPXORQ c0, c0, c0; VPXORQ c1, c1, c1
