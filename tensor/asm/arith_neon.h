// Sums, differences and products, element by element: see elementwise_neon.h for the loops and their registers.

// func addNEON(dst, x, y []T)
TEXT addT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	MOVD y_base+48(FP), R2
	LSL  $SHIFT, R3
	MAP2(ADD_VECTORS)

// func subNEON(dst, x, y []T)
TEXT subT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	MOVD y_base+48(FP), R2
	LSL  $SHIFT, R3
	MAP2(SUB_VECTORS)

// func mulNEON(dst, x, y []T)
TEXT mulT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	MOVD y_base+48(FP), R2
	LSL  $SHIFT, R3
	MAP2(MUL_VECTORS)

// func scaleNEON(dst, x []T, alpha T)
TEXT scaleT(SB), NOSPLIT, $0-scaleArgs
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	FMOV alpha+48(FP), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP1(SCALE_VECTOR)

// func axpyNEON(y, x []T, alpha T)
//
// y is the loop's operand a, since F leaves its result there.
TEXT axpyT(SB), NOSPLIT, $0-scaleArgs
	MOVD y_base+0(FP), R0
	MOVD y_len+8(FP), R3
	MOVD R0, R1
	MOVD x_base+24(FP), R2
	FMOV alpha+48(FP), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP2(AXPY_VECTORS)
