// The product by a plain B in AVX-512, for either element type, in low and wide tiles.
//
// Go calls it as a Multiply with a plain B, whose rows do not overlap. Where little is to be done,
// the way from one tile to the next counts: its tiles are lower and wider than those of
// gemm_avx512_amd64.h, with fewer instructions for as many FMAs, and each height clears and stores
// no more registers than it has. What a tile begins with stays in registers. Where B lies in L2 the
// rows of a panel are far apart, and no prefetcher follows them: those a few rows on are fetched.
//
// The columns are cut into panels of four and three registers, or two if five are left; never one,
// which has too few chains to keep the FMA units busy. A panel's rows are cut into tiles of up to 6
// rows by four registers, or 9 by three or two, the last two of about the same height. A B that is
// fetched ahead has the panels by which fewer tiles read it.
//
//	Z0-Z26	the tile: row i from register 4i, 3i or 3i on
//	Z27-Z30	a row of B; its biases; the slope
//	Z31	an element of A in every lane; zeros
//	K1	the columns of the panel's last register
//	K2	all columns of a register
//	K3	scratch
//
//	SI	A, rows 0 to 6; masks
//	BX	A, rows 7 and 8
//	DI	B; biases
//	DX	C
//	R15	A of the tile
//	BP	how far before its use B is fetched, in bytes as all strides
//	R8 R9 R10	1, 3 and 5 times A's row stride
//	R11	A's column stride
//	R12	B's row stride
//	R13	C's row stride
//	AX	rows of the tile, and scratch
//	CX	steps of K, and scratch
//	R14	rows left
//
// On the stack: columns, those left; panelB, B of the panel; column, the bytes from C's first
// column to the panel. The pointer to C lives in the arguments.

TEXT WIDE(SB), NOSPLIT, $24-56
	MOVQ layout+32(FP), CX
	MOVQ b+16(FP), BP
	MOVQ BP, panelB-16(SP)
	MOVQ $0, column-24(SP)
	MOVQ Layout_Ahead(CX), BP
	SHLQ $SHIFT, BP
	MOVQ c+0(FP), DX
	MOVQ Layout_ARow(CX), R8
	SHLQ $SHIFT, R8
	MOVQ Layout_BRow(CX), R12
	SHLQ $SHIFT, R12
	MOVQ Layout_ACol(CX), R11
	SHLQ $SHIFT, R11
	MOVQ Layout_LDC(CX), R13
	SHLQ $SHIFT, R13
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	KXNORW K2, K2, K2
	MOVQ Layout_N(CX), AX

nextPanel: // AX columns are left
	MOVQ DX, c+0(FP)
	MOVQ a+8(FP), R15
	MOVQ layout+32(FP), CX
	MOVQ Layout_M(CX), R14
	MOVQ AX, columns-8(SP)
	KXNORW K1, K1, K1
	TESTQ BP, BP
	JEQ wide
	CMPQ AX, $(5*LANES)
	JLE wide
	CMPQ R14, $6
	JLE wide
	CMPQ R14, $9
	JLE three
	CMPQ R14, $12
	JGT three
wide:
	CMPQ AX, $(6*LANES)
	JGT four
	CMPQ AX, $(4*LANES)
	JGT three
	CMPQ AX, $(3*LANES)
	JGT four
	CMPQ AX, $(2*LANES)
	JGT three
	LEAQ -LANES(AX), CX
	LANE_MASK(AX, K1)
	JMP block2
three:
	LEAQ (-2*LANES)(AX), CX
	CMPQ CX, $LANES
	JGE block3
	LANE_MASK(AX, K1)
	JMP block3
four:
	LEAQ (-3*LANES)(AX), CX
	CMPQ CX, $LANES
	JGE block4
	LANE_MASK(AX, K1)

