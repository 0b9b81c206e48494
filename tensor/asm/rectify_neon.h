// Rectifiers and the gradients that need no exponential: see elementwise_neon.h for the loops and their registers. In all of them the
// operand that decides comes second and the gradient first, where the result is left.

// func reluNEON(dst, x []T)
TEXT reluT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	MAP1(RELU_VECTOR)

// func reluGradNEON(dst, g, x []T)
TEXT reluGradT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R1
	MOVD x_base+48(FP), R2
	LSL  $SHIFT, R3
	MAP2(RELU_GRAD_VECTORS)

// func leakyReluNEON(dst, x []T, slope T)
TEXT leakyReluT(SB), NOSPLIT, $0-leakyReluArgs
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	FMOV slope+48(FP), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP1(LEAKY_RELU_VECTOR)

// func leakyReluGradNEON(dst, g, x []T, slope T)
TEXT leakyReluGradT(SB), NOSPLIT, $0-leakyReluGradArgs
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R1
	MOVD x_base+48(FP), R2
	FMOV slope+72(FP), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP2(LEAKY_RELU_GRAD_VECTORS)

// func tanhGradNEON(dst, g, a []T)
TEXT tanhGradT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R1
	MOVD a_base+48(FP), R2
	FMOV $(1.0), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP2(TANH_GRAD_VECTORS)

// func sigmoidGradNEON(dst, g, a []T)
TEXT sigmoidGradT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R1
	MOVD a_base+48(FP), R2
	LSL  $SHIFT, R3
	MAP2(SIGMOID_GRAD_VECTORS)
