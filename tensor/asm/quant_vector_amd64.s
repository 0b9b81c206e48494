//go:build !purego

// From integers to floats and back, a register of numbers at a time.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

// PASS goes over dst in blocks of n elements, the last of which overlaps the one before it. SETUP makes
// constants, STEP computes a block, MOVE moves all pointers by CX elements.
//
//	DI dst   R8 elements left   SI the source
#define PASS(n, SETUP, STEP, MOVE) \
	SETUP; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), R8; \
	SUBQ $n, R8; \
block: \
	STEP; \
	MOVQ $n, CX; \
	MOVE; \
	SUBQ $n, R8; \
	JGE block; \
	CMPQ R8, $-n; \
	JEQ done; \
	MOVQ R8, CX; \
	MOVE; \
	XORL R8, R8; \
	JMP block; \
done: \
	VZEROUPPER; \
	RET

// TILE_PASS goes over the rows of the QuantTile at DX in blocks of n columns as PASS does. STEP computes a
// block, whose result is at DI + CX·size. An element of y has 1<<SIZE bytes.
//
//	DI y   SI X   R11 Scale   BX Offset   CX the column
//	R8 the last block's column   R9 rows left   R10 R12 the strides of X and y in bytes
#define TILE_PASS(n, SIZE, SETUP, STEP) \
	MOVQ y+0(FP), DI; \
	MOVQ t+8(FP), DX; \
	MOVQ QuantTile_X(DX), SI; \
	MOVQ QuantTile_Offset(DX), BX; \
	MOVQ QuantTile_Scale(DX), R11; \
	MOVQ QuantTile_Rows(DX), R9; \
	MOVQ QuantTile_Cols(DX), R8; \
	SUBQ $n, R8; \
	MOVQ QuantTile_LDX(DX), R10; \
	SHLQ $2, R10; \
	MOVQ QuantTile_LDY(DX), R12; \
	SHLQ $SIZE, R12; \
	SETUP; \
row: \
	XORL CX, CX; \
block: \
	STEP; \
	ADDQ $n, CX; \
	CMPQ CX, R8; \
	JLE block; \
	LEAQ n(R8), AX; \
	CMPQ CX, AX; \
	JEQ next; \
	MOVQ R8, CX; \
	JMP block; \
next: \
	ADDQ R10, SI; \
	ADDQ R12, DI; \
	DECQ R9; \
	JNE row; \
	VZEROUPPER; \
	RET

// INTEGER makes V0 the integers of a block of columns.
#define INTEGER VMOVDQU_BITS (SI)(CX*4), V0; VPADDD (BX)(CX*4), V0, V0
#define SCALED INTEGER; VCVTDQ2PS V0, V0; VMULPS (R11)(CX*4), V0, V0

// CODES makes V0 codes, in 32 bits each, between V7 and V8, plus V9, of the CodeRange at DX. NaN becomes the lowest: VMAXPS
// returns its second operand, here the bound, where one is NaN.
#define RANGE \
	VBROADCASTSS CodeRange_Low(DX), V7; \
	VBROADCASTSS CodeRange_High(DX), V8; \
	VPBROADCASTD CodeRange_Zero(DX), V9
#define CODES \
	VMAXPS V7, V0, V0; \
	VMINPS V8, V0, V0; \
	VCVTPS2DQ V0, V0; \
	VPADDD V9, V0, V0

// STORE_BYTES stores the lowest bytes of V0: in AVX2 by the shuffle in Y10.
#define STORE_BYTES(to) BY_ISA(STORE_BYTES_AVX2, STORE_BYTES_AVX512)(to)
#define STORE_BYTES_AVX2(to) \
	VPSHUFB Y10, Y0, Y0; \
	VEXTRACTI128 $1, Y0, X1; \
	VPUNPCKLDQ X1, X0, X0; \
	VMOVQ X0, to
#define STORE_BYTES_AVX512(to) VPMOVDB Z0, to
#define SHUFFLE BY_ISA(SHUFFLE_AVX2, NONE)
#define SHUFFLE_AVX2 VBROADCASTI128 ·lowestBytes(SB), Y10

#define VMOVDQU_BITS BY_ISA(VMOVDQU, VMOVDQU32)
#define VPXOR_BITS BY_ISA(VPXOR, VPXORD)

#define INTEGERS_STEP INTEGER; VMOVDQU_BITS V0, (DI)(CX*4)
#define FLOATS_STEP SCALED; VMOVUPS V0, (DI)(CX*4)
#define CODES_SETUP \
	ADDQ $QuantTile_CodeRange, DX; \
	RANGE; \
	SHUFFLE
#define CODES_STEP SCALED; CODES; STORE_BYTES((DI)(CX*1))

