// The loops of element-wise kernels, in NEON for elements of either type.
//
// A loop takes the name of a macro F that works on registers: F(A, T) replaces A by f(A), F(A, B, T) replaces A by f(A, B); both may
// clobber B and T. A kernel sets up the registers below, its constants in V12 to V15, and ends with the loop.
//
// Registers:
//	R0	destination
//	R1	operand a
//	R2	operand b
//	R3	bytes left, biased while a loop counts down by its step
//	V0-V3	a, then the result
//	V4-V7	b
//	V16-V19	scratch
//
// Every vector is loaded before its place is stored to, and no vector twice, so working in place is safe. Four vectors a turn cover
// the latency of the arithmetic and the cost of counting. NEON has no masks: the last elements, three at most, are done one by one.

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
