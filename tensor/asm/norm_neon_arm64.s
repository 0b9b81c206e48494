//go:build !purego

// What normalises channels, in NEON: norm_neon.h has the register map and the text, these are its
// steps.

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

#include "neon_f32.h"
#define NORMALIZE ·normalizeChannelsF32NEON
#define MOMENTS ·channelMomentsF32NEON
#define GRADIENT_SUMS ·channelGradientSumsF32NEON
#define GRADIENT ·channelGradientF32NEON
#include "norm_neon.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT

#include "neon_f64.h"
#define NORMALIZE ·normalizeChannelsF64NEON
#define MOMENTS ·channelMomentsF64NEON
#define GRADIENT_SUMS ·channelGradientSumsF64NEON
#define GRADIENT ·channelGradientF64NEON
#include "norm_neon.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT
