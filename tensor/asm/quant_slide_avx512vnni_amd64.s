//go:build !purego

// Windows of channels with weights of their own that slide along a row of pixels, by AVX-512's dot
// products of four bytes. A panel has 32 channels: of each eight, a register has the first four, another
// one the others, which is how words are interleaved, and packed again.

#include "go_asm.h"
#include "textflag.h"

// The tile of seven windows, or of one:
//
//	Z0-Z13	the sums: window i in registers 2i and 2i+1
//	Z14, Z15	a group of weights
//	Z16, Z17	what is added to the sums
//	Z18, Z19	the scales
//	Z20	the highest code's float
//	Z21, Z22	the lowest code and the zero point, in words
//	Z23, Z24	a column; Z24 scratch
//	Z25, Z26	the order of the channels in sums
//
//	SI	columns of the tile
//	DI	codes of the tile, or sums
//	BX	columns of the tile at a group of taps
//	R8 R9 R10	1, 3 and 5 times the bytes from a window to the next
//	R11	the end of the steps
//	CX	minus the groups that are left
//	R12	the weights of the group
//	R13	those of the panel
//	R14	windows left
//	R15	the row stride of these in bytes
//	AX DX	scratch
//
// On the stack: first, the panel's first channel; groups, minus their number. The pointer to the columns
// of the panel lives in the argument, which is the callee's to change.

#define WINDOW(low, high, S0, S1) \
	VMOVDQU32 low, Z23; \
	VPDPBUSD Z14, Z23, S0; \
	VMOVDQU32 high, Z24; \
	VPDPBUSD Z15, Z24, S1
#define WINDOWS1 WINDOW((BX), 64(BX), Z0, Z1)
#define WINDOWS7 \
	WINDOWS1; \
	WINDOW((BX)(R8*1), 64(BX)(R8*1), Z2, Z3); \
	WINDOW((BX)(R8*2), 64(BX)(R8*2), Z4, Z5); \
	WINDOW((BX)(R9*1), 64(BX)(R9*1), Z6, Z7); \
	WINDOW((BX)(R8*4), 64(BX)(R8*4), Z8, Z9); \
	WINDOW((BX)(R10*1), 64(BX)(R10*1), Z10, Z11); \
	WINDOW((BX)(R9*2), 64(BX)(R9*2), Z12, Z13)

#define BEGIN(S0, S1) VMOVDQA32 Z16, S0; VMOVDQA32 Z17, S1
#define BEGINS1 BEGIN(Z0, Z1)
#define BEGINS7 \
	BEGINS1; BEGIN(Z2, Z3); BEGIN(Z4, Z5); BEGIN(Z6, Z7); BEGIN(Z8, Z9); BEGIN(Z10, Z11); \
	BEGIN(Z12, Z13)

// CODES stores the codes of a window, and moves DI on. NaN, which VMINPS returns where it is its second
// operand, becomes the lowest integer.
#define ROUND(SCALE, S) \
	VCVTDQ2PS S, S; VMULPS SCALE, S, S; VMINPS S, Z20, S; VCVTPS2DQ S, S
#define CODES(S0, S1) \
	ROUND(Z18, S0); \
	ROUND(Z19, S1); \
	VPACKSSDW S1, S0, S0; \
	VPMAXSW Z21, S0, S0; \
	VPADDW Z22, S0, S0; \
	VPMOVWB S0, (DI); \
	ADDQ R15, DI

// SUMS stores sums in the order of the channels.
#define SUMS(S0, S1) \
	VMOVDQA64 S0, Z24; \
	VPERMT2Q S1, Z25, Z24; \
	VPERMT2Q S1, Z26, S0; \
	VMOVDQU64 Z24, (DI); \
	VMOVDQU64 S0, 64(DI); \
	ADDQ R15, DI

#define SEVEN(STORE) \
	STORE(Z0, Z1); STORE(Z2, Z3); STORE(Z4, Z5); STORE(Z6, Z7); STORE(Z8, Z9); STORE(Z10, Z11); \
	STORE(Z12, Z13)

#define TILE(BEGINS, WINDOWS, STORES, group) \
	MOVQ groups-16(SP), CX; \
	MOVQ R13, R12; \
	BEGINS; \
