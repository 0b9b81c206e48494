// The text of gaps_amd64.s for one element type.
//
//	SI	an element of x
//	DI	an element of y
//	CX	elements left
//	R8, R10	bytes to the next one of x, and three times as many
//	R9, R11	bytes to the next one of y, and three times as many
//	X0-X3	lanes, or X0 alpha

#define LOAD_VECTORS \
	MOVQ x+0(FP), SI; \
	MOVQ y+8(FP), DI; \
	MOVQ n+16(FP), CX; \
	MOVQ incX+24(FP), R8; \
	MOVQ incY+32(FP), R9; \
	SHLQ $SHIFT, R8; \
	SHLQ $SHIFT, R9; \
	LEAQ (R8)(R8*2), R10; \
	LEAQ (R9)(R9*2), R11
#define GO_ON \
	LEAQ (SI)(R8*4), SI; \
	LEAQ (DI)(R9*4), DI

#define ADD_PRODUCT(AT_X, AT_Y, LANE, W) \
	VMOVS AT_X, W; \
	VMULS AT_Y, W, W; \
	VADDS W, LANE, LANE

// func dotGapsF64(x, y *float64, n, incX, incY int) float64
TEXT DOT_GAPS, NOSPLIT, DOT_SIZE
	LOAD_VECTORS
	VXORPS X0, X0, X0
	VXORPS X1, X1, X1
	VXORPS X2, X2, X2
	VXORPS X3, X3, X3
	SUBQ $4, CX
	JLT rest
four:
	ADD_PRODUCT((SI), (DI), X0, X4)
	ADD_PRODUCT((SI)(R8*1), (DI)(R9*1), X1, X5)
	ADD_PRODUCT((SI)(R8*2), (DI)(R9*2), X2, X6)
	ADD_PRODUCT((SI)(R10*1), (DI)(R11*1), X3, X7)
	GO_ON
	SUBQ $4, CX
	JGE four
rest:
	ADDQ $3, CX
	JLT fold
	ADD_PRODUCT((SI), (DI), X0, X4)
	DECQ CX
	JLT fold
	ADD_PRODUCT((SI)(R8*1), (DI)(R9*1), X1, X5)
	DECQ CX
	JLT fold
	ADD_PRODUCT((SI)(R8*2), (DI)(R9*2), X2, X6)
fold:
	VADDS X2, X0, X0
	VADDS X3, X1, X1
	VADDS X1, X0, X0
	VMOVS X0, ret+40(FP)
	RET

#define AXPY(AT_X, AT_Y, W) \
	VMULS AT_X, X0, W; \
	VADDS AT_Y, W, W; \
	VMOVS W, AT_Y

// func axpyGapsF64(x, y *float64, n, incX, incY int, alpha float64)
TEXT AXPY_GAPS, NOSPLIT, AXPY_SIZE
	LOAD_VECTORS
	VMOVS alpha+40(FP), X0
	SUBQ $4, CX
	JLT rest
four:
	AXPY((SI), (DI), X1)
	AXPY((SI)(R8*1), (DI)(R9*1), X2)
	AXPY((SI)(R8*2), (DI)(R9*2), X3)
	AXPY((SI)(R10*1), (DI)(R11*1), X4)
	GO_ON
	SUBQ $4, CX
	JGE four
rest:
	ADDQ $3, CX
	JLT done
	AXPY((SI), (DI), X1)
	DECQ CX
	JLT done
	AXPY((SI)(R8*1), (DI)(R9*1), X1)
	DECQ CX
	JLT done
	AXPY((SI)(R8*2), (DI)(R9*2), X1)
done:
	RET

#define SCALE(AT, W) \
	VMULS AT, X0, W; \
	VMOVS W, AT

// func scaleGapsF64(x *float64, n, incX int, alpha float64)
TEXT SCALE_GAPS, NOSPLIT, SCALE_SIZE
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ incX+16(FP), R8
	VMOVS alpha+24(FP), X0
	SHLQ $SHIFT, R8
	LEAQ (R8)(R8*2), R10
	SUBQ $4, CX
	JLT rest
four:
	SCALE((SI), X1)
	SCALE((SI)(R8*1), X2)
	SCALE((SI)(R8*2), X3)
	SCALE((SI)(R10*1), X4)
	LEAQ (SI)(R8*4), SI
	SUBQ $4, CX
	JGE four
rest:
	ADDQ $3, CX
	JLT done
	SCALE((SI), X1)
	DECQ CX
	JLT done
	SCALE((SI)(R8*1), X1)
	DECQ CX
	JLT done
	SCALE((SI)(R8*2), X1)
done:
	RET
