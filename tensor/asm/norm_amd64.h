// The kernels that normalise channels, for either element type and ISA: a register of channels at a
// time, the last one under a mask, and all rows of it.
//
//	V0	the means
//	V1, V2, V5	sums that go on from row to row, or the factors and what is added
//	V3	x, its deviation from the mean, the result
//	V4	the upstream gradient
//	V15 (AVX2), K1 (AVX-512)	the mask of the last register
//
//	SI BX	x, and the upstream gradient
//	DI	the result
//	R8	bytes of a row
//	R9-R12	the rows of one element for each channel
//	R14	rows left
//	R15	channels left
//	AX CX	scratch
//
// The pointers live in the arguments, which are the callee's to change.

TEXT NORMALIZE(SB), NOSPLIT, $0-56
	SIZES(columns+48(FP))

channels:
	MOVQ x+8(FP), SI
	MOVQ dst+0(FP), DI
	MOVQ mean+16(FP), R9
	MOVQ scale+24(FP), R10
	MOVQ shift+32(FP), R11
	MOVQ rows+40(FP), R14
	WHOLE_REGISTER(THREE, NORMALIZE_ROW, NOTHING)
	MOVE(x+8(FP))
	MOVE(dst+0(FP))
	MOVE(mean+16(FP))
	MOVE(scale+24(FP))
	MOVE(shift+32(FP))
	REST(THREE, NORMALIZE_ROW, NOTHING)

TEXT MOMENTS(SB), NOSPLIT, $0-48
	SIZES(columns+40(FP))

channels:
	MOVQ x+16(FP), SI
	MOVQ mean+24(FP), R9
	MOVQ sum+0(FP), R10
	MOVQ squares+8(FP), R11
	MOVQ rows+32(FP), R14
	WHOLE_REGISTER(THREE, MOMENTS_ROW, SUMS)
	MOVE(x+16(FP))
	MOVE(mean+24(FP))
	MOVE(sum+0(FP))
	MOVE(squares+8(FP))
	REST(THREE, MOMENTS_ROW, SUMS)

TEXT GRADIENT_SUMS(SB), NOSPLIT, $0-56
	SIZES(columns+48(FP))

channels:
	MOVQ x+24(FP), SI
	MOVQ up+16(FP), BX
	MOVQ mean+32(FP), R9
	MOVQ sum+0(FP), R10
	MOVQ products+8(FP), R11
	MOVQ rows+40(FP), R14
	WHOLE_REGISTER(THREE, GRADIENT_SUMS_ROW, SUMS)
	MOVE(x+24(FP))
	MOVE(up+16(FP))
	MOVE(mean+32(FP))
	MOVE(sum+0(FP))
	MOVE(products+8(FP))
	REST(THREE, GRADIENT_SUMS_ROW, SUMS)

TEXT GRADIENT(SB), NOSPLIT, $0-72
	SIZES(columns+64(FP))

channels:
	MOVQ x+16(FP), SI
	MOVQ up+8(FP), BX
	MOVQ dst+0(FP), DI
	MOVQ mean+24(FP), R9
	MOVQ a+32(FP), R10
	MOVQ b+40(FP), R11
	MOVQ c+48(FP), R12
	MOVQ rows+56(FP), R14
	WHOLE_REGISTER(FOUR, GRADIENT_ROW, NOTHING)
	MOVE(x+16(FP))
	MOVE(up+8(FP))
	MOVE(dst+0(FP))
	MOVE(mean+24(FP))
	MOVE(a+32(FP))
	MOVE(b+40(FP))
	MOVE(c+48(FP))
	REST(FOUR, GRADIENT_ROW, NOTHING)
