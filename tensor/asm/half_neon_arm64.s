//go:build !purego

#include "textflag.h"
#include "neon.h"
#include "neon_f32.h"

// Conversions between four float32 and the lower or upper four float16 of a register.
#define fcvtl(n, d) WORD $(0x0E217800 | n<<5 | d) // FCVTL Vd.4S, Vn.4H
#define fcvtl2(n, d) WORD $(0x4E217800 | n<<5 | d) // FCVTL2 Vd.4S, Vn.8H
#define fcvtn(n, d) WORD $(0x0E216800 | n<<5 | d) // FCVTN Vd.4H, Vn.4S
#define fcvtn2(n, d) WORD $(0x4E216800 | n<<5 | d) // FCVTN2 Vd.8H, Vn.4S

// CONVERT is func name(dst, src []T), which converts 8 elements of 1<<from bytes to 1<<to bytes at a
// time. SETUP makes constants, STEP converts from (R1) to (R0) and moves both on. The last elements
// are converted again together with those before them.
//
//	R0 dst   R1 src   R2 elements left
#define CONVERT(name, from, to, SETUP, STEP) \
TEXT name(SB), NOSPLIT, $0-48; \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R2; \
	MOVD src_base+24(FP), R1; \
	SETUP; \
	SUB  $8, R2; \
block: \
	STEP; \
	SUBS $8, R2; \
	BGE  block; \
	CMN  $8, R2; \
	BEQ  done; \
	ADD  R2<<from, R1; \
	ADD  R2<<to, R0; \
	MOVD $0, R2; \
	B    block; \
done: \
	RET

#define WIDEN_FLOAT16 \
	VLD1.P 16(R1), [V0.H8]; \
	fcvtl(v0, v1); \
	fcvtl2(v0, v2); \
	VST1.P [V1.S4, V2.S4], 32(R0)
#define NARROW_FLOAT16 \
	VLD1.P 32(R1), [V1.S4, V2.S4]; \
	fcvtn(v1, v0); \
	fcvtn2(v2, v0); \
	VST1.P [V0.H8], 16(R0)
#define WIDEN_BFLOAT16 \
	VLD1.P 16(R1), [V0.H8]; \
	VUSHLL $0, V0.H4, V1.S4; \
	VUSHLL2 $0, V0.H8, V2.S4; \
	VSHL $16, V1.S4, V1.S4; \
	VSHL $16, V2.S4, V2.S4; \
	VST1.P [V1.S4, V2.S4], 32(R0)

CONVERT(·widenFloat16NEON, 1, 2, NONE, WIDEN_FLOAT16)
CONVERT(·narrowFloat16NEON, 2, 1, NONE, NARROW_FLOAT16)
CONVERT(·widenBFloat16NEON, 1, 2, NONE, WIDEN_BFLOAT16)

// ROUND rounds the numbers in n to bfloat16, into the upper halves of d: it adds just under half of
// the last bit, and the last bit itself, so that a tie goes to the even neighbour. A NaN is cut
// instead, and made quiet. It clobbers V6.
//
//	V16 1; V17 0x7FFF; V18 the quiet bit of float32
#define ROUND(N, n, D, d) \
	VUSHR $16, N.S4, D.S4; \
	VAND V16.B16, D.B16, D.B16; \
	VADD N.S4, D.S4, D.S4; \
	VADD V17.S4, D.S4, D.S4; \
	fcmeq(n, n, v6); \
	orr(v18, n, n); \
	bif(v6, n, d)
#define ROUNDING \
	MOVD $1, R3; \
	VDUP R3, V16.S4; \
	MOVD $0x7FFF, R3; \
	VDUP R3, V17.S4; \
	MOVD $0x400000, R3; \
	VDUP R3, V18.S4
#define NARROW_BFLOAT16 \
	VLD1.P 32(R1), [V1.S4, V2.S4]; \
	ROUND(V1, v1, V3, v3); \
	ROUND(V2, v2, V4, v4); \
	VUZP2 V4.H8, V3.H8, V0.H8; \
	VST1.P [V0.H8], 16(R0)
CONVERT(·narrowBFloat16NEON, 2, 1, ROUNDING, NARROW_BFLOAT16)
