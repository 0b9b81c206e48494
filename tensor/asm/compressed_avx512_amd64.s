//go:build !purego

// Products by weights of few bits in AVX-512: up to four rows by a panel of 64 columns. Without a
// row the weights themselves are stored.
//
// The weights of a step become float32 in a register each and meet every row of A there, so that
// memory, which few rows are bound by, is read in the weights' own size. Codes of four bits choose
// among the sixteen numbers of a table by a permutation, which looks at the lowest four bits of a
// lane only: a shift brings the next step's code there.
//
//	Z0-Z15	the tile, row after row
//	Z16-Z19	an element of A in every lane, for each row
//	Z20-Z23	the codes of a group of steps
//	Z24-Z27	the scales of a block
//	Z28 Z29	weights
//	Z30	the table of codes
//	Z31	2²³
//
//	DX	C, BX its row stride, in bytes as all strides
//	SI	A, R8 and R9 its row stride, once and three times
//	DI	B
//	R10	scales
//	R11	zeros, R12 their row stride
//	R13	blocks left
//	R14	steps of a block, CX those left
//	R15	bytes to the next panel, if it is multiplied, too
//	AX	steps left of a group, and scratch

#include "go_asm.h"
#include "textflag.h"
#include "compressed_amd64.h"

// 0 to 15, for the table.
DATA indices<>+0(SB)/4, $0
DATA indices<>+4(SB)/4, $1
DATA indices<>+8(SB)/4, $2
DATA indices<>+12(SB)/4, $3
DATA indices<>+16(SB)/4, $4
DATA indices<>+20(SB)/4, $5
DATA indices<>+24(SB)/4, $6
DATA indices<>+28(SB)/4, $7
DATA indices<>+32(SB)/4, $8
DATA indices<>+36(SB)/4, $9
DATA indices<>+40(SB)/4, $10
DATA indices<>+44(SB)/4, $11
DATA indices<>+48(SB)/4, $12
DATA indices<>+52(SB)/4, $13
DATA indices<>+56(SB)/4, $14
DATA indices<>+60(SB)/4, $15
GLOBL indices<>(SB), RODATA|NOPTR, $64

#define NONE

// ELEMENTSn puts the elements of A of n rows in every lane, or goes on to the row of C where a step's
// weights are stored.
#define ELEMENTS0 ADDQ BX, DX
#define ELEMENTS1 VBROADCASTSS (SI), Z16
#define ELEMENTS2 ELEMENTS1; VBROADCASTSS (SI)(R8*1), Z17
#define ELEMENTS3 ELEMENTS2; VBROADCASTSS (SI)(R8*2), Z18
#define ELEMENTS4 ELEMENTS3; VBROADCASTSS (SI)(R9*1), Z19

// CHAINSn continues the chains of a register of columns in n rows, or stores the weights.
#define CHAINS0(at, w, c0, c1, c2, c3) VMOVUPS w, (at*64)(DX)
#define CHAINS1(at, w, c0, c1, c2, c3) VFMADD231PS w, Z16, c0
#define CHAINS2(at, w, c0, c1, c2, c3) CHAINS1(at, w, c0, c1, c2, c3); VFMADD231PS w, Z17, c1
#define CHAINS3(at, w, c0, c1, c2, c3) CHAINS2(at, w, c0, c1, c2, c3); VFMADD231PS w, Z18, c2
#define CHAINS4(at, w, c0, c1, c2, c3) CHAINS3(at, w, c0, c1, c2, c3); VFMADD231PS w, Z19, c3

// ROWn does F with a row of the tile, TILEn with n of them.
#define ROW1(F) F(Z0, Z1, Z2, Z3)
#define ROW2(F) F(Z4, Z5, Z6, Z7)
#define ROW3(F) F(Z8, Z9, Z10, Z11)
#define ROW4(F) F(Z12, Z13, Z14, Z15)
#define TILE0(F) NONE
#define TILE1(F) ROW1(F)
#define TILE2(F) TILE1(F); ROW2(F)
#define TILE3(F) TILE2(F); ROW3(F)
#define TILE4(F) TILE3(F); ROW4(F)

