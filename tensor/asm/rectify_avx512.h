// Rectifiers and the gradients that need no exponential: see elementwise_avx512.h for the loops and their registers. In all of them the
// operand that decides comes second and the gradient first, where the result is left.

// func reluAVX512(dst, x []T)
TEXT reluT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VXOR Z15, Z15, Z15
	SHLQ $SHIFT, CX
	MAP1(RELU_VECTOR)

// func reluGradAVX512(dst, g, x []T)
TEXT reluGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ x_base+48(FP), DX
	VXOR Z15, Z15, Z15
	SHLQ $SHIFT, CX
	MAP2(RELU_GRAD_VECTORS)

// func leakyReluAVX512(dst, x []T, slope T)
TEXT leakyReluT(SB), NOSPLIT, $0-leakyReluArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST slope+48(FP), Z14
	VXOR Z15, Z15, Z15
	SHLQ $SHIFT, CX
	MAP1(LEAKY_RELU_VECTOR)

// func leakyReluGradAVX512(dst, g, x []T, slope T)
TEXT leakyReluGradT(SB), NOSPLIT, $0-leakyReluGradArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ x_base+48(FP), DX
	VBROADCAST slope+72(FP), Z14
	VXOR Z15, Z15, Z15
	SHLQ $SHIFT, CX
	MAP2(LEAKY_RELU_GRAD_VECTORS)

// func tanhGradAVX512(dst, g, a []T)
TEXT tanhGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ a_base+48(FP), DX
	VPTERNLOGD $0xFF, Z15, Z15, Z15 // 1 has ones in all bits of its exponent but the first
	VPSRL $(MANTISSA+2), Z15, Z15
	VPSLL $MANTISSA, Z15, Z15
	SHLQ $SHIFT, CX
	MAP2(TANH_GRAD_VECTORS)

// func sigmoidGradAVX512(dst, g, a []T)
TEXT sigmoidGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ a_base+48(FP), DX
	SHLQ $SHIFT, CX
	MAP2(SIGMOID_GRAD_VECTORS)
