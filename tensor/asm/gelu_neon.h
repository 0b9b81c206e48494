// The kernels of gelu. Included once for each type.

// func gelu(dst, x []T)
TEXT geluT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	GELU_CONSTANTS
	MAP(GELU_VECTOR)

// func geluGrad(dst, g, x []T)
TEXT geluGradT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R2
	MOVD x_base+48(FP), R1
	LSL  $SHIFT, R3
	GELU_CONSTANTS
	MAP_PAIRS(GELU_GRAD_VECTORS)

// func geluTanh(dst, x []T)
TEXT geluTanhT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	GELU_TANH_CONSTANTS
	MAP(GELU_TANH_VECTOR)

// func geluTanhGrad(dst, g, x []T)
TEXT geluTanhGradT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD g_base+24(FP), R2
	MOVD x_base+48(FP), R1
	LSL  $SHIFT, R3
	GELU_TANH_CONSTANTS
	MAP_PAIRS(GELU_TANH_GRAD_VECTORS)
