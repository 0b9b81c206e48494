// What the bodies of the elementary functions need from AVX-512: the counterpart of math_avx2.h, which see.
//
// Registers:
//	DI	destination
//	SI	x
//	DX	the second operand, if there is one
//	CX	bytes left, biased while a loop counts down by its step
//	V0	x, then the result; V5, V16 and V21 too, of vectors that take turns
//	V1-V9	a body's own; V9 the second operand, if there is one
//	V10	a constant on its way into several instructions, or a body's own
//	V11	a body's own
//	V12, V13	what a kernel keeps, such as a scalar operand, or a body's own
//	V14	the lower bound that a body clamps x to
//	V15	the upper bound
//	V16-V31	a body's own
//	K1	mask of the tail
//	K2	a body's own

#include "stream.h"

#define V0 Z0
#define V1 Z1
#define V2 Z2
#define V3 Z3
#define V4 Z4
#define V5 Z5
#define V6 Z6
#define V7 Z7
#define V8 Z8
#define V9 Z9
#define V10 Z10
#define V11 Z11
#define V12 Z12
#define V13 Z13
#define V14 Z14
#define V15 Z15
#define V16 Z16
#define V17 Z17
#define V18 Z18
#define V19 Z19
#define V20 Z20
#define V21 Z21
#define V22 Z22
#define V23 Z23
#define V24 Z24
#define V25 Z25
#define V26 Z26
#define V27 Z27
#define V28 Z28
#define V29 Z29
#define V30 Z30
#define V31 Z31

// Predicates of VCMP that raise no exception for NaN.
#define LESS 0x11
#define GREATER 0x1e

// Instructions with a constant c from memory, in the place of their first operand.
#define VADDC(c, A, D) VADD.BCST c, A, D
#define VSUBC(c, A, D) VSUB.BCST c, A, D
#define VMULC(c, A, D) VMUL.BCST c, A, D
#define VANDC(c, A, D) VAND.BCST c, A, D
#define VORC(c, A, D) VOR.BCST c, A, D
#define VPADDC(c, A, D) VPADD.BCST c, A, D
#define VFMA213C(c, A, D) VFMA213.BCST c, A, D
#define VFMA231C(c, A, D) VFMA231.BCST c, A, D
#define VFNMADD231C(c, A, D) VFNMADD231.BCST c, A, D

// VFMA213C_FOUR is VFMA213C for four vectors. They share one load of the constant: processors load two registers a turn, and the
// constants of a body are as many as its multiply-adds.
#define VFMA213C_FOUR(c, A, D, B, E, F, G, H, I) \
	VBROADCAST c, V10; \
	VFMA213 V10, A, D; \
	VFMA213 V10, B, E; \
	VFMA213 V10, F, G; \
	VFMA213 V10, H, I

// SELECT_GREATER replaces D by x where x is greater than BOUND.
#define SELECT_GREATER(X, BOUND, D) \
	VCMP $GREATER, BOUND, X, K2; \
	VMOVA X, K2, D

// LOOKUP sets D to the entries of table number i of TABLE, of 16 float32 each, at the places in P. LOAD_TABLES has put the eight tables into V24 to
// V31, of which R is the one: a register is a whole table, and VPERMPS looks at the lowest four bits of a place. INDEX, which AVX2 needs,
// has nothing to prepare in H.
#define LOAD_TABLES(TABLE) \
	VMOVUPS TABLE+0(SB), V24; \
	VMOVUPS TABLE+64(SB), V25; \
	VMOVUPS TABLE+128(SB), V26; \
	VMOVUPS TABLE+192(SB), V27; \
	VMOVUPS TABLE+256(SB), V28; \
	VMOVUPS TABLE+320(SB), V29; \
	VMOVUPS TABLE+384(SB), V30; \
	VMOVUPS TABLE+448(SB), V31
#define INDEX(P, H)
#define LOOKUP(TABLE, i, R, P, H, D) VPERMPS R, P, D

// MAP_REST stores F, which replaces V0 by f(V0), of each element of x, and returns. MAP does, too, and streams large results.
#define MAP_REST(F) \
	SUBQ $64, CX; \
	JLT tail; \
loop: \
	VMOVU (SI), V0; \
	F; \
	VMOVU V0, (DI); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE loop; \
tail: \
	ADDQ $64, CX; \
	JEQ done; \
	SHRQ $SHIFT, CX; \
	LANE_MASK(AX, K1); \
	VMOVU.Z (SI), K1, V0; \
	F; \
	VMOVU V0, K1, (DI); \
done: \
	VZEROUPPER; \
	RET

#define MAP(F) \
	UNLESS_STREAM(SI, plain); \
	SUBQ $64, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	VMOVU (SI), V0; \
	F; \
	VMOVNT V0, (DI); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $64, CX; \
plain: \
	MAP_REST(F)

// MAP_WIDE is MAP with G, which replaces the four V0, V5, V16 and V21 by f of them, for most of the way. Vectors that take turns leave less
// for the processor to keep in mind than vectors in a row.
#define MAP_WIDE(F, G) \
	UNLESS_STREAM(SI, plainWide); \
	SUBQ $256, CX; \
streamWide: \
	PREFETCH_AHEAD(0, SI); \
	PREFETCH_AHEAD(64, SI); \
	PREFETCH_AHEAD(128, SI); \
	PREFETCH_AHEAD(192, SI); \
	VMOVU (SI), V0; \
	VMOVU 64(SI), V5; \
	VMOVU 128(SI), V16; \
	VMOVU 192(SI), V21; \
	G; \
	VMOVNT V0, (DI); \
	VMOVNT V5, 64(DI); \
	VMOVNT V16, 128(DI); \
	VMOVNT V21, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $256, CX; \
	JGE streamWide; \
	SFENCE; \
	ADDQ $256, CX; \
plainWide: \
	SUBQ $256, CX; \
	JLT rest; \
four: \
	VMOVU (SI), V0; \
	VMOVU 64(SI), V5; \
	VMOVU 128(SI), V16; \
	VMOVU 192(SI), V21; \
	G; \
	VMOVU V0, (DI); \
	VMOVU V5, 64(DI); \
	VMOVU V16, 128(DI); \
	VMOVU V21, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $256, CX; \
	JGE four; \
rest: \
	ADDQ $256, CX; \
	MAP_REST(F)

// MAP_PAIRS stores F, which replaces V0 by f(V0, V9), of each pair of elements of x and the second operand, and returns.
#define MAP_PAIRS(F) \
	SUBQ $64, CX; \
	JLT tail; \
loop: \
	VMOVU (SI), V0; \
	VMOVU (DX), V9; \
	F; \
	VMOVU V0, (DI); \
	ADDQ $64, SI; \
	ADDQ $64, DX; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE loop; \
tail: \
	ADDQ $64, CX; \
	JEQ done; \
	SHRQ $SHIFT, CX; \
	LANE_MASK(AX, K1); \
	VMOVU.Z (SI), K1, V0; \
	VMOVU.Z (DX), K1, V9; \
	F; \
	VMOVU V0, K1, (DI); \
done: \
	VZEROUPPER; \
	RET
