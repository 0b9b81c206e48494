// What the bodies of the elementary functions have in common in NEON, for elements of either type.
// A body works on one register of elements at a time: processors run enough iterations of the loop
// at once to cover its latency. Its constants come from the Go table of its function and stay in
// registers, since FMA needs a copy of what it adds to.
//
// Registers, beside those of map_neon.h:
//	R5	table of constants
//	R6	place in it; scratch
//	V0	x, then the result
//	V1-V9	a body's own
//	V10	the second operand
//	V11	a scalar operand
//	V12-V31	constants

// Polynomials by Horner's scheme: POLYNOMIAL_n sets P to the one of n coefficients at X, clobbering
// T. The coefficients stand in V24, V23, … from the highest down.
#define HORNER(c, X, A, B) mov(c, B); fmla(A, X, B)
#define POLYNOMIAL_5(X, P, T) \
	HORNER(v23, X, v24, T); \
	HORNER(v22, X, T, P); \
	HORNER(v21, X, P, T); \
	HORNER(v20, X, T, P)
#define POLYNOMIAL_10(X, P, T) \
	HORNER(v23, X, v24, P); \
	HORNER(v22, X, P, T); \
	HORNER(v21, X, T, P); \
	HORNER(v20, X, P, T); \
	HORNER(v19, X, T, P); \
	HORNER(v18, X, P, T); \
	HORNER(v17, X, T, P); \
	HORNER(v16, X, P, T); \
	HORNER(v15, X, T, P)

// Their coefficients, from the table's element first on.
#define COEFFICIENTS_5(first) \
	CONSTANT(first, V24); \
	CONSTANT(first+1, V23); \
	CONSTANT(first+2, V22); \
	CONSTANT(first+3, V21); \
	CONSTANT(first+4, V20)
#define COEFFICIENTS_10(first) \
	COEFFICIENTS_5(first); \
	CONSTANT(first+5, V19); \
	CONSTANT(first+6, V18); \
	CONSTANT(first+7, V17); \
	CONSTANT(first+8, V16); \
	CONSTANT(first+9, V15)

// Longer polynomials are loaded where they are needed: STREAM_n makes n of Horner's steps at X
// with the coefficients from R6 on. P, also named p, holds the polynomial before and after; Q,
// also named q, is clobbered.
#define STREAM_2(X, P, p, Q, q) STREAM(Q); fmla(p, X, q); STREAM(P); fmla(q, X, p)
#define STREAM_4(X, P, p, Q, q) STREAM_2(X, P, p, Q, q); STREAM_2(X, P, p, Q, q)
#define STREAM_8(X, P, p, Q, q) STREAM_4(X, P, p, Q, q); STREAM_4(X, P, p, Q, q)

// ROW loads the constants of the interval of one lane of V1 from the transposed tables at R8, by
// its place: bits 21 to 24.
#define ROW(lane, R, F, G) \
	VMOV V1.S[lane], R; \
	UBFX $21, R, $4, R; \
	ADD R<<5, R8, R; \
	FLDPQ (R), (F, G)

// TRANSPOSE turns four lanes' rows of four constants into four registers of a constant each, C0 to
// C3. It clobbers V2 to V5.
#define TRANSPOSE(A, B, C, D, C0, C1, C2, C3) \
	VTRN1 B.S4, A.S4, V2.S4; \
	VTRN2 B.S4, A.S4, V3.S4; \
	VTRN1 D.S4, C.S4, V4.S4; \
	VTRN2 D.S4, C.S4, V5.S4; \
	VTRN1 V4.D2, V2.D2, C0.D2; \
	VTRN1 V5.D2, V3.D2, C1.D2; \
	VTRN2 V4.D2, V2.D2, C2.D2; \
	VTRN2 V5.D2, V3.D2, C3.D2

// LOOKUP loads the eight constants of the intervals that the places in V1 name into V12 to V19. It
// clobbers V2 to V5 and R9 to R12.
#define LOOKUP \
	ROW(0, R9, F12, F16); \
	ROW(1, R10, F13, F17); \
	ROW(2, R11, F14, F18); \
	ROW(3, R12, F15, F19); \
	TRANSPOSE(V12, V13, V14, V15, V12, V13, V14, V15); \
	TRANSPOSE(V16, V17, V18, V19, V16, V17, V18, V19)
