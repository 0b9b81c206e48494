//go:build !purego

// Products by weights of few bits in AVX2: one or two rows by a panel of 32 columns, or one row by
// two panels of halves, which read memory faster than one. Without a row the weights themselves are
// stored.
//
// As in AVX-512, but a code of four bits is shifted down anew for each step and put into the
// fraction of 2²³, since a permutation chooses among eight numbers only; and scales stay in memory,
// as there are sixteen registers.
//
//	Y0-Y7	the tile, row after row or panel after panel
//	Y8 Y9	an element of A in every lane, for each row
//	Y10 Y11	weights
//	Y14	the mask of a code of four bits
//	Y15	2²³
//
//	DX	C, BX its row stride, in bytes as all strides
//	SI	A, R8 its row stride
//	DI	B
//	R10	scales
//	R11	zeros, R12 their row stride
//	R13	blocks left
//	R14	steps of a block, CX those left
//	R15	bytes to the next panel, if it is multiplied, too
//	AX	scratch

#include "go_asm.h"
#include "textflag.h"
#include "compressed_amd64.h"

#define NONE

#define ELEMENTS0 ADDQ BX, DX
#define ELEMENTS1 VBROADCASTSS (SI), Y8
#define ELEMENTS2 ELEMENTS1; VBROADCASTSS (SI)(R8*1), Y9
#define CHAINS0(at, w, c0, c1) VMOVUPS w, (at*32)(DX)
#define CHAINS1(at, w, c0, c1) VFMADD231PS w, Y8, c0
#define CHAINS2(at, w, c0, c1) CHAINS1(at, w, c0, c1); VFMADD231PS w, Y9, c1

#define TILE0(F) NONE
#define TILE1(F) F(Y0, Y1, Y2, Y3)
#define TILE2(F) TILE1(F); F(Y4, Y5, Y6, Y7)
#define CLEAR(A, B, C, D) \
	VXORPS A, A, A; VXORPS B, B, B; VXORPS C, C, C; VXORPS D, D, D
#define LOAD(A, B, C, D) \
	VMOVUPS (AX), A; VMOVUPS 32(AX), B; VMOVUPS 64(AX), C; VMOVUPS 96(AX), D; ADDQ BX, AX
#define STORE(A, B, C, D) \
	VMOVUPS A, (AX); VMOVUPS B, 32(AX); VMOVUPS C, 64(AX); VMOVUPS D, 96(AX); ADDQ BX, AX

// A coding's WEIGHTS makes register number at of a step of a panel, w, whose codes are shifted by so
// much.
#define BESIDE (R15*1)
#define BFLOAT16(at, panel, shift, w) VPMOVZXWD (at*16)(DI)panel, w; VPSLLD $16, w, w
#define FLOAT16(at, panel, shift, w) VCVTPH2PS (at*16)(DI)panel, w
#define INTEGER(at, w) \
	VPOR Y15, w, w; \
	VSUBPS (at*32)(R11), w, w; \
	VMULPS (at*32)(R10), w, w
#define INT8(at, panel, shift, w) VPMOVZXBD (at*8)(DI), w; INTEGER(at, w)
#define INT4(at, panel, shift, w) \
	VMOVDQU (at*32)(DI), w; \
	VPSRLD $shift, w, w; \
	VPAND Y14, w, w; \
	INTEGER(at, w)

// STEP is a step of K.
#define STEP(WEIGHTS, shift, ELEMENTS, CHAINS) \
	ELEMENTS; \
	ADDQ $4, SI; \
	PANEL(WEIGHTS, NONE, shift, CHAINS, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)

// PANEL is that of a panel: of the registers C0 to C3, and D0 to D3 in the second row.
#define PANEL(WEIGHTS, panel, shift, CHAINS, C0, C1, C2, C3, D0, D1, D2, D3) \
	WEIGHTS(0, panel, shift, Y10); CHAINS(0, Y10, C0, D0); \
	WEIGHTS(1, panel, shift, Y11); CHAINS(1, Y11, C1, D1); \
	WEIGHTS(2, panel, shift, Y10); CHAINS(2, Y10, C2, D2); \
	WEIGHTS(3, panel, shift, Y11); CHAINS(3, Y11, C3, D3)

// A coding's GROUP makes a group of steps.
#define HALF_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	STEP(WEIGHTS, 0, ELEMENTS, CHAINS); ADDQ $64, DI; DECQ CX
#define PAIR_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	PREFETCHT0 512(DI); \
	PREFETCHT0 512(DI)(R15*1); \
	STEP(WEIGHTS, 0, ELEMENTS, CHAINS); \
	PANEL(WEIGHTS, BESIDE, 0, CHAINS, Y4, Y5, Y6, Y7, NONE, NONE, NONE, NONE); \
	ADDQ $64, DI; \
	DECQ CX
#define INT8_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	STEP(WEIGHTS, 0, ELEMENTS, CHAINS); ADDQ $32, DI; DECQ CX
#define INT4_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	STEP(WEIGHTS, 0, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 4, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 8, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 12, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 16, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 20, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 24, ELEMENTS, CHAINS); \
	STEP(WEIGHTS, 28, ELEMENTS, CHAINS); \
	ADDQ $128, DI; \
	SUBQ $8, CX

