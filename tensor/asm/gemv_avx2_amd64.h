// A vector times a matrix in AVX2, for either element type: tiles of one row by eight registers,
// then by four, then by up to four of which the last is masked.
//
// Go calls it as a Multiply with M = 1 and an unpacked B. One row offers no reuse of B, so its
// elements go straight from memory into the FMAs; eight accumulators hide their latency.
//
//	Y0-Y7	the tile
//	Y8	one element of A in every lane
//	Y9	the masked elements of B
//	Y10	zeros
//	Y11	the slope
//	Y12, Y13	scratch
//	Y15	the mask of the last register
//
//	DX	C
//	SI	A
//	DI	B
//	R11	A's column stride, in bytes as all strides
//	R12	B's row stride
//	CX	steps of K
//	R9	B's columns
//	R8	bytes of C left
//	R10	steps of K in all
//	R13	the epilogue or 0
//	R15	the biases of the columns
//	BX	accumulate
//	AX	in the last tile the offset of its masked register, which is Y3

TEXT GEMV(SB), NOSPLIT, $0-56
	MOVQ c+0(FP), DX
	MOVQ b+16(FP), R9
	MOVBQZX accumulate+40(FP), BX
	MOVQ epilogue+48(FP), R13
	MOVQ layout+32(FP), CX
	MOVQ Layout_ACol(CX), R11
	SHLQ $SHIFT, R11
	MOVQ Layout_BRow(CX), R12
	SHLQ $SHIFT, R12
	MOVQ Layout_N(CX), R8
	SHLQ $SHIFT, R8
	MOVQ Layout_K(CX), R10
	TESTQ R13, R13
	JEQ begin
	MOVQ EPILOGUE_BIAS(R13), R15
	VBROADCAST EPILOGUE_SLOPE(R13), Y11
	VXORPS Y10, Y10, Y10
begin:
	SUBQ $256, R8
	JLT half

columns: // eight registers of C
	BEGIN
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	TESTQ BX, BX
	JEQ step
	LOAD8(DX)
	STEPS(CHAINS_WHOLE, step)
	TESTQ R13, R13
	JEQ store
	ADD8(R15)
	ACTIVATE(RELUS8, LEAKYS8, leaky, store)
store:
	STORE8(DX)
	NEXT(256)
	SUBQ $256, R8
	JGE columns

half: // four registers of C
	ADDQ $256, R8
	JEQ done
	CMPQ R8, $128
	JLT last
	BEGIN
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	TESTQ BX, BX
	JEQ halfStep
	LOAD4(DX, Y0, Y1, Y2, Y3)
	STEPS(CHAINS_HALF, halfStep)
	TESTQ R13, R13
	JEQ halfStore
	ADD4(R15, Y0, Y1, Y2, Y3)
	ACTIVATE(RELUS4, LEAKYS4, halfLeaky, halfStore)
halfStore:
	STORE4(VMOVU, Y0, Y1, Y2, Y3, DX)
	NEXT(128)
	SUBQ $128, R8
	JEQ done

last: // up to three whole registers and a masked one of 1 to 32 bytes
	LEAQ -1(R8), AX
	ANDQ $~31, AX
	SUBQ AX, R8
	TAIL_MASK(R8, CX, Y15)
	BEGIN
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	TESTQ BX, BX
	JEQ lastSteps
	VMASKMOVPS (DX)(AX*1), Y15, Y3
	CMPQ AX, $32
	JLT lastSteps
	VMOVU (DX), Y0
	JEQ lastSteps
	VMOVU 32(DX), Y1
	CMPQ AX, $64
	JEQ lastSteps
	VMOVU 64(DX), Y2
lastSteps:
	CMPQ AX, $32
	JLT last1
	JEQ last2
	CMPQ AX, $64
	JEQ last3
	STEPS(CHAINS4, last4)
	JMP lastDone
	STEPS(CHAINS3, last3)
	JMP lastDone
	STEPS(CHAINS2, last2)
	JMP lastDone
	STEPS(CHAINS1, last1)
lastDone:
	TESTQ R13, R13
	JEQ lastStore
	VMASKMOVPS (R15)(AX*1), Y15, Y9
	VADD Y9, Y3, Y3
	CMPQ AX, $32
	JLT lastActivation
	VADD (R15), Y0, Y0
	JEQ lastActivation
	VADD 32(R15), Y1, Y1
	CMPQ AX, $64
	JEQ lastActivation
	VADD 64(R15), Y2, Y2
lastActivation:
	ACTIVATE(RELUS4, LEAKYS4, lastLeaky, lastStore)
lastStore:
	CMPQ AX, $32
	JLT tail
	VMOVU Y0, (DX)
	JEQ tail
	VMOVU Y1, 32(DX)
	CMPQ AX, $64
	JEQ tail
	VMOVU Y2, 64(DX)
tail:
	ADDQ AX, DX
	CMPQ R8, $32
	JLT part
	VMOVU Y3, (DX)
	JMP done
part:
	STORE_TAIL(Y3, X3, DX, R8, below16, below8, done)
	VZEROUPPER
	RET
