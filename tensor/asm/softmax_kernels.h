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
	SOFTMAX_ROW(V5)
	STORE_ROW(V0, X0, DI, below16, below8, stored, partial)
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
	STORE_ROW(V0, X0, DI, below16, below8, stored, partial)
	ADDQ BX, SI
	ADDQ BX, DX
	ADDQ BX, DI
	SUBQ BX, CX
	JGT row
done:
	VZEROUPPER
	RET

// func crossEntropyRows(g, p, top, peak, z []T, columns int, class []int, weight, scale []T)
//
//	DI DX SI	g, p and z, the row at hand
//	BX	bytes of a row
//	R9-R13	top, peak, class, weight and scale of the row
//	CX	rows left
//	V5	the largest of z
//	V6	weight, then scale, in every lane
//	V7	weight in the lane of the row's class, 0 in the others
//	V9	the gradient
//	V8	the numbers of the lanes
TEXT crossEntropyRowsT(SB), NOSPLIT, $0-200
	MOVQ columns+120(FP), BX
	ROW_MASK
	SHLQ $SHIFT, BX
	CROSS_ENTROPY_ROWS
	MOVQ class_len+136(FP), CX
	VXOR V13, V13, V13
	VSUBC(LOG_INFINITY, V13, V12)
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	VMOVU LANE_NUMBERS(0), V8
	TESTQ CX, CX
	JEQ done
row:
	LOAD_ROW(SI, V0)
	SOFTMAX_ROW(V5)

	// The sum's difference to itself is 0, or NaN where softmax is: it makes a largest −0 to +0.
	VBROADCAST EXP(const_expOne), V2
	VDIVS X1, X2, X2
	VMOVS X2, (R10)
	VSUBS X1, X1, X1
	VADDS X1, X5, X5
	VMOVS X5, (R9)

	VBROADCAST (R12), V6
	WHERE_CLASS(R11, V6, V7)
	VMUL V6, V0, V9
	VSUB V7, V9, V9
	VBROADCAST (R13), V6
	VMUL V6, V9, V9
	STORE_ROW(V0, X0, DX, below16, below8, stored, partial)
	STORE_ROW(V9, X9, DI, gradientBelow16, gradientBelow8, gradientStored, gradientPartial)
	ADDQ BX, SI
	ADDQ BX, DX
	ADDQ BX, DI
	ADDQ $ELEM, R9
	ADDQ $ELEM, R10
	ADDQ $8, R11
	ADDQ $ELEM, R12
	ADDQ $ELEM, R13
	DECQ CX
	JNE row
done:
	VZEROUPPER
	RET
