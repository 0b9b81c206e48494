//go:build !purego

// Products of rows of signed bytes by codes of four bits in NEON: a row by a panel of 32 columns.
//
// A lane of 32 bits holds eight steps of a column, whose lower halves of bytes are the even steps and
// whose upper halves are the odd ones. The products of a run, of which four stand side by side for a
// column, fit 16 bits.
//
//	V0-V15	sums of a run: two columns each
//	V16 V17	codes of even and odd steps, later zeros and scales
//	V18 V19	the row's bytes of even and odd steps, in every lane, later the chains
//	V20 V21	the run's scale and sum in every lane
//	V30	the mask of a code
//	V31	2²³
//
//	R0	C
//	R1	B
//	R2	A's runs
//	R3	layout
//	R4	blocks left
//	R5	runs of a block, R6 those left
//	R7	groups of a run, R8 those left
//	R9	scales
//	R10	zeros, R11 their row stride, in bytes
//	R12 R13 R14	C, zeros and scales of the columns to come; R12 a group of A, too

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "neon_f32.h"

// Products of bytes added to 16 bits, and sums of neighbours.
#define smlal(m, n, d) WORD $(0x0E208000 | m<<16 | n<<5 | d) // SMLAL Vd.8H, Vn.8B, Vm.8B
#define smlal2(m, n, d) WORD $(0x4E208000 | m<<16 | n<<5 | d) // SMLAL2 Vd.8H, Vn.16B, Vm.16B
#define saddlp(n, d) WORD $(0x4E602800 | n<<5 | d) // SADDLP Vd.4S, Vn.8H
#define addp(m, n, d) WORD $(0x4EA0BC00 | m<<16 | n<<5 | d) // ADDP Vd.4S, Vn.4S, Vm.4S
#define scvtf(n, d) WORD $(0x4E21D800 | n<<5 | d) // SCVTF Vd.4S, Vn.4S

#define CLEAR4(A, B, C, D) \
	VEOR A.B16, A.B16, A.B16; \
	VEOR B.B16, B.B16, B.B16; \
	VEOR C.B16, C.B16, C.B16; \
	VEOR D.B16, D.B16, D.B16

// COLUMNS multiplies four columns, whose sums are s and t.
#define COLUMNS(s, t) \
	VLD1.P 16(R1), [V16.B16]; \
	VUSHR $4, V16.B16, V17.B16; \
	VAND  V30.B16, V16.B16, V16.B16; \
	smlal(v18, v16, s); \
	smlal2(v18, v16, t); \
	smlal(v19, v17, s); \
	smlal2(v19, v17, t)

// CHAINS continues the chains of four columns.
#define CHAINS(s, t) \
	saddlp(s, s); \
	saddlp(t, t); \
	addp(t, s, s); \
	scvtf(s, s); \
	VLD1.P 16(R13), [V16.S4]; \
	VLD1.P 16(R14), [V17.S4]; \
	VLD1  (R12), [V18.S4]; \
	fsub(v31, v16, v16); \
	fmls(v16, v21, s); \
	fmul(v20, v17, v17); \
	fmla(v17, s, v18); \
	VST1.P [V18.S4], 16(R12)

// func mulDotsNEON(c *float32, a *Run, b *uint8, l *DotsLayout), of one row
TEXT ·mulDotsNEON(SB), NOSPLIT, $0-32
	MOVD c+0(FP), R0
	MOVD a+8(FP), R2
	MOVD b+16(FP), R1
	MOVD l+24(FP), R3
	MOVD DotsLayout_Blocks(R3), R4
	MOVD DotsLayout_Runs(R3), R5
	MOVD DotsLayout_Groups(R3), R7
	MOVD DotsLayout_Scales(R3), R9
	MOVD DotsLayout_Zeros(R3), R10
	MOVD DotsLayout_ZeroRow(R3), R11
	LSL  $2, R11
	MOVD $0x4B000000, R12
	VDUP R12, V31.S4
	VMOVI $15, V30.B16
block:
	MOVD R5, R6
run:
	CLEAR4(V0, V1, V2, V3)
	CLEAR4(V4, V5, V6, V7)
	CLEAR4(V8, V9, V10, V11)
	CLEAR4(V12, V13, V14, V15)
	ADD  $Run_Codes, R2, R12
	MOVD R7, R8
group:
	VLD1R.P 4(R12), [V18.S4]
	VLD1R.P 4(R12), [V19.S4]
	COLUMNS(v0, v1)
	COLUMNS(v2, v3)
	COLUMNS(v4, v5)
	COLUMNS(v6, v7)
	COLUMNS(v8, v9)
	COLUMNS(v10, v11)
	COLUMNS(v12, v13)
	COLUMNS(v14, v15)
	SUBS $1, R8
	BNE  group
	VLD1R.P 4(R2), [V20.S4]
	VLD1R.P 4(R2), [V21.S4]
	ADD  $(Run__size-8), R2
	MOVD R0, R12
	MOVD R10, R13
	MOVD R9, R14
	CHAINS(v0, v1)
	CHAINS(v2, v3)
	CHAINS(v4, v5)
	CHAINS(v6, v7)
	CHAINS(v8, v9)
	CHAINS(v10, v11)
	CHAINS(v12, v13)
	CHAINS(v14, v15)
	SUBS $1, R6
	BNE  run
	ADD  $128, R9
	ADD  R11, R10
	SUBS $1, R4
	BNE  block
	RET
