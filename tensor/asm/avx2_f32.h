// AVX2+FMA instructions by the type of their elements: this is float32.
//
// A kernel's body uses these names and is included once after this header and once after its twin of the other type,
// which takes the names over. Operands stand in the order of Go's assembler: the destination last.

#ifdef ELEM
#include "avx2_undef.h"
#endif

// The element: its bytes, their logarithm, the elements of one register, and the bits behind the exponent.
#define ELEM 4
#define SHIFT 2
#define LANES 8
#define MANTISSA 23

// Loads and stores: a register at any address, a store past the caches, the same between registers, one element, one element to every lane.
#define VMOVU VMOVUPS
#define VMOVNT VMOVNTPS
#define VMOVA VMOVAPS
#define VMOVS VMOVSS
#define VBROADCAST VBROADCASTSS

// Arithmetic.
#define VADD VADDPS
#define VSUB VSUBPS
#define VMUL VMULPS
#define VDIV VDIVPS
#define VSQRT VSQRTPS
#define VMAX VMAXPS
#define VMIN VMINPS
#define VFMA231 VFMADD231PS
#define VFMA213 VFMADD213PS
#define VFMA132 VFMADD132PS
#define VFNMADD231 VFNMADD231PS
#define VFNMADD213 VFNMADD213PS
#define VFMSUB213 VFMSUB213PS

// Bits and comparisons.
#define VAND VANDPS
#define VANDN VANDNPS
#define VOR VORPS
#define VXOR VXORPS
#define VCMP VCMPPS
#define VBLENDV VBLENDVPS
#define VMOVMSK VMOVMSKPS

// The same bits as integers of the element's width, and rounding to an integral value.
#define VPADD VPADDD
#define VPSUB VPSUBD
#define VPSLL VPSLLD
#define VPSRL VPSRLD
#define VPCMPEQ VPCMPEQD
#define VPCMPGT VPCMPGTD
#define VPBROADCAST VPBROADCASTD
#define VROUND VROUNDPS

// FOLD folds the lanes of Y in halves with OP into the lowest one; X is the low half of Y. It clobbers T.
#define FOLD(OP, Y, X, T) \
	VEXTRACTF128 $1, Y, T; \
	OP T, X, X; \
	VPERMILPD $1, X, T; \
	OP T, X, X; \
	VMOVSHDUP X, T; \
	OP T, X, X
