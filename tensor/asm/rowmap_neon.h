// The loop of element-wise kernels over rows, of which each has scalars of its own.
//
//	R0 R4 R11	destinations
//	R1 R2	operands
//	R9 R10 R12	scalars of the rows
//	R6 R8	operands that all rows share
//	R5	bytes of a row
//	R7	bytes of it that are left, biased by a register's
//	R3	rows left
//	V29-V31	the row's scalars
//
// MAP_ROWS goes through all rows. SCALARS loads what is the row's own, and F(MOVE, BYTES) computes a
// register's elements, or one in the lowest lane, which it loads and stores by MOVE, going on by so
// many bytes. Labels are the kernel's own, so it is used once in each.
#define MAP_ROWS(SCALARS, F) \
	LSL $SHIFT, R5; \
	CBZ R3, done; \
row: \
	SCALARS; \
	SUBS $16, R5, R7; \
	BLT rest; \
register: \
	F(FMOVQ.P, 16); \
	SUBS $16, R7; \
	BGE register; \
rest: \
	ADDS $16, R7; \
	BEQ rowDone; \
element: \
	F(FMOV.P, ELEM); \
	SUBS $ELEM, R7; \
	BNE element; \
rowDone: \
	SUBS $1, R3; \
	BNE row; \
done: \
	RET

// SCALAR_OF sets V to the scalar of the row at p, and goes to that of the next one.
#define SCALAR_OF(p, V) VLD1R.P ELEM(p), [V.BY_TYPE(S4, D2)]
