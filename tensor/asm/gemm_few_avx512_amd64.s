//go:build !purego

// The product of two to six rows and many columns in AVX-512: a tile of all rows by eight registers
// for two and three rows, by four for more.
//
// Go calls it as a Multiply with 2 ≤ M ≤ 6, N a multiple of the tile's columns, an A whose rows lie
// ARow apart, and a plain B. The tile of gemm_avx512_amd64.h, two registers wide, has too few chains
// here to hide their latency, and reads rows of B in pieces of two lines, so that the prefetchers
// don't follow.
//
//	Z0-Z23	the tile, row after row
//	Z24-Z29	an element of A in every lane, for each row
//	Z30	a register of B or of the biases
//	Z28 Z29	zeros and the slope, in the epilogue
//
//	SI	A
//	R8 R9 R10	1, 3 and 5 times A's row stride, in bytes as all strides
//	R11	A's column stride
//	DI	B, R12 its row stride, R15 its columns
//	DX	C, R13 its row stride, AX a row of it
//	CX	steps of K
//	R14	columns left
//	BX	the biases of the columns, if there is an epilogue

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

#define ZEROS Z28
#define SLOPE Z29

// ELEMENTSn puts the elements of A of n rows in every lane and goes on to the next column.
#define ELEMENTS2 VBROADCAST (SI), Z24; VBROADCAST (SI)(R8*1), Z25; ADDQ R11, SI
#define ELEMENTS3 VBROADCAST (SI)(R8*2), Z26; ELEMENTS2
#define ELEMENTS4 VBROADCAST (SI)(R9*1), Z27; ELEMENTS3
#define ELEMENTS5 VBROADCAST (SI)(R8*4), Z28; ELEMENTS4
#define ELEMENTS6 VBROADCAST (SI)(R10*1), Z29; ELEMENTS5

// COLUMNSn makes a step of a register of columns in n rows.
#define COLUMNS2(at, c0, c1) \
	VMOVU (at*64)(DI), Z30; VFMA231 Z30, Z24, c0; VFMA231 Z30, Z25, c1
#define COLUMNS3(at, c0, c1, c2) COLUMNS2(at, c0, c1); VFMA231 Z30, Z26, c2
#define COLUMNS4(at, c0, c1, c2, c3) COLUMNS3(at, c0, c1, c2); VFMA231 Z30, Z27, c3
#define COLUMNS5(at, c0, c1, c2, c3, c4) COLUMNS4(at, c0, c1, c2, c3); VFMA231 Z30, Z28, c4
#define COLUMNS6(at, c0, c1, c2, c3, c4, c5) \
	COLUMNS5(at, c0, c1, c2, c3, c4); VFMA231 Z30, Z29, c5

// STEPn makes a step of the tile of n rows.
#define STEP2 \
	ELEMENTS2; \
	COLUMNS2(0, Z0, Z8); COLUMNS2(1, Z1, Z9); COLUMNS2(2, Z2, Z10); COLUMNS2(3, Z3, Z11); \
	COLUMNS2(4, Z4, Z12); COLUMNS2(5, Z5, Z13); COLUMNS2(6, Z6, Z14); COLUMNS2(7, Z7, Z15)
#define STEP3 \
	ELEMENTS3; \
	COLUMNS3(0, Z0, Z8, Z16); COLUMNS3(1, Z1, Z9, Z17); \
	COLUMNS3(2, Z2, Z10, Z18); COLUMNS3(3, Z3, Z11, Z19); \
	COLUMNS3(4, Z4, Z12, Z20); COLUMNS3(5, Z5, Z13, Z21); \
	COLUMNS3(6, Z6, Z14, Z22); COLUMNS3(7, Z7, Z15, Z23)
#define STEP4 \
	ELEMENTS4; \
	COLUMNS4(0, Z0, Z4, Z8, Z12); COLUMNS4(1, Z1, Z5, Z9, Z13); \
	COLUMNS4(2, Z2, Z6, Z10, Z14); COLUMNS4(3, Z3, Z7, Z11, Z15)
#define STEP5 \
	ELEMENTS5; \
	COLUMNS5(0, Z0, Z4, Z8, Z12, Z16); COLUMNS5(1, Z1, Z5, Z9, Z13, Z17); \
	COLUMNS5(2, Z2, Z6, Z10, Z14, Z18); COLUMNS5(3, Z3, Z7, Z11, Z15, Z19)
#define STEP6 \
	ELEMENTS6; \
	COLUMNS6(0, Z0, Z4, Z8, Z12, Z16, Z20); COLUMNS6(1, Z1, Z5, Z9, Z13, Z17, Z21); \
	COLUMNS6(2, Z2, Z6, Z10, Z14, Z18, Z22); COLUMNS6(3, Z3, Z7, Z11, Z15, Z19, Z23)

// TILE makes a step of a kind with four registers at a time: the tile's rows, or for two and three
// rows their halves. LOADS and STORES go on to the next row in C after the last four of one.
#define TILE8(F) \
	F(0, Z0, Z1, Z2, Z3, NONE); F(256, Z4, Z5, Z6, Z7, NEXT_ROW); \
	F(0, Z8, Z9, Z10, Z11, NONE); F(256, Z12, Z13, Z14, Z15, NEXT_ROW)
