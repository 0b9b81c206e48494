//go:build !purego

// From integers to floats and back, eight numbers at a time.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "neon_f32.h"

// Integers: to d from d − n·m, to floats, from floats to the nearest, half to even, and to half their
// width by the lower half.
#define mls(m, n, d) WORD $(0x6EA09400 | m<<16 | n<<5 | d) // MLS Vd.4S, Vn.4S, Vm.4S
#define scvtf(n, d) WORD $(0x4E21D800 | n<<5 | d) // SCVTF Vd.4S, Vn.4S
#define fcvtns(n, d) WORD $(0x4E21A800 | n<<5 | d) // FCVTNS Vd.4S, Vn.4S
#define xtn(n, d) WORD $(0x0E612800 | n<<5 | d) // XTN Vd.4H, Vn.4S
#define xtn2(n, d) WORD $(0x4E612800 | n<<5 | d) // XTN2 Vd.8H, Vn.4S
#define xtnb(n, d) WORD $(0x0E212800 | n<<5 | d) // XTN Vd.8B, Vn.8H

// Extremes that are the other operand where one is NaN, but a quiet one only.
#define fmaxnm(m, n, d) WORD $(0x4E20C400 | m<<16 | n<<5 | d) // FMAXNM Vd.4S, Vn.4S, Vm.4S
#define fminnm(m, n, d) WORD $(0x4EA0C400 | m<<16 | n<<5 | d) // FMINNM Vd.4S, Vn.4S, Vm.4S

// PASS goes over dst in blocks of eight elements, the last of which overlaps the one before it. SETUP
// makes constants, STEP computes a block and moves on, BACK moves by R3 elements.
//
//	R0 dst   R1 the source   R2 elements left
#define PASS(SETUP, STEP, BACK) \
	SETUP; \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R2; \
	SUB  $8, R2; \
block: \
	STEP; \
	SUBS $8, R2; \
	BGE  block; \
	CMN  $8, R2; \
	BEQ  done; \
	MOVD R2, R3; \
	BACK; \
	MOVD $0, R2; \
	B    block; \
done: \
	RET

// TILE_PASS goes over the rows of the QuantTile at R4 in blocks of eight columns as PASS does. STEP computes
// a block at the pointers and moves them on. An element of y has 1<<SIZE bytes.
//
//	R0 y   R1 X   R9 Offset   R7 Scale   R2 columns left
//	R10 R11 rows of X and y   R12 R13 their strides in bytes   R14 rows left
#define TILE_PASS(SIZE, SETUP, STEP) \
	MOVD y+0(FP), R11; \
	MOVD t+8(FP), R4; \
	MOVD QuantTile_X(R4), R10; \
	MOVD QuantTile_LDX(R4), R12; \
	LSL  $2, R12; \
	MOVD QuantTile_LDY(R4), R13; \
	LSL  $SIZE, R13; \
	MOVD QuantTile_Rows(R4), R14; \
	SETUP; \
row: \
	MOVD R11, R0; \
	MOVD R10, R1; \
	MOVD QuantTile_Offset(R4), R9; \
	MOVD QuantTile_Scale(R4), R7; \
	MOVD QuantTile_Cols(R4), R2; \
	SUB  $8, R2; \
block: \
	STEP; \
	SUBS $8, R2; \
	BGE  block; \
	CMN  $8, R2; \
	BEQ  next; \
	ADD  R2<<SIZE, R0; \
	ADD  R2<<2, R1; \
	ADD  R2<<2, R9; \
	ADD  R2<<2, R7; \
	MOVD $0, R2; \
	B    block; \
next: \
	ADD  R12, R10; \
	ADD  R13, R11; \
	SUBS $1, R14; \
	BNE  row; \
	RET

// INTEGER makes V0 and V1 the integers of a block of columns.
#define INTEGER \
	VLD1.P 32(R1), [V0.S4, V1.S4]; \
	VLD1.P 32(R9), [V6.S4, V7.S4]; \
	VADD   V6.S4, V0.S4, V0.S4; \
	VADD   V7.S4, V1.S4, V1.S4
#define SCALED \
	INTEGER; \
	VLD1.P 32(R7), [V6.S4, V7.S4]; \
	scvtf(v0, v0); \
	scvtf(v1, v1); \
	fmul(v6, v0, v0); \
	fmul(v7, v1, v1)

// CODES stores V0 and V1 as codes between V18 and V19, plus V20, those of the CodeRange at R8. NaN,
// which arithmetic has made quiet, becomes the lowest.
#define RANGE \
	MOVWU CodeRange_Low(R8), R3; \
	VDUP  R3, V18.S4; \
	MOVWU CodeRange_High(R8), R3; \
	VDUP  R3, V19.S4; \
	MOVW  CodeRange_Zero(R8), R3; \
	VDUP  R3, V20.S4
