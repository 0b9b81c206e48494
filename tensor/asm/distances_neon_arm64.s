//go:build !purego

// Squared distances (Rows.Distances). The sums of eight registers of columns stay in registers on the
// way down the rows, each a chain of additions.
//
//	R0	dst, the columns at hand
//	R1	bytes of dst that are left
//	R2	x; R6 the element at hand
//	R3	end of x
//	R4	the columns at hand of the first row; R7 those of the current row
//	R5	bytes of a row
//	V0-V7	sums
//	V16-V23	columns, differences and their squares
//	V24	an element of x

#include "textflag.h"
#include "neon.h"

#define CLEAR(V) VEOR V.B16, V.B16, V.B16

#define SQUARE(d, sum) \
	fsub(d, v24, d); \
	fmul(d, d, d); \
	fadd(d, sum, sum)

#define DISTANCES(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R1; \
	MOVD x_base+24(FP), R2; \
	MOVD x_len+32(FP), R3; \
	MOVD columns_base+48(FP), R4; \
	LSL $SHIFT, R1; \
	MOVD R1, R5; \
	ADD R3<<SHIFT, R2, R3; \
	CBZ R1, done; \
block: \
	CLEAR(V0); \
	CLEAR(V1); \
	CLEAR(V2); \
	CLEAR(V3); \
	CLEAR(V4); \
	CLEAR(V5); \
	CLEAR(V6); \
	CLEAR(V7); \
	MOVD R2, R6; \
	MOVD R4, R7; \
	CMP R3, R6; \
	BEQ store; \
row: \
	FMOV.P ELEM(R6), F24; \
	dup(v24, v24); \
	VLD1 (R7), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	ADD $64, R7, R8; \
	VLD1 (R8), [V20.B16, V21.B16, V22.B16, V23.B16]; \
	ADD R5, R7; \
	SQUARE(v16, v0); \
	SQUARE(v17, v1); \
	SQUARE(v18, v2); \
	SQUARE(v19, v3); \
	SQUARE(v20, v4); \
	SQUARE(v21, v5); \
	SQUARE(v22, v6); \
	SQUARE(v23, v7); \
	CMP R3, R6; \
	BNE row; \
store: \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	VST1.P [V4.B16, V5.B16, V6.B16, V7.B16], 64(R0); \
	ADD $128, R4; \
	SUBS $128, R1; \
	BNE block; \
done: \
	RET

#include "neon_f32.h"
DISTANCES(·distancesF32NEON)

#include "neon_f64.h"
DISTANCES(·distancesF64NEON)