// Where zeros are 8 in all columns, the middle, codes of one row become signed ones of the highest
// four bits, and scales stay in registers:
//
//	Y4-Y7	scales
//	Y10-Y13	codes of a group
//	Y9 Y14	weights
//	Y15	the bit in which each code differs from a signed one
#define MIDDLE_SCALES \
	VMOVUPS (R10), Y4; VMOVUPS 32(R10), Y5; VMOVUPS 64(R10), Y6; VMOVUPS 96(R10), Y7
#define MIDDLE(scales, w, c) \
	VPSRAD $28, w, w; VCVTDQ2PS w, w; VMULPS scales, w, w; VFMADD231PS w, Y8, c
#define MIDDLE_STEP(UP) \
	ELEMENTS1; \
	ADDQ $4, SI; \
	UP(Y10, Y9); MIDDLE(Y4, Y9, Y0); \
	UP(Y11, Y14); MIDDLE(Y5, Y14, Y1); \
	UP(Y12, Y9); MIDDLE(Y6, Y9, Y2); \
	UP(Y13, Y14); MIDDLE(Y7, Y14, Y3)
#define UP0(codes, w) VPSLLD $28, codes, w
#define UP1(codes, w) VPSLLD $24, codes, w
#define UP2(codes, w) VPSLLD $20, codes, w
#define UP3(codes, w) VPSLLD $16, codes, w
#define UP4(codes, w) VPSLLD $12, codes, w
#define UP5(codes, w) VPSLLD $8, codes, w
#define UP6(codes, w) VPSLLD $4, codes, w
#define UP7(codes, w) VMOVDQA codes, w
#define MIDDLE_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	PREFETCHT0 1024(DI); \
	PREFETCHT0 1088(DI); \
	VPXOR (DI), Y15, Y10; \
	VPXOR 32(DI), Y15, Y11; \
	VPXOR 64(DI), Y15, Y12; \
	VPXOR 96(DI), Y15, Y13; \
	MIDDLE_STEP(UP0); \
	MIDDLE_STEP(UP1); \
	MIDDLE_STEP(UP2); \
	MIDDLE_STEP(UP3); \
	MIDDLE_STEP(UP4); \
	MIDDLE_STEP(UP5); \
	MIDDLE_STEP(UP6); \
	MIDDLE_STEP(UP7); \
	ADDQ $128, DI; \
	SUBQ $8, CX

// A coding's NEXT ends a block.
#define NEXT_SCALES ADDQ $128, R10; ADDQ R12, R11

// A coding's CONSTANTS begin a product.
#define INTEGERS \
	MOVL $0x4B000000, AX; \
	VMOVD AX, X15; \
	VPBROADCASTD X15, Y15; \
	MOVL $15, AX; \
	VMOVD AX, X14; \
	VPBROADCASTD X14, Y14

// MULTIPLY is a CompressedMultiply but for its last way, to which ONE goes in some cases of one row.
#define MULTIPLY(name, CONSTANTS, GROUP, WEIGHTS, NEXT, ONE) \
TEXT name(SB), NOSPLIT, $0-32; \
	OPERANDS(CONSTANTS); \
	CMPQ AX, $1; \
	JEQ one; \
	JGT two; \
	SUBQ BX, DX; \
	ALL(GROUP, WEIGHTS, NONE, NEXT, ELEMENTS0, CHAINS0, TILE0, none, resume0, block0, group0, step0); \
	ALL(GROUP, WEIGHTS, NONE, NEXT, ELEMENTS2, CHAINS2, TILE2, two, resume2, block2, group2, step2); \
one: \
	ONE; \
	ALL(GROUP, WEIGHTS, NONE, NEXT, ELEMENTS1, CHAINS1, TILE1, single, resume1, block1, group1, step1)

// Two panels of one row are stored as if they were two rows of C, 128 bytes apart.
#define IF_BESIDE \
	MOVQ CompressedLayout_Beside(CX), R15; \
	MOVQ $128, BX; \
	TESTQ R15, R15; \
	JNE pair
#define HALVES(name, WEIGHTS) \
	MULTIPLY(name, NONE, HALF_GROUP, WEIGHTS, NONE, IF_BESIDE); \
	ALL(PAIR_GROUP, WEIGHTS, NONE, NONE, ELEMENTS1, CHAINS1, TILE2, pair, resume3, block3, group3, no)

#define IF_MIDDLE \
	CMPB CompressedLayout_Uniform(CX), $0; \
	JEQ single; \
	CMPL (R11), $0x4B000008; \
	JNE single; \
	MOVL $0x88888888, AX; \
	VMOVD AX, X15; \
	VPBROADCASTD X15, Y15; \
	JMP middle

HALVES(·mulBFloat16AVX2, BFLOAT16)
HALVES(·mulFloat16AVX2, FLOAT16)
MULTIPLY(·mulInt8AVX2, INTEGERS, INT8_GROUP, INT8, NEXT_SCALES, NONE)
#define INT4_PRODUCT(name) \
	MULTIPLY(name, INTEGERS, INT4_GROUP, INT4, NEXT_SCALES, IF_MIDDLE); \
	ALL(MIDDLE_GROUP, NONE, MIDDLE_SCALES, NEXT_SCALES, NONE, NONE, TILE1, middle, again, next, steps, no)
INT4_PRODUCT(·mulInt4AVX2)
