//go:build !purego

// Products by weights of few bits in NEON: one or two rows by a panel of 32 columns. Without a row
// the weights themselves are stored.
//
// The weights of a step become float32 in registers, two at a time, and meet every row of A there.
// A code is put into the fraction of 2²³, which makes it a number without a conversion.
//
//	V0-V7 V8-V15	the tile, a row each
//	V16 V17	an element of A in the lowest lane, for each row
//	V18 V19	weights
//	V22-V25	codes of 16 bits
//	V26 V27	zeros
//	V28 V29	scales
//	V30	the mask of a code of four bits
//	V31	2²³
//
//	R0	C, R4 the bytes from the end of a row to the next, as all strides in bytes
//	R1	B
//	R2	A, R5 its row stride
//	R3	layout
//	R6	scales
//	R7	zeros, R8 their row stride
//	R9	blocks left
//	R10	steps of a block, R11 those left
//	R12	scratch
//	R13 R14 R15	zeros, scales and codes of the columns of a step to come

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "neon_f32.h"

// Conversions of the lower or upper four numbers of 16 bits; a bfloat16 is the upper half of a
// float32.
#define fcvtl(n, d) WORD $(0x0E217800 | n<<5 | d) // FCVTL Vd.4S, Vn.4H
#define fcvtl2(n, d) WORD $(0x4E217800 | n<<5 | d) // FCVTL2 Vd.4S, Vn.8H
#define shll(n, d) WORD $(0x2E613800 | n<<5 | d) // SHLL Vd.4S, Vn.4H, #16
#define shll2(n, d) WORD $(0x6E613800 | n<<5 | d) // SHLL2 Vd.4S, Vn.8H, #16

#define ELEMENTS0 MOVD R0, R12; ADD $128, R0; ADD R4, R0
#define ELEMENTS1 FMOVS (R2), F16; ADD $4, R2
#define ELEMENTS2 ADD R5, R2, R12; FMOVS (R12), F17; ELEMENTS1
#define CHAINS0(a, b, c, d) VST1.P [V18.S4, V19.S4], 32(R12)
#define CHAINS1(a, b, c, d) fmlae(v16, v18, a); fmlae(v16, v19, b)
#define CHAINS2(a, b, c, d) CHAINS1(a, b, c, d); fmlae(v17, v18, c); fmlae(v17, v19, d)

// TILEn does F with all registers of n rows.
#define TILE0(F) NONE
#define TILE1(F) F(V0, V1, V2, V3); F(V4, V5, V6, V7); ADD R4, R12
#define TILE2(F) TILE1(F); F(V8, V9, V10, V11); F(V12, V13, V14, V15)
#define CLEAR(A, B, C, D) \
	VEOR A.B16, A.B16, A.B16; \
	VEOR B.B16, B.B16, B.B16; \
	VEOR C.B16, C.B16, C.B16; \
	VEOR D.B16, D.B16, D.B16
#define LOAD(A, B, C, D) VLD1.P 64(R12), [A.S4, B.S4, C.S4, D.S4]
#define STORE(A, B, C, D) VST1.P [A.S4, B.S4, C.S4, D.S4], 64(R12)

// A coding's CODES begin a step, and its WEIGHTS make two registers of weights, of the codes in C.
#define HALF_CODES VLD1.P 64(R1), [V22.H8, V23.H8, V24.H8, V25.H8]
#define BFLOAT16(shift, C, c) shll(c, v18); shll2(c, v19)
#define FLOAT16(shift, C, c) fcvtl(c, v18); fcvtl2(c, v19)
#define INTEGER \
	VLD1.P 32(R13), [V26.S4, V27.S4]; \
	VLD1.P 32(R14), [V28.S4, V29.S4]; \
	orr(v31, v18, v18); \
	orr(v31, v19, v19); \
	fsub(v26, v18, v18); \
	fsub(v27, v19, v19); \
	fmul(v28, v18, v18); \
	fmul(v29, v19, v19)
#define SCALES MOVD R7, R13; MOVD R6, R14
#define INT8_CODES \
	SCALES; \
	VLD1.P 32(R1), [V18.B16, V19.B16]; \
	VUSHLL $0, V18.B8, V22.H8; \
	VUSHLL2 $0, V18.B16, V23.H8; \
	VUSHLL $0, V19.B8, V24.H8; \
	VUSHLL2 $0, V19.B16, V25.H8
#define INT8(shift, C, c) \
	VUSHLL $0, C.H4, V18.S4; \
	VUSHLL2 $0, C.H8, V19.S4; \
	INTEGER
#define INT4_CODES SCALES; MOVD R1, R15
#define INT4(shift, C, c) \
	VLD1.P 32(R15), [V18.S4, V19.S4]; \
	shift; \
	and(v30, v18, v18); \
	and(v30, v19, v19); \
	INTEGER
#define DOWN(by) ushr(by, v18, v18); ushr(by, v19, v19)

// STEP is a step of K.
#define STEP(CODES, WEIGHTS, shift, ELEMENTS, CHAINS) \
	ELEMENTS; \
	CODES; \
	WEIGHTS(shift, V22, v22); CHAINS(v0, v1, v8, v9); \
	WEIGHTS(shift, V23, v23); CHAINS(v2, v3, v10, v11); \
	WEIGHTS(shift, V24, v24); CHAINS(v4, v5, v12, v13); \
	WEIGHTS(shift, V25, v25); CHAINS(v6, v7, v14, v15)

// A coding's GROUP makes a group of steps.
#define GROUP1(CODES, WEIGHTS, ELEMENTS, CHAINS) \
	STEP(CODES, WEIGHTS, NONE, ELEMENTS, CHAINS); \
	SUBS $1, R11
#define GROUP8(CODES, WEIGHTS, ELEMENTS, CHAINS) \
	STEP(CODES, WEIGHTS, NONE, ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(4), ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(8), ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(12), ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(16), ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(20), ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(24), ELEMENTS, CHAINS); \
	STEP(CODES, WEIGHTS, DOWN(28), ELEMENTS, CHAINS); \
	ADD $128, R1; \
	SUBS $8, R11

// ALL makes all steps of n rows.
#define ALL(GROUP, CODES, WEIGHTS, ELEMENTS, CHAINS, TILE, begin, resume, block, group) \
begin: \
	MOVD R0, R12; \
	CBNZ R13, resume; \
	TILE(CLEAR); \
	B    block; \
resume: \
	TILE(LOAD); \
block: \
	MOVD R10, R11; \
group: \
	GROUP(CODES, WEIGHTS, ELEMENTS, CHAINS); \
	BNE  group; \
	ADD  $128, R6; \
	ADD  R8, R7; \
	SUBS $1, R9; \
	BNE  block; \
	MOVD R0, R12; \
	TILE(STORE); \
	RET

// MULTIPLY is a CompressedMultiply.
#define MULTIPLY(name, GROUP, CODES, WEIGHTS) \
TEXT name(SB), NOSPLIT, $0-32; \
	MOVD c+0(FP), R0; \
	MOVD a+8(FP), R2; \
	MOVD b+16(FP), R1; \
	MOVD l+24(FP), R3; \
	MOVD CompressedLayout_LDC(R3), R4; \
	LSL  $2, R4; \
	SUB  $128, R4; \
	MOVD CompressedLayout_ARow(R3), R5; \
	LSL  $2, R5; \
	MOVD CompressedLayout_Scales(R3), R6; \
	MOVD CompressedLayout_Zeros(R3), R7; \
	MOVD CompressedLayout_ZeroRow(R3), R8; \
	LSL  $2, R8; \
	MOVD CompressedLayout_Blocks(R3), R9; \
	MOVD CompressedLayout_Block(R3), R10; \
	MOVBU CompressedLayout_Resume(R3), R13; \
	MOVD $0x4B000000, R12; \
	VDUP R12, V31.S4; \
	MOVD $15, R12; \
	VDUP R12, V30.S4; \
	MOVD CompressedLayout_M(R3), R12; \
	CMP  $1, R12; \
	BEQ  one; \
	BGT  two; \
	ALL(GROUP, CODES, WEIGHTS, ELEMENTS0, CHAINS0, TILE0, none, resume0, block0, group0); \
	ALL(GROUP, CODES, WEIGHTS, ELEMENTS2, CHAINS2, TILE2, two, resume2, block2, group2); \
	ALL(GROUP, CODES, WEIGHTS, ELEMENTS1, CHAINS1, TILE1, one, resume1, block1, group1)

MULTIPLY(·mulBFloat16NEON, GROUP1, HALF_CODES, BFLOAT16)
MULTIPLY(·mulFloat16NEON, GROUP1, HALF_CODES, FLOAT16)
MULTIPLY(·mulInt8NEON, GROUP1, INT8_CODES, INT8)
MULTIPLY(·mulInt4NEON, GROUP8, INT4_CODES, INT4)
