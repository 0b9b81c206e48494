// Rectifiers and the gradients that need no exponential: see elementwise_avx2.h for the loops and their registers. In all of them the
// operand that decides comes second and the gradient first, where the result is left.

// func reluAVX2(dst, x []T)
TEXT reluT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VXOR Y15, Y15, Y15
	SHLQ $SHIFT, CX
	MAP1(RELU_VECTOR)

// func reluGradAVX2(dst, g, x []T)
TEXT reluGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ x_base+48(FP), DX
	VXOR Y15, Y15, Y15
	SHLQ $SHIFT, CX
	MAP2(RELU_GRAD_VECTORS)

// func leakyReluAVX2(dst, x []T, slope T)
TEXT leakyReluT(SB), NOSPLIT, $0-leakyReluArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST slope+48(FP), Y14
	VXOR Y15, Y15, Y15
	SHLQ $SHIFT, CX
	MAP1(LEAKY_RELU_VECTOR)

// func leakyReluGradAVX2(dst, g, x []T, slope T)
TEXT leakyReluGradT(SB), NOSPLIT, $0-leakyReluGradArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ x_base+48(FP), DX
	VBROADCAST slope+72(FP), Y14
	VXOR Y15, Y15, Y15
	SHLQ $SHIFT, CX
	MAP2(LEAKY_RELU_GRAD_VECTORS)

// func tanhGradAVX2(dst, g, a []T)
TEXT tanhGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ a_base+48(FP), DX
	VPCMPEQD Y15, Y15, Y15 // 1 has ones in all bits of its exponent but the first
	VPSRL $(MANTISSA+2), Y15, Y15
	VPSLL $MANTISSA, Y15, Y15
	SHLQ $SHIFT, CX
	MAP2(TANH_GRAD_VECTORS)

// func sigmoidGradAVX2(dst, g, a []T)
TEXT sigmoidGradT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ a_base+48(FP), DX
	SHLQ $SHIFT, CX
	MAP2(SIGMOID_GRAD_VECTORS)
