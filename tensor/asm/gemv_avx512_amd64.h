// A vector times a matrix in AVX-512, for either element type: tiles of one row by sixteen
// registers, by eight, and by four with masks. The widest read the longest pieces of each row of B,
// which is best where L2 holds it, and not beyond.
//
// Go calls it as a Multiply with M = 1 and an unpacked B. One row offers no reuse of B, so its
// elements go straight from memory into the FMAs; eight accumulators hide their latency. Masked
// elements of B are not read. Registers without a single element are left alone rather than masked:
// an access to memory that the system has not provided yet is suppressed, but takes a microsecond.
//
// The text is another than AVX2's: all of the last registers may be masked here, which saves loads
// and the stores in pieces.
//
//	Z0-Z7 Z16-Z23	the tile
//	Z8 Z9	one element of A in every lane
//	Z28	zeros
//	Z29	the slope
//	K1 K2 K4 K5	the columns of the last four registers
//
//	DX	C
//	SI	A
//	DI	B
//	R11	A's column stride, in bytes as all strides
//	R12	B's row stride
//	CX	steps of K
//	R9	B's columns
//	R8	columns of C left
//	R10	steps of K in all
//	R13	the epilogue or 0
//	R15	the biases of the columns
//	BX	accumulate
//	AX	scratch

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
	MOVQ Layout_K(CX), R10
	TESTQ R13, R13
	JEQ begin
	MOVQ EPILOGUE_BIAS(R13), R15
begin:
	CMPB Layout_Far(CX), $0
	JNE far
	SUBQ $(16*LANES), R8
	JLT eight

sixteen: // sixteen registers of C, two steps of K per iteration
	MOVQ a+8(FP), SI
	MOVQ R9, DI
	MOVQ R10, CX
	TESTQ BX, BX
	JNE sixteenResume
	CLEAR2(Z0, Z1)
	CLEAR2(Z2, Z3)
	CLEAR2(Z4, Z5)
	CLEAR2(Z6, Z7)
	CLEAR2(Z16, Z17)
	CLEAR2(Z18, Z19)
	CLEAR2(Z20, Z21)
	CLEAR2(Z22, Z23)
	JMP sixteenBegin
sixteenResume:
	LOAD8(DX)
	LEAQ 512(DX), AX
	LOAD4(AX, Z16, Z17, Z18, Z19)
	ADDQ $256, AX
	LOAD4(AX, Z20, Z21, Z22, Z23)
sixteenBegin:
	SUBQ $2, CX
	JLT sixteenLast
sixteenSteps:
	VBROADCAST (SI), Z8
	CHAINS16(Z8)
	VBROADCAST (SI)(R11*1), Z9
	LEAQ (SI)(R11*2), SI
	CHAINS16(Z9)
	SUBQ $2, CX
	JGE sixteenSteps
sixteenLast:
	ADDQ $2, CX
	JEQ sixteenDone
	VBROADCAST (SI), Z8
	CHAINS16(Z8)
sixteenDone:
	TESTQ R13, R13
	JEQ sixteenStore
	ADD8(R15)
	LEAQ 512(R15), AX
	ADD4(AX, Z16, Z17, Z18, Z19)
	ADDQ $256, AX
	ADD4(AX, Z20, Z21, Z22, Z23)
	ADDQ $1024, R15
	VPXORQ Z28, Z28, Z28
	CMPB EPILOGUE_ACTIVATION(R13), $const_ReluActivation
	JLT sixteenStore
	JGT sixteenLeaky
	RELUS16
	JMP sixteenStore
sixteenLeaky:
	VBROADCAST EPILOGUE_SLOPE(R13), Z29
	LEAKYS16
sixteenStore:
	STORE8(DX)
	ADDQ $512, DX
	STORE4(VMOVU, Z16, Z17, Z18, Z19, DX)
	ADDQ $256, DX
	STORE4(VMOVU, Z20, Z21, Z22, Z23, DX)
	ADDQ $256, DX
	ADDQ $1024, R9
	SUBQ $(16*LANES), R8
	JGE sixteen