// CENTER goes over the elements at SI in blocks of n: R9 Sums, R10 Zeros, R8 elements left, V5 A, V6 Row.
#define CENTER(n) \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), R8; \
	MOVQ z+24(FP), DX; \
	MOVQ QuantZeros_Sums(DX), R9; \
	MOVQ QuantZeros_Zeros(DX), R10; \
	VPBROADCASTD QuantZeros_A(DX), V5; \
	VPBROADCASTD QuantZeros_Row(DX), V6; \
	XORL CX, CX; \
block: \
	VPMULLD (R9)(CX*4), V5, V1; \
	VPMULLD (R10)(CX*4), V6, V2; \
	VMOVDQU_BITS (SI)(CX*4), V0; \
	VPSUBD V1, V0, V0; \
	VPSUBD V2, V0, V0; \
	VMOVDQU_BITS V0, (SI)(CX*4); \
	ADDQ $n, CX; \
	CMPQ CX, R8; \
	JLT block; \
	VZEROUPPER; \
	RET

// QUOTIENT divides V0 by V5, whose inverse is V6, as CanDivideCodes says: the first quotient, V1, is brought
// between the bounds, so that it is finite.
#define QUOTIENT \
	VMULPS V6, V0, V1; \
	VMAXPS V7, V1, V1; \
	VMINPS V8, V1, V1; \
	VFNMADD231PS V5, V1, V0; \
	VFMADD213PS V1, V6, V0

// What QuantActivation has: R13 Bias, R14 whether it is a gate, V2 and V3 Before, V4 Shift, V11 and V12 Low
// and High, V13 By, V14 and V15 After. VMAXPS and VMINPS return their second operand where it is NaN.
#define ACTIVATED_SETUP \
	CODES_SETUP; \
	MOVQ a+16(FP), AX; \
	MOVQ QuantActivation_Bias(AX), R13; \
	MOVBLZX QuantActivation_IsGate(AX), R14; \
	VBROADCASTSS (QuantActivation_Before+QuantAffine_Times)(AX), V2; \
	VBROADCASTSS (QuantActivation_Before+QuantAffine_Plus)(AX), V3; \
	VBROADCASTSS QuantActivation_Shift(AX), V4; \
	VBROADCASTSS QuantActivation_Low(AX), V11; \
	VBROADCASTSS QuantActivation_High(AX), V12; \
	VBROADCASTSS QuantActivation_By(AX), V13; \
	VBROADCASTSS (QuantActivation_After+QuantAffine_Times)(AX), V14; \
	VBROADCASTSS (QuantActivation_After+QuantAffine_Plus)(AX), V15; \
	VBROADCASTSS QuantActivation_Step(AX), V5; \
	VBROADCASTSS QuantActivation_Inverse(AX), V6
#define ACTIVATED_STEP \
	SCALED; \
	VADDPS (R13)(CX*4), V0, V0; \
	VMULPS V2, V0, V0; \
	VADDPS V3, V0, V0; \
	TESTL R14, R14; \
	JEQ clamp; \
	VADDPS V4, V0, V1; \
	VMAXPS V1, V11, V1; \
	VMINPS V1, V12, V1; \
	VMULPS V1, V0, V0; \
	VDIVPS V13, V0, V0; \
	JMP after; \
clamp: \
	VMAXPS V0, V11, V0; \
	VMINPS V0, V12, V0; \
after: \
	VMULPS V14, V0, V0; \
	VADDPS V15, V0, V0; \
	QUOTIENT; \
	CODES; \
	STORE_BYTES((DI)(CX*1))

#define QUANTIZE_SETUP \
	MOVQ x_base+24(FP), SI; \
	MOVL $0x3F800000, AX; \
	VMOVD AX, X6; \
	VDIVSS scale+48(FP), X6, X6; \
	VBROADCASTSS X6, V6; \
	VBROADCASTSS scale+48(FP), V5; \
	MOVQ r+56(FP), DX; \
	RANGE; \
	SHUFFLE
#define QUANTIZE_STEP VMOVUPS (SI), V0; QUOTIENT; CODES; STORE_BYTES((DI))
#define MOVE_QUANTIZE LEAQ (SI)(CX*4), SI; ADDQ CX, DI

// Bytes are widened first; flipped bits are those of the low byte.
#define DEQUANTIZE_SETUP \
	MOVQ x_base+24(FP), SI; \
	MOVBLZX flip+48(FP), AX; \
	VMOVD AX, X6; \
	VPBROADCASTD X6, V6; \
	VPBROADCASTD zero+52(FP), V7; \
	VBROADCASTSS scale+56(FP), V5
#define DEQUANTIZE_STEP \
	VPMOVZXBD (SI), V0; \
	VPXOR_BITS V6, V0, V0; \
	VPSUBD V7, V0, V0; \
	VCVTDQ2PS V0, V0; \
	VMULPS V5, V0, V0; \
	VMOVUPS V0, (DI)
#define MOVE_DEQUANTIZE ADDQ CX, SI; LEAQ (DI)(CX*4), DI

