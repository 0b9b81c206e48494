//go:build !purego

// What normalises rows, in NEON: sums over each row, and element-wise work between. lanes_neon.h has the
// lanes of the sums, rowmap_neon.h the loop and registers of the other kernels.

#include "textflag.h"
#include "neon.h"
#include "lanes_neon.h"
#include "rowmap_neon.h"

// Sums over rows: func name(dst, x, y []T, columns int), where y has rows or one mean a row.
//
//	R0	dst
//	R3	rows left
//	R4	x, the row behind that at hand
//	R5	bytes of a row
//	R10	y, the row at hand or its mean
//	V30	the mean
#define ROW_SUMS(name, BEGIN, OF_4, LAST, REGISTER, PART) \
TEXT name(SB), NOSPLIT, $0-80; \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R3; \
	MOVD x_base+24(FP), R4; \
	MOVD y_base+48(FP), R10; \
	MOVD columns+72(FP), R5; \
	LSL $SHIFT, R5; \
	CBZ R3, done; \
row: \
	MOVD R4, R1; \
	ADD R5, R4; \
	BEGIN; \
	MOVD R5, R6; \
	CLEAR_LANES; \
	SUBS $256, R6; \
	BLT rest; \
block: \
	EACH_4(OF_4); \
	SUBS $256, R6; \
	BGE block; \
rest: \
	ADDS $256, R6; \
	BEQ fold; \
	LAST \
	TAIL_OF(REGISTER, PART); \
fold: \
	FOLD_LANES; \
	FMOV.P F0, ELEM(R0); \
	SUBS $1, R3; \
	BNE row; \
done: \
	RET

#define OF_MEAN SCALAR_OF(R10, V30)
#define OF_ROW \
	MOVD R10, R2; \
	ADD R5, R10

// DEVIATION_4 loads four registers of x less their mean to V16 to V19, DEVIATION_REGISTER one to V16.
#define DEVIATION_4 \
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	fsub(v30, v16, v16); \
	fsub(v30, v17, v17); \
	fsub(v30, v18, v18); \
	fsub(v30, v19, v19)
#define DEVIATION_REGISTER(part) \
	SUBS $16, R6; \
	BLT part; \
	FMOVQ.P 16(R1), F16; \
	fsub(v30, v16, v16)

// LAST_DEVIATION sets V28 to the last deviations, fewer than a register's. Behind them are +0, which
// change no sum of them, nor of their squares: no lane is −0.
#define LAST_DEVIATION \
	AND $15, R6, R7; \
	SUB R7, R6, R8; \
	ADD R1, R8, R8; \
	VEOR V28.B16, V28.B16, V28.B16; \
	CBZ R7, registers; \
	TBZ $3, R7, oneFloat; \
	VLD1.P 8(R8), V17.D[0]; \
	TBZ $2, R7, eightBytes; \
	VLD1 (R8), V17.S[2]; \
	fsub(v30, v17, v17); \
	VMOV V17.D[0], V28.D[0]; \
	VMOV V17.S[2], V28.S[2]; \
	B registers; \
eightBytes: \
	fsub(v30, v17, v17); \
	VMOV V17.D[0], V28.D[0]; \
	B registers; \
oneFloat: \
	VLD1 (R8), V17.S[0]; \
	fsub(v30, v17, v17); \
	VMOV V17.S[0], V28.S[0]; \
registers:

#define SUM_OF_4(A, B, C, D) \
	DEVIATION_4; \
	fadd(v16, A, A); \
	fadd(v17, B, B); \
	fadd(v18, C, C); \
	fadd(v19, D, D)
#define SUM_OF_REGISTER(V, part) DEVIATION_REGISTER(part); fadd(v16, V, V)
#define SQUARES_OF_4(A, B, C, D) \
	DEVIATION_4; \
	fmla(v16, v16, A); \
	fmla(v17, v17, B); \
	fmla(v18, v18, C); \
	fmla(v19, v19, D)
#define SQUARES_OF_REGISTER(V, part) DEVIATION_REGISTER(part); fmla(v16, v16, V)
#define SQUARES_PART(V, part) \
part: \
	fmla(v28, v28, V); \
	B fold

#define SUMS(name) ROW_SUMS(name, OF_MEAN, SUM_OF_4, LAST_DEVIATION, SUM_OF_REGISTER, SUM_PART)
#define SQUARES(name) \
	ROW_SUMS(name, OF_MEAN, SQUARES_OF_4, LAST_DEVIATION, SQUARES_OF_REGISTER, SQUARES_PART)
