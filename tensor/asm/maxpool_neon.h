// The largest elements of windows and their gradient in NEON, for either element type: a register of
// channels at a time, then one element in the lowest lane.
//
//	V0	the largest elements so far, or (gradient) those of the window
//	V1	elements of a tap
//	V2	(gradient) the gradient by the largest elements
//	V3, V4	scratch
//	V5	(gradient) ones in the channels whose largest element is yet to come
//
//	R0	the first element of the window
//	R1	the result, or (gradient) that of the window
//	R2 R3	(gradient) the gradient's elements that stand where the window's do; the upstream gradient
//	R4	an element of a tap
//	R6	the windows' row stride, in bytes as all strides
//	R7	the results' row stride
//	R8	the offset of the tap
//	R9	the offset of the next tap
//	R12	rows left
//	R13	channels left
//	R14	channels of a register
//	R15	taps left
//	R16	the Window
//	R17	scratch
//
// The pointers live in the arguments, which are the callee's to change.

TEXT MAX_WINDOWS(SB), NOSPLIT, $0-24
	MOVD layout+16(FP), R16
	LOAD_STRIDES

channels:
	MOVD c+0(FP), R1
	MOVD a+8(FP), R0
	MOVD Layout_M(R16), R12
	CMP  $LANES, R13
	BLT  element

row:
	FIRST_TAP
	FMOVQ (R4), F0
	SUBS $1, R15
	BEQ  largest
tap:
	NEXT_TAP
	FMOVQ (R4), F1
	LARGER
	SUBS $1, R15
	BNE  tap
largest:
	FMOVQ F0, (R1)
	NEXT_ROW
	BNE  row
	MOVD $LANES, R14
	B    next

element:
	FIRST_TAP
	FMOV (R4), F0
	SUBS $1, R15
	BEQ  largestElement
elementTap:
	NEXT_TAP
	FMOV (R4), F1
	LARGER
	SUBS $1, R15
	BNE  elementTap
largestElement:
	FMOV F0, (R1)
	NEXT_ROW
	BNE  element
	MOVD $1, R14

next:
	SUB  R14, R13
	LSL  $SHIFT, R14
	ADVANCE(c+0(FP))
	ADVANCE(a+8(FP))
	CBNZ R13, channels
	RET

TEXT MAX_WINDOWS_GRADIENT(SB), NOSPLIT, $0-40
	MOVD layout+32(FP), R16
	LOAD_STRIDES

channels:
	MOVD dx+0(FP), R2
	MOVD up+8(FP), R3
	MOVD x+16(FP), R0
	MOVD y+24(FP), R1
	MOVD Layout_M(R16), R12
	CMP  $LANES, R13
	BLT  element

row:
	FMOVQ (R1), F0
	FMOVQ (R3), F2
	FIRST_TAP
	OPEN
tap:
	FMOVQ (R4), F1
	ADD  R8, R2, R17
	FMOVQ (R17), F4
	GIVE
	FMOVQ F4, (R17)
	NEXT_TAP
	SUBS $1, R15
	BNE  tap
	ADD  R6, R2
	ADD  R7, R3
	NEXT_ROW
	BNE  row
	MOVD $LANES, R14
	B    next

element:
	FMOV (R1), F0
	FMOV (R3), F2
	FIRST_TAP
	OPEN
elementTap:
	FMOV (R4), F1
	ADD  R8, R2, R17
	FMOV (R17), F4
	GIVE
	FMOV F4, (R17)
	NEXT_TAP
	SUBS $1, R15
	BNE  elementTap
	ADD  R6, R2
	ADD  R7, R3
	NEXT_ROW
	BNE  element
	MOVD $1, R14

next:
	SUB  R14, R13
	LSL  $SHIFT, R14
	ADVANCE(dx+0(FP))
	ADVANCE(up+8(FP))
	ADVANCE(x+16(FP))
	ADVANCE(y+24(FP))
	CBNZ R13, channels
	RET
