// The kernel on tanh.h. Included once for each type.

// func tanh(dst, x []T)
TEXT tanhT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST tanhUpperBound, V15
	TANH_TABLES
	SHLQ $SHIFT, CX
	MAP(TANH_VECTOR)
