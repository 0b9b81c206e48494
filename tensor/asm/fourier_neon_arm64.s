//go:build !purego

// The passes of Fourier transforms, in NEON: a register of columns at a time through each row.
//
//	V0-V3	the numbers: real parts of a and b, imaginary parts of a and b
//	V4-V7	products, sums and differences
//	V14, V15	the real and the imaginary part of the row's factor
//
//	R1 R2 R4 R5	where V0 to V3 come from
//	R0 R6 R7 R8	where results go
//	R9	turns
//	R10	rows left
//	R11	bytes of a run
//	R12	bytes of it that are left
//	R13	bytes of a row

#include "textflag.h"
#include "neon.h"

#define ARGUMENTS \
	MOVD dst_base+0(FP), R0; \
	MOVD src_base+24(FP), R1; \
	MOVD turns_base+48(FP), R9; \
	MOVD turns_len+56(FP), R10; \
	LSR $1, R10; \
	MOVD run+72(FP), R11; \
	LSL $SHIFT, R11; \
	LSL $1, R11, R13
#define NEXT_TURN \
	FMOV.P ELEM(R9), F14; \
	dup(v14, v14); \
	FMOV.P ELEM(R9), F15; \
	dup(v15, v15); \
	MOVD R11, R12
#define LOAD_NUMBERS \
	FMOVQ.P 16(R1), F0; \
	FMOVQ.P 16(R2), F1; \
	FMOVQ.P 16(R4), F2; \
	FMOVQ.P 16(R5), F3

// BUTTERFLIES reads the four runs of a row in their order; results go to row k, at R0 and R6, and row
// k+h, at R7 and R8.
#define BUTTERFLIES(name) \
TEXT name(SB), NOSPLIT, $0-80; \
	ARGUMENTS; \
	MUL R13, R10, R7; \
	ADD R0, R7; \
row: \
	NEXT_TURN; \
	ADD R11, R1, R2; \
	ADD R13, R1, R4; \
	ADD R13, R2, R5; \
	ADD R11, R0, R6; \
	ADD R11, R7, R8; \
columns: \
	LOAD_NUMBERS; \
	fmul(v3, v15, v4); \
	fneg(v4, v4); \
	fmla(v1, v14, v4); \
	fmul(v3, v14, v5); \
	fmla(v1, v15, v5); \
	fadd(v4, v0, v6); \
	fadd(v5, v2, v7); \
	fsub(v4, v0, v0); \
	fsub(v5, v2, v2); \
	FMOVQ.P F6, 16(R0); \
	FMOVQ.P F7, 16(R6); \
	FMOVQ.P F0, 16(R7); \
	FMOVQ.P F2, 16(R8); \
	SUBS $16, R12; \
	BNE columns; \
	MOVD R5, R1; \
	ADD R11, R0; \
	ADD R11, R7; \
	SUBS $1, R10; \
	BNE row; \
	RET

// UNZIP has a at R1 and R4, and b, which goes backwards from the last row, at R2 and R5.
#define UNZIP(name) \
TEXT name(SB), NOSPLIT, $0-80; \
	ARGUMENTS; \
	SUB $1, R10, R2; \
	MUL R13, R2; \
	ADD R1, R2; \
row: \
	NEXT_TURN; \
	ADD R11, R1, R4; \
	ADD R11, R2, R5; \
	ADD R11, R0, R6; \
columns: \
	LOAD_NUMBERS; \
	fadd(v1, v0, v4); \
	fsub(v3, v2, v5); \
	fsub(v1, v0, v6); \
	fadd(v3, v2, v7); \
	fmls(v7, v15, v4); \
	fmla(v6, v14, v4); \
	fmla(v6, v15, v5); \
	fmla(v7, v14, v5); \
	FMOVQ.P F4, 16(R0); \
	FMOVQ.P F5, 16(R6); \
	SUBS $16, R12; \
	BNE columns; \
	MOVD R4, R1; \
	MOVD R6, R0; \
	SUB R13, R2; \
	SUB R11, R2; \
	SUBS $1, R10; \
	BNE row; \
	RET

#include "neon_f32.h"
BUTTERFLIES(·butterfliesF32NEON)
UNZIP(·unzipF32NEON)

#include "neon_f64.h"
BUTTERFLIES(·butterfliesF64NEON)
UNZIP(·unzipF64NEON)
