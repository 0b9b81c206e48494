// The depthwise product, for either element type and ISA: a register tile of 4 rows by two
// registers of channels.
//
// Each step of K reads a row of weights and multiplies the elements of A by it where they stand: 10
// loads for 8 FMAs, of which two kinds of ports can do two each per cycle. 8 accumulators hide the
// latency of the FMA units. In planes of channels, where rows are of pixels, the weight of a step is
// one for all of them. What is left of the channels after whole pairs of registers takes one
// register, and then one under a mask.
//
//	V0-V7	the tile: row i in registers 2i and 2i+1
//	V8, V9	a row of weights
//	V10	elements of A behind the mask
//	V15 (AVX2), K1 (AVX-512)	the mask of the last register
//
//	SI	A of the tile
//	DI	C of the tile
//	AX	A of the step, and scratch
//	DX	a row of C
//	R8 R9	1 and 3 times A's row stride, in bytes as all strides
//	R10	C's row stride
//	R11	the offset of the next step
//	R12	the weights' row stride
//	R13	the weights of the step
//	R14	rows left
//	R15	channels left
//	BX	rows of the tile
//	CX	steps of K left, and scratch
//
// The pointers to A, B and C live in the arguments, which are the callee's to change.

TEXT DEPTHWISE(SB), NOSPLIT, $0-33
	MOVQ layout+24(FP), CX
	MOVQ Layout_ARow(CX), R8
	SHLQ $SHIFT, R8
	LEAQ (R8)(R8*2), R9
	MOVQ Layout_LDC(CX), R10
	SHLQ $SHIFT, R10
	WEIGHTS_STRIDE
	MOVQ Layout_N(CX), R15

channels: // the next two registers of them, or less
	MOVQ c+0(FP), DI
	MOVQ a+8(FP), SI
	CMPQ R15, $LANES
	JGE rows
	MOVQ R15, CX
	SHLQ $SHIFT, CX
	TAIL(AX, V15)
rows:
	MOVQ layout+24(FP), CX
	MOVQ Layout_M(CX), R14

tile: // the next rows
	MOVQ $4, BX
	CMPQ R14, BX
	CMOVQLT R14, BX
	MOVQ layout+24(FP), CX
	MOVQ Window_Steps(CX), R11
	MOVQ Layout_K(CX), CX
	MOVQ b+16(FP), R13
	CMPB accumulate+32(FP), $0
	JNE resume
	VXOR V0, V0, V0
	VXOR V1, V1, V1
	VXOR V2, V2, V2
	VXOR V3, V3, V3
	VXOR V4, V4, V4
	VXOR V5, V5, V5
	VXOR V6, V6, V6
	VXOR V7, V7, V7

chains:
	CMPQ R15, $(2*LANES)
	JGE two
	CMPQ R15, $LANES
	JGE one
	HEIGHTS(part1, part2, part3, part4)
	STEPS(part1, LOAD_WEIGHTS_PART, ROWS1_PART)
	STEPS(part2, LOAD_WEIGHTS_PART, ROWS2_PART)
	STEPS(part3, LOAD_WEIGHTS_PART, ROWS3_PART)
	STEPS(part4, LOAD_WEIGHTS_PART, ROWS4_PART)
one:
	HEIGHTS(one1, one2, one3, one4)
	STEPS(one1, LOAD_WEIGHTS_ONE, ROWS1_ONE)
	STEPS(one2, LOAD_WEIGHTS_ONE, ROWS2_ONE)
	STEPS(one3, LOAD_WEIGHTS_ONE, ROWS3_ONE)
	STEPS(one4, LOAD_WEIGHTS_ONE, ROWS4_ONE)
two:
	HEIGHTS(two1, two2, two3, two4)
	STEPS(two1, LOAD_WEIGHTS_TWO, ROWS1_TWO)
	STEPS(two2, LOAD_WEIGHTS_TWO, ROWS2_TWO)
	STEPS(two3, LOAD_WEIGHTS_TWO, ROWS3_TWO)
	STEPS(two4, LOAD_WEIGHTS_TWO, ROWS4_TWO)

resume: // the chains start at C
	MOVQ DI, DX
	CMPQ R15, $(2*LANES)
	JGE resumeTwo
	CMPQ R15, $LANES
	JGE resumeOne
	TILE(LOAD_PART, chains)
resumeOne:
	TILE(LOAD_ONE, chains)
resumeTwo:
	TILE(LOAD_TWO, chains)

store:
	MOVQ DI, DX
	CMPQ R15, $(2*LANES)
	JGE storeTwo
	CMPQ R15, $LANES
	JGE storeOne
	TILE(STORE_PART, stored)
storeOne:
	TILE(STORE_ONE, stored)
storeTwo:
	TILE(STORE_TWO, stored)

stored:
	MOVQ DX, DI
	LEAQ (SI)(R8*4), SI
	SUBQ BX, R14
	JGT tile
	MOVQ $(2*VBYTES), AX
	MOVQ $(2*LANES), CX
	CMPQ R15, CX
	JGE next
	SHRQ $1, AX
	SHRQ $1, CX
next:
	ADDQ AX, c+0(FP)
	ADDQ AX, a+8(FP)
	NEXT_WEIGHTS
	SUBQ CX, R15
	JGT channels
	VZEROUPPER
	RET