block4:
	HEIGHT(6, all4, full4, resume4)
	CMPQ AX, $5
	JGT tile6x4
	JEQ tile5x4
	CMPQ AX, $3
	JGT tile4x4
	JEQ tile3x4
	CMPQ AX, $1
	JGT tile2x4
	TILE(CLEAR1x4, B4, LAST4, ROWS1x4, STORE1x4, chains1x4, two1x4, even1x4, last1x4, finish4, stored4)
tile2x4:
	TILE(CLEAR2x4, B4, LAST4, ROWS2x4, STORE2x4, chains2x4, two2x4, even2x4, last2x4, finish4, stored4)
tile3x4:
	TILE(CLEAR3x4, B4, LAST4, ROWS3x4, STORE3x4, chains3x4, two3x4, even3x4, last3x4, finish4, stored4)
tile4x4:
	TILE(CLEAR4x4, B4, LAST4, ROWS4x4, STORE4x4, chains4x4, two4x4, even4x4, last4x4, finish4, stored4)
tile5x4:
	TILE(CLEAR5x4, B4, LAST4, ROWS5x4, STORE5x4, chains5x4, two5x4, even5x4, last5x4, finish4, stored4)
tile6x4:
	TILE(CLEAR6x4, B4, LAST4, ROWS6x4, STORE6x4, chains6x4, two6x4, even6x4, last6x4, finish4, stored4)
resume4:
	EACH4(RESUME4, resumed4)
resumed4:
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
	CMPQ AX, $5
	JGT chains6x4
	JEQ chains5x4
	CMPQ AX, $3
	JGT chains4x4
	JEQ chains3x4
	CMPQ AX, $1
	JGT chains2x4
	JMP chains1x4
finish4:
	ADD_BIASES(EACH4, LAST4, BIAS4, activate4)
	ACTIVATE(EACH4, RELU4, LEAKY4, CLAMP4, BACKWARD4, AXPY4, FINAL4, leaky4, clamp4, masks4, axpy4, store4, stored4)
stored4:
	BELOW_TILE(block4, 4, panel4)

block3:
	HEIGHT(9, all3, full3, resume3)
	LEAQ (SI)(R9*2), BX
	ADDQ R8, BX
	CMPQ AX, $8
	JGT tile9x3
	JEQ tile8x3
	CMPQ AX, $6
	JGT tile7x3
	JEQ tile6x3
	CMPQ AX, $4
	JGT tile5x3
	JEQ tile4x3
	CMPQ AX, $2
	JGT tile3x3
	JEQ tile2x3
	TILE(CLEAR1x3, B3, LAST3, ROWS1x3, STORE1x3, chains1x3, two1x3, even1x3, last1x3, finish3, stored3)
tile2x3:
	TILE(CLEAR2x3, B3, LAST3, ROWS2x3, STORE2x3, chains2x3, two2x3, even2x3, last2x3, finish3, stored3)
tile3x3:
	TILE(CLEAR3x3, B3, LAST3, ROWS3x3, STORE3x3, chains3x3, two3x3, even3x3, last3x3, finish3, stored3)
tile4x3:
	TILE(CLEAR4x3, B3, LAST3, ROWS4x3, STORE4x3, chains4x3, two4x3, even4x3, last4x3, finish3, stored3)
tile5x3:
	TILE(CLEAR5x3, B3, LAST3, ROWS5x3, STORE5x3, chains5x3, two5x3, even5x3, last5x3, finish3, stored3)
tile6x3:
	TILE(CLEAR6x3, B3, LAST3, ROWS6x3, STORE6x3, chains6x3, two6x3, even6x3, last6x3, finish3, stored3)
tile7x3:
	TILE(CLEAR7x3, B3, LAST3, ROWS7x3, STORE7x3, chains7x3, two7x3, even7x3, last7x3, finish3, stored3)
tile8x3:
	TILE(CLEAR8x3, B3, LAST3, ROWS8x3, STORE8x3, chains8x3, two8x3, even8x3, last8x3, finish3, stored3)
tile9x3:
	TILE(CLEAR9x3, B3, LAST3, ROWS9x3, STORE9x3, chains9x3, two9x3, even9x3, last9x3, finish3, stored3)