group: \
	MOVLQSX (R11)(CX*4), BX; \
	ADDQ SI, BX; \
	VMOVDQU32 (R12), Z14; \
	VMOVDQU32 64(R12), Z15; \
	ADDQ $128, R12; \
	WINDOWS; \
	INCQ CX; \
	JNE group; \
	STORES

// PANEL loads what its 32 channels have at (AX)(DX*4) in the order of the sums.
#define PANEL(S0, S1) \
	VMOVDQU32 (AX)(DX*4), Z30; \
	VMOVDQU32 64(AX)(DX*4), Z31; \
	VSHUFI32X4 $0x88, Z31, Z30, S0; \
	VSHUFI32X4 $0xDD, Z31, Z30, S1

// SLIDE is a function of the arguments Y, A, B, W and T that begin at these places. SETUP makes constants
// and sets R15, the stride of the result; CHANNELS loads what the channels from DX on have, and sets DI to the first window's; STORE
// stores a window. Where less than seven windows are left, the last seven are computed, some again.
#define SLIDE(A, B, W, T, SETUP, CHANNELS, STORE) \
	MOVQ b+B(FP), R13; \
	MOVQ w+W(FP), BX; \
	MOVQ t+T(FP), DX; \
	MOVQ QuantWindows_Stride(BX), R8; \
	LEAQ (R8)(R8*2), R9; \
	LEAQ (R8)(R8*4), R10; \
	MOVQ QuantWindows_Groups(BX), CX; \
	MOVQ QuantWindows_Steps(BX), R11; \
	LEAQ (R11)(CX*4), R11; \
	NEGQ CX; \
	MOVQ CX, groups-16(SP); \
	SETUP; \
	MOVQ $0, first-8(SP); \
panel: \
	MOVQ t+T(FP), BX; \
	MOVQ first-8(SP), DX; \
	CHANNELS; \
	MOVQ a+A(FP), SI; \
	MOVQ w+W(FP), BX; \
	MOVQ QuantWindows_M(BX), R14; \
tile: \
	CMPQ R14, $7; \
	JGE seven; \
	TESTQ R14, R14; \
	JEQ next; \
	MOVQ w+W(FP), BX; \
	CMPQ QuantWindows_M(BX), $7; \
	JLT one; \
	MOVQ $7, AX; \
	SUBQ R14, AX; \
	MOVQ AX, DX; \
	IMULQ R8, AX; \
	SUBQ AX, SI; \
	IMULQ R15, DX; \
	SUBQ DX, DI; \
	MOVQ $7, R14; \
seven: \
	TILE(BEGINS7, WINDOWS7, SEVEN(STORE), seventh); \
	LEAQ (SI)(R9*2), SI; \
	ADDQ R8, SI; \
	SUBQ $7, R14; \
	JMP tile; \
one: \
	TILE(BEGINS1, WINDOWS1, STORE(Z0, Z1), single); \
	ADDQ R8, SI; \
	DECQ R14; \
	JMP tile; \
next: \
	MOVQ w+W(FP), BX; \
	MOVQ QuantWindows_Channels(BX), AX; \
	SUBQ $32, AX; \
	MOVQ first-8(SP), DX; \
	CMPQ DX, AX; \
	JEQ done; \
	ADDQ $32, DX; \
	CMPQ DX, AX; \
	CMOVQGT AX, DX; \
	MOVQ DX, first-8(SP); \
	MOVQ QuantWindows_Panel(BX), AX; \
	ADDQ AX, a+A(FP); \
	MOVQ R12, R13; \
	JMP panel; \
done: \
	VZEROUPPER; \
	RET

#define CODES_SETUP \
	MOVQ QuantTile_LDY(DX), R15; \
	VBROADCASTSS (QuantTile_CodeRange+CodeRange_High)(DX), Z20; \
	VBROADCASTSS (QuantTile_CodeRange+CodeRange_Low)(DX), Z21; \
	VCVTPS2DQ Z21, Z21; \
	VPACKSSDW Z21, Z21, Z21; \
	VPBROADCASTW (QuantTile_CodeRange+CodeRange_Zero)(DX), Z22
