// What the bodies of the elementary functions (exp.h, log.h, sigmoid.h, tanh.h) need from AVX2. A body is written once, with these names,
// for AVX2 and AVX-512 and for both element types; its constants come from the Go table of its function. Most bodies have a form for
// one vector and one for two that take turns.
//
// Registers:
//	DI	destination
//	SI	x
//	DX	the second operand, if there is one
//	CX	bytes left, biased while a loop counts down by its step
//	V0, V5	x, then the result, of one vector or two
//	V1-V9	a body's own; V9 the second operand, if there is one
//	V10	a constant on its way into an instruction
//	V11	mask of the tail until it is loaded, then a body's own
//	V12, V13	what a kernel keeps, such as a scalar operand, or a body's own
//	V14	the lower bound that a body clamps x to
//	V15	the upper bound

#include "stream.h"

// WIDTH is the number of bytes of a register.
#define WIDTH 32

#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V4 Y4
#define V5 Y5
#define V6 Y6
#define V7 Y7
#define V8 Y8
#define V9 Y9
#define V10 Y10
#define V11 Y11
#define V12 Y12
#define V13 Y13
#define V14 Y14
#define V15 Y15

// Predicates of VCMP that raise no exception for NaN.
#define EQUAL 0x00
#define LESS 0x11
#define NOT_LESS 0x15
#define GREATER 0x1e

// Instructions with a constant c from memory, in the place of their first operand.
#define VADDC(c, A, D) VBROADCAST c, V10; VADD V10, A, D
#define VSUBC(c, A, D) VBROADCAST c, V10; VSUB V10, A, D
#define VMULC(c, A, D) VBROADCAST c, V10; VMUL V10, A, D
#define VANDC(c, A, D) VBROADCAST c, V10; VAND V10, A, D
#define VORC(c, A, D) VBROADCAST c, V10; VOR V10, A, D
#define VPADDC(c, A, D) VBROADCAST c, V10; VPADD V10, A, D
#define VFMA213C(c, A, D) VBROADCAST c, V10; VFMA213 V10, A, D
#define VFMA231C(c, A, D) VBROADCAST c, V10; VFMA231 V10, A, D
#define VFNMADD231C(c, A, D) VBROADCAST c, V10; VFNMADD231 V10, A, D

// VFMA213C_PAIR is VFMA213C for two vectors.
#define VFMA213C_PAIR(c, A, D, B, E) VBROADCAST c, V10; VFMA213 V10, A, D; VFMA213 V10, B, E

// SELECT_GREATER replaces D by x where x is greater than BOUND.
#define SELECT_GREATER(X, BOUND, D) \
	VCMP $GREATER, BOUND, X, BOUND; \
	VBLENDV BOUND, X, D, D

// LOOKUP sets D to the entries of table number i of TABLE, of 16 float32 each, at the places in P. A register is half of a table: VPERMPS looks at the
// lowest three bits of a place, and VBLENDVPS at the highest bit, where INDEX puts the fourth, in H. It clobbers V10. LOAD_TABLES and R, the
// register for the whole table, are for AVX-512.
#define LOAD_TABLES(TABLE)
#define INDEX(P, H) VPSLLD $28, P, H
#define LOOKUP(TABLE, i, R, P, H, D) \
	VPERMPS TABLE+((i)*64)(SB), P, D; \
	VPERMPS TABLE+((i)*64+32)(SB), P, V10; \
	VBLENDVPS H, V10, D, D

// MAP_REST stores F, which replaces V0 by f(V0), of each element of x, and returns. MAP does, too, and streams large results.
#define MAP_REST(F) \
	SUBQ $32, CX; \
	JLT tail; \
loop: \
	VMOVU (SI), V0; \
	F; \
	VMOVU V0, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DI; \
	SUBQ $32, CX; \
	JGE loop; \
tail: \
	ADDQ $32, CX; \
	JEQ done; \
	TAIL_MASK(CX, AX, V11); \
	VMASKMOVPS (SI), V11, V0; \
	F; \
	STORE_TAIL(Y0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

#define MAP(F) \
	UNLESS_STREAM(SI, plain); \
	SUBQ $32, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	VMOVU (SI), V0; \
	F; \
	VMOVNT V0, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DI; \
	SUBQ $32, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $32, CX; \
plain: \
	MAP_REST(F)

// MAP_WIDE is MAP with G, which replaces V0 by f(V0) and V5 by f(V5), for most of the way. Two vectors that take turns leave less for the
// processor to keep in mind than two in a row.
#define MAP_WIDE(F, G) \
	UNLESS_STREAM(SI, plainWide); \
	SUBQ $64, CX; \
streamWide: \
	PREFETCH_AHEAD(0, SI); \
	VMOVU (SI), V0; \
	VMOVU 32(SI), V5; \
	G; \
	VMOVNT V0, (DI); \
	VMOVNT V5, 32(DI); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE streamWide; \
	SFENCE; \
	ADDQ $64, CX; \
plainWide: \
	SUBQ $64, CX; \
	JLT rest; \
two: \
	VMOVU (SI), V0; \
	VMOVU 32(SI), V5; \
	G; \
	VMOVU V0, (DI); \
	VMOVU V5, 32(DI); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE two; \
rest: \
	ADDQ $64, CX; \
	MAP_REST(F)

// MAP_PAIRS stores F, which replaces V0 by f(V0, V9), of each pair of elements of x and the second operand, and returns.
#define MAP_PAIRS(F) \
	SUBQ $32, CX; \
	JLT tail; \
loop: \
	VMOVU (SI), V0; \
	VMOVU (DX), V9; \
	F; \
	VMOVU V0, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DX; \
	ADDQ $32, DI; \
	SUBQ $32, CX; \
	JGE loop; \
tail: \
	ADDQ $32, CX; \
	JEQ done; \
	TAIL_MASK(CX, AX, V11); \
	VMASKMOVPS (SI), V11, V0; \
	VMASKMOVPS (DX), V11, V9; \
	F; \
	STORE_TAIL(Y0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET
