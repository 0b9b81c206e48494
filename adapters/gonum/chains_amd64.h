// The text of chains_amd64.s for one element type.
//
//	SI	the way
//	DI	the element of x of the row at hand
//	DX	the diagonal element
//	R8	rows left
//	R9	bytes to the next diagonal element
//	R11	bytes from the diagonal element to the nearest other one
//	R12	what is added to that from one to the next
//	R13	bytes from one element of x to the next
//	R14, R15	an element of A, and of x
//	AX	bytes to the next one of A
//	CX	others left
//	R10	multiplying: what R9 grows by; solving: the element of x of the farthest one
//	BX	multiplying: k; solving: the farthest one
//	X0	the chain
//	X3	what was solved last
//
// And of symmetric matrices:
//
//	R10	bytes to the next element of y
//	R11	bytes from the diagonal element to the nearest one across the row
//	R12	what is added to that from one to the next, to R9, and taken from R11 by each row
//	BX	the element of y
//	X4, X5	alpha, beta
//	X6	zero

#define LOAD_WAY \
	MOVQ x+0(FP), DI; \
	MOVQ a+8(FP), DX; \
	MOVQ w+16(FP), SI; \
	MOVQ chains_n(SI), R8; \
	MOVQ chains_xStep(SI), R13; \
	MOVQ chains_dStep(SI), R9; \
	MOVQ chains_step(SI), R11; \
	MOVQ chains_growth(SI), R12; \
	SHLQ $SHIFT, R13; \
	SHLQ $SHIFT, R9; \
	SHLQ $SHIFT, R11; \
	SHLQ $SHIFT, R12

// PRODUCT sets X1 to that of the elements at hand, PRODUCTS X1 and X2 to those of two, and goes on.
#define PRODUCT \
	VMOVS (R14), X1; \
	VMULS (R15), X1, X1
#define PRODUCTS \
	PRODUCT; \
	VMOVS (R14)(AX*1), X2; \
	VMULS (R15)(R13*1), X2, X2; \
	ADDQ AX, R14; \
	ADDQ R12, AX; \
	ADDQ AX, R14; \
	ADDQ R12, AX; \
	LEAQ (R15)(R13*2), R15

// func multiplyChainsF64(x, a *float64, w *chains)
TEXT MULTIPLY_CHAINS, NOSPLIT, $0-24
	LOAD_WAY
	MOVQ chains_k(SI), BX
	MOVQ chains_dGrowth(SI), R10
	SHLQ $SHIFT, R10
row:
	LEAQ -1(R8), CX
	CMPQ BX, CX
	CMOVQLT BX, CX
	VMOVS (DI), X0
	CMPB chains_unit(SI), $0
	JNE others
	VMULS (DX), X0, X0
others:
	LEAQ (DX)(R11*1), R14
	LEAQ (DI)(R13*1), R15
	LEAQ (R11)(R12*1), AX
	SUBQ $2, CX
	JLT rest
pair:
	PRODUCTS
	VADDS X1, X0, X0
	VADDS X2, X0, X0
	SUBQ $2, CX
	JGE pair
rest:
	INCQ CX
	JLT next
	PRODUCT
	VADDS X1, X0, X0
next:
	VMOVS X0, (DI)
	ADDQ R13, DI
	ADDQ R9, DX
	ADDQ R10, R9
	ADDQ R12, R11
	DECQ R8
	JNE row
	RET

// func solveChainsF64(x, a *float64, w *chains)
//
// A chain begins with the farthest of the others, and ends with what was solved last, for which it
// waits. The farthest one stays in the same row or column until there are k.
TEXT SOLVE_CHAINS, NOSPLIT, $0-24
	LOAD_WAY
	MOVQ DX, BX
	MOVQ DI, R10
	XORL CX, CX
row:
	VMOVS (DI), X0
	DECQ CX
	JLT divide
	MOVQ BX, R14
	MOVQ R10, R15
	MOVQ CX, AX // back from m others: −step − (m−1)·growth
	IMULQ R12, AX
	ADDQ R11, AX
	NEGQ AX
	SUBQ $2, CX
	JLT rest
pair:
	PRODUCTS
	VSUBS X1, X0, X0
	VSUBS X2, X0, X0
	SUBQ $2, CX
	JGE pair
