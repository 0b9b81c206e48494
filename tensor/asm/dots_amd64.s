//go:build !purego

// Products of rows of signed bytes by codes of four bits in AVX2 and AVX-512: one or two rows by a
// panel of four registers of columns.
//
// A lane holds eight steps of a column, whose lower halves of bytes are the even steps and whose upper
// halves are the odd ones, and meets four signed bytes of a row in every lane, twice. Codes are below
// 16, so that the sums of a run fit 16 bits where the processor can't add to 32 at once.
//
//	V0-V7	sums of a run, row after row
//	V8 V9	a row's bytes of even and odd steps, later its scale and its sum; V10 V11 the second's
//	V12 V13	codes of even and odd steps, later zeros and the product of scales
//	V14	products, later 2²³
//	V15	the mask of a code
//
//	DX BX	C's rows
//	SI R8	A's runs
//	DI	B
//	R10	scales
//	R11	zeros, R12 their row stride, in bytes
//	R13	blocks left
//	R14	runs of a block, CX those left
//	R9	groups of a run, AX the current one

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

// 16 times 1 and 1, for two sums of 16 bits; 2²³; a mask.
DATA ones<>+0(SB)/4, $0x00010001
GLOBL ones<>(SB), RODATA|NOPTR, $4
DATA bias<>+0(SB)/4, $0x4B000000
GLOBL bias<>(SB), RODATA|NOPTR, $4
DATA nibble<>+0(SB)/4, $0x0F0F0F0F
GLOBL nibble<>(SB), RODATA|NOPTR, $4

#define BITS_AND BY_ISA(VPAND, VPANDD)

// An ISA's DOT adds the products of four codes and four bytes of a row to a lane, WIDEN makes one
// integer of a lane, of which VNNI has one already.
#define DOT_VNNI(a, codes, sum) VPDPBUSD a, codes, sum
#define WIDEN_VNNI(sum) NONE
#define DOT_PAIRS(a, codes, sum) VPMADDUBSW a, codes, V14; VPADDW V14, sum, sum
#define WIDEN_PAIRS(sum) VPMADDWD V14, sum, sum

// ROWSn has the bytes of n rows in every lane, DOTSn multiplies a register of columns by them.
#define ROWS1 VPBROADCASTD Run_Codes(SI)(AX*8), V8; VPBROADCASTD (Run_Codes+4)(SI)(AX*8), V9
#define ROWS2 \
	ROWS1; VPBROADCASTD Run_Codes(R8)(AX*8), V10; VPBROADCASTD (Run_Codes+4)(R8)(AX*8), V11
#define DOTS1(DOT, s0, s1) DOT(V8, V12, s0); DOT(V9, V13, s0)
#define DOTS2(DOT, s0, s1) DOTS1(DOT, s0, s1); DOT(V10, V12, s1); DOT(V11, V13, s1)

// COLUMNS multiplies a register of columns.
#define COLUMNS(DOT, DOTS, at, s0, s1) \
	VMOVU (at*VBYTES)(DI), V13; \
	BITS_AND V15, V13, V12; \
	VPSRLD $4, V13, V13; \
	BITS_AND V15, V13, V13; \
	DOTS(DOT, s0, s1)

#define CLEAR(s) VXOR s, s, s
#define ALL4(F, a, b, c, d) F(a); F(b); F(c); F(d)
#define ROW1(F) ALL4(F, V0, V1, V2, V3)
#define ROW2(F) ROW1(F); ALL4(F, V4, V5, V6, V7)

// FACTORSn has the scales and sums of n runs in every lane.
#define FACTORS1 VBROADCASTSS Run_Scale(SI), V8; VBROADCASTSS Run_Sum(SI), V9
#define FACTORS2 FACTORS1; VBROADCASTSS Run_Scale(R8), V10; VBROADCASTSS Run_Sum(R8), V11

// CHAIN continues the chains of a register of columns in a row by a sum; CHAINSn does in n rows, with
// the zeros in V12.
#define CHAIN(at, s, scale, sum, c) \
	VCVTDQ2PS s, s; \
	VFNMADD231PS V12, sum, s; \
	VMULPS (at*VBYTES)(R10), scale, V13; \
	VFMADD213PS (at*VBYTES)(c), V13, s; \
	VMOVU s, (at*VBYTES)(c)
#define ZEROS(at) VMOVU (at*VBYTES)(R11), V12; VSUBPS V14, V12, V12
#define CHAINS1(at, s0, s1) ZEROS(at); CHAIN(at, s0, V8, V9, DX)
#define CHAINS2(at, s0, s1) CHAINS1(at, s0, s1); CHAIN(at, s1, V10, V11, BX)

// ALL multiplies n rows.
#define ALL(DOT, WIDEN, ROWS, DOTS, TILE, FACTORS, CHAINS, block, run, group) \
block: \
	MOVQ R14, CX; \
run: \
	TILE(CLEAR); \
	XORL AX, AX; \
group: \
	ROWS; \
	COLUMNS(DOT, DOTS, 0, V0, V4); \
	COLUMNS(DOT, DOTS, 1, V1, V5); \
	COLUMNS(DOT, DOTS, 2, V2, V6); \
	COLUMNS(DOT, DOTS, 3, V3, V7); \
	ADDQ $(4*VBYTES), DI; \
	INCQ AX; \
	CMPQ AX, R9; \
	JLT group; \
	VPBROADCASTD ones<>(SB), V14; \
	TILE(WIDEN); \
	VBROADCASTSS bias<>(SB), V14; \
	FACTORS; \
	CHAINS(0, V0, V4); \
	CHAINS(1, V1, V5); \
	CHAINS(2, V2, V6); \
	CHAINS(3, V3, V7); \
	ADDQ $Run__size, SI; \
	ADDQ $Run__size, R8; \
	DECQ CX; \
	JNE run; \
	ADDQ $(4*VBYTES), R10; \
	ADDQ R12, R11; \
	DECQ R13; \
	JNE block; \
	VZEROUPPER; \
	RET

// MULTIPLY is a Dots.Mul.
#define MULTIPLY(name, DOT, WIDEN) \
TEXT name(SB), NOSPLIT, $0-32; \
	MOVQ c+0(FP), DX; \
	MOVQ a+8(FP), SI; \
	MOVQ b+16(FP), DI; \
	MOVQ l+24(FP), CX; \
	MOVQ DotsLayout_LDC(CX), BX; \
	LEAQ (DX)(BX*4), BX; \
	MOVQ DotsLayout_ARow(CX), R8; \
	IMULQ $Run__size, R8; \
	ADDQ SI, R8; \
	MOVQ DotsLayout_Scales(CX), R10; \
	MOVQ DotsLayout_Zeros(CX), R11; \
	MOVQ DotsLayout_ZeroRow(CX), R12; \
	SHLQ $2, R12; \
	MOVQ DotsLayout_Blocks(CX), R13; \
	MOVQ DotsLayout_Runs(CX), R14; \
	MOVQ DotsLayout_Groups(CX), R9; \
	MOVQ DotsLayout_M(CX), AX; \
	VPBROADCASTD nibble<>(SB), V15; \
	CMPQ AX, $1; \
	JEQ one; \
	ALL(DOT, WIDEN, ROWS2, DOTS2, ROW2, FACTORS2, CHAINS2, block2, run2, group2); \
one: \
	ALL(DOT, WIDEN, ROWS1, DOTS1, ROW1, FACTORS1, CHAINS1, block1, run1, group1)

#include "avx2_f32.h"
MULTIPLY(·mulDotsAVX2, DOT_PAIRS, WIDEN_PAIRS)

#include "avx512_f32.h"
MULTIPLY(·mulDotsAVX512, DOT_PAIRS, WIDEN_PAIRS)
MULTIPLY(·mulDotsAVX512VNNI, DOT_VNNI, WIDEN_VNNI)
