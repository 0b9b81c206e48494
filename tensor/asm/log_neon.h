// The kernel of the logarithm. Included once for each type.

// func log(dst, x []T)
TEXT logT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	LSL  $SHIFT, R3
	CONSTANTS
	MAP(LOG_VECTOR)