resume3:
	EACH3(RESUME3, resumed3)
resumed3:
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
	LEAQ (SI)(R9*2), BX
	ADDQ R8, BX
	CMPQ AX, $8
	JGT chains9x3
	JEQ chains8x3
	CMPQ AX, $6
	JGT chains7x3
	JEQ chains6x3
	CMPQ AX, $4
	JGT chains5x3
	JEQ chains4x3
	CMPQ AX, $2
	JGT chains3x3
	JEQ chains2x3
	JMP chains1x3
finish3:
	ADD_BIASES(EACH3, LAST3, BIAS3, activate3)
	ACTIVATE(EACH3, RELU3, LEAKY3, CLAMP3, BACKWARD3, AXPY3, FINAL3, leaky3, clamp3, masks3, axpy3, store3, stored3)
stored3:
	BELOW_TILE(block3, 3, panel3)

block2:
	HEIGHT(9, all2, full2, resume2)
	LEAQ (SI)(R9*2), BX
	ADDQ R8, BX
	CMPQ AX, $8
	JGT tile9x2
	JEQ tile8x2
	CMPQ AX, $6
	JGT tile7x2
	JEQ tile6x2
	CMPQ AX, $4
	JGT tile5x2
	JEQ tile4x2
	CMPQ AX, $2
	JGT tile3x2
	JEQ tile2x2
	TILE(CLEAR1x2, B2, LAST2, ROWS1x2, STORE1x2, chains1x2, two1x2, even1x2, last1x2, finish2, stored2)
tile2x2:
	TILE(CLEAR2x2, B2, LAST2, ROWS2x2, STORE2x2, chains2x2, two2x2, even2x2, last2x2, finish2, stored2)
tile3x2:
	TILE(CLEAR3x2, B2, LAST2, ROWS3x2, STORE3x2, chains3x2, two3x2, even3x2, last3x2, finish2, stored2)
tile4x2:
	TILE(CLEAR4x2, B2, LAST2, ROWS4x2, STORE4x2, chains4x2, two4x2, even4x2, last4x2, finish2, stored2)
tile5x2:
	TILE(CLEAR5x2, B2, LAST2, ROWS5x2, STORE5x2, chains5x2, two5x2, even5x2, last5x2, finish2, stored2)
tile6x2:
	TILE(CLEAR6x2, B2, LAST2, ROWS6x2, STORE6x2, chains6x2, two6x2, even6x2, last6x2, finish2, stored2)
tile7x2:
	TILE(CLEAR7x2, B2, LAST2, ROWS7x2, STORE7x2, chains7x2, two7x2, even7x2, last7x2, finish2, stored2)
tile8x2:
	TILE(CLEAR8x2, B2, LAST2, ROWS8x2, STORE8x2, chains8x2, two8x2, even8x2, last8x2, finish2, stored2)
tile9x2:
	TILE(CLEAR9x2, B2, LAST2, ROWS9x2, STORE9x2, chains9x2, two9x2, even9x2, last9x2, finish2, stored2)
resume2:
	EACH3(RESUME2, resumed2)
resumed2:
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
	LEAQ (SI)(R9*2), BX
	ADDQ R8, BX
	CMPQ AX, $8
	JGT chains9x2
	JEQ chains8x2
	CMPQ AX, $6
	JGT chains7x2
	JEQ chains6x2
	CMPQ AX, $4
	JGT chains5x2
	JEQ chains4x2
	CMPQ AX, $2
	JGT chains3x2
	JEQ chains2x2
	JMP chains1x2
finish2:
	ADD_BIASES(EACH3, LAST2, BIAS2, activate2)
	ACTIVATE(EACH3, RELU2, LEAKY2, CLAMP2, BACKWARD2, AXPY2, FINAL2, leaky2, clamp2, masks2, axpy2, store2, stored2)
stored2:
	BELOW_TILE(block2, 2, panel2)

done:
	VZEROUPPER
	RET
