//go:build !purego

// Squared distances (Rows.Distances). The sums of eight registers of columns, of four or of two, stay
// in registers on the way down the rows, each a chain of additions: eight of them hide its latency.
//
//	DI	dst, the columns at hand
//	CX	bytes of dst that are left
//	SI	x; R9 the element at hand
//	R8	end of x
//	DX	the columns at hand of the first row; R10 those of the current row
//	BX	bytes of a row
//	V0-V7	sums
//	V8-V11	differences and their squares
//	V12	an element of x
//	V13	ones
//
// Every other difference is a multiply-add by 1, which rounds as a subtraction does: where adding and
// multiplying have pipes of their own, each then has three operations for two registers.

#include "textflag.h"
#include "vector_amd64.h"

#define CLEAR(V) VXORPS V, V, V
#define CLEAR2 CLEAR(V0); CLEAR(V1)
#define CLEAR4 CLEAR2; CLEAR(V2); CLEAR(V3)
#define CLEAR8 CLEAR4; CLEAR(V4); CLEAR(V5); CLEAR(V6); CLEAR(V7)

#define SQUARE(i, D, SUM) \
	VSUB (i*VBYTES)(R10), V12, D; \
	VMUL D, D, D; \
	VADD D, SUM, SUM
#define SQUARE_FUSED(i, D, SUM) \
	VMOVA V12, D; \
	VFNMADD231 (i*VBYTES)(R10), V13, D; \
	VMUL D, D, D; \
	VADD D, SUM, SUM
#define SQUARE2 SQUARE(0, V8, V0); SQUARE_FUSED(1, V9, V1)
#define SQUARE4 SQUARE2; SQUARE(2, V10, V2); SQUARE_FUSED(3, V11, V3)
#define SQUARE8 \
	SQUARE4; \
	SQUARE(4, V8, V4); SQUARE_FUSED(5, V9, V5); \
	SQUARE(6, V10, V6); SQUARE_FUSED(7, V11, V7)

#define STORE_2(p) \
	VMOVU V0, (p); \
	VMOVU V1, VBYTES(p)
#define STORE_4(p) STORE4(VMOVU, V0, V1, V2, V3, p)

// BLOCKS computes blocks of n registers for as long as there are some.
#define BLOCKS(n, CLEAR, SQUARE, STORE, block, row, store, less) \
	SUBQ $(n*VBYTES), CX; \
	JLT less; \
block: \
	CLEAR; \
	MOVQ SI, R9; \
	MOVQ DX, R10; \
	CMPQ R9, R8; \
	JEQ store; \
row: \
	VBROADCAST (R9), V12; \
	SQUARE; \
	ADDQ $ELEM, R9; \
	ADDQ BX, R10; \
	CMPQ R9, R8; \
	JNE row; \
store: \
	STORE(DI); \
	ADDQ $(n*VBYTES), DI; \
	ADDQ $(n*VBYTES), DX; \
	SUBQ $(n*VBYTES), CX; \
	JGE block; \
less: \
	ADDQ $(n*VBYTES), CX

#define DISTANCES(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ x_base+24(FP), SI; \
	MOVQ x_len+32(FP), R8; \
	MOVQ columns_base+48(FP), DX; \
	SHLQ $SHIFT, CX; \
	MOVQ CX, BX; \
	SHLQ $SHIFT, R8; \
	ADDQ SI, R8; \
	MOVQ $BY_TYPE(0x3F800000, 0x3FF0000000000000), AX; \
	VMOVQ AX, X13; \
	VBROADCAST X13, V13; \
	BLOCKS(8, CLEAR8, SQUARE8, STORE8, block8, row8, store8, below8); \
	BLOCKS(4, CLEAR4, SQUARE4, STORE_4, block4, row4, store4, below4); \
	BLOCKS(2, CLEAR2, SQUARE2, STORE_2, block2, row2, store2, below2); \
	VZEROUPPER; \
	RET

#include "avx2_f32.h"
DISTANCES(·distancesF32AVX2)

#include "avx2_f64.h"
DISTANCES(·distancesF64AVX2)

#include "avx512_f32.h"
DISTANCES(·distancesF32AVX512)

#include "avx512_f64.h"
DISTANCES(·distancesF64AVX512)
