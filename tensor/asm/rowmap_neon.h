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
// MAP_ROWS goes through all rows. SCALARS loads what is the row's own, BYTES sets R7 to how much of it
// is to be done, and F(MOVE, BYTES, SPREAD) computes a register's elements, or one in the lowest lane,
// which it loads and stores by MOVE, going on by so many bytes. SPREAD(n, d) sets all lanes of d to
// elements at hand. NEXT goes to the next row. Labels are the kernel's own, so it is used once in each.
#define MAP_ROWS(BYTES, SCALARS, F, NEXT) \
	LSL $SHIFT, R5; \
	CBZ R3, done; \
row: \
	SCALARS; \
	BYTES; \
	SUBS $16, R7; \
	BLT rest; \
register: \
	F(FMOVQ.P, 16, mov); \
	SUBS $16, R7; \
	BGE register; \
rest: \
	ADDS $16, R7; \
	BEQ rowDone; \
element: \
	F(FMOV.P, ELEM, dup); \
	SUBS $ELEM, R7; \
	BNE element; \
rowDone: \
	NEXT; \
	SUBS $1, R3; \
	BNE row; \
done: \
	RET

// SCALAR_OF sets V to the scalar of the row at p, and goes to that of the next one.
#define SCALAR_OF(p, V) VLD1R.P ELEM(p), [V.BY_TYPE(S4, D2)]

// WHOLE_ROW is BYTES of all of a row. SEEN_ROW is that of the R9 elements that a row sees, at most all
// of it; it goes on by R10 elements to the next row, and leaves the rest's bytes in R13.
#define WHOLE_ROW MOVD R5, R7
#define SEEN_ROW \
	MOVD R9, R7; \
	ADD R10, R9; \
	CMP $0, R7; \
	CSEL LT, ZR, R7, R7; \
	LSL $SHIFT, R7; \
	CMP R5, R7; \
	CSEL GT, R5, R7, R7; \
	SUB R7, R5, R13
