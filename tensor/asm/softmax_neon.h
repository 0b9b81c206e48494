// What softmax does to a row besides the exponentials: the division by their sum, and the gradient's product. Included once for each type.
// See elementwise_neon.h for the loops and their registers.

// func divide(dst []T, by T)
TEXT divideT(SB), NOSPLIT, $0-divideArgs
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD R0, R1
	FMOV by+24(FP), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP1(DIVIDE_VECTOR)

// func mulDifference(dst, g, p []T, by T)
TEXT mulDifferenceT(SB), NOSPLIT, $0-mulDifferenceArgs
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R1
	MOVD p_base+48(FP), R2
	FMOV by+72(FP), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP2(MUL_DIFFERENCE_VECTORS)
