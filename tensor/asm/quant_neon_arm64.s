//go:build !purego

// The product of integers in NEON: four rows of A by a panel of B at a time.
//
//	R0 R1	panels of C and of B	R2 A	R3 layout, then scratch
//	R4	panels left
//	R5	groups of K
//	R6 R7	A's and C's row strides, in bytes
//	R8	steps
//	R9 R10 R11	C, B and A of the row block	R12 rows left
//	R13 R14	steps and groups left	R15 A's group, or a row of C
//	V0-V15	sums, four registers a row
//	V16-V19	a group of B
//	V20	a group of A, over and over
//	V21	products

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "neon_f32.h"

// Dot products of four signed bytes; and products of bytes in 16 bits, and the sums of neighbours added
// to 32 bits.
#define sdot(m, n, d) WORD $(0x4E809400 | m<<16 | n<<5 | d) // SDOT Vd.4S, Vn.16B, Vm.16B
#define smull(m, n, d) WORD $(0x0E20C000 | m<<16 | n<<5 | d) // SMULL Vd.8H, Vn.8B, Vm.8B
#define smull2(m, n, d) WORD $(0x4E20C000 | m<<16 | n<<5 | d) // SMULL2 Vd.8H, Vn.16B, Vm.16B
#define sadalp(n, d) WORD $(0x4E606800 | n<<5 | d) // SADALP Vd.4S, Vn.8H

#define CLEAR4(A, B, C, D) \
	VEOR A.B16, A.B16, A.B16; \
	VEOR B.B16, B.B16, B.B16; \
	VEOR C.B16, C.B16, C.B16; \
	VEOR D.B16, D.B16, D.B16

// TILE computes a tile: LOADB loads a group of B, ROWS multiplies, STORE stores rows at R15.
#define TILE(LOADB, ROWS, STORE, group, next) \
	MOVD R1, R10; \
	MOVD R8, R13; \
	MOVD R5, R14; \
	CLEAR4(V0, V1, V2, V3); \
	CLEAR4(V4, V5, V6, V7); \
	CLEAR4(V8, V9, V10, V11); \
	CLEAR4(V12, V13, V14, V15); \
group: \
	MOVW.P 4(R13), R15; \
	ADD  R11, R15; \
	LOADB; \
	ROWS; \
	SUBS $1, R14; \
	BNE  group; \
	MOVD R9, R15; \
	STORE; \
	B    next

// MUL_QUANT is func name(c *int32, a *uint8, b *int8, layout *QuantLayout) for panels of NR columns and
// the tiles T1 to T4, of so many rows.
#define MUL_QUANT(name, NR, T1, T2, T3, T4) \
TEXT name(SB), NOSPLIT, $0-32; \
	MOVD c+0(FP), R0; \
	MOVD a+8(FP), R2; \
	MOVD b+16(FP), R1; \
	MOVD layout+24(FP), R3; \
	MOVD QuantLayout_Panels(R3), R4; \
	MOVD QuantLayout_Groups(R3), R5; \
	MOVD QuantLayout_ARow(R3), R6; \
	MOVD QuantLayout_LDC(R3), R7; \
	LSL  $2, R7; \
	MOVD QuantLayout_Steps(R3), R8; \
panel: \
	MOVD layout+24(FP), R3; \
	MOVD QuantLayout_M(R3), R12; \
	MOVD R0, R9; \
	MOVD R2, R11; \
block: \
	CMP  $3, R12; \
	BGT  four; \
	BEQ  three; \
	CMP  $1, R12; \
	BGT  two; \
	T1; \
two: \
	T2; \
three: \
	T3; \
four: \
	T4; \
next: \
	ADD  R6<<2, R11; \
	ADD  R7<<2, R9; \
	SUBS $4, R12; \
	BGT  block; \
	MOVD R10, R1; \
	ADD  $(4*NR), R0; \
	SUBS $1, R4; \
	BNE  panel; \
	RET

// By dot products, four columns to a register.
#define LOAD_DOT VLD1.P 64(R10), [V16.B16, V17.B16, V18.B16, V19.B16]
#define DOT(s0, s1, s2, s3) \
	VLD1R (R15), [V20.S4]; \
	ADD   R6, R15; \
	sdot(v20, v16, s0); \
	sdot(v20, v17, s1); \
	sdot(v20, v18, s2); \
	sdot(v20, v19, s3)
#define DOT1 DOT(v0, v1, v2, v3)
#define DOT2 DOT1; DOT(v4, v5, v6, v7)
#define DOT3 DOT2; DOT(v8, v9, v10, v11)
#define DOT4 DOT3; DOT(v12, v13, v14, v15)
#define KEEP(S0, S1, S2, S3) VST1 [S0.S4, S1.S4, S2.S4, S3.S4], (R15); ADD R7, R15
#define KEEP1 KEEP(V0, V1, V2, V3)
#define KEEP2 KEEP1; KEEP(V4, V5, V6, V7)
#define KEEP3 KEEP2; KEEP(V8, V9, V10, V11)
#define KEEP4 KEEP3; KEEP(V12, V13, V14, V15)
#define DOTS1 TILE(LOAD_DOT, DOT1, KEEP1, group1, next)
#define DOTS2 TILE(LOAD_DOT, DOT2, KEEP2, group2, next)
#define DOTS3 TILE(LOAD_DOT, DOT3, KEEP3, group3, next)
#define DOTS4 TILE(LOAD_DOT, DOT4, KEEP4, group4, next)
MUL_QUANT(·mulQuantDotNEON, 16, DOTS1, DOTS2, DOTS3, DOTS4)

// By products in 16 bits, which hold −128·−128, but not two of it. A sum has two parts in neighbouring
// lanes, which are added when it is stored: two columns to a register.
#define LOAD_MULL VLD1.P 32(R10), [V16.B16, V17.B16]
#define MULL(s0, s1, s2, s3) \
	VLD1R (R15), [V20.S4]; \
	ADD   R6, R15; \
	smull(v20, v16, v21); \
	sadalp(v21, s0); \
	smull2(v20, v16, v21); \
	sadalp(v21, s1); \
	smull(v20, v17, v21); \
	sadalp(v21, s2); \
	smull2(v20, v17, v21); \
	sadalp(v21, s3)
#define MULL1 MULL(v0, v1, v2, v3)
#define MULL2 MULL1; MULL(v4, v5, v6, v7)
#define MULL3 MULL2; MULL(v8, v9, v10, v11)
#define MULL4 MULL3; MULL(v12, v13, v14, v15)
#define PAIR(S0, S1, S2, S3) \
	VADDP S1.S4, S0.S4, S0.S4; \
	VADDP S3.S4, S2.S4, S1.S4; \
	VST1  [S0.S4, S1.S4], (R15); \
	ADD   R7, R15
#define PAIR1 PAIR(V0, V1, V2, V3)
#define PAIR2 PAIR1; PAIR(V4, V5, V6, V7)
#define PAIR3 PAIR2; PAIR(V8, V9, V10, V11)
#define PAIR4 PAIR3; PAIR(V12, V13, V14, V15)
#define MULLS1 TILE(LOAD_MULL, MULL1, PAIR1, group1, next)
#define MULLS2 TILE(LOAD_MULL, MULL2, PAIR2, group2, next)
#define MULLS3 TILE(LOAD_MULL, MULL3, PAIR3, group3, next)
#define MULLS4 TILE(LOAD_MULL, MULL4, PAIR4, group4, next)
MUL_QUANT(·mulQuantNEON, 8, MULLS1, MULLS2, MULLS3, MULLS4)
