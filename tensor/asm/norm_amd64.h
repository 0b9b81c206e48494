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
	CMPQ R15, $LANES
	JLT part
	VMOVU (R9), V0
	VMOVU (R10), V1
	VMOVU (R11), V2
row:
	NORMALIZE_ROW(WHOLE)
	VMOVU V3, (DI)
	ADDQ R8, SI
	ADDQ R8, DI
	DECQ R14
	JNE row
	MOVE(x+8(FP))
	MOVE(dst+0(FP))
	MOVE(mean+16(FP))
	MOVE(scale+24(FP))
	MOVE(shift+32(FP))
	SUBQ $LANES, R15
	JGT channels
	VZEROUPPER
	RET

part:
	MASK_REST
	VMOVU_PART((R9), V0)
	VMOVU_PART((R10), V1)
	VMOVU_PART((R11), V2)
partRow:
	NORMALIZE_ROW(VMOVU_PART)
	STORE_MASKED(V3, (DI))
	ADDQ R8, SI
	ADDQ R8, DI
	DECQ R14
	JNE partRow
	VZEROUPPER
	RET

TEXT MOMENTS(SB), NOSPLIT, $0-48
	SIZES(columns+40(FP))

channels:
	MOVQ x+16(FP), SI
	MOVQ mean+24(FP), R9
	MOVQ sum+0(FP), R10
	MOVQ squares+8(FP), R11
	MOVQ rows+32(FP), R14
	CMPQ R15, $LANES
	JLT part
	VMOVU (R9), V0
	VMOVU (R10), V1
	VMOVU (R11), V2
row:
	MOMENTS_ROW(WHOLE)
	ADDQ R8, SI
	DECQ R14
	JNE row
	VMOVU V1, (R10)
	VMOVU V2, (R11)
	MOVE(x+16(FP))
	MOVE(mean+24(FP))
	MOVE(sum+0(FP))
	MOVE(squares+8(FP))
	SUBQ $LANES, R15
	JGT channels
	VZEROUPPER
	RET

part:
	MASK_REST
	VMOVU_PART((R9), V0)
	VMOVU_PART((R10), V1)
	VMOVU_PART((R11), V2)
partRow:
	MOMENTS_ROW(VMOVU_PART)
	ADDQ R8, SI
	DECQ R14
	JNE partRow
	STORE_MASKED(V1, (R10))
	STORE_MASKED(V2, (R11))
	VZEROUPPER
	RET

TEXT GRADIENT_SUMS(SB), NOSPLIT, $0-56
	SIZES(columns+48(FP))

channels:
	MOVQ x+24(FP), SI
	MOVQ up+16(FP), BX
	MOVQ mean+32(FP), R9
	MOVQ sum+0(FP), R10
	MOVQ products+8(FP), R11
	MOVQ rows+40(FP), R14
	CMPQ R15, $LANES
	JLT part
	VMOVU (R9), V0
	VMOVU (R10), V1
	VMOVU (R11), V2
row:
	GRADIENT_SUMS_ROW(WHOLE)
	ADDQ R8, SI
	ADDQ R8, BX
	DECQ R14
	JNE row
	VMOVU V1, (R10)
	VMOVU V2, (R11)
	MOVE(x+24(FP))
	MOVE(up+16(FP))
	MOVE(mean+32(FP))
	MOVE(sum+0(FP))
	MOVE(products+8(FP))
	SUBQ $LANES, R15
	JGT channels
	VZEROUPPER
	RET

part:
	MASK_REST
	VMOVU_PART((R9), V0)
	VMOVU_PART((R10), V1)
	VMOVU_PART((R11), V2)
partRow:
	GRADIENT_SUMS_ROW(VMOVU_PART)
	ADDQ R8, SI
	ADDQ R8, BX
	DECQ R14
	JNE partRow
	STORE_MASKED(V1, (R10))
	STORE_MASKED(V2, (R11))
	VZEROUPPER
	RET

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
	CMPQ R15, $LANES
	JLT part
	VMOVU (R9), V0
	VMOVU (R10), V1
	VMOVU (R11), V2
	VMOVU (R12), V5
row:
	GRADIENT_ROW(WHOLE)
	VMOVU V3, (DI)
	ADDQ R8, SI
	ADDQ R8, BX
	ADDQ R8, DI
	DECQ R14
	JNE row
	MOVE(x+16(FP))
	MOVE(up+8(FP))
	MOVE(dst+0(FP))
	MOVE(mean+24(FP))
	MOVE(a+32(FP))
	MOVE(b+40(FP))
	MOVE(c+48(FP))
	SUBQ $LANES, R15
	JGT channels
	VZEROUPPER
	RET

part:
	MASK_REST
	VMOVU_PART((R9), V0)
	VMOVU_PART((R10), V1)
	VMOVU_PART((R11), V2)
	VMOVU_PART((R12), V5)
partRow:
	GRADIENT_ROW(VMOVU_PART)
	STORE_MASKED(V3, (DI))
	ADDQ R8, SI
	ADDQ R8, BX
	ADDQ R8, DI
	DECQ R14
	JNE partRow
	VZEROUPPER
	RET
