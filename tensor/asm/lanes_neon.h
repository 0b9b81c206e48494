// The virtual lanes of reductions, 256 bytes: the registers V0 to V15.
//
//	R1 R2	operands x and y
//	R6	bytes left of them
//	R7	bytes of the last elements, fewer than a register's
//	R8 R9	their places in x and y
//	V16 V17	what is loaded of them
//	V28 V29	the last elements of x and y
//
// Lanes that the tail does not reach must stay as they are: adding a product +0 would turn a lane
// that underflowed to −0 into +0. The last operands are therefore filled up with −0 in x and +0 in
// y: the sum of any number and their product −0 is that number.

#define CLEAR_LANES \
	VEOR V0.B16, V0.B16, V0.B16; \
	VEOR V1.B16, V1.B16, V1.B16; \
	VEOR V2.B16, V2.B16, V2.B16; \
	VEOR V3.B16, V3.B16, V3.B16; \
	VEOR V4.B16, V4.B16, V4.B16; \
	VEOR V5.B16, V5.B16, V5.B16; \
	VEOR V6.B16, V6.B16, V6.B16; \
	VEOR V7.B16, V7.B16, V7.B16; \
	VEOR V8.B16, V8.B16, V8.B16; \
	VEOR V9.B16, V9.B16, V9.B16; \
	VEOR V10.B16, V10.B16, V10.B16; \
	VEOR V11.B16, V11.B16, V11.B16; \
	VEOR V12.B16, V12.B16, V12.B16; \
	VEOR V13.B16, V13.B16, V13.B16; \
	VEOR V14.B16, V14.B16, V14.B16; \
	VEOR V15.B16, V15.B16, V15.B16

// FOLD_LANES adds the lanes in halves; the sum comes to stand in the lowest lane of V0.
#define FOLD_LANES \
	fadd(v8, v0, v0); \
	fadd(v9, v1, v1); \
	fadd(v10, v2, v2); \
	fadd(v11, v3, v3); \
	fadd(v12, v4, v4); \
	fadd(v13, v5, v5); \
	fadd(v14, v6, v6); \
	fadd(v15, v7, v7); \
	fadd(v4, v0, v0); \
	fadd(v5, v1, v1); \
	fadd(v6, v2, v2); \
	fadd(v7, v3, v3); \
	fadd(v2, v0, v0); \
	fadd(v3, v1, v1); \
	fadd(v1, v0, v0); \
	FOLD(fadd)

// EACH_4 applies F to the lanes by fours: DOT_4 adds products of x and y to them, SUM_4 elements of x.
#define EACH_4(F) \
	F(v0, v1, v2, v3); \
	F(v4, v5, v6, v7); \
	F(v8, v9, v10, v11); \
	F(v12, v13, v14, v15)
#define DOT_4(A, B, C, D) \
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]; \
	fmla(v20, v16, A); \
	fmla(v21, v17, B); \
	fmla(v22, v18, C); \
	fmla(v23, v19, D)
#define SUM_4(A, B, C, D) \
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	fadd(v16, A, A); \
	fadd(v17, B, B); \
	fadd(v18, C, C); \
	fadd(v19, D, D)

// LAST_PAIR loads the last elements of x and y, if they are fewer than a register's.
#define LAST_PAIR \
	AND $15, R6, R7; \
	SUB R7, R6, R8; \
	ADD R2, R8, R9; \
	ADD R1, R8, R8; \
	VEOR V29.B16, V29.B16, V29.B16; \
	fneg(v29, v28); \
	CBZ R7, registers; \
	TBZ $3, R7, oneFloat; \
	VLD1.P 8(R8), V28.D[0]; \
	VLD1.P 8(R9), V29.D[0]; \
	TBZ $2, R7, registers; \
	VLD1 (R8), V28.S[2]; \
	VLD1 (R9), V29.S[2]; \
	B registers; \
oneFloat: \
	VLD1 (R8), V28.S[0]; \
	VLD1 (R9), V29.S[0]; \
registers:

// TAIL_OF adds to the lanes from whole registers of operands by REGISTER(V, part), which leaves for part
// if less than that is left, and there what is left by PART(V, part). A tail is shorter than a block, so
// that the last register is never whole.
#define TAIL_OF(REGISTER, PART) \
	REGISTER(v0, part0); \
	REGISTER(v1, part1); \
	REGISTER(v2, part2); \
	REGISTER(v3, part3); \
	REGISTER(v4, part4); \
	REGISTER(v5, part5); \
	REGISTER(v6, part6); \
	REGISTER(v7, part7); \
	REGISTER(v8, part8); \
	REGISTER(v9, part9); \
	REGISTER(v10, part10); \
	REGISTER(v11, part11); \
	REGISTER(v12, part12); \
	REGISTER(v13, part13); \
	REGISTER(v14, part14); \
	PART(v15, part15); \
	PART(v0, part0); \
	PART(v1, part1); \
	PART(v2, part2); \
	PART(v3, part3); \
	PART(v4, part4); \
	PART(v5, part5); \
	PART(v6, part6); \
	PART(v7, part7); \
	PART(v8, part8); \
	PART(v9, part9); \
	PART(v10, part10); \
	PART(v11, part11); \
	PART(v12, part12); \
	PART(v13, part13); \
	PART(v14, part14)

// DOT_REGISTER adds products to the lanes in V from a whole register of operands, or leaves for
// part if less than that is left.
#define DOT_REGISTER(V, part) \
	SUBS $16, R6; \
	BLT part; \
	FMOVQ.P 16(R1), F16; \
	FMOVQ.P 16(R2), F17; \
	fmla(v17, v16, V)

// DOT_PART adds the last products, fewer than a register's, to the lowest lanes in V.
#define DOT_PART(V, part) \
part: \
	fmla(v29, v28, V); \
	B fold

// SUM_REGISTER and SUM_PART do the same for sums.
#define SUM_REGISTER(V, part) \
	SUBS $16, R6; \
	BLT part; \
	FMOVQ.P 16(R1), F16; \
	fadd(v16, V, V)

#define SUM_PART(V, part) \
part: \
	fadd(v28, V, V); \
	B fold
