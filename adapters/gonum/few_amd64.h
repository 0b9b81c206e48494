// The text of few_amd64.s for one element type.
//
//	DI	y
//	SI	x
//	DX	A: its first row, or the one at hand
//	R8	rows left
//	CX	columns
//	R9	bytes from row to row
//	BX	0 if y is not to be read
//	R10-R12	those of the loop within
//	AX	bytes from element to element of x, of gemvColumns
//	R13, R15	bytes from element to element of what is copied, and where y stands
//	Y14	alpha in all lanes
//	Y15	beta in all lanes
//	Y13	zeros
//	Y12	the mask of the last columns
//	Y8-Y11	x
//
// And for rankOne, which goes on to another y with other columns from row to row:
//
//	R13	what R9 grows by
//	BX	bytes to the next y
//	AX	what CX grows by
//	R15	bytes from element to element of x
//	Y8-Y11	y

// func gemvRowsF64(y, x, a *float64, m, n, lda, xStep, yStep int, alpha, beta float64)
TEXT GEMV_ROWS, NOSPLIT, SIZE_GEMV
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ m+24(FP), R8
	MOVQ n+32(FP), CX
	MOVQ lda+40(FP), R9
	SHLQ $SHIFT, R9
	MOVQ xStep+48(FP), R13
	CMPQ R13, $1
	JEQ neighbours
	LEAQ xs-128(SP), R11
	MOVQ CX, R12
	GATHER(SI, copyX)
	LEAQ xs-128(SP), SI
neighbours:
	GATHER_Y(R8, copyY, gathered)
	SHLQ $SHIFT, CX
	LOAD_SCALES
	BETA_IS
	LEAQ -1(CX), R10
	SHRQ $5, R10
	MOVQ R10, R12
	SHLQ $5, R12
	SUBQ R12, CX // bytes in the last register
	NEGQ CX
	LEAQ masks<>+32(SB), AX
	VMOVUPS (AX)(CX*1), Y12
	CMPQ R10, $1
	JEQ two
	JGT more
	VMASKMOVPS (SI), Y12, Y8
	PRODUCTS(ROW1, four1, fourStore1, one1, oneStore1)
two:
	VMOVUPS (SI), Y8
	VMASKMOVPS 32(SI), Y12, Y9
	PRODUCTS(ROW2, four2, fourStore2, one2, oneStore2)
more:
	VMOVUPS (SI), Y8
	VMOVUPS 32(SI), Y9
	CMPQ R10, $2
	JGT all
	VMASKMOVPS 64(SI), Y12, Y10
	PRODUCTS(ROW3, four3, fourStore3, one3, oneStore3)
all:
	VMOVUPS 64(SI), Y10
	VMASKMOVPS 96(SI), Y12, Y11
	PRODUCTS(ROW4, four4, fourStore4, one4, oneStore4)
done:
	VZEROUPPER
	SCATTER_Y(m+24(FP), copyBack, end)

// func gemvColumnsF64(y, x, a *float64, m, n, lda, xStep, yStep int, alpha, beta float64)
TEXT GEMV_COLUMNS, NOSPLIT, SIZE_GEMV
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ m+24(FP), R8
	MOVQ n+32(FP), CX
	MOVQ lda+40(FP), R9
	SHLQ $SHIFT, R9
	LOAD_SCALES
	BETA_IS
	GATHER_Y(CX, copyY, gathered)
	MOVQ xStep+48(FP), AX
	SHLQ $SHIFT, AX
	SUBQ $(64/ELEM), CX
	JLT single
columns: // two registers of them
	VXORPS Y0, Y0, Y0
	VXORPS Y2, Y2, Y2
	TESTB BX, BX
	JEQ begin
	VMUL (DI), Y15, Y0
	VMUL 32(DI), Y15, Y2
begin:
	MOVQ DX, R10
	MOVQ SI, R11
	MOVQ R8, R12
row:
	VBROADCAST (R11), Y1
	VMUL Y14, Y1, Y1
	VFMA231 (R10), Y1, Y0
	VFMA231 32(R10), Y1, Y2
	ADDQ AX, R11
	ADDQ R9, R10
	DECQ R12
	JNE row
	VMOVUPS Y0, (DI)
	VMOVUPS Y2, 32(DI)
	ADDQ $64, DI
	ADDQ $64, DX
	SUBQ $(64/ELEM), CX
	JGE columns