#define WIDEN_SETUP \
	MOVQ src_base+24(FP), SI; \
	MOVBLZX flip+48(FP), AX; \
	VMOVD AX, X6; \
	VPBROADCASTW X6, V6
#define WIDEN_STEP \
	VPMOVZXBW (SI), V0; \
	VPXOR_BITS V6, V0, V0; \
	VMOVDQU_BITS V0, (DI)
#define MOVE_WIDEN ADDQ CX, SI; LEAQ (DI)(CX*2), DI

#include "avx2_f32.h"
TEXT ·centerSumsAVX2(SB), NOSPLIT, $0-32
	CENTER(8)
TEXT ·integersAVX2(SB), NOSPLIT, $0-16
	TILE_PASS(8, 2, NONE, INTEGERS_STEP)
TEXT ·floatsAVX2(SB), NOSPLIT, $0-16
	TILE_PASS(8, 2, NONE, FLOATS_STEP)
TEXT ·codesAVX2(SB), NOSPLIT, $0-16
	TILE_PASS(8, 0, CODES_SETUP, CODES_STEP)
TEXT ·activatedAVX2(SB), NOSPLIT, $0-24
	TILE_PASS(8, 0, ACTIVATED_SETUP, ACTIVATED_STEP)
TEXT ·quantizeAVX2(SB), NOSPLIT, $0-64
	PASS(8, QUANTIZE_SETUP, QUANTIZE_STEP, MOVE_QUANTIZE)
TEXT ·dequantizeAVX2(SB), NOSPLIT, $0-60
	PASS(8, DEQUANTIZE_SETUP, DEQUANTIZE_STEP, MOVE_DEQUANTIZE)
TEXT ·widenBytesAVX2(SB), NOSPLIT, $0-49
	PASS(16, WIDEN_SETUP, WIDEN_STEP, MOVE_WIDEN)

#include "avx512_f32.h"
TEXT ·centerSumsAVX512(SB), NOSPLIT, $0-32
	CENTER(16)
TEXT ·integersAVX512(SB), NOSPLIT, $0-16
	TILE_PASS(16, 2, NONE, INTEGERS_STEP)
TEXT ·floatsAVX512(SB), NOSPLIT, $0-16
	TILE_PASS(16, 2, NONE, FLOATS_STEP)
TEXT ·codesAVX512(SB), NOSPLIT, $0-16
	TILE_PASS(16, 0, CODES_SETUP, CODES_STEP)
TEXT ·activatedAVX512(SB), NOSPLIT, $0-24
	TILE_PASS(16, 0, ACTIVATED_SETUP, ACTIVATED_STEP)
TEXT ·quantizeAVX512(SB), NOSPLIT, $0-64
	PASS(16, QUANTIZE_SETUP, QUANTIZE_STEP, MOVE_QUANTIZE)
TEXT ·dequantizeAVX512(SB), NOSPLIT, $0-60
	PASS(16, DEQUANTIZE_SETUP, DEQUANTIZE_STEP, MOVE_DEQUANTIZE)
TEXT ·widenBytesAVX512(SB), NOSPLIT, $0-49
	PASS(32, WIDEN_SETUP, WIDEN_STEP, MOVE_WIDEN)

// rangeBlocksAVX2 goes over whole blocks of 16 elements, in two registers each of extremes and of
// what is NaN. VMINPS and VMAXPS return their second operand, the extreme, where the element is NaN.
//
//	SI x   CX elements left
//	Y0, Y1 the smallest   Y2, Y3 the largest   Y4 where a NaN was   Y5, Y6 elements
TEXT ·rangeBlocksAVX2(SB), NOSPLIT, $0-33
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
block:
	VMOVUPS (SI), Y5
	VMOVUPS 32(SI), Y6
	VMINPS Y0, Y5, Y0
	VMINPS Y1, Y6, Y1
	VMAXPS Y2, Y5, Y2
	VMAXPS Y3, Y6, Y3
	VCMPPS $3, Y6, Y5, Y5
	VORPS Y5, Y4, Y4
	ADDQ $64, SI
	SUBQ $16, CX
	JG block
	VMINPS Y1, Y0, Y0
	VMAXPS Y3, Y2, Y2
	VEXTRACTF128 $1, Y0, X1
	VMINPS X1, X0, X0
	VPERMILPD $1, X0, X1
	VMINPS X1, X0, X0
	VMOVSHDUP X0, X1
	VMINPS X1, X0, X0
	VMOVSS X0, lowest+24(FP)
	VEXTRACTF128 $1, Y2, X1
	VMAXPS X1, X2, X2
	VPERMILPD $1, X2, X1
	VMAXPS X1, X2, X2
	VMOVSHDUP X2, X1
	VMAXPS X1, X2, X2
	VMOVSS X2, highest+28(FP)
	VMOVMSKPS Y4, AX
	TESTL AX, AX
	SETEQ ok+32(FP)
	VZEROUPPER
	RET
