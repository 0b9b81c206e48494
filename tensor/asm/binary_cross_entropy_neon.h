// What binary cross entropy does besides sigmoid and logarithm: see elementwise_neon.h for the loops and their registers.

// func likelierNEON(dst, p []T)
TEXT likelierT(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD p_base+24(FP), R1
	FMOV $(1.0), F15
	dup(v15, v15)
	LSL  $SHIFT, R3
	MAP1(LIKELIER_VECTOR)

// func marginNEON(dst, z, y []T)
TEXT marginT(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD z_base+24(FP), R1
	MOVD y_base+48(FP), R2
	VEOR V15.B16, V15.B16, V15.B16
	LSL  $SHIFT, R3
	MAP2(MARGIN_VECTORS)