#define CLEAR(A, B, C, D) \
	VPXORD A, A, A; VPXORD B, B, B; VPXORD C, C, C; VPXORD D, D, D
#define LOAD(A, B, C, D) \
	VMOVUPS (AX), A; VMOVUPS 64(AX), B; VMOVUPS 128(AX), C; VMOVUPS 192(AX), D; ADDQ BX, AX
#define STORE(A, B, C, D) \
	VMOVUPS A, (AX); VMOVUPS B, 64(AX); VMOVUPS C, 128(AX); VMOVUPS D, 192(AX); ADDQ BX, AX

// A coding's WEIGHTS makes register number at of a step, w, of codes and scales; of halves panel says
// of which one.
#define BESIDE (R15*1)
#define BFLOAT16(at, panel, scales, w) VPMOVZXWD (at*32)(DI)panel, w; VPSLLD $16, w, w
#define FLOAT16(at, panel, scales, w) VCVTPH2PS (at*32)(DI)panel, w
#define INT8(at, codes, scales, w) \
	VPMOVZXBD (at*16)(DI), w; \
	VPORD Z31, w, w; \
	VSUBPS (at*64)(R11), w, w; \
	VMULPS scales, w, w
#define INT4(at, codes, scales, w) \
	VPERMPS Z30, codes, w; \
	VPSRLD $4, codes, codes; \
	VSUBPS (at*64)(R11), w, w; \
	VMULPS scales, w, w
#define INT4_UNIFORM(at, codes, scales, w) \
	VPERMPS Z30, codes, w; \
	VPSRLD $4, codes, codes; \
	VMULPS scales, w, w

// STEP is a step of K.
#define STEP(WEIGHTS, ELEMENTS, CHAINS) \
	ELEMENTS; \
	ADDQ $4, SI; \
	WEIGHTS(0, Z20, Z24, Z28); CHAINS(0, Z28, Z0, Z4, Z8, Z12); \
	WEIGHTS(1, Z21, Z25, Z29); CHAINS(1, Z29, Z1, Z5, Z9, Z13); \
	WEIGHTS(2, Z22, Z26, Z28); CHAINS(2, Z28, Z2, Z6, Z10, Z14); \
	WEIGHTS(3, Z23, Z27, Z29); CHAINS(3, Z29, Z3, Z7, Z11, Z15)

// HALVES is a step of a panel of halves, of the registers A to D in the first row.
#define HALVES(WEIGHTS, panel, CHAINS, A, B, C, D) \
	WEIGHTS(0, panel, NONE, Z28); CHAINS(0, Z28, A, Z4, Z8, Z12); \
	WEIGHTS(1, panel, NONE, Z29); CHAINS(1, Z29, B, Z5, Z9, Z13); \
	WEIGHTS(2, panel, NONE, Z28); CHAINS(2, Z28, C, Z6, Z10, Z14); \
	WEIGHTS(3, panel, NONE, Z29); CHAINS(3, Z29, D, Z7, Z11, Z15)

// A coding's GROUP makes a group of steps, with a label if it has to. Halves and codes of four bits
// are fetched half a page ahead: what the processor fetches by itself ends with a page.
#define HALF_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	PREFETCHT0 2048(DI); \
	PREFETCHT0 2112(DI); \
	ELEMENTS; \
	ADDQ $4, SI; \
	HALVES(WEIGHTS, NONE, CHAINS, Z0, Z1, Z2, Z3); \
	ADDQ $128, DI; \
	DECQ CX
// Of one row two panels are read at a time: the processor fetches more of them by itself.
#define PAIR_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	PREFETCHT0 2048(DI); \
	PREFETCHT0 2112(DI); \
	PREFETCHT0 2048(DI)(R15*1); \
	PREFETCHT0 2112(DI)(R15*1); \
	ELEMENTS; \
	ADDQ $4, SI; \
	HALVES(WEIGHTS, NONE, CHAINS, Z0, Z1, Z2, Z3); \
	HALVES(WEIGHTS, BESIDE, CHAINS, Z4, Z5, Z6, Z7); \
	ADDQ $128, DI; \
	DECQ CX
