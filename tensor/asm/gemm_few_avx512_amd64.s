//go:build !purego

// The product of two or three rows and many columns in AVX-512: a tile of all rows by eight
// registers.
//
// Go calls it as a Multiply with 2 ≤ M ≤ 3, N a multiple of the tile's columns, an A whose rows lie
// ARow apart, and a plain B. Narrower tiles have too few chains here to hide their latency.
//
//	Z0-Z23	the tile, row after row
//	Z24-Z26	an element of A in every lane, for each row
//	Z30	a register of B or of the biases
//	Z28 Z29	zeros and the slope, in the epilogue
//
//	SI	A
//	R8	A's row stride, in bytes as all strides
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

// COLUMNSn makes a step of a register of columns in n rows.
#define COLUMNS2(at, c0, c1) \
	VMOVU (at*64)(DI), Z30; VFMA231 Z30, Z24, c0; VFMA231 Z30, Z25, c1
#define COLUMNS3(at, c0, c1, c2) COLUMNS2(at, c0, c1); VFMA231 Z30, Z26, c2

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

// TILEn makes a step of a kind with four registers at a time, a half of a row. LOADS and STORES go on
// to the next row in C after the second half of one.
#define TILE2(F) \
	F(0, Z0, Z1, Z2, Z3, NONE); F(256, Z4, Z5, Z6, Z7, NEXT_ROW); \
	F(0, Z8, Z9, Z10, Z11, NONE); F(256, Z12, Z13, Z14, Z15, NEXT_ROW)
#define TILE3(F) TILE2(F); F(0, Z16, Z17, Z18, Z19, NONE); F(256, Z20, Z21, Z22, Z23, NEXT_ROW)

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

// ALL makes all tiles of one height.
#define ALL(TILE, STEP, tile, resume, step, leaky, store) \
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
	ADDQ $512, BX; \
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
	ADDQ $512, DX; \
	ADDQ $512, R15; \
	SUBQ $(512/ELEM), R14; \
	JGT tile; \
	VZEROUPPER; \
	RET

#define FEW(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ layout+32(FP), CX; \
	MOVQ Layout_ARow(CX), R8; \
	SHLQ $SHIFT, R8; \
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
	JEQ three; \
	ALL(TILE2, STEP2, two, resume2, step2, leaky2, store2); \
	ALL(TILE3, STEP3, three, resume3, step3, leaky3, store3)

#include "avx512_f32.h"
FEW(·gemmFewF32AVX512)

#include "avx512_f64.h"
FEW(·gemmFewF64AVX512)
