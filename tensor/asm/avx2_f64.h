// AVX2+FMA instructions by the type of their elements: this is float64.
//
// A kernel's body uses these names and is included once after this header and once after its twin of the other type,
// which takes the names over. Operands stand in the order of Go's assembler: the destination last.

#ifdef ELEM
#include "avx2_undef.h"
#endif

// The element: its bytes, their logarithm, the elements of one register, and the bits behind the exponent.
#define ELEM 8
#define SHIFT 3
#define LANES 4
#define MANTISSA 52

// Loads and stores: a register at any address, a store past the caches, the same between registers, one element, one element to every lane.
#define VMOVU VMOVUPD
#define VMOVNT VMOVNTPD
#define VMOVA VMOVAPD
#define VMOVS VMOVSD
#define VBROADCAST VBROADCASTSD

// Arithmetic.
#define VADD VADDPD
#define VSUB VSUBPD
#define VMUL VMULPD
#define VDIV VDIVPD
#define VSQRT VSQRTPD
#define VMAX VMAXPD
#define VMIN VMINPD
#define VFMA231 VFMADD231PD
#define VFMA213 VFMADD213PD
#define VFMA132 VFMADD132PD
#define VFNMADD231 VFNMADD231PD
#define VFNMADD213 VFNMADD213PD
#define VFMSUB213 VFMSUB213PD

// Bits and comparisons.
#define VAND VANDPD
#define VANDN VANDNPD
#define VOR VORPD
#define VXOR VXORPD
#define VCMP VCMPPD
#define VBLENDV VBLENDVPD
#define VMOVMSK VMOVMSKPD

// The same bits as integers of the element's width, and rounding to an integral value.
#define VPADD VPADDQ
#define VPSUB VPSUBQ
#define VPSLL VPSLLQ
#define VPSRL VPSRLQ
#define VPCMPEQ VPCMPEQQ
#define VPCMPGT VPCMPGTQ
#define VPBROADCAST VPBROADCASTQ
#define VROUND VROUNDPD

// FOLD folds the lanes of Y in halves with OP into the lowest one; X is the low half of Y. It clobbers T.
#define FOLD(OP, Y, X, T) \
	VEXTRACTF128 $1, Y, T; \
	OP T, X, X; \
	VPERMILPD $1, X, T; \
	OP T, X, X