single: // one
	ADDQ $(32/ELEM), CX
	JLT rest
	VXORPS Y0, Y0, Y0
	TESTB BX, BX
	JEQ beginSingle
	VMUL (DI), Y15, Y0
beginSingle:
	MOVQ DX, R10
	MOVQ SI, R11
	MOVQ R8, R12
rowSingle:
	VBROADCAST (R11), Y1
	VMUL Y14, Y1, Y1
	VFMA231 (R10), Y1, Y0
	ADDQ AX, R11
	ADDQ R9, R10
	DECQ R12
	JNE rowSingle
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $32, DX
	SUBQ $(32/ELEM), CX
rest: // one by one
	ADDQ $(32/ELEM), CX
	JEQ done
column:
	VXORPS X0, X0, X0
	TESTB BX, BX
	JEQ beginOne
	VMULS (DI), X15, X0
beginOne:
	MOVQ DX, R10
	MOVQ SI, R11
	MOVQ R8, R12
rowOne:
	VMULS (R11), X14, X1
	VFMA231S (R10), X1, X0
	ADDQ AX, R11
	ADDQ R9, R10
	DECQ R12
	JNE rowOne
	VMOVS X0, (DI)
	ADDQ $ELEM, DI
	ADDQ $ELEM, DX
	DECQ CX
	JNE column
done:
	VZEROUPPER
	SCATTER_Y(n+32(FP), copyBack, end)

// func rankOneF64(y, x, a *float64, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha float64)
TEXT RANK_ONE, NOSPLIT, SIZE_RANK_ONE
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ a+16(FP), DX
	MOVQ m+24(FP), R8
	MOVQ n+32(FP), CX
	MOVQ xStep+40(FP), R15
	SHLQ $SHIFT, R15
	MOVQ aStep+48(FP), R9
	SHLQ $SHIFT, R9
	MOVQ aGrowth+56(FP), R13
	SHLQ $SHIFT, R13
	MOVQ yStep+64(FP), BX
	SHLQ $SHIFT, BX
	MOVQ nStep+72(FP), AX
	VBROADCAST RANK_ONE_ALPHA, Y14
	TESTQ AX, AX
	JNE row
	CMPQ CX, $(32/ELEM)
	JEQ one
	CMPQ CX, $(64/ELEM)
	JEQ two
	CMPQ CX, $(128/ELEM)
	JEQ four
row:
	BEGIN_ROW
	MOVQ DX, R10
	MOVQ DI, R11
	MOVQ CX, R12
columns: // a register of them
	SUBQ $(32/ELEM), R12
	JLT rest
	VMOVUPS (R10), Y0
	VFMA231 (R11), Y1, Y0
	VMOVUPS Y0, (R10)
	ADDQ $32, R10
	ADDQ $32, R11
	JMP columns
rest: // one by one
	ADDQ $(32/ELEM), R12
	JEQ next
column:
	VMOVS (R10), X0
	VFMA231S (R11), X1, X0
	VMOVS X0, (R10)
	ADDQ $ELEM, R10
	ADDQ $ELEM, R11
	DECQ R12
	JNE column
next:
	ADDQ R15, SI
	ADDQ R9, DX
	ADDQ R13, R9
	ADDQ BX, DI
	ADDQ AX, CX
	DECQ R8
	JNE row
	VZEROUPPER
	RET
four: // rows of just so many registers
	VMOVUPS (DI), Y8
	VMOVUPS 32(DI), Y9
	VMOVUPS 64(DI), Y10
	VMOVUPS 96(DI), Y11
rowFour:
	BEGIN_ROW
	PLUS(0, Y8, Y0)
	PLUS(32, Y9, Y2)
	PLUS(64, Y10, Y3)
	PLUS(96, Y11, Y4)
	END_ROW(rowFour)
two:
	VMOVUPS (DI), Y8
	VMOVUPS 32(DI), Y9
rowTwo:
	BEGIN_ROW
	PLUS(0, Y8, Y0)
	PLUS(32, Y9, Y2)
	END_ROW(rowTwo)
one:
	VMOVUPS (DI), Y8
rowOne:
	BEGIN_ROW
	PLUS(0, Y8, Y0)
	END_ROW(rowOne)
