//go:build !purego

// Comparisons that make bools, and the choice by bools, in NEON: masks.go says what they do.
//
//	R1 R2	operands
//	R0	destination
//	R3	the bools of a choice
//	R4	elements left, less a block
//	V30	bytes of 1
//	V31	0

#include "textflag.h"
#include "neon.h"

// Comparisons of integers.
#define cmeq(m, n, d) WORD $(0x6EA08C00 | SIZE | m<<16 | n<<5 | d) // CMEQ Vd.T, Vn.T, Vm.T
#define cmgt(m, n, d) WORD $(0x4EA03400 | SIZE | m<<16 | n<<5 | d) // CMGT Vd.T, Vn.T, Vm.T
#define cmge(m, n, d) WORD $(0x4EA03C00 | SIZE | m<<16 | n<<5 | d) // CMGE Vd.T, Vn.T, Vm.T

// IN_BLOCKS does STEP, which moves the pointers on, for blocks of 64 bytes of the R4 elements, at least
// one: the last ones again together with those before them, to which BACK moves the pointers by R4
// elements, a negative number.
#define IN_BLOCKS(STEP, BACK) \
	SUB $(4*LANES), R4; \
block: \
	STEP; \
	SUBS $(4*LANES), R4; \
	BGE block; \
	CMN $(4*LANES), R4; \
	BEQ done; \
	BACK; \
	MOVD $0, R4; \
	B block; \
done: \
	RET

// SELECT is func name(dst, yes, no []T, mask []uint8).
#define SELECT(name) \
TEXT name(SB), NOSPLIT, $0-96; \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R4; \
	MOVD yes_base+24(FP), R1; \
	MOVD no_base+48(FP), R2; \
	MOVD mask_base+72(FP), R3; \
	VEOR V31.B16, V31.B16, V31.B16; \
	IN_BLOCKS(CHOICE, CHOICE_BACK)
#define CHOICE \
	BY_TYPE(WIDEN_F32, WIDEN_F64); \
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]; \
	sub(v0, v31, v0); \
	sub(v1, v31, v1); \
	sub(v2, v31, v2); \
	sub(v3, v31, v3); \
	bit(v0, v16, v20); \
	bit(v1, v17, v21); \
	bit(v2, v18, v22); \
	bit(v3, v19, v23); \
	VST1.P [V20.B16, V21.B16, V22.B16, V23.B16], 64(R0)
#define CHOICE_BACK \
	ADD R4<<SHIFT, R0; \
	ADD R4<<SHIFT, R1; \
	ADD R4<<SHIFT, R2; \
	ADD R4, R3

// WIDEN_F32 loads 16 bools, one to an element of V0 to V3, WIDEN_F64 8 of them.
#define WIDEN_F32 \
	VLD1.P 16(R3), [V5.B16]; \
	VUSHLL $0, V5.B8, V4.H8; \
	VUSHLL2 $0, V5.B16, V5.H8; \
	VUSHLL $0, V4.H4, V0.S4; \
	VUSHLL2 $0, V4.H8, V1.S4; \
	VUSHLL $0, V5.H4, V2.S4; \
	VUSHLL2 $0, V5.H8, V3.S4
#define WIDEN_F64 \
	VLD1.P 8(R3), [V5.B8]; \
	VUSHLL $0, V5.B8, V5.H8; \
	VUSHLL $0, V5.H4, V4.S4; \
	VUSHLL2 $0, V5.H8, V5.S4; \
	VUSHLL $0, V4.S2, V0.D2; \
	VUSHLL2 $0, V4.S4, V1.D2; \
	VUSHLL $0, V5.S2, V2.D2; \
	VUSHLL2 $0, V5.S4, V3.D2

// COMPARE is func name(mask []uint8, x, y []T). CMP(y, x, d) sets all bits of d, or none, and OF is
// and, or bic where the comparison is the opposite.
#define COMPARE(name, CMP, OF) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVD mask_base+0(FP), R0; \
	MOVD mask_len+8(FP), R4; \
	MOVD x_base+24(FP), R1; \
	MOVD y_base+48(FP), R2; \
	VMOVI $1, V30.B16; \
	IN_BLOCKS(COMPARISON(CMP, OF), COMPARISON_BACK)
#define COMPARISON(CMP, OF) \
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]; \
	CMP(v20, v16, v0); \
	CMP(v21, v17, v1); \
	CMP(v22, v18, v2); \
	CMP(v23, v19, v3); \
	BY_TYPE(NARROW_F32, NARROW_F64)(OF)
#define COMPARISON_BACK \
	ADD R4, R0; \
	ADD R4<<SHIFT, R1; \
	ADD R4<<SHIFT, R2

// The other order: x < y is y > x.
#define fcmlt(m, n, d) fcmgt(n, m, d)
#define fcmle(m, n, d) fcmge(n, m, d)
#define cmlt(m, n, d) cmgt(n, m, d)
#define cmle(m, n, d) cmge(n, m, d)

// NARROW_F32 stores a byte of each of 16 elements in V0 to V3, NARROW_F64 of 8.
#define NARROW_F32(OF) \
	VUZP1 V1.H8, V0.H8, V0.H8; \
	VUZP1 V3.H8, V2.H8, V2.H8; \
	VUZP1 V2.B16, V0.B16, V0.B16; \
	OF(v0, v30, v0); \
	VST1.P [V0.B16], 16(R0)
#define NARROW_F64(OF) \
	VUZP1 V1.S4, V0.S4, V0.S4; \
	VUZP1 V3.S4, V2.S4, V2.S4; \
	VUZP1 V2.H8, V0.H8, V0.H8; \
	VUZP1 V0.B16, V0.B16, V0.B16; \
	OF(v0, v30, v0); \
	VST1.P [V0.B8], 8(R0)

#include "neon_f32.h"
SELECT(·select32NEON)
COMPARE(·equalF32NEON, fcmeq, and)
COMPARE(·notEqualF32NEON, fcmeq, bic)
COMPARE(·lessF32NEON, fcmlt, and)
COMPARE(·lessEqualF32NEON, fcmle, and)
COMPARE(·equalI32NEON, cmeq, and)
COMPARE(·notEqualI32NEON, cmeq, bic)
COMPARE(·lessI32NEON, cmlt, and)
COMPARE(·lessEqualI32NEON, cmle, and)

#include "neon_f64.h"
SELECT(·select64NEON)
COMPARE(·equalF64NEON, fcmeq, and)
COMPARE(·notEqualF64NEON, fcmeq, bic)
COMPARE(·lessF64NEON, fcmlt, and)
COMPARE(·lessEqualF64NEON, fcmle, and)
COMPARE(·equalI64NEON, cmeq, and)
COMPARE(·notEqualI64NEON, cmeq, bic)
COMPARE(·lessI64NEON, cmlt, and)
COMPARE(·lessEqualI64NEON, cmle, and)
