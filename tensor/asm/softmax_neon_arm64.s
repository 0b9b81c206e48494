//go:build !purego

// The parts of softmax and its gradient of rows, in NEON: softmax.go has the parts, and what seen and
// step mean, rowmap_neon.h the loop and its registers.
//
//	R2	the destination, where F reads it
//	R9	as many of the first elements as a row sees
//	R10	as many more does the next one
//	R12	the rows' largest elements, or their sums
//	R13	bytes of a row that it does not see
//	V11	the row's scalar

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "map_neon.h"
#include "math_neon.h"
#include "exp_neon.h"
#include "rowmap_neon.h"

// SCALE_MAX is func name(peak, dst, x []T, columns, seen, step int, scale T). What a row does not see
// is 0.
//
//	V6	0
//	V7	the largest elements so far
//	V29	scale
#define SCALE_MAX(name) \
TEXT name(SB), NOSPLIT, $0-BY_TYPE(100, 104); \
	MOVD peak_base+0(FP), R12; \
	MOVD peak_len+8(FP), R3; \
	MOVD dst_base+24(FP), R0; \
	MOVD x_base+48(FP), R1; \
	MOVD columns+72(FP), R5; \
	MOVD seen+80(FP), R9; \
	MOVD step+88(FP), R10; \
	SCALAR(scale+96(FP), F29, v29); \
	VEOR V6.B16, V6.B16, V6.B16; \
	MAP_ROWS(SEEN_ROW, BEGIN_MAX, SCALED_MAX, END_MAX)
#define BEGIN_MAX \
	VMOVI $255, V7.B16; \
	shl(MANTISSA, v7, v7) // −∞
#define SCALED_MAX(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R1), F0; \
	fmul(v29, v0, v0); \
	MOVE F0, BYTES(R0); \
	SPREAD(v0, v1); \
	fmax(v1, v7, v7)
#define END_MAX \
	mov(v7, v0); \
	FOLD(fmax); \
	FMOV.P F0, ELEM(R12); \
	ADD R13, R1; \
	SUBS $16, R13; \
	BLT lastZeros; \
zeros: \
	FMOVQ.P F6, 16(R0); \
	SUBS $16, R13; \
	BGE zeros; \
lastZeros: \
	ADDS $16, R13; \
	BEQ allZeros; \
zero: \
	FMOV.P F6, ELEM(R0); \
	SUBS $ELEM, R13; \
	BNE zero; \
allZeros:

// EXP_SUB_ROWS is func name(dst, peak []T, columns, seen, step int). The constants go by R5.
#define EXP_SUB_ROWS(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	EXP_CONSTANTS; \
	MOVD dst_base+0(FP), R0; \
	MOVD R0, R2; \
	MOVD peak_base+24(FP), R12; \
	MOVD peak_len+32(FP), R3; \
	MOVD columns+48(FP), R5; \
	MOVD seen+56(FP), R9; \
	MOVD step+64(FP), R10; \
	MAP_ROWS(SEEN_ROW, SCALAR_OF(R12, V11), EXP_SUB_OF, NEXT_IN_PLACE)
#define EXP_SUB_OF(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R2), F0; \
	fsub(v11, v0, v0); \
	EXP_VECTOR; \
	MOVE F0, BYTES(R0)
#define NEXT_IN_PLACE \
	ADD R13, R0; \
	ADD R13, R2

// DIVIDE_ROWS is func name(dst, total []T, columns, seen, step int). By NaN it divides all of a row.
#define DIVIDE_ROWS(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVD dst_base+0(FP), R0; \
	MOVD R0, R2; \
	MOVD total_base+24(FP), R12; \
	MOVD total_len+32(FP), R3; \
	MOVD columns+48(FP), R5; \
	MOVD seen+56(FP), R9; \
	MOVD step+64(FP), R10; \
	MAP_ROWS(SEEN_OR_NAN, SCALAR_OF(R12, V11), QUOTIENT, NEXT_IN_PLACE)
#define SEEN_OR_NAN \
	SEEN_ROW; \
	BY_TYPE(FCMPS, FCMPD) F11, F11; \
	CSEL VS, R5, R7, R7; \
	SUB R7, R5, R13
#define QUOTIENT(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R2), F0; \
	fdiv(v11, v0, v0); \
	MOVE F0, BYTES(R0)

// MUL_DIFFERENCE is func name(dst, g, p, by []T, columns int, scale T): dst = p·(g−by[r])·scale, with
// scale in v29.
#define MUL_DIFFERENCE(name) \
TEXT name(SB), NOSPLIT, $0-BY_TYPE(108, 112); \
	MOVD dst_base+0(FP), R0; \
	MOVD g_base+24(FP), R1; \
	MOVD p_base+48(FP), R2; \
	MOVD by_base+72(FP), R12; \
	MOVD by_len+80(FP), R3; \
	MOVD columns+96(FP), R5; \
	SCALAR(scale+104(FP), F29, v29); \
	MAP_ROWS(WHOLE_ROW, SCALAR_OF(R12, V11), DIFFERENCE, NONE)
#define DIFFERENCE(MOVE, BYTES, SPREAD) \
	MOVE BYTES(R1), F0; \
	MOVE BYTES(R2), F1; \
	fsub(v11, v0, v0); \
	fmul(v1, v0, v0); \
	fmul(v29, v0, v0); \
	MOVE F0, BYTES(R0)

#include "neon_f32.h"
SCALE_MAX(·scaleMaxF32NEON)
EXP_SUB_ROWS(·expSubRowsF32NEON)
DIVIDE_ROWS(·divideRowsF32NEON)
MUL_DIFFERENCE(·mulDifferenceF32NEON)

#include "neon_f64.h"
SCALE_MAX(·scaleMaxF64NEON)
EXP_SUB_ROWS(·expSubRowsF64NEON)
DIVIDE_ROWS(·divideRowsF64NEON)
MUL_DIFFERENCE(·mulDifferenceF64NEON)
