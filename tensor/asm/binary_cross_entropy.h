// What binary cross entropy does besides sigmoid and logarithm, for either width of register and either element type: elementwise_avx2.h and
// elementwise_avx512.h have the loops and their registers. The source that includes this names
//
//	ZERO ONE	registers for these numbers
//	ONES(V)	sets all bits of V

// func likelier(dst, p []T)
TEXT likelierT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ p_base+24(FP), SI
	ONES(ONE) // 1 has ones in all bits of its exponent but the first
	VPSRL $(MANTISSA+2), ONE, ONE
	VPSLL $MANTISSA, ONE, ONE
	SHLQ $SHIFT, CX
	MAP1(LIKELIER_VECTOR)

// func margin(dst, z, y []T)
TEXT marginT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ z_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	VXOR ZERO, ZERO, ZERO
	SHLQ $SHIFT, CX
	MAP2(MARGIN_VECTORS)
