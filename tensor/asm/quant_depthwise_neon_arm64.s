//go:build !purego

// Products of unsigned bytes of channels by weights of their own, of 16 bits, in NEON: four rows of A,
// or what is left of them, by a panel of eight channels.
//
//	R0 R2 R1	panels of C, A and B	R3 layout, then scratch
//	R4	panels left	R5 steps of K
//	R6 R7	A's and C's row strides, in bytes
//	R8	steps
//	R9 R10 R11	C, B and A of the tile	R12 rows left
//	R13 R14	steps and their number left	R15 A at the step, or a row of C
//	V0-V7	the sums: row i in registers 2i and 2i+1
//	V8	weights	V9 A

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "neon_f32.h"

// Products of words, the lower or the upper four, added to 32 bits.
#define smlal(m, n, d) WORD $(0x0E608000 | m<<16 | n<<5 | d) // SMLAL Vd.4S, Vn.4H, Vm.4H
#define smlal2(m, n, d) WORD $(0x4E608000 | m<<16 | n<<5 | d) // SMLAL2 Vd.4S, Vn.8H, Vm.8H

#define CLEAR4(A, B, C, D) \
	VEOR A.B16, A.B16, A.B16; \
	VEOR B.B16, B.B16, B.B16; \
	VEOR C.B16, C.B16, C.B16; \
	VEOR D.B16, D.B16, D.B16

// ROW adds the products of a row at a step to its sums.
#define ROW(s0, s1) \
	VLD1   (R15), [V9.B8]; \
	ADD    R6, R15; \
	VUSHLL $0, V9.B8, V9.H8; \
	smlal(v8, v9, s0); \
	smlal2(v8, v9, s1)
#define ROWS1 ROW(v0, v1)
#define ROWS2 ROWS1; ROW(v2, v3)
#define ROWS3 ROWS2; ROW(v4, v5)
#define ROWS4 ROWS3; ROW(v6, v7)
#define KEEP(S0, S1) VST1 [S0.S4, S1.S4], (R15); ADD R7, R15
#define KEEP1 KEEP(V0, V1)
#define KEEP2 KEEP1; KEEP(V2, V3)
#define KEEP3 KEEP2; KEEP(V4, V5)
#define KEEP4 KEEP3; KEEP(V6, V7)

// TILE computes the tile of so many rows.
#define TILE(ROWS, KEEPS, step, next) \
step: \
	MOVW.P 4(R13), R15; \
	ADD    R11, R15; \
	VLD1.P 16(R10), [V8.H8]; \
	ROWS; \
	SUBS   $1, R14; \
	BNE    step; \
	MOVD   R9, R15; \
	KEEPS; \
	B      next

TEXT ·depthwiseQuantNEON(SB), NOSPLIT, $0-32
	MOVD c+0(FP), R0
	MOVD a+8(FP), R2
	MOVD b+16(FP), R1
	MOVD l+24(FP), R3
	MOVD QuantLayout_Panels(R3), R4
	MOVD QuantLayout_Groups(R3), R5
	MOVD QuantLayout_ARow(R3), R6
	MOVD QuantLayout_LDC(R3), R7
	LSL  $2, R7
	MOVD QuantLayout_Steps(R3), R8
panel:
	MOVD l+24(FP), R3
	MOVD QuantLayout_M(R3), R12
	MOVD R0, R9
	MOVD R2, R11
tile:
	MOVD R1, R10
	MOVD R8, R13
	MOVD R5, R14
	CLEAR4(V0, V1, V2, V3)
	CLEAR4(V4, V5, V6, V7)
	CMP  $3, R12
	BGT  four
	BEQ  three
	CMP  $1, R12
	BGT  two
	TILE(ROWS1, KEEP1, one, next)
two:
	TILE(ROWS2, KEEP2, step2, next)
three:
	TILE(ROWS3, KEEP3, step3, next)
four:
	TILE(ROWS4, KEEP4, step4, next)
next:
	ADD  R6<<2, R11
	ADD  R7<<2, R9
	SUBS $4, R12
	BGT  tile
	MOVD R10, R1
	ADD  $32, R0
	ADD  $8, R2
	SUBS $1, R4
	BNE  panel
	RET
