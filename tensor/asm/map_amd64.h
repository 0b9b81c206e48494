// The loops of element-wise kernels. A kernel is a macro that a source uses four times, once for
// each type and ISA:
//
//	UNARY(name, args, SETUP, LOOP)	func name(dst, x []T, ...)
//	BINARY(name, args, SETUP, LOOP)	func name(dst, x, y []T, ...)
//	GRADIENT(name, args, SETUP, LOOP)	func name(dst, g, x []T, ...)
//
// args is the number of bytes of the arguments, SETUP loads scalars and constants, and LOOP is one
// of
//
//	MAP1(F)	four registers per iteration: F(A, T) replaces A by f(A) and may clobber T
//	MAP2(F)	the same with two operands: F(A, B, T) replaces A by f(A, B), may clobber B and T
//	MAP(F)	one register per iteration: F replaces V0 by f(V0), with most registers to itself
//	MAP_PAIRS(F)	the same with two operands: F replaces V0 by f(V0, V9)
//	MAP_WIDE(F, G)	MAP with G, which replaces the X registers of all groups by f of them, for
//		most of the way: see math_amd64.h
//
// A loop ends the kernel. All but MAP_PAIRS store large results past the caches. Registers:
//
//	DI	destination
//	SI	the first operand; x in GRADIENT
//	DX	the second operand; g in GRADIENT
//	CX	bytes left, biased while a loop counts down by its step
//	V0-V3	in MAP1 and MAP2 the first operand, then the result
//	V4-V7	the second operand
//	V8-V11	scratch
//	V12-V15	constants
//	K1	in AVX-512 the mask of the tail; in AVX2 that is V11 until the tail is loaded
//	K2	in AVX-512 free for F
//
// Every register is loaded before its place is stored to, and no place twice, so that working in
// place is safe. Four registers per iteration cover the latency of the arithmetic and the cost of
// counting; the elementary functions have enough to do with one.

#define UNARY(name, args, SETUP, LOOP) KERNEL(name, args, OPERAND_X, SETUP, LOOP)
#define BINARY(name, args, SETUP, LOOP) KERNEL(name, args, OPERANDS_X_Y, SETUP, LOOP)
#define GRADIENT(name, args, SETUP, LOOP) KERNEL(name, args, OPERANDS_G_X, SETUP, LOOP)

#define KERNEL(name, args, OPERANDS, SETUP, LOOP) \
TEXT name(SB), NOSPLIT, $0-args; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	OPERANDS; \
	SETUP; \
	SHLQ $SHIFT, CX; \
	LOOP
#define OPERAND_X MOVQ x_base+24(FP), SI
#define OPERANDS_X_Y MOVQ x_base+24(FP), SI; MOVQ y_base+48(FP), DX
#define OPERANDS_G_X MOVQ g_base+24(FP), DX; MOVQ x_base+48(FP), SI

// Results that are too large to stay in the caches are stored past them: a plain store would first
// fetch from memory what it is about to overwrite. A loop streams when its destination has at least
// STREAM_BYTES bytes, is aligned to a cache line, as large slices are, and is no operand itself.
// What follows a stream, on any processor, finds it done: it ends with SFENCE.

// FETCH_QUAD fetches ahead for an iteration of four registers. Large arrays that are not streamed are
// fetched so, too.
#define FETCH_QUAD(p) BY_ISA(PREFETCH1, PREFETCH2)(p)

// UNLESS_STREAM goes to plain unless the destination is to be streamed, with an operand at p.
#define UNLESS_STREAM(p, plain) \
	CMPQ CX, $STREAM_BYTES; \
	JLT plain; \
	TESTQ $63, DI; \
	JNE plain; \
	CMPQ DI, p; \
	JEQ plain

// QUAD1 is one iteration of MAP1.
#define QUAD1(F, MOVE) \
	LOAD4(SI, V0, V1, V2, V3); \
	F(V0, V8); \
	F(V1, V9); \
	F(V2, V10); \
	F(V3, V11); \
	STORE4(MOVE, V0, V1, V2, V3, DI); \
	ADDQ $QUAD, SI; \
	ADDQ $QUAD, DI; \
	SUBQ $QUAD, CX

