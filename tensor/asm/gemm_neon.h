// The matrix product in NEON, for either element type: a register tile of 8 rows by three
// registers.
//
// Go calls it as a Multiply without room for a panel of B, and asm.go's Layout says what the
// strides mean. 24 accumulators hide the latency of up to four FMA units (4 cycles each), one step
// of K reads three registers of B and eight elements of A, which the FMAs take from the lowest
// lane: 11 loads for 24 FMAs, so that the FMA units are the limit. Elements of A are loaded one by
// one, so that any strides are as good as packed panels.
//
// The last register of a row of the tile ends where the row ends and overlaps the one before it in
// a narrower tile: both compute the same chains. In a tile narrower than a register three elements
// overlap in the same way.
//
//	V0-V2	a row of B
//	V3-V7	elements of A
//	V8-V31	the tile: row i from register 8+3i on
//
//	R0-R7	A, rows 0 to 7
//	R8	offset of the step's column in them, in bytes as all strides and offsets
//	R9	A's column stride, or where the next step stands in a Window
//	R10	B
//	R11	B's last register, or (narrow) R11 and R12 its second and third element
//	R13	B's row stride
//	R14	C, all of the tile
//	R15	C's row stride
//	R16	rows of the tile
//	R17	steps of K left
//	R19	A of the row block
//	R20	rows left
//	R21	bytes of a row of the tile
//	R22 R23	offsets in it: (narrow) of the second and third element, R23 else of the last register
//	R24-R26	scratch, R26 the Layout up to the narrow tile's rows
//
// The pointers to B and C live in the arguments, which are the callee's to change. On the stack:
// the number of columns left, the pointer to their biases, and mask, the distance of C's masks from
// C.

TEXT GEMM(SB), NOSPLIT, $24-56
	MOVD layout+32(FP), R26
	MOVD Layout_LDC(R26), R15
	LSL  $SHIFT, R15
	A_STRIDE
	MOVD Layout_BRow(R26), R13
	LSL  $SHIFT, R13
	MOVD Layout_N(R26), R24
	MOVD R24, columns-16(SP)
	MOVD epilogue+48(FP), R24
	CBZ  R24, panel
	MOVD EPILOGUE_BIAS(R24), R25
	MOVD R25, bias-8(SP)
	MOVD EPILOGUE_MASK(R24), R25
	MOVD c+0(FP), R24
	SUB  R24, R25
	MOVD R25, mask-24(SP)

panel: // the next columns of C, at most three registers of them
	MOVD columns-16(SP), R21
	LSL  $SHIFT, R21
	MOVD $48, R24
	CMP  R24, R21
	CSEL GT, R24, R21, R21
	MOVD $ELEM, R22
	SUBS $16, R21, R23
	BGE  wide
	SUB  $ELEM, R21, R23
	CMP  R22, R23
	CSEL LT, R23, R22, R22
wide:
	MOVD a+8(FP), R19
	MOVD c+0(FP), R14
	MOVD Layout_M(R26), R20

block: // the next rows
	MOVD Layout_MR(R26), R16
	CMP  R16, R20
	CSEL LT, R20, R16, R16
	MOVD Layout_ARow(R26), R24
	LSL  $SHIFT, R24
	MOVD R19, R0
	ADD  R24, R0, R1
	ADD  R24, R1, R2
	ADD  R24, R2, R3
	ADD  R24, R3, R4
	ADD  R24, R4, R5
	ADD  R24, R5, R6
	ADD  R24, R6, R7
	FIRST_A
	MOVD b+16(FP), R10
	ADD  R22, R10, R11
	ADD  R23, R10, R12
	MOVD Layout_K(R26), R17
	MOVBU accumulate+40(FP), R24
	CBNZ R24, resume
	CLEAR3($1, V8, V9, V10, chains)
	CLEAR3($2, V11, V12, V13, chains)
	CLEAR3($3, V14, V15, V16, chains)
	CLEAR3($4, V17, V18, V19, chains)
	CLEAR3($5, V20, V21, V22, chains)
	CLEAR3($6, V23, V24, V25, chains)
	CLEAR3($7, V26, V27, V28, chains)
	CLEAR3($8, V29, V30, V31, chains)

chains:
	CMP  $16, R21
	BLT  narrow
	BEQ  one
	ADD  R23, R10, R11
	CMP  $32, R21
	BLE  two
	DISPATCH(three1, three2, three3, three4, three5, three6, three7, three8)
	CHAINS(three1, B_THREE, ROWS13)
	CHAINS(three2, B_THREE, ROWS23)
	CHAINS(three3, B_THREE, ROWS33)
	CHAINS(three4, B_THREE, ROWS43)
	CHAINS(three5, B_THREE, ROWS53)
	CHAINS(three6, B_THREE, ROWS63)
	CHAINS(three7, B_THREE, ROWS73)
	CHAINS(three8, B_THREE, ROWS83)

