// The largest elements of windows and their gradient, for either element type and ISA: a register of
// channels at a time, the last one under a mask.
//
//	V0	the largest elements so far, or (gradient) those of the window
//	V1	elements of a tap
//	V2	(gradient) the gradient by the largest elements
//	V3, V4	scratch
//	V5 (AVX2), K4 (AVX-512)	(gradient) the channels whose largest element is yet to come
//	V15 (AVX2), K1 (AVX-512)	the mask of the last register
//
//	SI	the first element of the window
//	DI	the result, or (gradient) that of the window
//	DX BX	(gradient) the gradient's elements that stand where the window's do; the upstream gradient
//	R8	the windows' row stride, in bytes as all strides
//	R10	the results' row stride
//	R11	the offset of the next tap
//	R13	the Window
//	R14	rows left
//	R15	channels left
//	AX	the offset of the tap, and scratch
//	CX	taps left, and scratch
//
// The pointers live in the arguments, which are the callee's to change.

TEXT MAX_WINDOWS(SB), NOSPLIT, $0-24
	MOVQ layout+16(FP), R13
	LOAD_STRIDES

channels:
	MOVQ c+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ Layout_M(R13), R14
	CMPQ R15, $LANES
	JLT part

row:
	FIRST_TAP
	VMOVU (SI)(AX*ELEM), V0
	DECQ CX
	JEQ largest
tap:
	NEXT_TAP
	VMOVU (SI)(AX*ELEM), V1
	LARGER
	DECQ CX
	JNE tap
largest:
	VMOVU V0, (DI)
	NEXT_ROW
	JNE row
	ADDQ $VBYTES, c+0(FP)
	ADDQ $VBYTES, a+8(FP)
	SUBQ $LANES, R15
	JGT channels
	VZEROUPPER
	RET

part:
	MASK_REST
partRow:
	FIRST_TAP
	VMOVU_PART((SI)(AX*ELEM), V0)
	DECQ CX
	JEQ partLargest
partTap:
	NEXT_TAP
	VMOVU_PART((SI)(AX*ELEM), V1)
	LARGER
	DECQ CX
	JNE partTap
partLargest:
	STORE_MASKED(V0, (DI))
	NEXT_ROW
	JNE partRow
	VZEROUPPER
	RET

TEXT MAX_WINDOWS_GRADIENT(SB), NOSPLIT, $0-40
	MOVQ layout+32(FP), R13
	LOAD_STRIDES

channels:
	MOVQ dx+0(FP), DX
	MOVQ up+8(FP), BX
	MOVQ x+16(FP), SI
	MOVQ y+24(FP), DI
	MOVQ Layout_M(R13), R14
	CMPQ R15, $LANES
	JLT part

row:
	VMOVU (DI), V0
	VMOVU (BX), V2
	FIRST_TAP
	OPEN
tap:
	VMOVU (SI)(AX*ELEM), V1
	VMOVU (DX)(AX*ELEM), V4
	GIVE
	VMOVU V4, (DX)(AX*ELEM)
	NEXT_TAP
	DECQ CX
	JNE tap
	ADDQ R8, DX
	ADDQ R10, BX
	NEXT_ROW
	JNE row
	ADDQ $VBYTES, dx+0(FP)
	ADDQ $VBYTES, up+8(FP)
	ADDQ $VBYTES, x+16(FP)
	ADDQ $VBYTES, y+24(FP)
	SUBQ $LANES, R15
	JGT channels
	VZEROUPPER
	RET

part:
	MASK_REST
partRow:
	VMOVU_PART((DI), V0)
	VMOVU_PART((BX), V2)
	FIRST_TAP
	OPEN
partTap:
	VMOVU_PART((SI)(AX*ELEM), V1)
	VMOVU_PART((DX)(AX*ELEM), V4)
	GIVE
	STORE_MASKED(V4, (DX)(AX*ELEM))
	NEXT_TAP
	DECQ CX
	JNE partTap
	ADDQ R8, DX
	ADDQ R10, BX
	NEXT_ROW
	JNE partRow
	VZEROUPPER
	RET
