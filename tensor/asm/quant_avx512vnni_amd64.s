//go:build !purego

// The product of integers by AVX-512's dot products of four bytes: quant_amd64.h has the loops and the
// register map, these are its tiles. A panel of B is one register wide, a tile four or one. Four panels
// that stand group by group beside each other are read as one stream, of which a core has more from its
// second cache than of four.
//
//	Z0-Z23	the sums: row i in registers 4i to 4i+3, or in 4i
//	Z24-Z27	a group of B
//	Z28	a group of A in every lane
//	R12 R13	1 and 3 times the bytes to the next panel's same group, of four panels at once
//	AX	the bytes to their next group; stepB is the same
//
// Results are made of the sums where these are: they begin with what is added to their columns. Codes
// become floats, integers between the bounds, words and bytes.
//
//	AX	the scales of the tile's columns
//	CX DI	scratch
//	Z24	the highest code's float
//	Z25, Z26	the lowest code and the zero point, in words or in 32 bits
//	Z27	the lower byte of each word
//	Z28	the order of columns after packing twice
//	K1	the columns that are stored, of 64 codes or 16 numbers; K2, K3, K4 those of the next numbers

#include "go_asm.h"
#include "textflag.h"
#include "quant_amd64.h"

#define ZERO(Z) VPXORD Z, Z, Z
#define ZERO4(A, B, C, D) ZERO(A); ZERO(B); ZERO(C); ZERO(D)
#define CLEAR_WIDE \
	MOVQ stepB-40(SP), AX; \
	ZERO4(Z0, Z1, Z2, Z3); ZERO4(Z4, Z5, Z6, Z7); ZERO4(Z8, Z9, Z10, Z11); \
	ZERO4(Z12, Z13, Z14, Z15); ZERO4(Z16, Z17, Z18, Z19); ZERO4(Z20, Z21, Z22, Z23)
#define CLEAR_NARROW ZERO4(Z0, Z4, Z8, Z12); ZERO(Z16); ZERO(Z20)

#define LOAD_WIDE \
	VMOVDQU32 (DI), Z24; VMOVDQU32 (DI)(R12*1), Z25; VMOVDQU32 (DI)(R12*2), Z26; \
	VMOVDQU32 (DI)(R13*1), Z27; ADDQ AX, DI
#define LOAD_NARROW VMOVDQU32 (DI), Z24; ADDQ $64, DI

// A group of the rows of a tile.
#define WIDE(a, S0, S1, S2, S3) \
	VPBROADCASTD a, Z28; \
	VPDPBUSD Z24, Z28, S0; VPDPBUSD Z25, Z28, S1; VPDPBUSD Z26, Z28, S2; VPDPBUSD Z27, Z28, S3
#define WIDE1 WIDE(A0, Z0, Z1, Z2, Z3)
#define WIDE2 WIDE1; WIDE(A1, Z4, Z5, Z6, Z7)
#define WIDE3 WIDE2; WIDE(A2, Z8, Z9, Z10, Z11)
#define WIDE4 WIDE3; WIDE(A3, Z12, Z13, Z14, Z15)
#define WIDE5 WIDE4; WIDE(A4, Z16, Z17, Z18, Z19)
#define WIDE6 WIDE5; WIDE(A5, Z20, Z21, Z22, Z23)
#define NARROW(a, S) VPBROADCASTD a, Z28; VPDPBUSD Z24, Z28, S
#define NARROW1 NARROW(A0, Z0)
#define NARROW2 NARROW1; NARROW(A1, Z4)
#define NARROW3 NARROW2; NARROW(A2, Z8)
#define NARROW4 NARROW3; NARROW(A3, Z12)
#define NARROW5 NARROW4; NARROW(A4, Z16)
#define NARROW6 NARROW5; NARROW(A5, Z20)

// The rows of C that a tile has, each by STORE.
#define ROWS_WIDE(STORE, next) \
	STORE(Z0, Z1, Z2, Z3); \
	IF_ROWS(2, next); STORE(Z4, Z5, Z6, Z7); \
	IF_ROWS(3, next); STORE(Z8, Z9, Z10, Z11); \
	IF_ROWS(4, next); STORE(Z12, Z13, Z14, Z15); \
	IF_ROWS(5, next); STORE(Z16, Z17, Z18, Z19); \
	IF_ROWS(6, next); STORE(Z20, Z21, Z22, Z23)
#define ROWS_NARROW(STORE, next) \
	STORE(Z0); \
	IF_ROWS(2, next); STORE(Z4); \
	IF_ROWS(3, next); STORE(Z8); \
	IF_ROWS(4, next); STORE(Z12); \
	IF_ROWS(5, next); STORE(Z16); \
	IF_ROWS(6, next); STORE(Z20)

