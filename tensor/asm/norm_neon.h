// The kernels that normalise channels in NEON, for either element type: a register of channels at a
// time and all rows of it, then one element in the lowest lane.
//
//	V0	the means
//	V1, V2, V5	sums that go on from row to row, or the factors and what is added
//	V3, V4, V6	x, its deviation from the mean, the upstream gradient, the result
//
//	R0 R2	x, and the upstream gradient
//	R1	the result
//	R4-R7	the rows of one element for each channel
//	R8	bytes of a row
//	R12	rows left
//	R13	channels left
//	R14	channels, then bytes, of a register
//	R17	scratch
//
// The pointers live in the arguments, which are the callee's to change.

TEXT NORMALIZE(SB), NOSPLIT, $0-56
	MOVD columns+48(FP), R13
	LSL  $SHIFT, R13, R8

channels:
	MOVD x+8(FP), R0
	MOVD dst+0(FP), R1
	MOVD mean+16(FP), R4
	MOVD scale+24(FP), R5
	MOVD shift+32(FP), R6
	MOVD rows+40(FP), R12
	ROWS(THREE, NORMALIZE_ROW, NOTHING)
	ADVANCE(x+8(FP))
	ADVANCE(dst+0(FP))
	ADVANCE(mean+16(FP))
	ADVANCE(scale+24(FP))
	ADVANCE(shift+32(FP))
	CBNZ R13, channels
	RET

TEXT MOMENTS(SB), NOSPLIT, $0-48
	MOVD columns+40(FP), R13
	LSL  $SHIFT, R13, R8

channels:
	MOVD x+16(FP), R0
	MOVD mean+24(FP), R4
	MOVD sum+0(FP), R5
	MOVD squares+8(FP), R6
	MOVD rows+32(FP), R12
	ROWS(THREE, MOMENTS_ROW, SUMS)
	ADVANCE(x+16(FP))
	ADVANCE(mean+24(FP))
	ADVANCE(sum+0(FP))
	ADVANCE(squares+8(FP))
	CBNZ R13, channels
	RET

TEXT GRADIENT_SUMS(SB), NOSPLIT, $0-56
	MOVD columns+48(FP), R13
	LSL  $SHIFT, R13, R8

channels:
	MOVD x+24(FP), R0
	MOVD up+16(FP), R2
	MOVD mean+32(FP), R4
	MOVD sum+0(FP), R5
	MOVD products+8(FP), R6
	MOVD rows+40(FP), R12
	ROWS(THREE, GRADIENT_SUMS_ROW, SUMS)
	ADVANCE(x+24(FP))
	ADVANCE(up+16(FP))
	ADVANCE(mean+32(FP))
	ADVANCE(sum+0(FP))
	ADVANCE(products+8(FP))
	CBNZ R13, channels
	RET

TEXT GRADIENT(SB), NOSPLIT, $0-72
	MOVD columns+64(FP), R13
	LSL  $SHIFT, R13, R8

channels:
	MOVD x+16(FP), R0
	MOVD up+8(FP), R2
	MOVD dst+0(FP), R1
	MOVD mean+24(FP), R4
	MOVD a+32(FP), R5
	MOVD b+40(FP), R6
	MOVD c+48(FP), R7
	MOVD rows+56(FP), R12
	ROWS(FOUR, GRADIENT_ROW, NOTHING)
	ADVANCE(x+16(FP))
	ADVANCE(up+8(FP))
	ADVANCE(dst+0(FP))
	ADVANCE(mean+24(FP))
	ADVANCE(a+32(FP))
	ADVANCE(b+40(FP))
	ADVANCE(c+48(FP))
	CBNZ R13, channels
	RET