eight:
	ADDQ $(16*LANES), R8
far:
	SUBQ $(8*LANES), R8
	JLT half

columns: // eight registers of C, two steps of K per iteration
	MOVQ a+8(FP), SI
	MOVQ R9, DI
	MOVQ R10, CX
	TESTQ BX, BX
	JNE resume
	CLEAR2(Z0, Z1)
	CLEAR2(Z2, Z3)
	CLEAR2(Z4, Z5)
	CLEAR2(Z6, Z7)
	JMP stepBegin
resume:
	LOAD8(DX)
stepBegin:
	SUBQ $2, CX
	JLT stepLast
steps:
	VBROADCAST (SI), Z8
	CHAINS8(Z8)
	ADDQ R12, DI
	VBROADCAST (SI)(R11*1), Z9
	LEAQ (SI)(R11*2), SI
	CHAINS8(Z9)
	ADDQ R12, DI
	SUBQ $2, CX
	JGE steps
stepLast:
	ADDQ $2, CX
	JEQ stepsDone
	VBROADCAST (SI), Z8
	CHAINS8(Z8)
stepsDone:
	TESTQ R13, R13
	JEQ store
	ADD8(R15)
	ADDQ $512, R15
	VPXORQ Z28, Z28, Z28
	CMPB EPILOGUE_ACTIVATION(R13), $const_ReluActivation
	JLT store
	JGT leaky
	RELUS8
	JMP store
leaky:
	VBROADCAST EPILOGUE_SLOPE(R13), Z29
	LEAKYS8
store:
	STORE8(DX)
	ADDQ $512, DX
	ADDQ $512, R9
	SUBQ $(8*LANES), R8
	JGE columns

half: // four whole registers of C, then what is left, under masks
	ADDQ $(8*LANES), R8
	JEQ done
	CMPQ R8, $(4*LANES)
	JGE four
fewer:
	MOVQ $-1, AX
	BZHIQ R8, AX, AX // the lowest R8 bits, or all of them from 64 on
	KMOVW AX, K1
	SHRQ $LANES, AX
	KMOVW AX, K2
	SHRQ $LANES, AX
	KMOVW AX, K4
	SHRQ $LANES, AX
	KMOVW AX, K5
	MOVQ a+8(FP), SI
	MOVQ R9, DI
	MOVQ R10, CX
	CLEAR2(Z0, Z1)
	CLEAR2(Z2, Z3)
	TESTQ BX, BX
	JEQ maskedBegin
	VMOVU.Z (DX), K1, Z0
	CMPQ R8, $LANES
	JLE maskedOne
	VMOVU.Z 64(DX), K2, Z1
	CMPQ R8, $(2*LANES)
	JLE maskedTwo
	VMOVU.Z 128(DX), K4, Z2
	CMPQ R8, $(3*LANES)
	JLE maskedThree
	VMOVU.Z 192(DX), K5, Z3
	JMP maskedFour
maskedBegin:
	CMPQ R8, $LANES
	JLE maskedOne
	CMPQ R8, $(2*LANES)
	JLE maskedTwo
	CMPQ R8, $(3*LANES)
	JLE maskedThree
maskedFour:
	VBROADCAST (SI), Z8
	CHAIN(0, Z0)
	CHAIN(1, Z1)
	CHAIN(2, Z2)
	CHAIN_MASKED(3, K5, Z3)
	ADDQ R11, SI
	ADDQ R12, DI
	DECQ CX
	JNE maskedFour
	JMP maskedDone
maskedThree:
	VBROADCAST (SI), Z8
	CHAIN(0, Z0)
	CHAIN(1, Z1)
	CHAIN_MASKED(2, K4, Z2)
	ADDQ R11, SI
	ADDQ R12, DI
	DECQ CX
	JNE maskedThree
	JMP maskedDone