#define INT8_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	STEP(WEIGHTS, ELEMENTS, CHAINS); ADDQ $64, DI; DECQ CX
#define INT4_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	VMOVDQU32 (DI), Z20; \
	VMOVDQU32 64(DI), Z21; \
	VMOVDQU32 128(DI), Z22; \
	VMOVDQU32 192(DI), Z23; \
	PREFETCHT0 2048(DI); \
	PREFETCHT0 2112(DI); \
	PREFETCHT0 2176(DI); \
	PREFETCHT0 2240(DI); \
	MOVL $8, AX; \
label: \
	STEP(WEIGHTS, ELEMENTS, CHAINS); \
	DECL AX; \
	JNE label; \
	ADDQ $256, DI; \
	SUBQ $8, CX

// A coding's SCALES begins a block.
#define SCALES \
	VMOVUPS (R10), Z24; \
	VMOVUPS 64(R10), Z25; \
	VMOVUPS 128(R10), Z26; \
	VMOVUPS 192(R10), Z27; \
	ADDQ $256, R10
#define NEXT_ZEROS ADDQ R12, R11

// A coding's TABLE begins a product.
#define BIAS_TABLE \
	MOVL $0x4B000000, AX; \
	VPBROADCASTD AX, Z31
#define CODE_TABLE BIAS_TABLE; VPORD indices<>(SB), Z31, Z30
#define UNIFORM_TABLE CODE_TABLE; VBROADCASTSS (R11), Z29; VSUBPS Z29, Z30, Z30

// PAIRS multiplies one row by two panels of halves, if there are two: their columns of C are stored
// as two rows 256 bytes apart.
#define PAIRS(WEIGHTS) \
	MOVQ CompressedLayout_Beside(CX), R15; \
	TESTQ R15, R15; \
	JEQ single; \
	MOVQ $256, BX; \
	ALL(PAIR_GROUP, WEIGHTS, NONE, NONE, ELEMENTS1, CHAINS1, TILE2, pair, resumePair, blockPair, groupPair, no); \
single:

// MULTIPLY is a CompressedMultiply, for halves with PAIRS.
#define MULTIPLY(name, TABLE, GROUP, WEIGHTS, SCALES, NEXT, PAIRS) \
TEXT name(SB), NOSPLIT, $0-32; \
	OPERANDS(TABLE); \
	PAIRS; \
	CMPQ AX, $2; \
	JEQ two; \
	JGT more; \
	CMPQ AX, $1; \
	JEQ one; \
	SUBQ BX, DX; \
	ALL(GROUP, WEIGHTS, SCALES, NEXT, ELEMENTS0, CHAINS0, TILE0, none, resume0, block0, group0, step0); \
more: \
	CMPQ AX, $4; \
	JLT three; \
	ALL(GROUP, WEIGHTS, SCALES, NEXT, ELEMENTS4, CHAINS4, TILE4, four, resume4, block4, group4, step4); \
	ALL(GROUP, WEIGHTS, SCALES, NEXT, ELEMENTS3, CHAINS3, TILE3, three, resume3, block3, group3, step3); \
	ALL(GROUP, WEIGHTS, SCALES, NEXT, ELEMENTS2, CHAINS2, TILE2, two, resume2, block2, group2, step2); \
	ALL(GROUP, WEIGHTS, SCALES, NEXT, ELEMENTS1, CHAINS1, TILE1, one, resume1, block1, group1, step1)

MULTIPLY(·mulBFloat16AVX512, NONE, HALF_GROUP, BFLOAT16, NONE, NONE, PAIRS(BFLOAT16))
MULTIPLY(·mulFloat16AVX512, NONE, HALF_GROUP, FLOAT16, NONE, NONE, PAIRS(FLOAT16))
MULTIPLY(·mulInt8AVX512, BIAS_TABLE, INT8_GROUP, INT8, SCALES, NEXT_ZEROS, NONE)
MULTIPLY(·mulInt4AVX512, CODE_TABLE, INT4_GROUP, INT4, SCALES, NEXT_ZEROS, NONE)
MULTIPLY(·mulInt4UniformAVX512, UNIFORM_TABLE, INT4_GROUP, INT4_UNIFORM, SCALES, NONE, NONE)
