// Sums, differences and products, element by element: see elementwise_avx512.h for the loops and their registers.

// func addAVX512(dst, x, y []T)
TEXT addT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	SHLQ $SHIFT, CX
	MAP2(ADD_VECTORS)

// func subAVX512(dst, x, y []T)
TEXT subT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	SHLQ $SHIFT, CX
	MAP2(SUB_VECTORS)

// func mulAVX512(dst, x, y []T)
TEXT mulT(SB), NOSPLIT, $0-72
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	SHLQ $SHIFT, CX
	MAP2(MUL_VECTORS)

// func scaleAVX512(dst, x []T, alpha T)
TEXT scaleT(SB), NOSPLIT, $0-scaleArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST alpha+48(FP), Z15
	SHLQ $SHIFT, CX
	MAP1(SCALE_VECTOR)

// func axpyAVX512(y, x []T, alpha T)
//
// y is the loop's operand a, since F leaves its result there.
TEXT axpyT(SB), NOSPLIT, $0-scaleArgs
	MOVQ y_base+0(FP), DI
	MOVQ y_len+8(FP), CX
	MOVQ DI, SI
	MOVQ x_base+24(FP), DX
	VBROADCAST alpha+48(FP), Z15
	SHLQ $SHIFT, CX
	MAP2(AXPY_VECTORS)
