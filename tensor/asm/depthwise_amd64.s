//go:build !purego

// The depthwise product of convolutions: depthwise_amd64.h has the register map and the text, these
// are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "part_amd64.h"

// The elements of A in the rows of the tile, and one register on.
#define A0 (AX)
#define A1 (AX)(R8*1)
#define A2 (AX)(R8*2)
#define A3 (AX)(R9*1)
#define A0_NEXT VBYTES(AX)
#define A1_NEXT VBYTES(AX)(R8*1)
#define A2_NEXT VBYTES(AX)(R8*2)
#define A3_NEXT VBYTES(AX)(R9*1)

#define WEIGHTS_STRIDE MOVQ Layout_BRow(CX), R12; SHLQ $SHIFT, R12
#define NEXT_WEIGHTS ADDQ AX, b+16(FP)
#define SECOND V9
#define LOAD_WEIGHTS_TWO VMOVU (R13), V8; VMOVU VBYTES(R13), V9
#define LOAD_WEIGHTS_ONE VMOVU (R13), V8
#define LOAD_WEIGHTS_PART VMOVU_PART((R13), V8)

// One step of the tile's rows.
#define ROWS1_TWO VFMA231 A0, V8, V0; VFMA231 A0_NEXT, SECOND, V1
#define ROWS2_TWO ROWS1_TWO; VFMA231 A1, V8, V2; VFMA231 A1_NEXT, SECOND, V3
#define ROWS3_TWO ROWS2_TWO; VFMA231 A2, V8, V4; VFMA231 A2_NEXT, SECOND, V5
#define ROWS4_TWO ROWS3_TWO; VFMA231 A3, V8, V6; VFMA231 A3_NEXT, SECOND, V7
#define ROWS1_ONE VFMA231 A0, V8, V0
#define ROWS2_ONE ROWS1_ONE; VFMA231 A1, V8, V2
#define ROWS3_ONE ROWS2_ONE; VFMA231 A2, V8, V4
#define ROWS4_ONE ROWS3_ONE; VFMA231 A3, V8, V6
#define ROWS1_PART VMOVU_PART(A0, V10); VFMA231 V10, V8, V0
#define ROWS2_PART ROWS1_PART; VMOVU_PART(A1, V10); VFMA231 V10, V8, V2
#define ROWS3_PART ROWS2_PART; VMOVU_PART(A2, V10); VFMA231 V10, V8, V4
#define ROWS4_PART ROWS3_PART; VMOVU_PART(A3, V10); VFMA231 V10, V8, V6

// All steps of K, then on to storing.
#define STEPS(step, LOAD_WEIGHTS, ROWS) \
step: \
	MOVLQSX (R11), AX; \
	ADDQ $4, R11; \
	LEAQ (SI)(AX*ELEM), AX; \
	LOAD_WEIGHTS; \
	ADDQ R12, R13; \
	ROWS; \
	DECQ CX; \
	JNE step; \
	JMP store

// HEIGHTS goes to the steps for the tile's number of rows.
#define HEIGHTS(one, two, three, four) \
	CMPQ BX, $3; \
	JGT four; \
	JEQ three; \
	CMPQ BX, $1; \
	JGT two

// TILE makes a step of one of these kinds with each row of the tile: from or to C at DX, and on to
// the next row; done once BX rows are.
#define TILE(STEP, done) \
	STEP($1, V0, V1, done); \
	STEP($2, V2, V3, done); \
	STEP($3, V4, V5, done); \
	STEP($4, V6, V7, done)
#define LOAD_TWO(rows, c0, c1, done) VMOVU (DX), c0; VMOVU VBYTES(DX), c1; NEXT(rows, done)
#define LOAD_ONE(rows, c0, c1, done) VMOVU (DX), c0; NEXT(rows, done)
#define LOAD_PART(rows, c0, c1, done) VMOVU_PART((DX), c0); NEXT(rows, done)
#define STORE_TWO(rows, c0, c1, done) VMOVU c0, (DX); VMOVU c1, VBYTES(DX); NEXT(rows, done)
#define STORE_ONE(rows, c0, c1, done) VMOVU c0, (DX); NEXT(rows, done)
#define STORE_PART(rows, c0, c1, done) STORE_MASKED(c0, (DX)); NEXT(rows, done)
#define NEXT(rows, done) ADDQ R10, DX; CMPQ BX, rows; JEQ done

#include "avx2_f32.h"
#define DEPTHWISE ·depthwiseF32AVX2
#include "depthwise_amd64.h"
#undef DEPTHWISE

#include "avx2_f64.h"
#define DEPTHWISE ·depthwiseF64AVX2
#include "depthwise_amd64.h"
#undef DEPTHWISE

#include "avx512_f32.h"
#define DEPTHWISE ·depthwiseF32AVX512
#include "depthwise_amd64.h"
#undef DEPTHWISE

#include "avx512_f64.h"
#define DEPTHWISE ·depthwiseF64AVX512
#include "depthwise_amd64.h"
#undef DEPTHWISE

// In planes: one weight a step.
#undef WEIGHTS_STRIDE
#undef NEXT_WEIGHTS
#undef SECOND
#undef LOAD_WEIGHTS_TWO
#undef LOAD_WEIGHTS_ONE
#undef LOAD_WEIGHTS_PART
#define WEIGHTS_STRIDE MOVQ $ELEM, R12
#define NEXT_WEIGHTS NONE
#define SECOND V8
#define LOAD_WEIGHTS_TWO VBROADCAST (R13), V8
#define LOAD_WEIGHTS_ONE LOAD_WEIGHTS_TWO
#define LOAD_WEIGHTS_PART LOAD_WEIGHTS_TWO

#include "avx2_f32.h"
#define DEPTHWISE ·planesF32AVX2
#include "depthwise_amd64.h"
#undef DEPTHWISE

#include "avx2_f64.h"
#define DEPTHWISE ·planesF64AVX2
#include "depthwise_amd64.h"
#undef DEPTHWISE

#include "avx512_f32.h"
#define DEPTHWISE ·planesF32AVX512
#include "depthwise_amd64.h"
#undef DEPTHWISE

#include "avx512_f64.h"
#define DEPTHWISE ·planesF64AVX512
#include "depthwise_amd64.h"
