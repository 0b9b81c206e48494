// The kernels of the exponential. Included once for each type.

// func exp(dst, x []T)
TEXT expT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	CONSTANTS
	MAP(EXP_VECTOR)

// func expSub(dst, x []T, shift T)
TEXT expSubT(SB), NOSPLIT, $0-expSubArgs
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	FMOV shift+48(FP), F11
	dup(v11, v11)
	LSL  $SHIFT, R3
	CONSTANTS
	MAP(EXP_SUB_VECTOR)