#define TILE8_THIRD(F) F(0, Z16, Z17, Z18, Z19, NONE); F(256, Z20, Z21, Z22, Z23, NEXT_ROW)
#define TILE4(F) \
	F(0, Z0, Z1, Z2, Z3, NEXT_ROW); F(0, Z4, Z5, Z6, Z7, NEXT_ROW); \
	F(0, Z8, Z9, Z10, Z11, NEXT_ROW); F(0, Z12, Z13, Z14, Z15, NEXT_ROW)
#define TILE4_FIFTH(F) F(0, Z16, Z17, Z18, Z19, NEXT_ROW)
#define TILE4_SIXTH(F) F(0, Z20, Z21, Z22, Z23, NEXT_ROW)
#define TILE2(F) TILE8(F)
#define TILE3(F) TILE8(F); TILE8_THIRD(F)
#define TILE5(F) TILE4(F); TILE4_FIFTH(F)
#define TILE6(F) TILE5(F); TILE4_SIXTH(F)

#define NEXT_ROW ADDQ R13, AX
#define CLEARS(at, A, B, C, D, next) CLEAR2(A, B); CLEAR2(C, D)
#define LOADS(at, A, B, C, D, next) \
	VMOVU at(AX), A; VMOVU (at+64)(AX), B; VMOVU (at+128)(AX), C; VMOVU (at+192)(AX), D; next
#define STORES(at, A, B, C, D, next) \
	VMOVU A, at(AX); VMOVU B, (at+64)(AX); VMOVU C, (at+128)(AX); VMOVU D, (at+192)(AX); next
#define BIASES(at, A, B, C, D, next) \
	VADD at(BX), A, A; VADD (at+64)(BX), B, B; VADD (at+128)(BX), C, C; VADD (at+192)(BX), D, D
#define RELUS(at, A, B, C, D, next) RELU(A); RELU(B); RELU(C); RELU(D)
#define LEAKYS(at, A, B, C, D, next) LEAKY(A); LEAKY(B); LEAKY(C); LEAKY(D)

// ALL makes all tiles of one height, of so many bytes in a row.
#define ALL(TILE, STEP, width, tile, resume, step, leaky, store) \
tile: \
	MOVQ layout+32(FP), CX; \
	MOVQ Layout_K(CX), CX; \
	MOVQ a+8(FP), SI; \
	MOVQ R15, DI; \
	CMPB accumulate+40(FP), $0; \
	JNE resume; \
	TILE(CLEARS); \
	JMP step; \
resume: \
	MOVQ DX, AX; \
	TILE(LOADS); \
step: \
	STEP; \
	ADDQ R12, DI; \
	DECQ CX; \
	JNE step; \
	MOVQ epilogue+48(FP), CX; \
	TESTQ CX, CX; \
	JEQ store; \
	TILE(BIASES); \
	ADDQ $width, BX; \
	VPXORQ Z28, Z28, Z28; \
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluActivation; \
	JLT store; \
	JGT leaky; \
	TILE(RELUS); \
	JMP store; \
leaky: \
	VBROADCAST EPILOGUE_SLOPE(CX), Z29; \
	TILE(LEAKYS); \
store: \
	MOVQ DX, AX; \
	TILE(STORES); \
	ADDQ $width, DX; \
	ADDQ $width, R15; \
	SUBQ $(width/ELEM), R14; \
	JGT tile; \
	VZEROUPPER; \
	RET

#define FEW(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ layout+32(FP), CX; \
	MOVQ Layout_ARow(CX), R8; \
	SHLQ $SHIFT, R8; \
	LEAQ (R8)(R8*2), R9; \
	LEAQ (R8)(R8*4), R10; \
	MOVQ Layout_ACol(CX), R11; \
	SHLQ $SHIFT, R11; \
	MOVQ Layout_BRow(CX), R12; \
	SHLQ $SHIFT, R12; \
	MOVQ Layout_LDC(CX), R13; \
	SHLQ $SHIFT, R13; \
	MOVQ Layout_N(CX), R14; \
	MOVQ b+16(FP), R15; \
	MOVQ c+0(FP), DX; \
	MOVQ Layout_M(CX), AX; \
	MOVQ epilogue+48(FP), CX; \
	TESTQ CX, CX; \
	JEQ dispatch; \
	MOVQ EPILOGUE_BIAS(CX), BX; \
dispatch: \
	CMPQ AX, $3; \
	JLT two; \
	JEQ three; \
	CMPQ AX, $5; \
	JLT four; \
	JEQ five; \
	ALL(TILE6, STEP6, 256, six, resume6, step6, leaky6, store6); \
	ALL(TILE2, STEP2, 512, two, resume2, step2, leaky2, store2); \
	ALL(TILE3, STEP3, 512, three, resume3, step3, leaky3, store3); \
	ALL(TILE4, STEP4, 256, four, resume4, step4, leaky4, store4); \
	ALL(TILE5, STEP5, 256, five, resume5, step5, leaky5, store5)

#include "avx512_f32.h"
FEW(·gemmFewF32AVX512)

#include "avx512_f64.h"
FEW(·gemmFewF64AVX512)
