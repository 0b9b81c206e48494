// What softmax does to a row besides the exponentials: the division by their sum, and the gradient's product. Included once for each type.

// func divide(dst []T, by T)
TEXT divideT(SB), NOSPLIT, $0-divideArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ DI, SI
	VBROADCAST by+24(FP), V12
	SHLQ $SHIFT, CX
	MAP(DIVIDE_VECTOR)

// func mulDifference(dst, g, p []T, by T)
TEXT mulDifferenceT(SB), NOSPLIT, $0-mulDifferenceArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ p_base+48(FP), DX
	VBROADCAST by+72(FP), V12
	SHLQ $SHIFT, CX
	MAP_PAIRS(MUL_DIFFERENCE_VECTORS)