maskedTwo:
	VBROADCAST (SI), Z8
	CHAIN(0, Z0)
	CHAIN_MASKED(1, K2, Z1)
	ADDQ R11, SI
	ADDQ R12, DI
	DECQ CX
	JNE maskedTwo
	JMP maskedDone
maskedOne:
	VBROADCAST (SI), Z8
	CHAIN_MASKED(0, K1, Z0)
	ADDQ R11, SI
	ADDQ R12, DI
	DECQ CX
	JNE maskedOne
maskedDone:
	TESTQ R13, R13
	JEQ maskedStore
	VADD (R15), Z0, K1, Z0
	CMPQ R8, $LANES
	JLE maskedActivation
	VADD 64(R15), Z1, K2, Z1
	CMPQ R8, $(2*LANES)
	JLE maskedActivation
	VADD 128(R15), Z2, K4, Z2
	CMPQ R8, $(3*LANES)
	JLE maskedActivation
	VADD 192(R15), Z3, K5, Z3
maskedActivation:
	ADDQ $256, R15
	VPXORQ Z28, Z28, Z28
	CMPB EPILOGUE_ACTIVATION(R13), $const_ReluActivation
	JLT maskedStore
	JGT maskedLeaky
	RELUS4
	JMP maskedStore
maskedLeaky:
	VBROADCAST EPILOGUE_SLOPE(R13), Z29
	LEAKYS4
maskedStore:
	VMOVU Z0, K1, (DX)
	CMPQ R8, $LANES
	JLE done
	VMOVU Z1, K2, 64(DX)
	CMPQ R8, $(2*LANES)
	JLE done
	VMOVU Z2, K4, 128(DX)
	CMPQ R8, $(3*LANES)
	JLE done
	VMOVU Z3, K5, 192(DX)

done:
	VZEROUPPER
	RET

four: // four whole registers of C, two steps of K per iteration
	MOVQ a+8(FP), SI
	MOVQ R9, DI
	MOVQ R10, CX
	CLEAR2(Z0, Z1)
	CLEAR2(Z2, Z3)
	TESTQ BX, BX
	JEQ fourBegin
	LOAD4(DX, Z0, Z1, Z2, Z3)
fourBegin:
	SUBQ $2, CX
	JLT fourLast
fourSteps:
	VBROADCAST (SI), Z8
	CHAIN(0, Z0)
	CHAIN(1, Z1)
	CHAIN(2, Z2)
	CHAIN(3, Z3)
	ADDQ R12, DI
	VBROADCAST (SI)(R11*1), Z9
	VFMA231 (DI), Z9, Z0
	VFMA231 64(DI), Z9, Z1
	VFMA231 128(DI), Z9, Z2
	VFMA231 192(DI), Z9, Z3
	LEAQ (SI)(R11*2), SI
	ADDQ R12, DI
	SUBQ $2, CX
	JGE fourSteps
fourLast:
	ADDQ $2, CX
	JEQ fourDone
	VBROADCAST (SI), Z8
	CHAIN(0, Z0)
	CHAIN(1, Z1)
	CHAIN(2, Z2)
	CHAIN(3, Z3)
fourDone:
	TESTQ R13, R13
	JEQ fourStore
	ADD4(R15, Z0, Z1, Z2, Z3)
	ADDQ $256, R15
	VPXORQ Z28, Z28, Z28
	CMPB EPILOGUE_ACTIVATION(R13), $const_ReluActivation
	JLT fourStore
	JGT fourLeaky
	RELUS4
	JMP fourStore
fourLeaky:
	VBROADCAST EPILOGUE_SLOPE(R13), Z29
	LEAKYS4
fourStore:
	STORE4(VMOVU, Z0, Z1, Z2, Z3, DX)
	ADDQ $256, DX
	ADDQ $256, R9
	SUBQ $(4*LANES), R8
	JGT fewer
	VZEROUPPER
	RET