#define ROW_DOTS(name) ROW_SUMS(name, OF_ROW, DOT_4, LAST_PAIR, DOT_REGISTER, DOT_PART)

// NORMALIZE is func name(dst, x, mean, factor, gamma, beta []T).
#define NORMALIZE(name) \
TEXT name(SB), NOSPLIT, $0-144; \
	MOVD dst_base+0(FP), R0; \
	MOVD x_base+24(FP), R1; \
	MOVD mean_base+48(FP), R9; \
	MOVD factor_base+72(FP), R10; \
	MOVD factor_len+80(FP), R3; \
	MOVD gamma_len+104(FP), R5; \
	MAP_ROWS(WHOLE_ROW, NORMALIZE_SCALARS, NORMALIZED, NONE)
#define NORMALIZE_SCALARS \
	MEAN_FACTOR; \
	MOVD gamma_base+96(FP), R6; \
	MOVD beta_base+120(FP), R8
#define MEAN_FACTOR \
	SCALAR_OF(R9, V30); \
	SCALAR_OF(R10, V31)
#define NORMALIZED(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R1), F0; \
	MOVE BYTES(R6), F1; \
	MOVE BYTES(R8), F2; \
	fsub(v30, v0, v0); \
	fmul(v31, v0, v0); \
	fmul(v1, v0, v0); \
	fadd(v2, v0, v0); \
	MOVE F0, BYTES(R0)

// GRADIENT_TERMS is func name(scaled, h, products, g, x, mean, factor, gamma []T).
#define GRADIENT_TERMS(name) \
TEXT name(SB), NOSPLIT, $0-192; \
	MOVD scaled_base+0(FP), R0; \
	MOVD h_base+24(FP), R4; \
	MOVD products_base+48(FP), R11; \
	MOVD g_base+72(FP), R2; \
	MOVD x_base+96(FP), R1; \
	MOVD mean_base+120(FP), R9; \
	MOVD factor_base+144(FP), R10; \
	MOVD factor_len+152(FP), R3; \
	MOVD gamma_len+176(FP), R5; \
	MAP_ROWS(WHOLE_ROW, TERMS_SCALARS, TERMS, NONE)
#define TERMS_SCALARS \
	MEAN_FACTOR; \
	MOVD gamma_base+168(FP), R6
#define TERMS(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R1), F0; \
	MOVE BYTES(R2), F1; \
	MOVE BYTES(R6), F2; \
	fsub(v30, v0, v0); \
	fmul(v31, v0, v0); \
	fmul(v1, v2, v2); \
	fmul(v0, v1, v1); \
	MOVE F0, BYTES(R4); \
	MOVE F1, BYTES(R11); \
	MOVE F2, BYTES(R0)

// ROW_GRADIENT is func name(dst, h, a, b, factor []T, columns int). R2 goes through dst, too.
#define ROW_GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-128; \
	MOVD dst_base+0(FP), R0; \
	MOVD R0, R2; \
	MOVD h_base+24(FP), R1; \
	MOVD a_base+48(FP), R9; \
	MOVD b_base+72(FP), R10; \
	MOVD factor_base+96(FP), R12; \
	MOVD factor_len+104(FP), R3; \
	MOVD columns+120(FP), R5; \
	MAP_ROWS(WHOLE_ROW, THREE_SCALARS, MEANS_REMOVED, NONE)
#define THREE_SCALARS \
	MEAN_FACTOR; \
	SCALAR_OF(R12, V29)
#define MEANS_REMOVED(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R2), F0; \
	MOVE BYTES(R1), F1; \
	fadd(v30, v0, v0); \
	fmla(v31, v1, v0); \
	fmul(v29, v0, v0); \
	MOVE F0, BYTES(R0)

#include "neon_f32.h"
SUMS(·rowSumsF32NEON)
SQUARES(·rowSquaresF32NEON)
ROW_DOTS(·rowDotsF32NEON)
NORMALIZE(·normalizeRowsF32NEON)
GRADIENT_TERMS(·rowGradientTermsF32NEON)
ROW_GRADIENT(·rowGradientF32NEON)

#include "neon_f64.h"
SUMS(·rowSumsF64NEON)
SQUARES(·rowSquaresF64NEON)
ROW_DOTS(·rowDotsF64NEON)
NORMALIZE(·normalizeRowsF64NEON)
GRADIENT_TERMS(·rowGradientTermsF64NEON)
ROW_GRADIENT(·rowGradientF64NEON)
