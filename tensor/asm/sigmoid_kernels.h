// The kernels on sigmoid.h. Included once for each type.

// func sigmoid(dst, x []T)
TEXT sigmoidT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST SIGMOID(const_sigmoidLow), V14
	VBROADCAST SIGMOID(const_sigmoidHigh), V15
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
	SHLQ $SHIFT, CX
	MAP_WIDE(SIGMOID_VECTOR, SIGMOID_WIDE)

// func silu(dst, x []T)
TEXT siluT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST SIGMOID(const_sigmoidLow), V14
	VBROADCAST SIGMOID(const_sigmoidHigh), V15
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
	SHLQ $SHIFT, CX
	MAP_WIDE(SILU_VECTOR, SILU_WIDE)

// func siluGrad(dst, g, x []T)
TEXT siluGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), DX
	MOVQ x_base+48(FP), SI
	VBROADCAST SIGMOID(const_sigmoidLow), V14
	VBROADCAST SIGMOID(const_sigmoidHigh), V15
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
	SHLQ $SHIFT, CX
	MAP_PAIRS(SILU_GRAD_VECTORS)
