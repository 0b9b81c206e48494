//go:build !purego

// Walks through decision trees, eight side by side, in scalar instructions: each step waits some
// fifteen cycles for its split and its column, in which the other seven are made.
//
//	R8-R13, R15, DX	where the walks are
//	X0-X7	the values of their nodes
//	AX, CX	the column and the way on of a node
//	DI	nodes, of float64 but for their values
//	SI	the values of float64
//	BX	the first row's columns

#include "textflag.h"
#include "vector_amd64.h"

// STEP sets the carry if the value is below the column: the way to the neighbour.
#define STEP(at, value, lane) \
	LOAD_NODE(at, value); \
	VUCOMI lane(BX)(AX*ELEM), value; \
	ADCL CX, at

#define LOAD_NODE BY_TYPE(LOAD_F32, LOAD_F64)
#define LOAD_F32(at, value) \
	MOVWLZX 4(DI)(at*8), AX; \
	VMOVSS (DI)(at*8), value; \
	MOVWLZX 6(DI)(at*8), CX
#define LOAD_F64(at, value) \
	MOVL (DI)(at*8), AX; \
	VMOVSD (SI)(at*8), value; \
	MOVL 4(DI)(at*8), CX

#define STEPS(lane) \
	STEP(R8, X0, 0); \
	STEP(R9, X1, lane); \
	STEP(R10, X2, 2*lane); \
	STEP(R11, X3, 3*lane); \
	STEP(R12, X4, 4*lane); \
	STEP(R13, X5, 5*lane); \
	STEP(R15, X6, 6*lane); \
	STEP(DX, X7, 7*lane)

#define ON_UNLESS_LEAF(at, on) COMPARE_DELTA(at); JNE on
#define COMPARE_DELTA BY_TYPE(COMPARE_F32, COMPARE_F64)
#define COMPARE_F32(at) CMPW 6(DI)(at*8), $0
#define COMPARE_F64(at) CMPL 4(DI)(at*8), $0

// WALK moves eight walks to their leaves. The next ones' rows are at BX.
#define WALK(lane) \
	MOVL (CX), R8; \
	MOVL 4(CX), R9; \
	MOVL 8(CX), R10; \
	MOVL 12(CX), R11; \
	MOVL 16(CX), R12; \
	MOVL 20(CX), R13; \
	MOVL 24(CX), R15; \
	MOVL 28(CX), DX; \
	MOVQ LEAST, CX; \
	MOVQ CX, steps-8(SP); \
	TESTQ CX, CX; \
	JEQ check; \
step: \
	STEPS(lane); \
	DECQ steps-8(SP); \
	JNE step; \
check: \
	ON_UNLESS_LEAF(R8, on); \
	ON_UNLESS_LEAF(R9, on); \
	ON_UNLESS_LEAF(R10, on); \
	ON_UNLESS_LEAF(R11, on); \
	ON_UNLESS_LEAF(R12, on); \
	ON_UNLESS_LEAF(R13, on); \
	ON_UNLESS_LEAF(R15, on); \
	ON_UNLESS_LEAF(DX, on); \
	JMP store; \
on: \
	STEPS(lane); \
	STEPS(lane); \
	JMP check; \
store: \
	MOVQ at_base+0(FP), CX; \
	MOVL R8, (CX); \
	MOVL R9, 4(CX); \
	MOVL R10, 8(CX); \
	MOVL R11, 12(CX); \
	MOVL R12, 16(CX); \
	MOVL R13, 20(CX); \
	MOVL R15, 24(CX); \
	MOVL DX, 28(CX); \
	ADDQ $32, CX; \
	MOVQ CX, at_base+0(FP)

// ROWS counts the walks in at_len, in its place.
#define ROWS(name) \
TEXT name(SB), NOSPLIT, $8-112; \
	MOVQ x_base+24(FP), BX; \
	MOVQ nodes_Words_base+56(FP), DI; \
	MOVQ nodes_Values_base+80(FP), SI; \
	MOVQ at_base+0(FP), CX; \
	JMP next; \
group: \
	WALK(ELEM); \
	MOVQ group+48(FP), AX; \
	LEAQ (BX)(AX*ELEM), BX; \
	SUBQ $8, at_len+8(FP); \
next: \
	CMPQ at_len+8(FP), $0; \
	JNE group; \
	RET

#define WALKS(name) \
TEXT name(SB), NOSPLIT, $8-104; \
	MOVQ x_base+24(FP), BX; \
	MOVQ nodes_Words_base+48(FP), DI; \
	MOVQ nodes_Values_base+72(FP), SI; \
	MOVQ at_base+0(FP), CX; \
	JMP next; \
group: \
	WALK(0); \
	SUBQ $8, at_len+8(FP); \
next: \
	CMPQ at_len+8(FP), $0; \
	JNE group; \
	RET

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