two:
	DISPATCH(two1, two2, two3, two4, two5, two6, two7, two8)
	CHAINS(two1, B_TWO, ROWS12)
	CHAINS(two2, B_TWO, ROWS22)
	CHAINS(two3, B_TWO, ROWS32)
	CHAINS(two4, B_TWO, ROWS42)
	CHAINS(two5, B_TWO, ROWS52)
	CHAINS(two6, B_TWO, ROWS62)
	CHAINS(two7, B_TWO, ROWS72)
	CHAINS(two8, B_TWO, ROWS82)

one:
	DISPATCH(one1, one2, one3, one4, one5, one6, one7, one8)
	CHAINS(one1, B_ONE, ROWS11)
	CHAINS(one2, B_ONE, ROWS21)
	CHAINS(one3, B_ONE, ROWS31)
	CHAINS(one4, B_ONE, ROWS41)
	CHAINS(one5, B_ONE, ROWS51)
	CHAINS(one6, B_ONE, ROWS61)
	CHAINS(one7, B_ONE, ROWS71)
	CHAINS(one8, B_ONE, ROWS81)

narrow:
	DISPATCH(narrow1, narrow2, narrow3, narrow4, narrow5, narrow6, narrow7, narrow8)
	CHAINS(narrow1, B_NARROW, ROWS11)
	CHAINS(narrow2, B_NARROW, ROWS21)
	CHAINS(narrow3, B_NARROW, ROWS31)
	CHAINS(narrow4, B_NARROW, ROWS41)
	CHAINS(narrow5, B_NARROW, ROWS51)
	CHAINS(narrow6, B_NARROW, ROWS61)
	CHAINS(narrow7, B_NARROW, ROWS71)
	CHAINS(narrow8, B_NARROW, ROWS81)

resume: // the chains start at C
	MOVD R14, R24
	CMP  $16, R21
	BLT  resumeNarrow
	BEQ  resume1
	CMP  $32, R21
	BLE  resume2
	LOAD3($1, R24, V8, V9, V10, chains)
	LOAD3($2, R24, V11, V12, V13, chains)
	LOAD3($3, R24, V14, V15, V16, chains)
	LOAD3($4, R24, V17, V18, V19, chains)
	LOAD3($5, R24, V20, V21, V22, chains)
	LOAD3($6, R24, V23, V24, V25, chains)
	LOAD3($7, R24, V26, V27, V28, chains)
	LOAD3($8, R24, V29, V30, V31, chains)
resume2:
	LOAD2($1, R24, V8, V9, chains)
	LOAD2($2, R24, V11, V12, chains)
	LOAD2($3, R24, V14, V15, chains)
	LOAD2($4, R24, V17, V18, chains)
	LOAD2($5, R24, V20, V21, chains)
	LOAD2($6, R24, V23, V24, chains)
	LOAD2($7, R24, V26, V27, chains)
	LOAD2($8, R24, V29, V30, chains)
resume1:
	LOAD1($1, R24, V8, chains)
	LOAD1($2, R24, V11, chains)
	LOAD1($3, R24, V14, chains)
	LOAD1($4, R24, V17, chains)
	LOAD1($5, R24, V20, chains)
	LOAD1($6, R24, V23, chains)
	LOAD1($7, R24, V26, chains)
	LOAD1($8, R24, V29, chains)
resumeNarrow:
	LOAD_NARROW($1, R24, V8, chains)
	LOAD_NARROW($2, R24, V11, chains)
	LOAD_NARROW($3, R24, V14, chains)
	LOAD_NARROW($4, R24, V17, chains)
	LOAD_NARROW($5, R24, V20, chains)
	LOAD_NARROW($6, R24, V23, chains)
	LOAD_NARROW($7, R24, V26, chains)
	LOAD_NARROW($8, R24, V29, chains)

finish: // the chains are done
	MOVD epilogue+48(FP), R24
	CBZ  R24, store
	MOVD EPILOGUE_BIAS(R24), R25
	CBZ  R25, activate
	MOVD bias-8(SP), R24
	CMP  $16, R21
	BLT  biasNarrow
	FMOVQ (R24), F0
	ADD  R23, R24, R25
	CMP  $32, R21
	BLE  biasTwo
	FMOVQ 16(R24), F1
	FMOVQ (R25), F2
	B    addBias