#define CODES \
	fmaxnm(v18, v0, v0); \
	fmaxnm(v18, v1, v1); \
	fmin(v19, v0, v0); \
	fmin(v19, v1, v1); \
	fcvtns(v0, v0); \
	fcvtns(v1, v1); \
	VADD   V20.S4, V0.S4, V0.S4; \
	VADD   V20.S4, V1.S4, V1.S4; \
	xtn(v0, v0); \
	xtn2(v1, v0); \
	xtnb(v0, v0); \
	VST1.P [V0.B8], 8(R0)

#define INTEGERS_STEP INTEGER; VST1.P [V0.S4, V1.S4], 32(R0)
#define FLOATS_STEP SCALED; VST1.P [V0.S4, V1.S4], 32(R0)
#define CODES_SETUP ADD $QuantTile_CodeRange, R4, R8; RANGE
#define CODES_STEP SCALED; CODES

// QUOTIENTS divides V0 and V1 by V16, whose inverse is V17, as CanDivideCodes says: the first quotients, V2
// and V3, are brought between the bounds, so that they are finite.
#define QUOTIENTS \
	fmul(v17, v0, v2); \
	fmul(v17, v1, v3); \
	fmaxnm(v18, v2, v2); \
	fmaxnm(v18, v3, v3); \
	fmin(v19, v2, v2); \
	fmin(v19, v3, v3); \
	fmls(v16, v2, v0); \
	fmls(v16, v3, v1); \
	fmla(v17, v0, v2); \
	fmla(v17, v1, v3); \
	mov(v2, v0); \
	mov(v3, v1)

// What QuantActivation has: R5 Bias from the column on, R6 whether it is a gate, V21 and V22 Before, V23 Shift,
// V24 and V25 Low and High, V26 By, V27 and V28 After. NaN passes through FMAX and FMIN.
#define REPEAT(at, V) \
	MOVWU at(R8), R3; \
	VDUP  R3, V.S4
#define ACTIVATED_SETUP \
	CODES_SETUP; \
	MOVD a+16(FP), R8; \
	MOVD QuantActivation_Bias(R8), R5; \
	MOVBU QuantActivation_IsGate(R8), R6; \
	REPEAT((QuantActivation_Before+QuantAffine_Times), V21); \
	REPEAT((QuantActivation_Before+QuantAffine_Plus), V22); \
	REPEAT(QuantActivation_Shift, V23); \
	REPEAT(QuantActivation_Low, V24); \
	REPEAT(QuantActivation_High, V25); \
	REPEAT(QuantActivation_By, V26); \
	REPEAT((QuantActivation_After+QuantAffine_Times), V27); \
	REPEAT((QuantActivation_After+QuantAffine_Plus), V28); \
	REPEAT(QuantActivation_Step, V16); \
	REPEAT(QuantActivation_Inverse, V17)
// BIASES sets V6 and V7 to the bias of the block: Offset has been moved on, behind it.
#define BIASES \
	MOVD QuantTile_Offset(R4), R3; \
	SUB  R3, R9, R3; \
	SUB  $32, R3; \
	ADD  R5, R3; \
	VLD1 (R3), [V6.S4, V7.S4]
#define BOTH(F, a) F(a, v0, v0); F(a, v1, v1)
#define ACTIVATED_STEP \
	SCALED; \
	BIASES; \
	fadd(v6, v0, v0); \
	fadd(v7, v1, v1); \
	BOTH(fmul, v21); \
	BOTH(fadd, v22); \
	CBZ R6, clamp; \
	fadd(v23, v0, v2); \
	fadd(v23, v1, v3); \
	fmax(v24, v2, v2); \
	fmax(v24, v3, v3); \
	fmin(v25, v2, v2); \
	fmin(v25, v3, v3); \
	fmul(v2, v0, v0); \
	fmul(v3, v1, v1); \
	BOTH(fdiv, v26); \
	B after; \
clamp: \
	BOTH(fmax, v24); \
	BOTH(fmin, v25); \
after: \
	BOTH(fmul, v27); \
	BOTH(fadd, v28); \
	QUOTIENTS; \
	CODES

#define QUANTIZE_SETUP \
	MOVD  x_base+24(FP), R1; \
	FMOVS scale+48(FP), F16; \
	FMOVS $1.0, F17; \
	FDIVS F16, F17, F17; \
	VDUP  V16.S[0], V16.S4; \
	VDUP  V17.S[0], V17.S4; \
	MOVD  r+56(FP), R8; \
	RANGE
#define QUANTIZE_STEP \
	VLD1.P 32(R1), [V0.S4, V1.S4]; \
	QUOTIENTS; \
	CODES
#define BACK_QUANTIZE ADD R3<<2, R1; ADD R3, R0

// FLIPPED makes V0 eight flipped bytes in 16 bits each.
#define FLIP \
	MOVD  src_base+24(FP), R1; \
	MOVBU flip+48(FP), R8; \
	VDUP  R8, V16.B16
