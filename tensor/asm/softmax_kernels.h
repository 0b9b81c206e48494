// The kernels on softmax.h, and what softmax does to wide rows besides the exponentials. Included once for each type.

// func divide(dst []T, by T)
TEXT divideT(SB), NOSPLIT, $0-divideArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ DI, SI
	VBROADCAST by+24(FP), V12
	SHLQ $SHIFT, CX
	MAP(DIVIDE_VECTOR)

// func mulDifference(dst, g, p []T, by T)
TEXT mulDifferenceT(SB), NOSPLIT, $0-mulDifferenceArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ p_base+48(FP), DX
	VBROADCAST by+72(FP), V12
	SHLQ $SHIFT, CX
	MAP_PAIRS(MUL_DIFFERENCE_VECTORS)

// func softmaxRows(dst, x []T, columns int)
//
//	DI	destination
//	SI	x
//	CX	bytes left
//	BX	bytes of a row
TEXT softmaxRowsT(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ columns+48(FP), BX
	ROW_MASK
	SHLQ $SHIFT, CX
	SHLQ $SHIFT, BX
	VXOR V13, V13, V13
	VSUBC(LOG_INFINITY, V13, V12)
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	TESTQ CX, CX
	JEQ done
row:
	LOAD_ROW(SI, V0)
	SOFTMAX_ROW
	STORE_ROW(below16, below8, stored, next)
	ADDQ BX, SI
	ADDQ BX, DI
	SUBQ BX, CX
	JGT row
done:
	VZEROUPPER
	RET

// func softmaxGradRows(dst, g, p []T, columns int)
//
//	DI	destination
//	SI	g
//	DX	p
//	CX	bytes left
//	BX	bytes of a row
TEXT softmaxGradRowsT(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ p_base+48(FP), DX
	MOVQ columns+72(FP), BX
	ROW_MASK
	SHLQ $SHIFT, CX
	SHLQ $SHIFT, BX
	VXOR V13, V13, V13
	TESTQ CX, CX
	JEQ done
row:
	LOAD_ROW(SI, V0)
	LOAD_ROW(DX, V9)
	SOFTMAX_GRAD_ROW
	STORE_ROW(below16, below8, stored, next)
	ADDQ BX, SI
	ADDQ BX, DX
	ADDQ BX, DI
	SUBQ BX, CX
	JGT row
done:
	VZEROUPPER
	RET
