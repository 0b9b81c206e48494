//go:build !purego

// Chains of plane rotations (Rows.Rotate), in NEON. The row that meets all others stays in registers,
// so that a rotation loads a row and stores one.
//
//	R0	where the row in registers belongs; R5 the part of it at hand
//	R1	the row that it meets; R6 the part of it at hand
//	R2	bytes from one to the next, negative upwards
//	R3	turns
//	R4	rotations left
//	V0-V15	the row in registers
//	V16-V19	a quarter of the row that it meets
//	V20-V23	a quarter of what stays behind
//	V24, V25, V26	the cosine, the sine, the sine without its sign

#include "textflag.h"
#include "neon.h"

#define TURN(p, q, stays) \
	fmul(q, v25, stays); \
	fmla(p, v24, stays); \
	fmul(p, v26, p); \
	fmla(q, v24, p)
#define QUARTER(a, b, c, d) \
	VLD1.P 64(R6), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	TURN(a, v16, v20); \
	TURN(b, v17, v21); \
	TURN(c, v18, v22); \
	TURN(d, v19, v23); \
	VST1.P [V20.B16, V21.B16, V22.B16, V23.B16], 64(R5)

// ROTATE is func name(a, turns []T, up bool).
#define ROTATE(name) \
TEXT name(SB), NOSPLIT, $0-49; \
	MOVD a_base+0(FP), R0; \
	MOVD turns_base+24(FP), R3; \
	MOVD turns_len+32(FP), R4; \
	MOVBU up+48(FP), R5; \
	MOVD $256, R2; \
	LSR $1, R4; \
	CBZ R4, done; \
	CBZ R5, down; \
	ADD R4<<8, R0; \
	NEG R2, R2; \
down: \
	MOVD R0, R5; \
	VLD1.P 64(R5), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VLD1.P 64(R5), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	VLD1.P 64(R5), [V8.B16, V9.B16, V10.B16, V11.B16]; \
	VLD1.P 64(R5), [V12.B16, V13.B16, V14.B16, V15.B16]; \
turn: \
	MOVD R0, R5; \
	ADD R2, R0, R1; \
	MOVD R1, R6; \
	FMOV.P ELEM(R3), F24; \
	dup(v24, v24); \
	FMOV.P ELEM(R3), F25; \
	dup(v25, v25); \
	fneg(v25, v26); \
	QUARTER(v0, v1, v2, v3); \
	QUARTER(v4, v5, v6, v7); \
	QUARTER(v8, v9, v10, v11); \
	QUARTER(v12, v13, v14, v15); \
	MOVD R1, R0; \
	SUBS $1, R4; \
	BNE turn; \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	VST1.P [V4.B16, V5.B16, V6.B16, V7.B16], 64(R0); \
	VST1.P [V8.B16, V9.B16, V10.B16, V11.B16], 64(R0); \
	VST1.P [V12.B16, V13.B16, V14.B16, V15.B16], 64(R0); \
done: \
	RET

#include "neon_f32.h"
ROTATE(·rotateF32NEON)

#include "neon_f64.h"
ROTATE(·rotateF64NEON)
