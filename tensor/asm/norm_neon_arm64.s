//go:build !purego

// The kernels that normalise channels in NEON, for either element type: a register of channels at a
// time and all rows of it, then one element in the lowest lane.
//
//	V0	the means
//	V1, V2, V5	sums that go on from row to row, or the factors and what is added
//	V3, V4, V6	x, its deviation from the mean, the upstream gradient, the result
//
//	R0 R2	x, and the upstream gradient
//	R1	the result
//	R4-R7	the rows of one element for each channel
//	R8	bytes of a row
//	R12	rows left
//	R13	channels left
//	R14	channels, then bytes, of a register
//	R17	scratch
//
// The pointers live in the arguments, which are the callee's to change.

#include "textflag.h"
#include "neon.h"

// ADVANCE moves a pointer in the arguments by R14 bytes.
#define ADVANCE(pointer) MOVD pointer, R17; ADD R14, R17; MOVD R17, pointer

// One register of one row, of x at R0 and g at R2, which MOVE loads and stores; then the next row.
#define NORMALIZE_ROW(MOVE) \
	MOVE (R0), F4; fsub(v0, v4, v4); mov(v2, v3); fmla(v1, v4, v3); \
	MOVE F3, (R1); ADD R8, R0; ADD R8, R1
#define MOMENTS_ROW(MOVE) \
	MOVE (R0), F3; fsub(v0, v3, v3); fadd(v3, v1, v1); fmla(v3, v3, v2); \
	ADD R8, R0
#define GRADIENT_SUMS_ROW(MOVE) \
	MOVE (R0), F3; MOVE (R2), F4; fsub(v0, v3, v3); fadd(v4, v1, v1); fmla(v3, v4, v2); \
	ADD R8, R0; ADD R8, R2
#define GRADIENT_ROW(MOVE) \
	MOVE (R0), F6; MOVE (R2), F4; fsub(v0, v6, v6); mov(v5, v3); fmla(v2, v6, v3); fmla(v1, v4, v3); \
	MOVE F3, (R1); ADD R8, R0; ADD R8, R2; ADD R8, R1

// What is loaded before the rows, and stored after them.
#define THREE(MOVE) MOVE (R4), F0; MOVE (R5), F1; MOVE (R6), F2
#define FOUR(MOVE) THREE(MOVE); MOVE (R7), F5
#define SUMS(MOVE) MOVE F1, (R5); MOVE F2, (R6)
#define NOTHING(MOVE)

// ROWS goes through the rows of a register of channels, or of one channel where there are fewer, and
// leaves the channels that are left in R13 and the bytes of those done in R14.
#define ROWS(FACTORS, ROW, RESULTS) \
	CMP $LANES, R13; BLT element; FACTORS(FMOVQ); \
row: \
	ROW(FMOVQ); SUBS $1, R12; BNE row; RESULTS(FMOVQ); MOVD $LANES, R14; B next; \
element: \
	FACTORS(FMOV); \
elementRow: \
	ROW(FMOV); SUBS $1, R12; BNE elementRow; RESULTS(FMOV); MOVD $1, R14; \
next: \
	SUB R14, R13; LSL $SHIFT, R14

#define NORMALIZE(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVD columns+48(FP), R13; \
	LSL $SHIFT, R13, R8; \
channels: \
	MOVD x+8(FP), R0; \
	MOVD dst+0(FP), R1; \
	MOVD mean+16(FP), R4; \
	MOVD scale+24(FP), R5; \
	MOVD shift+32(FP), R6; \
	MOVD rows+40(FP), R12; \
	ROWS(THREE, NORMALIZE_ROW, NOTHING); \
	ADVANCE(x+8(FP)); \
	ADVANCE(dst+0(FP)); \
	ADVANCE(mean+16(FP)); \
	ADVANCE(scale+24(FP)); \
	ADVANCE(shift+32(FP)); \
	CBNZ R13, channels; \
	RET

#define MOMENTS(name) \
TEXT name(SB), NOSPLIT, $0-48; \
	MOVD columns+40(FP), R13; \
	LSL $SHIFT, R13, R8; \
channels: \
	MOVD x+16(FP), R0; \
	MOVD mean+24(FP), R4; \
	MOVD sum+0(FP), R5; \
	MOVD squares+8(FP), R6; \
	MOVD rows+32(FP), R12; \
	ROWS(THREE, MOMENTS_ROW, SUMS); \
	ADVANCE(x+16(FP)); \
	ADVANCE(mean+24(FP)); \
	ADVANCE(sum+0(FP)); \
	ADVANCE(squares+8(FP)); \
	CBNZ R13, channels; \
	RET

#define GRADIENT_SUMS(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVD columns+48(FP), R13; \
	LSL $SHIFT, R13, R8; \
channels: \
	MOVD x+24(FP), R0; \
	MOVD up+16(FP), R2; \
	MOVD mean+32(FP), R4; \
	MOVD sum+0(FP), R5; \
	MOVD products+8(FP), R6; \
	MOVD rows+40(FP), R12; \
	ROWS(THREE, GRADIENT_SUMS_ROW, SUMS); \
	ADVANCE(x+24(FP)); \
	ADVANCE(up+16(FP)); \
	ADVANCE(mean+32(FP)); \
	ADVANCE(sum+0(FP)); \
	ADVANCE(products+8(FP)); \
	CBNZ R13, channels; \
	RET

#define GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVD columns+64(FP), R13; \
	LSL $SHIFT, R13, R8; \
channels: \
	MOVD x+16(FP), R0; \
	MOVD up+8(FP), R2; \
	MOVD dst+0(FP), R1; \
	MOVD mean+24(FP), R4; \
	MOVD a+32(FP), R5; \
	MOVD b+40(FP), R6; \
	MOVD c+48(FP), R7; \
	MOVD rows+56(FP), R12; \
	ROWS(FOUR, GRADIENT_ROW, NOTHING); \
	ADVANCE(x+16(FP)); \
	ADVANCE(up+8(FP)); \
	ADVANCE(dst+0(FP)); \
	ADVANCE(mean+24(FP)); \
	ADVANCE(a+32(FP)); \
	ADVANCE(b+40(FP)); \
	ADVANCE(c+48(FP)); \
	CBNZ R13, channels; \
	RET

#include "neon_f32.h"
NORMALIZE(·normalizeChannelsF32NEON)
MOMENTS(·channelMomentsF32NEON)
GRADIENT_SUMS(·channelGradientSumsF32NEON)
GRADIENT(·channelGradientF32NEON)

#include "neon_f64.h"
NORMALIZE(·normalizeChannelsF64NEON)
MOMENTS(·channelMomentsF64NEON)
GRADIENT_SUMS(·channelGradientSumsF64NEON)
GRADIENT(·channelGradientF64NEON)
