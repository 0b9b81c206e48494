//go:build !purego

// The depthwise product of convolutions in NEON: depthwise_neon.h has the register map and the text,
// these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"

#define WEIGHTS_STRIDE MOVD Layout_BRow(R16), R11; LSL $SHIFT, R11
#define NEXT_WEIGHTS MOVD b+16(FP), R5; ADD R17, R5; MOVD R5, b+16(FP)
#define SECOND v17
#define WEIGHTS_TWO VLD1 (R10), [V16.B16, V17.B16]
#define WEIGHTS_ONE FMOVQ (R10), F16
#define WEIGHTS_ELEMENT FMOV (R10), F16

// One step of one row of the tile.
#define ROW_TWO(A, c0, c1) \
	ADD R8, A, R5; VLD1 (R5), [V20.B16, V21.B16]; fmla(v16, v20, c0); fmla(SECOND, v21, c1)
#define ROW_ONE(A, c0) ADD R8, A, R5; FMOVQ (R5), F20; fmla(v16, v20, c0)
#define ROW_ELEMENT(A, c0) FMOV (A)(R8), F20; fmla(v16, v20, c0)

// One step of the tile's rows.
#define ROWS1_TWO ROW_TWO(R0, v0, v1)
#define ROWS2_TWO ROWS1_TWO; ROW_TWO(R1, v2, v3)
#define ROWS3_TWO ROWS2_TWO; ROW_TWO(R2, v4, v5)
#define ROWS4_TWO ROWS3_TWO; ROW_TWO(R3, v6, v7)
#define ROWS1_ONE ROW_ONE(R0, v0)
#define ROWS2_ONE ROWS1_ONE; ROW_ONE(R1, v2)
#define ROWS3_ONE ROWS2_ONE; ROW_ONE(R2, v4)
#define ROWS4_ONE ROWS3_ONE; ROW_ONE(R3, v6)
#define ROWS1_ELEMENT ROW_ELEMENT(R0, v0)
#define ROWS2_ELEMENT ROWS1_ELEMENT; ROW_ELEMENT(R1, v2)
#define ROWS3_ELEMENT ROWS2_ELEMENT; ROW_ELEMENT(R2, v4)
#define ROWS4_ELEMENT ROWS3_ELEMENT; ROW_ELEMENT(R3, v6)

// All steps of K, then on to storing.
#define STEPS(step, WEIGHTS, ROWS) \
step: \
	MOVW.P 4(R9), R8; \
	LSL $SHIFT, R8; \
	WEIGHTS; \
	ADD R11, R10; \
	ROWS; \
	SUBS $1, R15; \
	BNE step; \
	B store

// HEIGHTS goes to the steps for the tile's number of rows.
#define HEIGHTS(one, two, three, four) \
	CMP $3, R14; \
	BGT four; \
	BEQ three; \
	CMP $1, R14; \
	BGT two

// TILE makes a step of one of these kinds with each row of the tile: from or to C at R5, and on to
// the next row; done once R14 rows are.
#define TILE(STEP, done) \
	STEP($1, V0, V1, F0, done); \
	STEP($2, V2, V3, F2, done); \
	STEP($3, V4, V5, F4, done); \
	STEP($4, V6, V7, F6, done)
#define LOAD_TWO(rows, c0, c1, f, done) VLD1 (R5), [c0.B16, c1.B16]; NEXT(rows, done)
#define LOAD_ONE(rows, c0, c1, f, done) FMOVQ (R5), f; NEXT(rows, done)
#define LOAD_ELEMENT(rows, c0, c1, f, done) FMOV (R5), f; NEXT(rows, done)
#define STORE_TWO(rows, c0, c1, f, done) VST1 [c0.B16, c1.B16], (R5); NEXT(rows, done)
#define STORE_ONE(rows, c0, c1, f, done) FMOVQ f, (R5); NEXT(rows, done)
#define STORE_ELEMENT(rows, c0, c1, f, done) FMOV f, (R5); NEXT(rows, done)
#define NEXT(rows, done) ADD R7, R5; CMP rows, R14; BEQ done

#include "neon_f32.h"
#define DEPTHWISE ·depthwiseF32NEON
#include "depthwise_neon.h"
#undef DEPTHWISE

#include "neon_f64.h"
#define DEPTHWISE ·depthwiseF64NEON
#include "depthwise_neon.h"
#undef DEPTHWISE

// In planes: one weight a step.
#undef WEIGHTS_STRIDE
#undef NEXT_WEIGHTS
#undef SECOND
#undef WEIGHTS_TWO
#undef WEIGHTS_ONE
#undef WEIGHTS_ELEMENT
#define WEIGHTS_STRIDE MOVD $ELEM, R11
#define NEXT_WEIGHTS
#define SECOND v16
#define WEIGHTS_ONE WEIGHTS_TWO
#define WEIGHTS_ELEMENT WEIGHTS_TWO

#include "neon_f32.h"
#define WEIGHTS_TWO VLD1R (R10), [V16.S4]
#define DEPTHWISE ·planesF32NEON
#include "depthwise_neon.h"
#undef DEPTHWISE
#undef WEIGHTS_TWO

#include "neon_f64.h"
#define WEIGHTS_TWO VLD1R (R10), [V16.D2]
#define DEPTHWISE ·planesF64NEON
#include "depthwise_neon.h"