#define FLIPPED \
	VLD1.P 8(R1), [V0.B8]; \
	VEOR   V16.B8, V0.B8, V0.B8; \
	VUSHLL $0, V0.B8, V0.H8

#define DEQUANTIZE_SETUP \
	MOVD  x_base+24(FP), R1; \
	MOVBU flip+48(FP), R8; \
	VDUP  R8, V16.B16; \
	MOVW  zero+52(FP), R8; \
	VDUP  R8, V17.S4; \
	MOVWU scale+56(FP), R8; \
	VDUP  R8, V18.S4
#define DEQUANTIZE_STEP \
	FLIPPED; \
	VUSHLL2 $0, V0.H8, V1.S4; \
	VUSHLL  $0, V0.H4, V0.S4; \
	VSUB    V17.S4, V0.S4, V0.S4; \
	VSUB    V17.S4, V1.S4, V1.S4; \
	scvtf(v0, v0); \
	scvtf(v1, v1); \
	fmul(v18, v0, v0); \
	fmul(v18, v1, v1); \
	VST1.P  [V0.S4, V1.S4], 32(R0)
#define BACK_DEQUANTIZE ADD R3, R1; ADD R3<<2, R0

#define WIDEN_STEP FLIPPED; VST1.P [V0.H8], 16(R0)
#define BACK_WIDEN ADD R3, R1; ADD R3<<1, R0

// centerSumsNEON goes over whole blocks of eight elements.
//
//	R1 x   R2 elements left   R5 Sums   R6 Zeros   V16 A   V17 Row
TEXT ·centerSumsNEON(SB), NOSPLIT, $0-32
	MOVD x_base+0(FP), R1
	MOVD x_len+8(FP), R2
	MOVD z+24(FP), R4
	MOVD QuantZeros_Sums(R4), R5
	MOVD QuantZeros_Zeros(R4), R6
	MOVW QuantZeros_A(R4), R8
	VDUP R8, V16.S4
	MOVW QuantZeros_Row(R4), R8
	VDUP R8, V17.S4
block:
	VLD1   (R1), [V0.S4, V1.S4]
	VLD1.P 32(R5), [V2.S4, V3.S4]
	VLD1.P 32(R6), [V4.S4, V5.S4]
	mls(v16, v2, v0)
	mls(v16, v3, v1)
	mls(v17, v4, v0)
	mls(v17, v5, v1)
	VST1.P [V0.S4, V1.S4], 32(R1)
	SUBS   $8, R2
	BGT    block
	RET

TEXT ·integersNEON(SB), NOSPLIT, $0-16
	TILE_PASS(2, NONE, INTEGERS_STEP)
TEXT ·floatsNEON(SB), NOSPLIT, $0-16
	TILE_PASS(2, NONE, FLOATS_STEP)
TEXT ·codesNEON(SB), NOSPLIT, $0-16
	TILE_PASS(0, CODES_SETUP, CODES_STEP)
TEXT ·activatedNEON(SB), NOSPLIT, $0-24
	TILE_PASS(0, ACTIVATED_SETUP, ACTIVATED_STEP)
TEXT ·quantizeNEON(SB), NOSPLIT, $0-64
	PASS(QUANTIZE_SETUP, QUANTIZE_STEP, BACK_QUANTIZE)
TEXT ·dequantizeNEON(SB), NOSPLIT, $0-60
	PASS(DEQUANTIZE_SETUP, DEQUANTIZE_STEP, BACK_DEQUANTIZE)
TEXT ·widenBytesNEON(SB), NOSPLIT, $0-49
	PASS(FLIP, WIDEN_STEP, BACK_WIDEN)

// rangeBlocksNEON goes over whole blocks of 8 elements.
//
//	R1 x   R2 elements left
//	V0, V1 elements   V2, V3 the smallest   V4, V5 the largest   V6 where no NaN was
TEXT ·rangeBlocksNEON(SB), NOSPLIT, $0-33
	MOVD x_base+0(FP), R1
	MOVD x_len+8(FP), R2
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VCMEQ V2.B16, V2.B16, V6.B16
block:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	fminnm(v0, v2, v2)
	fminnm(v1, v3, v3)
	fmaxnm(v0, v4, v4)
	fmaxnm(v1, v5, v5)
	fcmeq(v0, v0, v0)
	fcmeq(v1, v1, v1)
	VAND V0.B16, V6.B16, V6.B16
	VAND V1.B16, V6.B16, V6.B16
	SUBS $8, R2
	BGT  block
	fminnm(v3, v2, v0)
	FOLD(fminnm)
	FMOVS F0, lowest+24(FP)
	fmaxnm(v5, v4, v0)
	FOLD(fmaxnm)
	FMOVS F0, highest+28(FP)
	VMOV V6.D[0], R3
	VMOV V6.D[1], R4
	AND  R3, R4, R4
	CMN  $1, R4
	CSET EQ, R5
	MOVB R5, ok+32(FP)
	RET
