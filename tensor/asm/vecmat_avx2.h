// A vector times a matrix in AVX2+FMA, for either element type: tiles of one row by eight registers, then by four, then by up to four of which the
// last is masked.
//
// Go calls it as a Multiply with M = 1 and a plain B. One row offers no reuse of B, so its elements go straight from memory into the
// FMAs; eight accumulators hide their latency.
//
//	Y0–Y7 the tile   Y8 one element of A in every lane   Y9 the masked elements of B   Y10 zeros   Y11 the slope   Y12 Y13 scratch
//	Y15 the mask of the last register
//	DX C   SI A   DI B   R11 A's column stride   R12 B's row stride, in bytes   CX steps of K   R9 B's columns
//	R8 bytes of C left   R10 steps of K in all   R13 the epilogue or 0   R15 the biases of the columns   BX accumulate
//	AX in the last tile the offset of its masked register, which is Y3

#define CHAIN(at, c) VFMA231 (at*32)(DI), Y8, c
#define CHAIN_MASKED VMASKMOVPS (DI)(AX*1), Y15, Y9; VFMA231 Y9, Y8, Y3

#define CHAINS1 CHAIN_MASKED
#define CHAINS2 CHAIN(0, Y0); CHAIN_MASKED
#define CHAINS3 CHAIN(0, Y0); CHAIN(1, Y1); CHAIN_MASKED
#define CHAINS4 CHAIN(0, Y0); CHAIN(1, Y1); CHAIN(2, Y2); CHAIN_MASKED
#define CHAINS_HALF CHAIN(0, Y0); CHAIN(1, Y1); CHAIN(2, Y2); CHAIN(3, Y3)
#define CHAINS_WHOLE CHAINS_HALF; CHAIN(4, Y4); CHAIN(5, Y5); CHAIN(6, Y6); CHAIN(7, Y7)

// STEPS makes all steps of K.
#define STEPS(CHAINS, step) \
step: \
	VBROADCAST (SI), Y8; \
	CHAINS; \
	ADDQ R11, SI; \
	ADDQ R12, DI; \
	DECQ CX; \
	JNE step

// BEGIN sets the pointers and counters of a tile, and TURN goes on to the next columns.
#define BEGIN MOVQ a+8(FP), SI; MOVQ R9, DI; MOVQ R10, CX
#define TURN(bytes) ADDQ $bytes, DX; ADDQ $bytes, R9; ADDQ $bytes, R15

// RECTIFY passes the registers that RELUS and LEAKYS treat through the rectifier.
#define RECTIFY(RELUS, LEAKYS, leaky, done) \
	CMPB EPILOGUE_RECTIFY(R13), $const_ReluRectifier; \
	JLT done; \
	JGT leaky; \
	RELUS; \
	JMP done; \
leaky: \
	LEAKYS

// As in gemm_avx2_tile.h.
#define RELU(c) VMAX c, Y10, c
#define LEAKY(c) VCMP $0x11, Y10, c, Y12; VMUL c, Y11, Y13; VBLENDV Y12, Y13, c, c
#define RELUS4 RELU(Y0); RELU(Y1); RELU(Y2); RELU(Y3)
#define RELUS8 RELUS4; RELU(Y4); RELU(Y5); RELU(Y6); RELU(Y7)
#define LEAKYS4 LEAKY(Y0); LEAKY(Y1); LEAKY(Y2); LEAKY(Y3)
#define LEAKYS8 LEAKYS4; LEAKY(Y4); LEAKY(Y5); LEAKY(Y6); LEAKY(Y7)

TEXT VECMAT(SB), NOSPLIT, $0-56
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
	VMOVU (DX), Y0
	VMOVU 32(DX), Y1
	VMOVU 64(DX), Y2
	VMOVU 96(DX), Y3
	VMOVU 128(DX), Y4
	VMOVU 160(DX), Y5
	VMOVU 192(DX), Y6
	VMOVU 224(DX), Y7
	STEPS(CHAINS_WHOLE, step)
	TESTQ R13, R13
	JEQ store
	VADD (R15), Y0, Y0
	VADD 32(R15), Y1, Y1
	VADD 64(R15), Y2, Y2
	VADD 96(R15), Y3, Y3
	VADD 128(R15), Y4, Y4
	VADD 160(R15), Y5, Y5
	VADD 192(R15), Y6, Y6
	VADD 224(R15), Y7, Y7
	RECTIFY(RELUS8, LEAKYS8, leaky, store)
store:
	VMOVU Y0, (DX)
	VMOVU Y1, 32(DX)
	VMOVU Y2, 64(DX)
	VMOVU Y3, 96(DX)
	VMOVU Y4, 128(DX)
	VMOVU Y5, 160(DX)
	VMOVU Y6, 192(DX)
	VMOVU Y7, 224(DX)
	TURN(256)
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
	VMOVU (DX), Y0
	VMOVU 32(DX), Y1
	VMOVU 64(DX), Y2
	VMOVU 96(DX), Y3
	STEPS(CHAINS_HALF, halfStep)
	TESTQ R13, R13
	JEQ halfStore
	VADD (R15), Y0, Y0
	VADD 32(R15), Y1, Y1
	VADD 64(R15), Y2, Y2
	VADD 96(R15), Y3, Y3
	RECTIFY(RELUS4, LEAKYS4, halfLeaky, halfStore)
halfStore:
	VMOVU Y0, (DX)
	VMOVU Y1, 32(DX)
	VMOVU Y2, 64(DX)
	VMOVU Y3, 96(DX)
	TURN(128)
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
	JLT lastRectify
	VADD (R15), Y0, Y0
	JEQ lastRectify
	VADD 32(R15), Y1, Y1
	CMPQ AX, $64
	JEQ lastRectify
	VADD 64(R15), Y2, Y2
lastRectify:
	RECTIFY(RELUS4, LEAKYS4, lastLeaky, lastStore)
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

#undef CHAIN
#undef CHAIN_MASKED
#undef CHAINS1
#undef CHAINS2
#undef CHAINS3
#undef CHAINS4
#undef CHAINS_HALF
#undef CHAINS_WHOLE
#undef STEPS
#undef BEGIN
#undef TURN
#undef RECTIFY
#undef RELU
#undef LEAKY
#undef RELUS4
#undef RELUS8
#undef LEAKYS4
#undef LEAKYS8