biasTwo:
	FMOVQ (R25), F1
	B    addBias
biasNarrow:
	LOAD_NARROW($8, R24, V0, addBias)
addBias:
	TILE(BIAS3, activate)
activate:
	MOVD epilogue+48(FP), R24
	MOVBU EPILOGUE_ACTIVATION(R24), R25
	CMP  $const_ReluActivation, R25
	BLO  store
	BEQ  relu
	CMP  $const_ClampActivation, R25
	BEQ  clamp
	CMP  $const_LeakyReluActivation, R25
	BHI  masks
	FMOV EPILOGUE_SLOPE(R24), F3
	dup(v3, v3)
	TILE(LEAKY3, store)
relu:
	TILE(RELU3, store)
clamp:
	FMOV EPILOGUE_LOW(R24), F3
	FMOV EPILOGUE_HIGH(R24), F2
	dup(v3, v3)
	dup(v2, v2)
	TILE(CLAMP3, store)
masks:
	CMP  $const_ReluBackward, R25
	BHI  axpy
	MOVD mask-24(SP), R24
	ADD  R14, R24
	CMP  $16, R21
	BLT  gateNarrow
	BEQ  gate1
	CMP  $32, R21
	BLE  gate2
	TILE(BACKWARD3, store)
gate2:
	TILE(BACKWARD2, store)
gate1:
	TILE(BACKWARD1, store)
gateNarrow:
	TILE(BACKWARD_NARROW, store)
axpy:
	FMOV EPILOGUE_SLOPE(R24), F3
	dup(v3, v3)
	MOVD mask-24(SP), R24
	ADD  R14, R24
	CMP  $16, R21
	BLT  axpyNarrow
	BEQ  axpy1
	CMP  $32, R21
	BLE  axpy2
	TILE(AXPY3, store)
axpy2:
	TILE(AXPY2, store)
axpy1:
	TILE(AXPY1, store)
axpyNarrow:
	TILE(AXPY_NARROW, store)

store:
	CMP  $16, R21
	BLT  storeNarrow
	BEQ  store1
	CMP  $32, R21
	BLE  store2
	STORE3($1, R14, V8, V9, V10, stored)
	STORE3($2, R14, V11, V12, V13, stored)
	STORE3($3, R14, V14, V15, V16, stored)
	STORE3($4, R14, V17, V18, V19, stored)
	STORE3($5, R14, V20, V21, V22, stored)
	STORE3($6, R14, V23, V24, V25, stored)
	STORE3($7, R14, V26, V27, V28, stored)
	STORE3($8, R14, V29, V30, V31, stored)
store2:
	STORE2($1, R14, V8, V9, stored)
	STORE2($2, R14, V11, V12, stored)
	STORE2($3, R14, V14, V15, stored)
	STORE2($4, R14, V17, V18, stored)
	STORE2($5, R14, V20, V21, stored)
	STORE2($6, R14, V23, V24, stored)
	STORE2($7, R14, V26, V27, stored)
	STORE2($8, R14, V29, V30, stored)
store1:
	STORE1($1, R14, V8, stored)
	STORE1($2, R14, V11, stored)
	STORE1($3, R14, V14, stored)
	STORE1($4, R14, V17, stored)
	STORE1($5, R14, V20, stored)
	STORE1($6, R14, V23, stored)
	STORE1($7, R14, V26, stored)
	STORE1($8, R14, V29, stored)
storeNarrow:
	STORE_NARROW($1, R14, V8, stored)
	STORE_NARROW($2, R14, V11, stored)
	STORE_NARROW($3, R14, V14, stored)
	STORE_NARROW($4, R14, V17, stored)
	STORE_NARROW($5, R14, V20, stored)
	STORE_NARROW($6, R14, V23, stored)
	STORE_NARROW($7, R14, V26, stored)
	STORE_NARROW($8, R14, V29, stored)

stored:
	MOVD layout+32(FP), R26
	MOVD Layout_APanel(R26), R24
	ADD  R24<<SHIFT, R19
	SUBS R16, R20
	BGT  block
	MOVD c+0(FP), R24
	ADD  $48, R24
	MOVD R24, c+0(FP)
	MOVD b+16(FP), R24
	MOVD Layout_BPanel(R26), R25
	ADD  R25<<SHIFT, R24
	MOVD R24, b+16(FP)
	MOVD bias-8(SP), R24
	ADD  $48, R24
	MOVD R24, bias-8(SP)
	MOVD columns-16(SP), R24
	SUBS $(48/ELEM), R24
	MOVD R24, columns-16(SP)
	BGT  panel
	RET
