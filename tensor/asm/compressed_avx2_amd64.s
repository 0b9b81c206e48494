//go:build !purego

// Products by weights of few bits in AVX2: one or two rows by a panel of 32 columns. Without a row
// the weights themselves are stored.
//
// As in AVX-512, but a code of four bits is shifted down anew for each step and put into the
// fraction of 2²³, since a permutation chooses among eight numbers only; and scales stay in memory,
// as there are sixteen registers.
//
//	Y0-Y7	the tile, row after row
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

// A coding's WEIGHTS makes register number at of a step, w, whose codes are shifted by so much.
#define BFLOAT16(at, shift, w) VPMOVZXWD (at*16)(DI), w; VPSLLD $16, w, w
#define FLOAT16(at, shift, w) VCVTPH2PS (at*16)(DI), w
#define INTEGER(at, w) \
	VPOR Y15, w, w; \
	VSUBPS (at*32)(R11), w, w; \
	VMULPS (at*32)(R10), w, w
#define INT8(at, shift, w) VPMOVZXBD (at*8)(DI), w; INTEGER(at, w)
#define INT4(at, shift, w) \
	VMOVDQU (at*32)(DI), w; \
	VPSRLD $shift, w, w; \
	VPAND Y14, w, w; \
	INTEGER(at, w)

// STEP is a step of K.
#define STEP(WEIGHTS, shift, ELEMENTS, CHAINS) \
	ELEMENTS; \
	ADDQ $4, SI; \
	WEIGHTS(0, shift, Y10); CHAINS(0, Y10, Y0, Y4); \
	WEIGHTS(1, shift, Y11); CHAINS(1, Y11, Y1, Y5); \
	WEIGHTS(2, shift, Y10); CHAINS(2, Y10, Y2, Y6); \
	WEIGHTS(3, shift, Y11); CHAINS(3, Y11, Y3, Y7)

// A coding's GROUP makes a group of steps.
#define HALF_GROUP(WEIGHTS, ELEMENTS, CHAINS, label) \
	STEP(WEIGHTS, 0, ELEMENTS, CHAINS); ADDQ $64, DI; DECQ CX
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

// MULTIPLY is a CompressedMultiply.
#define MULTIPLY(name, CONSTANTS, GROUP, WEIGHTS, NEXT) \
TEXT name(SB), NOSPLIT, $0-32; \
	OPERANDS(CONSTANTS); \
	CMPQ AX, $1; \
	JEQ one; \
	JGT two; \
	SUBQ BX, DX; \
	ALL(GROUP, WEIGHTS, NONE, NEXT, ELEMENTS0, CHAINS0, TILE0, none, resume0, block0, group0, step0); \
	ALL(GROUP, WEIGHTS, NONE, NEXT, ELEMENTS2, CHAINS2, TILE2, two, resume2, block2, group2, step2); \
	ALL(GROUP, WEIGHTS, NONE, NEXT, ELEMENTS1, CHAINS1, TILE1, one, resume1, block1, group1, step1)

MULTIPLY(·mulBFloat16AVX2, NONE, HALF_GROUP, BFLOAT16, NONE)
MULTIPLY(·mulFloat16AVX2, NONE, HALF_GROUP, FLOAT16, NONE)
MULTIPLY(·mulInt8AVX2, INTEGERS, INT8_GROUP, INT8, NEXT_SCALES)
MULTIPLY(·mulInt4AVX2, INTEGERS, INT4_GROUP, INT4, NEXT_SCALES)
