// The kernels of sigmoid and silu. Included once for each type.

// func sigmoid(dst, x []T)
TEXT sigmoidT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	CONSTANTS
	MAP(SIGMOID_VECTOR)

// func silu(dst, x []T)
TEXT siluT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	CONSTANTS
	MAP(SILU_VECTOR)

// func siluGrad(dst, g, x []T)
TEXT siluGradT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R2
	MOVD x_base+48(FP), R1
	LSL  $SHIFT, R3
	CONSTANTS
	MAP_PAIRS(SILU_GRAD_VECTORS)