rest:
	INCQ CX
	JLT last
	PRODUCT
	ADDQ AX, R14
	VSUBS X1, X0, X0
last:
	VMULS (R14), X3, X1
	VSUBS X1, X0, X0
divide:
	CMPB chains_unit(SI), $0
	JNE next
	VDIVS (DX), X0, X0
next:
	VMOVAPS X0, X3
	VMOVS X0, (DI)
	ADDQ R13, DI
	ADDQ R9, DX
	ADDQ R9, BX
	MOVQ chains_n(SI), CX // m, unless it is k
	SUBQ R8, CX
	CMPQ CX, chains_k(SI)
	JLT longer
	MOVQ chains_k(SI), CX
	ADDQ R13, R10
	DECQ R8
	JNE row // of bands, in which nothing grows
	RET
longer:
	INCQ CX
	SUBQ R12, R11
	ADDQ R11, BX
	MOVQ chains_dGrowth(SI), AX
	SHLQ $SHIFT, AX
	ADDQ AX, R9
	DECQ R8
	JNE row
	RET

#define FEWER_THAN_K \
	MOVQ chains_k(SI), AX; \
	CMPQ AX, CX; \
	CMOVQLT AX, CX

// func symmetricChainsF64(x, y, a *float64, w *chains, yStep, across int, alpha, beta float64)
//
// A chain has the diagonal element, those along the row, and those of the column across it.
TEXT SYMMETRIC_CHAINS, NOSPLIT, SYMMETRIC_SIZE
	MOVQ x+0(FP), DI
	MOVQ y+8(FP), BX
	MOVQ a+16(FP), DX
	MOVQ w+24(FP), SI
	MOVQ yStep+32(FP), R10
	MOVQ across+40(FP), R11
	MOVQ chains_n(SI), R8
	MOVQ chains_xStep(SI), R13
	MOVQ chains_dStep(SI), R9
	MOVQ chains_dGrowth(SI), R12
	SHLQ $SHIFT, R10
	SHLQ $SHIFT, R11
	SHLQ $SHIFT, R13
	SHLQ $SHIFT, R9
	SHLQ $SHIFT, R12
	VMOVS alpha+48(FP), X4
	VMOVS SYMMETRIC_BETA, X5
	VXORPS X6, X6, X6
row:
	VMOVS (DI), X0
	VMULS (DX), X0, X0
	LEAQ -1(R8), CX
	FEWER_THAN_K
	MOVQ chains_step(SI), AX
	SHLQ $SHIFT, AX
	LEAQ (DX)(AX*1), R14
	LEAQ (DI)(R13*1), R15
	SUBQ $2, CX
	JLT alongRest
along:
	PRODUCT
	VMOVS (R14)(AX*1), X2
	VMULS (R15)(R13*1), X2, X2
	LEAQ (R14)(AX*2), R14
	LEAQ (R15)(R13*2), R15
	VADDS X1, X0, X0
	VADDS X2, X0, X0
	SUBQ $2, CX
	JGE along
alongRest:
	INCQ CX
	JLT turn
	PRODUCT
	VADDS X1, X0, X0
turn:
	MOVQ chains_n(SI), CX
	SUBQ R8, CX
	FEWER_THAN_K
	LEAQ (DX)(R11*1), R14
	NEGQ R13
	LEAQ (DI)(R13*1), R15
	LEAQ (R11)(R12*1), AX
	SUBQ $2, CX
	JLT acrossRest
across:
	PRODUCTS
	VADDS X1, X0, X0
	VADDS X2, X0, X0
	SUBQ $2, CX
	JGE across
acrossRest:
	INCQ CX
	JLT finish
	PRODUCT
	VADDS X1, X0, X0
finish:
	NEGQ R13
	VMULS X4, X0, X0
	VUCOMI X6, X5
	JNE reads
	JPC store
reads:
	VMULS (BX), X5, X1
	VADDS X0, X1, X0
store:
	VMOVS X0, (BX)
	ADDQ R10, BX
	ADDQ R13, DI
	ADDQ R9, DX
	ADDQ R12, R9
	SUBQ R12, R11
	DECQ R8
	JNE row
	RET
