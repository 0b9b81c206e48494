// The loop of element-wise kernels over rows, of which each has scalars of its own.
//
//	SI BX	operands, the row at hand
//	DI DX R14	destinations
//	R9 R10 R12	scalars of the rows
//	R11 R15	operands that all rows share
//	R13	bytes of a row
//	R8	rows left
//	AX	offset in a row
//	CX	bytes left of a row, biased by a register's
//	V12-V14	the row's scalars
//	V11, K1	mask of a row's last register
//
// MAP_ROWS goes through all rows: BYTES sets CX to how much of a row is to be done, all of it or whole
// registers, SCALARS loads what is the row's own, F(LOAD) computes a register's elements
// from operands that it loads with LOAD, STORE stores them, STORE_LAST those under the mask. NEXT
// goes to the next row. Labels are the kernel's own, so it is used once in each.
#define MAP_ROWS(BYTES, SCALARS, F, STORE, STORE_LAST, NEXT) \
	SHLQ $SHIFT, R13; \
	TESTQ R8, R8; \
	JEQ done; \
	MOVQ R13, CX; \
	ANDQ $(VBYTES-1), CX; \
	TAIL(AX, V11); \
row: \
	SCALARS; \
	BYTES; \
	XORL AX, AX; \
	SUBQ $VBYTES, CX; \
	JLT last; \
register: \
	F(WHOLE_AT); \
	STORE; \
	ADDQ $VBYTES, AX; \
	SUBQ $VBYTES, CX; \
	JGE register; \
last: \
	ADDQ $VBYTES, CX; \
	JEQ rowDone; \
	F(PART_AT); \
	STORE_LAST; \
rowDone: \
	NEXT; \
	DECQ R8; \
	JNE row; \
done: \
	VZEROUPPER; \
	RET

// WHOLE_AT loads the register of a row at p, PART_AT the last one of it.
#define WHOLE_AT(p, V) VMOVU (p)(AX*1), V
#define PART_AT BY_ISA(PART_AT_AVX2, PART_AT_AVX512)
#define PART_AT_AVX2(p, V) VMASKMOVPS (p)(AX*1), V11, V
#define PART_AT_AVX512(p, V) VMOVU.Z (p)(AX*1), K1, V

// STORE_PART stores the last register of a row, in V, at p, and leaves CX as it is. AVX2 clobbers V,
// whose low part is X, and S.
#define STORE_PART BY_ISA(STORE_PART_AVX2, STORE_PART_AVX512)
#define STORE_PART_AVX2(V, X, p, S, below16, below8, stored) \
	LEAQ (p)(AX*1), S; \
	STORE_TAIL(V, X, S, CX, below16, below8, stored)
#define STORE_PART_AVX512(V, X, p, S, below16, below8, stored) \
	VMOVU V, K1, (p)(AX*1)

// SCALAR_OF sets V to the scalar of the row at p, and goes to that of the next one.
#define SCALAR_OF(p, V) \
	VBROADCAST (p), V; \
	ADDQ $ELEM, p

// WHOLE_ROW is BYTES of all of a row. SEEN_ROW is that of whole registers with the R9 elements that a
// row sees, at most all of it; it goes on by R10 elements to the next row, and leaves their number, not
// more than there are, in DX. It clobbers R15.
#define WHOLE_ROW MOVQ R13, CX
#define SEEN_ROW \
	XORL CX, CX; \
	MOVQ R9, DX; \
	ADDQ R10, R9; \
	TESTQ DX, DX; \
	CMOVQLT CX, DX; \
	MOVQ R13, R15; \
	SHRQ $SHIFT, R15; \
	CMPQ DX, R15; \
	CMOVQGT R15, DX; \
	MOVQ DX, CX; \
	SHLQ $SHIFT, CX; \
	ADDQ $(VBYTES-1), CX; \
	ANDQ $(-VBYTES), CX; \
	CMPQ CX, R13; \
	CMOVQGT R13, CX