#define NONE
#define SUMS_WIDE(S0, S1, S2, S3) \
	VMOVDQU32 S0, (BX); VMOVDQU32 S1, 64(BX); VMOVDQU32 S2, 128(BX); VMOVDQU32 S3, 192(BX); \
	ADDQ R15, BX
#define SUMS_NARROW(S) VMOVDQU32 S, (BX); ADDQ R15, BX
#define STORES_WIDE(next) ROWS_WIDE(SUMS_WIDE, next)
#define STORES_NARROW(next) ROWS_NARROW(SUMS_NARROW, next)

// WIDE_PANELS computes panels by four, as long as there are so many; an element of C has SIZE bytes.
#define WIDE_PANELS(SIZE) \
	MOVQ layout+24(FP), AX; \
	CMPQ QuantLayout_Beside(AX), $4; \
	MOVQ $64, AX; \
	JNE apart; \
	MOVQ AX, R12; \
	MOVQ $256, AX; \
apart: \
	MOVQ AX, stepB-40(SP); \
	LEAQ (R12)(R12*2), R13; \
wide: \
	CMPQ panels-8(SP), $4; \
	JLT left; \
	WIDE_BLOCKS; \
	MOVQ groups-32(SP), AX; \
	SHLQ $8, AX; \
	SUBQ AX, panelB-16(SP); \
	ADDQ $(SIZE*64), panelC-24(SP); \
	SUBQ $4, panels-8(SP); \
	JMP wide; \
left: \
	MOVQ groups-32(SP), R12; \
	SHLQ $6, R12; \
	NEGQ R12

MUL_QUANT(·mulQuantAVX512VNNI, 16, 64, WIDE_PANELS(4))

#undef CLEAR_WIDE
#undef CLEAR_NARROW
#undef STORES_WIDE
#undef STORES_NARROW

// COLUMN sets CX to the column that the tile begins at, DI to the QuantTile.
#define COLUMN \
	MOVQ tile+32(FP), DI; \
	MOVQ panelC-24(SP), CX; \
	SUBQ c+0(FP), CX
#define COPY4(A, B, C, D) \
	VMOVDQA32 Z0, A; VMOVDQA32 Z1, B; VMOVDQA32 Z2, C; VMOVDQA32 Z3, D
#define CLEAR_BY(LOADS) \
	COLUMN; \
	MOVQ QuantTile_Offset(DI), BX; \
	LEAQ (BX)(CX*4), BX; \
	MOVQ panelB-16(SP), DI; \
	MOVQ groups-32(SP), CX; \
	LOADS
#define CLEAR_WIDE CLEAR_BY(OFFSETS_WIDE); MOVQ stepB-40(SP), AX
#define OFFSETS_WIDE \
	VMOVDQU32 (BX), Z0; VMOVDQU32 64(BX), Z1; VMOVDQU32 128(BX), Z2; VMOVDQU32 192(BX), Z3; \
	COPY4(Z4, Z5, Z6, Z7); COPY4(Z8, Z9, Z10, Z11); COPY4(Z12, Z13, Z14, Z15); \
	COPY4(Z16, Z17, Z18, Z19); COPY4(Z20, Z21, Z22, Z23)
#define CLEAR_NARROW CLEAR_BY(OFFSETS_NARROW)
#define OFFSETS_NARROW \
	VMOVDQU32 (BX), Z0; VMOVDQA32 Z0, Z4; VMOVDQA32 Z0, Z8; VMOVDQA32 Z0, Z12; VMOVDQA32 Z0, Z16; \
	VMOVDQA32 Z0, Z20

// COLUMNS finds the scales and the mask of the columns that are left of n.
#define COLUMNS(n) \
	COLUMN; \
	MOVQ QuantTile_Scale(DI), AX; \
	LEAQ (AX)(CX*4), AX; \
	SUBQ QuantTile_Cols(DI), CX; \
	XORL BX, BX; \
	ADDQ $n, CX; \
	CMOVQLT BX, CX; \
	MOVQ $-1, BX; \
	SHLQ $(64-n), BX; \
	SHRQ $(64-n), BX; \
	SHRQ CX, BX; \
	KMOVQ BX, K1; \
	MOVQ DX, BX

