// The loops of element-wise kernels. A kernel is a macro that a source uses twice, once for each
// type:
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
//	MAP_PAIRS(F)	the same with two operands: F replaces V0 by f(V0, V10)
//
// A loop ends the kernel. Registers:
//
//	R0	destination
//	R1	the first operand; x in GRADIENT
//	R2	the second operand; g in GRADIENT
//	R3	bytes left, biased while a loop counts down by its step
//	V0-V3	in MAP1 and MAP2 the first operand, then the result
//	V4-V7	the second operand
//	V12-V15	constants
//	V16-V19	scratch
//
// Every register is loaded before its place is stored to, and no place twice, so that working in
// place is safe. Four registers per iteration cover the latency of the arithmetic and the cost of
// counting. NEON has no masks: MAP1 and MAP2 do the last elements, three at most, one by one; MAP
// and MAP_PAIRS load and store them in pieces.

#define UNARY(name, args, SETUP, LOOP) KERNEL(name, args, OPERAND_X, SETUP, LOOP)
#define BINARY(name, args, SETUP, LOOP) KERNEL(name, args, OPERANDS_X_Y, SETUP, LOOP)
#define GRADIENT(name, args, SETUP, LOOP) KERNEL(name, args, OPERANDS_G_X, SETUP, LOOP)

#define KERNEL(name, args, OPERANDS, SETUP, LOOP) \
TEXT name(SB), NOSPLIT, $0-args; \
	MOVD dst_base+0(FP), R0; \
	MOVD dst_len+8(FP), R3; \
	OPERANDS; \
	SETUP; \
	LSL $SHIFT, R3; \
	LOOP
#define OPERAND_X MOVD x_base+24(FP), R1
#define OPERANDS_X_Y MOVD x_base+24(FP), R1; MOVD y_base+48(FP), R2
#define OPERANDS_G_X MOVD g_base+24(FP), R2; MOVD x_base+48(FP), R1

// SCALAR fills V, also named F and v, with the argument at the offset.
#define SCALAR(arg, F, v) FMOV arg, F; dup(v, v)

// MAP1 stores F of each element of a, and returns.
#define MAP1(F) \
	SUBS $64, R3; \
	BLT rest; \
quad: \
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	F(v0, v16); \
	F(v1, v17); \
	F(v2, v18); \
	F(v3, v19); \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	SUBS $64, R3; \
	BGE quad; \
rest: \
	ADDS $48, R3; \
	BLT tail; \
single: \
	FMOVQ.P 16(R1), F0; \
	F(v0, v16); \
	FMOVQ.P F0, 16(R0); \
	SUBS $16, R3; \
	BGE single; \
tail: \
	ADDS $16, R3; \
	BEQ done; \
element: \
	FMOV.P ELEM(R1), F0; \
	F(v0, v16); \
	FMOV.P F0, ELEM(R0); \
	SUBS $ELEM, R3; \
	BNE element; \
done: \
	RET

// MAP2 stores F of each pair of elements of a and b, and returns.
#define MAP2(F) \
	SUBS $64, R3; \
	BLT rest; \
quad: \
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VLD1.P 64(R2), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	F(v0, v4, v16); \
	F(v1, v5, v17); \
	F(v2, v6, v18); \
	F(v3, v7, v19); \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	SUBS $64, R3; \
	BGE quad; \
rest: \
	ADDS $48, R3; \
	BLT tail; \
single: \
	FMOVQ.P 16(R1), F0; \
	FMOVQ.P 16(R2), F4; \
	F(v0, v4, v16); \
	FMOVQ.P F0, 16(R0); \
	SUBS $16, R3; \
	BGE single; \
tail: \
	ADDS $16, R3; \
	BEQ done; \
element: \
	FMOV.P ELEM(R1), F0; \
	FMOV.P ELEM(R2), F4; \
	F(v0, v4, v16); \
	FMOV.P F0, ELEM(R0); \
	SUBS $ELEM, R3; \
	BNE element; \
done: \
	RET

// LOAD_TAIL loads the R3 bytes at p, a multiple of 4 from 4 to 12, to V, also named F, and clears
// the rest of it. STORE_TAIL stores as many. Labels are the caller's, since a macro can't make its
// own.
#define LOAD_TAIL(p, V, F, below8, loaded) \
	TBZ $3, R3, below8; \
	FMOVD (p), F; \
	TBZ $2, R3, loaded; \
	ADD $8, p, R6; \
	VLD1 (R6), V.S[2]; \
	B loaded; \
below8: \
	FMOVS (p), F; \
loaded:
#define STORE_TAIL(V, F, p, below8, stored) \
	TBZ $3, R3, below8; \
	FMOVD F, (p); \
	TBZ $2, R3, stored; \
	ADD $8, p, R6; \
	VST1 V.S[2], (R6); \
	B stored; \
below8: \
	FMOVS F, (p); \
stored:

// MAP stores F, which replaces V0 by f(V0), of each element of x, and returns.
#define MAP(F) \
	SUBS $16, R3; \
	BLT tail; \
loop: \
	FMOVQ.P 16(R1), F0; \
	F; \
	FMOVQ.P F0, 16(R0); \
	SUBS $16, R3; \
	BGE loop; \
tail: \
	ADDS $16, R3; \
	BEQ done; \
	LOAD_TAIL(R1, V0, F0, below8, loaded) \
	F; \
	STORE_TAIL(V0, F0, R0, storeBelow8, done) \
	RET

// MAP_PAIRS stores F, which replaces V0 by f(V0, V10), of each pair of elements of x and the second
// operand, and returns.
#define MAP_PAIRS(F) \
	SUBS $16, R3; \
	BLT tail; \
loop: \
	FMOVQ.P 16(R1), F0; \
	FMOVQ.P 16(R2), F10; \
	F; \
	FMOVQ.P F0, 16(R0); \
	SUBS $16, R3; \
	BGE loop; \
tail: \
	ADDS $16, R3; \
	BEQ done; \
	LOAD_TAIL(R1, V0, F0, below8, loaded) \
	LOAD_TAIL(R2, V10, F10, secondBelow8, secondLoaded) \
	F; \
	STORE_TAIL(V0, F0, R0, storeBelow8, done) \
	RET
