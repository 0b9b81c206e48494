//go:build !purego

// The product of integers by the dot products of four bytes that processors without AVX-512 have:
// quant_amd64.h has the loops and the register map, these are its tiles. A panel of B, and a tile, is
// two registers wide.
//
//	Y0-Y11	the sums: row i in registers 2i and 2i+1
//	Y12, Y13	a group of B
//	Y14	a group of A in every lane

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "quant_amd64.h"

// Go's assembler has the instruction in its encoding for AVX-512 only. This one takes numbers of
// registers: of B, of A and of the sums. A test decodes what becomes of it.
#define DOT(b, a, s) \
	BYTE $0xC4; \
	BYTE $(((s>>3)^1)<<7 | 0x40 | ((b>>3)^1)<<5 | 2); \
	BYTE $((a^15)<<3 | 5); \
	BYTE $0x50; \
	BYTE $(0xC0 | (s&7)<<3 | b&7) // VPDPBUSD Yb, Ya, Ys

#define ZERO2(A, B) VPXOR A, A, A; VPXOR B, B, B
#define CLEAR_NARROW \
	ZERO2(Y0, Y1); ZERO2(Y2, Y3); ZERO2(Y4, Y5); ZERO2(Y6, Y7); ZERO2(Y8, Y9); ZERO2(Y10, Y11)
#define LOAD_NARROW VMOVDQU (DI), Y12; VMOVDQU 32(DI), Y13; ADDQ $64, DI

#define NARROW(a, s0, s1) VPBROADCASTD a, Y14; DOT(12, 14, s0); DOT(13, 14, s1)
#define NARROW1 NARROW(A0, 0, 1)
#define NARROW2 NARROW1; NARROW(A1, 2, 3)
#define NARROW3 NARROW2; NARROW(A2, 4, 5)
#define NARROW4 NARROW3; NARROW(A3, 6, 7)
#define NARROW5 NARROW4; NARROW(A4, 8, 9)
#define NARROW6 NARROW5; NARROW(A5, 10, 11)

#define STORE_NARROW(S0, S1) VMOVDQU S0, (BX); VMOVDQU S1, 32(BX); ADDQ R15, BX
#define STORES_NARROW(next) \
	STORE_NARROW(Y0, Y1); \
	IF_ROWS(2, next); STORE_NARROW(Y2, Y3); \
	IF_ROWS(3, next); STORE_NARROW(Y4, Y5); \
	IF_ROWS(4, next); STORE_NARROW(Y6, Y7); \
	IF_ROWS(5, next); STORE_NARROW(Y8, Y9); \
	IF_ROWS(6, next); STORE_NARROW(Y10, Y11)

MUL_QUANT(·mulQuantAVXVNNI, 16, 64, NONE)