#define MAP1(F) \
	UNLESS_STREAM(SI, plain); \
	SUBQ $QUAD, CX; \
stream: \
	FETCH_QUAD(SI); \
	QUAD1(F, VMOVNT); \
	JGE stream; \
	SFENCE; \
	JMP rest; \
plain: \
	SUBQ $QUAD, CX; \
	JLT rest; \
	CMPQ CX, $STREAM_BYTES; \
	JLT quad; \
ahead: \
	FETCH_QUAD(SI); \
	QUAD1(F, VMOVU); \
	JGE ahead; \
	JMP rest; \
quad: \
	QUAD1(F, VMOVU); \
	JGE quad; \
rest: \
	ADDQ $(QUAD-VBYTES), CX; \
	JLT tail; \
single: \
	VMOVU (SI), V0; \
	F(V0, V8); \
	VMOVU V0, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE single; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V11); \
	LOAD_TAIL(SI, V11, V0); \
	F(V0, V8); \
	STORE_TAIL(V0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

// QUAD2 is one iteration of MAP2.
#define QUAD2(F, MOVE) \
	LOAD4(SI, V0, V1, V2, V3); \
	LOAD4(DX, V4, V5, V6, V7); \
	F(V0, V4, V8); \
	F(V1, V5, V9); \
	F(V2, V6, V10); \
	F(V3, V7, V11); \
	STORE4(MOVE, V0, V1, V2, V3, DI); \
	ADDQ $QUAD, SI; \
	ADDQ $QUAD, DX; \
	ADDQ $QUAD, DI; \
	SUBQ $QUAD, CX

#define MAP2(F) \
	UNLESS_STREAM(SI, plain); \
	CMPQ DI, DX; \
	JEQ plain; \
	SUBQ $QUAD, CX; \
stream: \
	FETCH_QUAD(SI); \
	FETCH_QUAD(DX); \
	QUAD2(F, VMOVNT); \
	JGE stream; \
	SFENCE; \
	JMP rest; \
plain: \
	SUBQ $QUAD, CX; \
	JLT rest; \
	CMPQ CX, $STREAM_BYTES; \
	JLT quad; \
ahead: \
	FETCH_QUAD(SI); \
	FETCH_QUAD(DX); \
	QUAD2(F, VMOVU); \
	JGE ahead; \
	JMP rest; \
quad: \
	QUAD2(F, VMOVU); \
	JGE quad; \
rest: \
	ADDQ $(QUAD-VBYTES), CX; \
	JLT tail; \
single: \
	VMOVU (SI), V0; \
	VMOVU (DX), V4; \
	F(V0, V4, V8); \
	VMOVU V0, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DX; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE single; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V11); \
	LOAD_TAIL(SI, V11, V0); \
	LOAD_TAIL(DX, V11, V4); \
	F(V0, V4, V8); \
	STORE_TAIL(V0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

// MAP_REST is MAP without streaming.
#define MAP_REST(F) \
	SUBQ $VBYTES, CX; \
	JLT tail; \
loop: \
	VMOVU (SI), V0; \
	F; \
	VMOVU V0, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE loop; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V11); \
	LOAD_TAIL(SI, V11, V0); \
	F; \
	STORE_TAIL(V0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

#define MAP(F) \
	UNLESS_STREAM(SI, plain); \
	SUBQ $VBYTES, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	VMOVU (SI), V0; \
	F; \
	VMOVNT V0, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $VBYTES, CX; \
plain: \
	MAP_REST(F)

#define MAP_PAIRS(F) \
	SUBQ $VBYTES, CX; \
	JLT tail; \
loop: \
	VMOVU (SI), V0; \
	VMOVU (DX), V9; \
	F; \
	VMOVU V0, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DX; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE loop; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V11); \
	LOAD_TAIL(SI, V11, V0); \
	LOAD_TAIL(DX, V11, V9); \
	F; \
	STORE_TAIL(V0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET
