//go:build !purego

// The product of integers by multiplications of bytes whose neighbours are added in 16 bits, and of
// several groups of K, a chain, before words are added in 32 bits. Sums saturate, so weights must be
// such that none needs to. Of what AVX2 has this is the fastest exact way: a chain of four groups
// takes ten instructions that multiply for 256 products in a register's lanes, words sixteen.
//
// A tile is three rows of A, or one or two, by a panel of two registers. Each register of B is loaded
// once for its rows.
//
//	Y0-Y5	the sums: row i in registers 2i and 2i+1
//	Y6-Y11	those of a chain, in 16 bits, likewise; Y11 ones of 16 bits where chains have one group
//	Y12, Y13	a group of B; Y12 ones at the end of a chain
//	Y14	a group of A in every lane
//	Y14, Y15	products
//
//	SI	A of the tile
//	DI	B, from group to group
//	R11	the steps, likewise
//	BX	A's group in the first row; when storing, a row of C
//	CX	chains left
//	DX	C of the tile
//	R8 R9	1 and 3 times A's row stride, in bytes as all strides
//	R10	the lengths of the panel's chains
//	R12 R13	B and the steps of the panel
//	R14	rows left
//	R15	C's row stride
//	AX	panels left
//
// The pointer to C of the panel lives in the argument, which is the callee's to change.

#include "go_asm.h"
#include "textflag.h"

DATA ones<>+0(SB)/8, $0x0001000100010001
DATA ones<>+8(SB)/8, $0x0001000100010001
DATA ones<>+16(SB)/8, $0x0001000100010001
DATA ones<>+24(SB)/8, $0x0001000100010001
GLOBL ones<>(SB), RODATA, $32

// EACH1 to EACH3 do something with each row: its A, its sums and those of its chain.
#define EACH1(DO) DO((BX), Y0, Y1, Y6, Y7)
#define EACH2(DO) EACH1(DO); DO((BX)(R8*1), Y2, Y3, Y8, Y9)
#define EACH3(DO) EACH2(DO); DO((BX)(R8*2), Y4, Y5, Y10, Y11)

#define CLEAR(a, S0, S1, W0, W1) VPXOR S0, S0, S0; VPXOR S1, S1, S1
#define FIRST(a, S0, S1, W0, W1) \
	VPBROADCASTD a, Y14; VPMADDUBSW Y12, Y14, W0; VPMADDUBSW Y13, Y14, W1
#define NEXT(a, S0, S1, W0, W1) \
	VPBROADCASTD a, Y14; \
	VPMADDUBSW Y12, Y14, Y15; VPADDW Y15, W0, W0; \
	VPMADDUBSW Y13, Y14, Y14; VPADDW Y14, W1, W1
#define LAST(a, S0, S1, W0, W1) \
	VPMADDWD Y12, W0, W0; VPADDD W0, S0, S0; \
	VPMADDWD Y12, W1, W1; VPADDD W1, S1, S1
#define ONLY(a, S0, S1, W0, W1) \
	VPBROADCASTD a, Y14; \
	VPMADDUBSW Y12, Y14, Y15; VPMADDWD Y11, Y15, Y15; VPADDD Y15, S0, S0; \
	VPMADDUBSW Y13, Y14, Y14; VPMADDWD Y11, Y14, Y14; VPADDD Y14, S1, S1
#define STORE(a, S0, S1, W0, W1) VMOVDQU S0, (DX); VMOVDQU S1, 32(DX); ADDQ R15, DX

// GROUP multiplies the i-th group of a chain.
#define GROUP(i, EACH, DO) \
	MOVLQSX (4*i)(R11), BX; \
	ADDQ SI, BX; \
	VMOVDQU (64*i)(DI), Y12; \
	VMOVDQU (64*i+32)(DI), Y13; \
	EACH(DO)
#define END(EACH) VMOVDQU ones<>(SB), Y12; EACH(LAST)
#define CHAIN1(EACH) VMOVDQU ones<>(SB), Y11; GROUP(0, EACH, ONLY)
#define CHAIN2(EACH) GROUP(0, EACH, FIRST); GROUP(1, EACH, NEXT); END(EACH)
#define CHAIN4(EACH) \
	GROUP(0, EACH, FIRST); GROUP(1, EACH, NEXT); GROUP(2, EACH, NEXT); GROUP(3, EACH, NEXT); \
	END(EACH)

// CHAINS goes over the chains of n groups, of which there are as many as the length says.
#define CHAINS(n, CHAIN, EACH, length, chain, none) \
	MOVL length(R10), CX; \
	TESTL CX, CX; \
	JEQ none; \
chain: \
	CHAIN(EACH); \
	ADDQ $(4*n), R11; \
	ADDQ $(64*n), DI; \
	DECL CX; \
	JNE chain; \
none:

// TILE computes a tile; the rest are labels.
#define TILE(EACH, four, two, one, noFour, noTwo, noOne) \
	MOVQ R12, DI; \
	MOVQ R13, R11; \
	EACH(CLEAR); \
	CHAINS(4, CHAIN4, EACH, ChainLengths_Four, four, noFour) \
	CHAINS(2, CHAIN2, EACH, ChainLengths_Two, two, noTwo) \
	CHAINS(1, CHAIN1, EACH, ChainLengths_One, one, noOne) \
	EACH(STORE)

// func mulChainsAVX2(c *int32, a *uint8, b *int8, l *ChainLayout)
TEXT ·mulChainsAVX2(SB), NOSPLIT, $0-32
	MOVQ l+24(FP), CX
	MOVQ ChainLayout_ARow(CX), R8
	LEAQ (R8)(R8*2), R9
	MOVQ ChainLayout_LDC(CX), R15
	SHLQ $2, R15
	MOVQ ChainLayout_Lengths(CX), R10
	MOVQ ChainLayout_Panels(CX), AX
	MOVQ b+16(FP), R12

panel:
	MOVQ c+0(FP), DX
	MOVQ a+8(FP), SI
	MOVQ l+24(FP), CX
	MOVQ ChainLayout_M(CX), R14
	MOVQ ChainLayout_Steps(CX), R13
	MOVLQSX ChainLengths_First(R10), CX
	LEAQ (R13)(CX*4), R13

tile:
	CMPQ R14, $2
	JGT  threeRows
	JEQ  twoRows
	TILE(EACH1, a4, a2, a1, aNo4, aNo2, aNo1)
	JMP  stored

twoRows:
	TILE(EACH2, b4, b2, b1, bNo4, bNo2, bNo1)
	JMP  stored

threeRows:
	TILE(EACH3, c4, c2, c1, cNo4, cNo2, cNo1)

stored:
	ADDQ R9, SI
	SUBQ $3, R14
	JGT  tile
	MOVQ DI, R12
	ADDQ $ChainLengths__size, R10
	ADDQ $64, c+0(FP)
	DECQ AX
	JNE  panel
	VZEROUPPER
	RET