#define CODES_CHANNELS \
	MOVQ QuantTile_Offset(BX), AX; \
	PANEL(Z16, Z17); \
	MOVQ QuantTile_Scale(BX), AX; \
	PANEL(Z18, Z19); \
	MOVQ y+0(FP), DI; \
	ADDQ DX, DI

#define SUMS_SETUP \
	MOVQ QuantTile_LDX(DX), R15; \
	SHLQ $2, R15; \
	VPXORD Z16, Z16, Z16; \
	VPXORD Z17, Z17, Z17; \
	VMOVDQU64 ·channelOrder(SB), Z25; \
	VMOVDQU64 ·channelOrder+64(SB), Z26
#define SUMS_CHANNELS \
	MOVQ QuantTile_X(BX), DI; \
	LEAQ (DI)(DX*4), DI

// func mulColumnsAVX512VNNI(a *uint8, b *int8, w *QuantWindows, t *QuantTile)
TEXT ·mulColumnsAVX512VNNI(SB), NOSPLIT, $16-32
	SLIDE(0, 8, 16, 24, SUMS_SETUP, SUMS_CHANNELS, SUMS)

// func mulColumnsCodesAVX512VNNI(y *uint8, a *uint8, b *int8, w *QuantWindows, t *QuantTile)
TEXT ·mulColumnsCodesAVX512VNNI(SB), NOSPLIT, $16-40
	SLIDE(8, 16, 24, 32, CODES_SETUP, CODES_CHANNELS, CODES)

// COLUMN makes the columns of a pixel at AX from four bytes below one another, or three.
#define COLUMN2 \
	VPMOVZXBW (R8)(AX*1), Z0; \
	VPMOVZXBW (R9)(AX*1), Z1; \
	VPMOVZXBW (R10)(AX*1), Z2; \
	VPSLLW $8, Z1, Z1; \
	VPORD Z1, Z0, Z0
#define COLUMN3 COLUMN2; INTERLEAVE
#define COLUMN4 \
	COLUMN2; \
	VPMOVZXBW (R11)(AX*1), Z3; \
	VPSLLW $8, Z3, Z3; \
	VPORD Z3, Z2, Z2; \
	INTERLEAVE
#define INTERLEAVE \
	VPUNPCKLWD Z2, Z0, Z4; \
	VPUNPCKHWD Z2, Z0, Z5; \
	VPXORD Z31, Z4, Z4; \
	VPXORD Z31, Z5, Z5; \
	VMOVDQU32 Z4, (DI); \
	VMOVDQU32 Z5, 64(DI); \
	ADDQ $128, DI; \
	ADDQ R12, AX

// func interleaveTapsAVX512(dst *uint8, rows *[4]*uint8, w *QuantWindows)
//
//	DI	columns of the pixel
//	R8 R9 R10 R11	the rows, at the first channel of all
//	AX	the pixel's place in its row, at the panel's first channel
//	CX	pixels left
//	DX	the panel's first channel, R13 that of the last one
//	R12	bytes of a pixel
//	SI	scratch
//	BX	the sizes
//	Z31	the bits that are flipped
TEXT ·interleaveTapsAVX512(SB), NOSPLIT, $0-24
	MOVQ rows+8(FP), SI
	MOVQ w+16(FP), BX
	MOVQ (SI), R8
	MOVQ 8(SI), R9
	MOVQ 16(SI), R10
	MOVQ 24(SI), R11
	MOVQ QuantWindows_Pixel(BX), R12
	MOVQ QuantWindows_Channels(BX), R13
	SUBQ $32, R13
	VPBROADCASTB QuantWindows_Flip(BX), Z31
	XORL DX, DX
panel:
	MOVQ dst+0(FP), DI
	MOVQ QuantWindows_Pixels(BX), CX
	MOVQ DX, AX
	TESTQ R11, R11
	JEQ three
four:
	COLUMN4
	DECQ CX
	JNE four
	JMP next
three:
	COLUMN3
	DECQ CX
	JNE three
next:
	CMPQ DX, R13
	JEQ done
	MOVQ QuantWindows_Panel(BX), SI
	ADDQ SI, dst+0(FP)
	ADDQ $32, DX
	CMPQ DX, R13
	CMOVQGT R13, DX
	JMP panel
done:
	VZEROUPPER
	RET
