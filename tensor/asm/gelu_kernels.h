// The kernels on gelu.h and gelu_tanh.h. Included once for each type.

// func gelu(dst, x []T)
TEXT geluT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST GELU(const_geluHigh), V15
	MILLS_TABLES
	SHLQ $SHIFT, CX
	MAP(GELU_VECTOR)

// func geluGrad(dst, g, x []T)
TEXT geluGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), DX
	MOVQ x_base+48(FP), SI
	VBROADCAST GELU(const_geluHigh), V15
	MILLS_TABLES
	SHLQ $SHIFT, CX
	MAP_PAIRS(GELU_GRAD_VECTORS)

// func geluTanh(dst, x []T)
TEXT geluTanhT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST GELU_TANH(const_geluTanhLow), V14
	VBROADCAST GELU_TANH(const_geluTanhHigh), V15
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
	SHLQ $SHIFT, CX
	MAP(GELU_TANH_VECTOR)

// func geluTanhGrad(dst, g, x []T)
TEXT geluTanhGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), DX
	MOVQ x_base+48(FP), SI
	VBROADCAST GELU_TANH(const_geluTanhLow), V14
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
	SHLQ $SHIFT, CX
	MAP_PAIRS(GELU_TANH_GRAD_VECTORS)
