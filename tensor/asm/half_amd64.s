//go:build !purego

#include "textflag.h"

// CONVERT is func name(dst, src []T), which converts n elements of 1<<from bytes to 1<<to bytes at a
// time. SETUP makes constants, STEP converts from (SI) to (DI). The last elements are converted
// again together with those before them.
//
//	DI dst   SI src   CX elements left   AX scratch
#define CONVERT(name, n, from, to, SETUP, STEP) \
TEXT name(SB), NOSPLIT, $0-48; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ src_base+24(FP), SI; \
	SETUP; \
	SUBQ $n, CX; \
block: \
	STEP; \
	ADDQ $(n<<from), SI; \
	ADDQ $(n<<to), DI; \
	SUBQ $n, CX; \
	JGE block; \
	CMPQ CX, $-n; \
	JEQ done; \
	MOVQ CX, AX; \
	SHLQ $from, AX; \
	ADDQ AX, SI; \
	SHLQ $to, CX; \
	ADDQ CX, DI; \
	XORL CX, CX; \
	JMP block; \
done: \
	VZEROUPPER; \
	RET

#define NONE

#define WIDEN_FLOAT16(V) VCVTPH2PS (SI), V; VMOVUPS V, (DI)
#define NARROW_FLOAT16(V) VMOVUPS (SI), V; VCVTPS2PH $0, V, (DI)
#define WIDEN_BFLOAT16(V) VPMOVZXWD (SI), V; VPSLLD $16, V, V; VMOVUPS V, (DI)

CONVERT(·widenFloat16AVX2, 8, 1, 2, NONE, WIDEN_FLOAT16(Y0))
CONVERT(·widenFloat16AVX512, 16, 1, 2, NONE, WIDEN_FLOAT16(Z0))
CONVERT(·narrowFloat16AVX2, 8, 2, 1, NONE, NARROW_FLOAT16(Y0))
CONVERT(·narrowFloat16AVX512, 16, 2, 1, NONE, NARROW_FLOAT16(Z0))
CONVERT(·widenBFloat16AVX2, 8, 1, 2, NONE, WIDEN_BFLOAT16(Y0))
CONVERT(·widenBFloat16AVX512, 16, 1, 2, NONE, WIDEN_BFLOAT16(Z0))

// Narrowing to bfloat16 adds just under half of the last bit, and the last bit itself, so that a tie
// goes to the even neighbour. A carry into the exponent is right: up to infinity, which has no bits
// that carry. A NaN is cut instead, and made quiet.
//
//	0	the numbers; 1 their upper halves; 2 rounded; 3 where NaN
//	5	1; 6 0x7FFF; 7 0x40, the quiet bit
#define ROUNDING(V5, V6, V7) \
	VPSRLD $17, V5, V6; \
	VPSRLD $31, V5, V5; \
	VPSLLD $6, V5, V7
#define ROUND(V0, V1, V2, V5, V6, AND) \
	VMOVUPS (SI), V0; \
	VPSRLD $16, V0, V1; \
	AND V1, V5, V2; \
	VPADDD V0, V2, V2; \
	VPADDD V6, V2, V2; \
	VPSRLD $16, V2, V2

#define ROUNDING_AVX2 \
	VPCMPEQD Y5, Y5, Y5; \
	ROUNDING(Y5, Y6, Y7)
#define NARROW_BFLOAT16_AVX2 \
	ROUND(Y0, Y1, Y2, Y5, Y6, VPAND); \
	VCMPPS $3, Y0, Y0, Y3; \
	VPOR Y1, Y7, Y1; \
	VBLENDVPS Y3, Y1, Y2, Y2; \
	VEXTRACTI128 $1, Y2, X3; \
	VPACKUSDW X3, X2, X2; \
	VMOVUPS X2, (DI)
CONVERT(·narrowBFloat16AVX2, 8, 2, 1, ROUNDING_AVX2, NARROW_BFLOAT16_AVX2)

#define ROUNDING_AVX512 \
	VPTERNLOGD $0xFF, Z5, Z5, Z5; \
	ROUNDING(Z5, Z6, Z7)
#define NARROW_BFLOAT16_AVX512 \
	ROUND(Z0, Z1, Z2, Z5, Z6, VPANDD); \
	VCMPPS $3, Z0, Z0, K1; \
	VPORD Z1, Z7, K1, Z2; \
	VPMOVDW Z2, (DI)
CONVERT(·narrowBFloat16AVX512, 16, 2, 1, ROUNDING_AVX512, NARROW_BFLOAT16_AVX512)