// RESULTS stores a tile as its QuantTile says: by the rows of codes, which BOUNDS prepares, of floats or
// of integers. Elements of four bytes begin four times as far from C as their column. FETCH_NEXT has the
// next tile's lines come while its sums add up.
#define RESULTS(n, ROWS, BOUNDS, CODES, FLOATS, INTEGERS, FETCH_NEXT, next, codes, integers) \
	COLUMNS(n); \
	CMPB QuantTile_Result(DI), $const_QuantIntegers; \
	JLO codes; \
	MOVQ panelC-24(SP), CX; \
	SUBQ c+0(FP), CX; \
	LEAQ (DX)(CX*2), BX; \
	LEAQ (BX)(CX*1), BX; \
	KSHIFTRQ $16, K1, K2; \
	KSHIFTRQ $32, K1, K3; \
	KSHIFTRQ $48, K1, K4; \
	CMPB QuantTile_Result(DI), $const_QuantIntegers; \
	JEQ integers; \
	ROWS(FLOATS, next); \
	FETCH_NEXT; \
	JMP next; \
integers: \
	ROWS(INTEGERS, next); \
	FETCH_NEXT; \
	JMP next; \
codes: \
	VBROADCASTSS (QuantTile_CodeRange+CodeRange_High)(DI), Z24; \
	VBROADCASTSS (QuantTile_CodeRange+CodeRange_Low)(DI), Z25; \
	VPBROADCASTD (QuantTile_CodeRange+CodeRange_Zero)(DI), Z26; \
	VCVTPS2DQ Z25, Z25; \
	BOUNDS; \
	ROWS(CODES, next)

// ROUND makes integers of sums. NaN, which VMINPS returns where it is its second operand, becomes the
// lowest integer, as what is too low does.
#define ROUND(scale, S) \
	VCVTDQ2PS S, S; VMULPS scale, S, S; VMINPS S, Z24, S; VCVTPS2DQ S, S

#define BOUNDS_WIDE \
	VPACKSSDW Z25, Z25, Z25; \
	VPBROADCASTW X26, Z26; \
	VPTERNLOGD $0xFF, Z27, Z27, Z27; \
	VPSRLW $8, Z27, Z27; \
	VMOVDQU32 ·transposition+256(SB), Z28
#define CODES_WIDE(S0, S1, S2, S3) \
	ROUND((AX), S0); ROUND(64(AX), S1); ROUND(128(AX), S2); ROUND(192(AX), S3); \
	VPACKSSDW S1, S0, S0; VPACKSSDW S3, S2, S2; \
	VPMAXSW Z25, S0, S0; VPMAXSW Z25, S2, S2; \
	VPADDW Z26, S0, S0; VPADDW Z26, S2, S2; \
	VPANDD Z27, S0, S0; VPANDD Z27, S2, S2; \
	VPACKUSWB S2, S0, S0; \
	VPERMD S0, Z28, S0; \
	VMOVDQU8 S0, K1, (BX); \
	ADDQ R15, BX
#define CODES_NARROW(S) \
	ROUND((AX), S); VPMAXSD Z25, S, S; VPADDD Z26, S, S; VPMOVDB S, K1, (BX); ADDQ R15, BX

#define FLOAT(scale, S) VCVTDQ2PS S, S; VMULPS scale, S, S
#define FLOATS_WIDE(S0, S1, S2, S3) \
	FLOAT((AX), S0); FLOAT(64(AX), S1); FLOAT(128(AX), S2); FLOAT(192(AX), S3); \
	INTEGERS_WIDE(S0, S1, S2, S3)
#define FLOATS_NARROW(S) FLOAT((AX), S); INTEGERS_NARROW(S)
#define INTEGERS_WIDE(S0, S1, S2, S3) \
	VMOVDQU32 S0, K1, (BX); VMOVDQU32 S1, K2, 64(BX); VMOVDQU32 S2, K3, 128(BX); \
	VMOVDQU32 S3, K4, 192(BX); \
	ADDQ R15, BX
#define FETCH_WIDE FETCH2; FETCH2; FETCH2
#define FETCH2 FETCH; FETCH
#define FETCH PREFETCHT0 (BX); PREFETCHT0 64(BX); PREFETCHT0 128(BX); PREFETCHT0 192(BX); ADDQ R15, BX
#define INTEGERS_NARROW(S) VMOVDQU32 S, K1, (BX); ADDQ R15, BX

#define STORES_WIDE(next) \
	RESULTS(64, ROWS_WIDE, BOUNDS_WIDE, CODES_WIDE, FLOATS_WIDE, INTEGERS_WIDE, FETCH_WIDE, next, wideCodes, wideIntegers)
#define STORES_NARROW(next) \
	RESULTS(16, ROWS_NARROW, NONE, CODES_NARROW, FLOATS_NARROW, INTEGERS_NARROW, NONE, next, codes, integers)

MUL_TILE(·mulTileAVX512VNNI, 16, 64, WIDE_PANELS(1))
