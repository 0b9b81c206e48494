//go:build !purego

// Walks through decision trees in scalar instructions, all of them a step after another: a step waits
// some fifteen cycles for its node and its column, and more where they come from L2, in which those of
// many others are made.
//
//	R8-R13, R15	where eight walks are, the eighth in R8
//	X0-X7	the values of their nodes
//	AX, CX	the column and the way on of a node
//	DI	nodes, of float64 but for their values
//	SI	the values of float64
//	BX	the columns of the walks' first row
//	DX	where the walks are stored

#include "textflag.h"
#include "vector_amd64.h"

#define LOAD_NODE BY_TYPE(LOAD_F32, LOAD_F64)
#define LOAD_F32(at, value) \
	MOVWLZX 4(DI)(at*8), AX; \
	VMOVSS (DI)(at*8), value; \
	MOVWLZX 6(DI)(at*8), CX
#define LOAD_F64(at, value) \
	MOVL (DI)(at*8), AX; \
	VMOVSD (SI)(at*8), value; \
	MOVL 4(DI)(at*8), CX

// STEP moves walk i. The carry is set if the value is below the column: the way to the neighbour.
#define STEP(i, at, value, lane) \
	MOVL (4*i)(DX), at; \
	LOAD_NODE(at, value); \
	VUCOMI (i*lane)(BX)(AX*ELEM), value; \
	ADCL CX, at; \
	MOVL at, (4*i)(DX)

// LEVEL moves all walks a step, whose groups of eight begin the bytes in the frame apart.
#define LEVEL(group, lane) \
	MOVQ at_base+0(FP), DX; \
	MOVQ x_base+24(FP), BX; \
	MOVQ at_len+8(FP), AX; \
	LEAQ (DX)(AX*4), AX; \
	MOVQ AX, end-8(SP); \
group: \
	STEP(0, R8, X0, lane); \
	STEP(1, R9, X1, lane); \
	STEP(2, R10, X2, lane); \
	STEP(3, R11, X3, lane); \
	STEP(4, R12, X4, lane); \
	STEP(5, R13, X5, lane); \
	STEP(6, R15, X6, lane); \
	STEP(7, R8, X7, lane); \
	ADDQ apart-16(SP), BX; \
	ADDQ $32, DX; \
	CMPQ DX, end-8(SP); \
	JNE group

// COMPARE_DELTA compares the Delta of a walk's node with 0, which is that of leaves.
#define COMPARE_DELTA BY_TYPE(COMPARE_F32, COMPARE_F64)
#define COMPARE_F32(at) CMPW 6(DI)(at*8), $0
#define COMPARE_F64(at) CMPL 4(DI)(at*8), $0

// TREES moves walks level by level until all are at leaves: the first that isn't sends all on.
#define TREES(lane) \
	MOVQ at_base+0(FP), DX; \
	CMPQ at_len+8(FP), $0; \
	JEQ done; \
	MOVQ LEAST, AX; \
	MOVQ AX, steps-24(SP); \
	TESTQ AX, AX; \
	JEQ check; \
level: \
	LEVEL(group, lane); \
	DECQ steps-24(SP); \
	JNE level; \
check: \
	MOVQ at_base+0(FP), DX; \
	MOVQ at_len+8(FP), AX; \
	LEAQ (DX)(AX*4), AX; \
look: \
	MOVL (DX), R8; \
	COMPARE_DELTA(R8); \
	JNE more; \
	ADDQ $4, DX; \
	CMPQ DX, AX; \
	JNE look; \
done: \
	RET; \
more: \
	MOVQ $2, steps-24(SP); \
	JMP level

#define ROWS(name) \
TEXT name(SB), NOSPLIT, $24-112; \
	MOVQ nodes_Words_base+56(FP), DI; \
	MOVQ nodes_Values_base+80(FP), SI; \
	MOVQ group+48(FP), AX; \
	SHLQ $SHIFT, AX; \
	MOVQ AX, apart-16(SP); \
	TREES(ELEM)

#define WALKS(name) \
TEXT name(SB), NOSPLIT, $24-104; \
	MOVQ nodes_Words_base+48(FP), DI; \
	MOVQ nodes_Values_base+72(FP), SI; \
	MOVQ $0, apart-16(SP); \
	TREES(0)

#define LEAST least+104(FP)
#include "avx2_f32.h"
ROWS(·treeRowsF32AVX2)
#include "avx2_f64.h"
ROWS(·treeRowsF64AVX2)

#undef LEAST
#define LEAST least+96(FP)
#include "avx2_f32.h"
WALKS(·treeWalksF32AVX2)
#include "avx2_f64.h"
WALKS(·treeWalksF64AVX2)
