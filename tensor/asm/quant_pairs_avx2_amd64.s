//go:build !purego

// The product of integers by multiplications of bytes whose neighbours are added in 16 bits:
// quant_amd64.h has the loops and the register map, these are its tiles. They saturate, so weights
// must be such that no two neighbours need to; what is left is the fastest exact way that AVX2 has:
// of two instructions that multiply for 32 products, as by words, but with one addition, not two. A
// panel of B, and a tile, is two registers wide. One row by itself has tiles of four panels, whose
// groups share what goes on beside multiplying.
//
//	Y0-Y11	the sums: row i in registers 2i and 2i+1
//	Y13	ones of 16 bits
//	Y14	a group of A in every lane, Y12 in tiles of four panels
//	Y14, Y15	products

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "quant_amd64.h"

#define ZERO2(A, B) VPXOR A, A, A; VPXOR B, B, B
#define CLEAR_NARROW \
	ZERO2(Y0, Y1); ZERO2(Y2, Y3); ZERO2(Y4, Y5); ZERO2(Y6, Y7); ZERO2(Y8, Y9); ZERO2(Y10, Y11)
#define LOAD_NARROW ADDQ $64, DI

#define PRODUCTS(b, a, p, s) VPMADDUBSW b, a, p; VPMADDWD Y13, p, p; VPADDD p, s, s
#define NARROW(a, S0, S1) \
	VPBROADCASTD a, Y14; PRODUCTS(-64(DI), Y14, Y15, S0); PRODUCTS(-32(DI), Y14, Y14, S1)
#define NARROW1 NARROW(A0, Y0, Y1)
#define NARROW2 NARROW1; NARROW(A1, Y2, Y3)
#define NARROW3 NARROW2; NARROW(A2, Y4, Y5)
#define NARROW4 NARROW3; NARROW(A3, Y6, Y7)
#define NARROW5 NARROW4; NARROW(A4, Y8, Y9)
#define NARROW6 NARROW5; NARROW(A5, Y10, Y11)

#define STORE_NARROW(S0, S1) VMOVDQU S0, (BX); VMOVDQU S1, 32(BX); ADDQ R15, BX
#define STORES_NARROW(next) \
	STORE_NARROW(Y0, Y1); \
	IF_ROWS(2, next); STORE_NARROW(Y2, Y3); \
	IF_ROWS(3, next); STORE_NARROW(Y4, Y5); \
	IF_ROWS(4, next); STORE_NARROW(Y6, Y7); \
	IF_ROWS(5, next); STORE_NARROW(Y8, Y9); \
	IF_ROWS(6, next); STORE_NARROW(Y10, Y11)

#define FOUR_PANELS \
	VPBROADCASTD A0, Y12; \
	PRODUCTS(-64(DI), Y12, Y14, Y0); PRODUCTS(-32(DI), Y12, Y15, Y1); \
	PRODUCTS(-64(DI)(R12*1), Y12, Y14, Y2); PRODUCTS(-32(DI)(R12*1), Y12, Y15, Y3); \
	PRODUCTS(-64(DI)(R12*2), Y12, Y14, Y4); PRODUCTS(-32(DI)(R12*2), Y12, Y15, Y5); \
	PRODUCTS(-64(DI)(R13*1), Y12, Y14, Y6); PRODUCTS(-32(DI)(R13*1), Y12, Y15, Y7)
#define STORE_FOUR(A, B, at) VMOVDQU A, at(BX); VMOVDQU B, (at+32)(BX)

// ONE_ROW computes as many panels of one row as it can.
#define ONE_ROW \
	VPCMPEQW Y13, Y13, Y13; \
	VPSRLW $15, Y13, Y13; \
	MOVQ layout+24(FP), AX; \
	CMPQ QuantLayout_M(AX), $1; \
	JNE narrow; \
	MOVQ a+8(FP), SI; \
wide: \
	CMPQ panels-8(SP), $4; \
	JLT narrow; \
	TILE(CLEAR_NARROW, LOAD_NARROW, FOUR_PANELS, wideGroup, wideStores); \
wideStores: \
	MOVQ panelC-24(SP), BX; \
	STORE_FOUR(Y0, Y1, 0); \
	STORE_FOUR(Y2, Y3, 64); \
	STORE_FOUR(Y4, Y5, 128); \
	STORE_FOUR(Y6, Y7, 192); \
	LEAQ (R13)(R12*1), AX; \
	ADDQ AX, panelB-16(SP); \
	ADDQ $256, panelC-24(SP); \
	SUBQ $4, panels-8(SP); \
	JMP wide

MUL_QUANT(·mulPairsAVX2, 16, 64, ONE_ROW)
