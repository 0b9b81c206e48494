// The depthwise product in NEON, for either element type: a register tile of 4 rows by two registers
// of channels.
//
// In planes of channels, where rows are of pixels, the weight of a step is one for all of them. What
// is left of the channels after whole pairs of registers takes one register, and then one
// element at a time, in the lowest lane.
//
//	V0-V7	the tile: row i in registers 2i and 2i+1
//	V16, V17	a row of weights
//	V20, V21	elements of A
//
//	R0-R3	A, rows 0 to 3
//	R4	C of the tile
//	R5	a row of C, or an element of A
//	R6	A's row stride, in bytes as all strides
//	R7	C's row stride
//	R8	the offset of the step
//	R9	the offset of the next step
//	R10	the weights of the step
//	R11	the weights' row stride
//	R12	rows left
//	R13	channels left
//	R14	rows of the tile
//	R15	steps of K left
//	R16	the Window
//	R17	scratch
//
// The pointers to A, B and C live in the arguments, which are the callee's to change.

TEXT DEPTHWISE(SB), NOSPLIT, $0-33
	MOVD layout+24(FP), R16
	MOVD Layout_ARow(R16), R6
	LSL  $SHIFT, R6
	MOVD Layout_LDC(R16), R7
	LSL  $SHIFT, R7
	WEIGHTS_STRIDE
	MOVD Layout_N(R16), R13

channels: // the next two registers of them, or less
	MOVD c+0(FP), R4
	MOVD a+8(FP), R0
	MOVD Layout_M(R16), R12

tile: // the next rows
	MOVD $4, R14
	CMP  R14, R12
	CSEL LT, R12, R14, R14
	ADD  R6, R0, R1
	ADD  R6, R1, R2
	ADD  R6, R2, R3
	MOVD Window_Steps(R16), R9
	MOVD Layout_K(R16), R15
	MOVD b+16(FP), R10
	MOVBU accumulate+32(FP), R17
	CBNZ R17, resume
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16

chains:
	CMP  $(2*LANES), R13
	BGE  two
	CMP  $LANES, R13
	BGE  one
	HEIGHTS(element1, element2, element3, element4)
	STEPS(element1, WEIGHTS_ELEMENT, ROWS1_ELEMENT)
	STEPS(element2, WEIGHTS_ELEMENT, ROWS2_ELEMENT)
	STEPS(element3, WEIGHTS_ELEMENT, ROWS3_ELEMENT)
	STEPS(element4, WEIGHTS_ELEMENT, ROWS4_ELEMENT)
one:
	HEIGHTS(one1, one2, one3, one4)
	STEPS(one1, WEIGHTS_ONE, ROWS1_ONE)
	STEPS(one2, WEIGHTS_ONE, ROWS2_ONE)
	STEPS(one3, WEIGHTS_ONE, ROWS3_ONE)
	STEPS(one4, WEIGHTS_ONE, ROWS4_ONE)
two:
	HEIGHTS(two1, two2, two3, two4)
	STEPS(two1, WEIGHTS_TWO, ROWS1_TWO)
	STEPS(two2, WEIGHTS_TWO, ROWS2_TWO)
	STEPS(two3, WEIGHTS_TWO, ROWS3_TWO)
	STEPS(two4, WEIGHTS_TWO, ROWS4_TWO)

resume: // the chains start at C
	MOVD R4, R5
	CMP  $(2*LANES), R13
	BGE  resumeTwo
	CMP  $LANES, R13
	BGE  resumeOne
	TILE(LOAD_ELEMENT, chains)
resumeOne:
	TILE(LOAD_ONE, chains)
resumeTwo:
	TILE(LOAD_TWO, chains)

store:
	MOVD R4, R5
	CMP  $(2*LANES), R13
	BGE  storeTwo
	CMP  $LANES, R13
	BGE  storeOne
	TILE(STORE_ELEMENT, stored)
storeOne:
	TILE(STORE_ONE, stored)
storeTwo:
	TILE(STORE_TWO, stored)

stored:
	MOVD R5, R4
	ADD  R6, R3, R0
	SUBS R14, R12
	BGT  tile
	MOVD $1, R17
	MOVD $LANES, R5
	CMP  R5, R13
	CSEL GE, R5, R17, R17
	LSL  $1, R5
	CMP  R5, R13
	CSEL GE, R5, R17, R17
	SUB  R17, R13
	LSL  $SHIFT, R17
	MOVD c+0(FP), R5
	ADD  R17, R5
	MOVD R5, c+0(FP)
	MOVD a+8(FP), R5
	ADD  R17, R5
	MOVD R5, a+8(FP)
	NEXT_WEIGHTS
	CBNZ R13, channels
	RET
