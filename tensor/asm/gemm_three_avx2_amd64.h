// Tiles of 4 rows by three registers, a part of gemm_avx2_amd64.h: for the last columns where they
// fill two registers and a part of one more, which by itself would keep the units busy for half of
// the time, and for so few rows that tiles of two registers have too few chains: 3 or less, and 7.
//
// The rows of A are equally far apart; panels of B stand one after the other, or their columns fill
// all three registers. Masks of an epilogue are left to tiles of two.
//
//	Y0-Y11	the tile: row i in registers 3i to 3i+2
//	Y12, Y13, Y15	a row of B
//	R10	from B's first register to the second
//	BP	and to the third: a panel's distance
//
// A tile that begins with the second register of a panel ends with those of the next one.

three:
	CMPQ aPanel-392(SP), $0
	JNE two
	CMPQ packed+24(FP), $0
	JNE two
	MOVQ layout+32(FP), CX
	CMPQ BX, $96
	JEQ lastThree
	MOVQ Layout_BRow(CX), AX
	CMPQ AX, $(64/ELEM)
	JNE two
	CMPQ BX, $96
	JLT lastThree
	MOVQ Layout_M(CX), AX
	CMPQ AX, $7
	JGT two
	MOVL $(1<<1|1<<2|1<<3|1<<7), DI
	BTL AX, DI
	JCC two
	CMPQ Layout_Ahead(CX), $0
	JNE two
	MOVQ $96, BX
lastThree:
	MOVQ epilogue+48(FP), AX
	TESTQ AX, AX
	JEQ width
	CMPB EPILOGUE_ACTIVATION(AX), $const_ReluBackward
	JEQ fewer
	CMPB EPILOGUE_ACTIVATION(AX), $const_AxpyEpilogue
	JNE width
fewer:
	MOVQ columns-408(SP), BX
	JMP two

heightOfThree: // of five to seven rows about the half
	MOVQ second-448(SP), R10
	MOVQ bPanel-400(SP), BP
	MOVQ R14, AX
	CMPQ AX, $4
	JLE height
	MOVQ $4, AX
	CMPQ R14, $8
	JGE height
	LEAQ 1(R14), AX
	SHRQ $1, AX
	JMP height

chainsOfThree:
	CMPQ AX, $3
	JGT three4
	JEQ three3
	CMPQ AX, $1
	JGT three2
	CHAINS(THREE, ROWS13, three1x4, three1x1, three1last, chained)
three2:
	CHAINS(THREE, ROWS23, three2x4, three2x1, three2last, chained)
three3:
	CHAINS(THREE, ROWS33, three3x4, three3x1, three3last, chained)
three4:
	CHAINS(THREE, ROWS43, three4x4, three4x1, three4last, chained)
chained:
	CMPQ epilogue+48(FP), $0
	JNE finish
storeThree:
	CMPQ BX, $96
	JLT spillThree
	TILE3(STORE3, stored)

spillThree: // the third register in pieces
	VMOVU Y2, tile-384(SP)
	VMOVU Y5, tile-352(SP)
	VMOVU Y8, tile-320(SP)
	VMOVU Y11, tile-288(SP)
	LEAQ 64(DX), DI
	TILE3(STORE2OF3, thirds)
thirds:
	LEAQ tile-384(SP), SI
	MOVQ AX, CX
third: // SI is at a row of the tile, DI at its place in C; BP counts the bytes done
	XORL BP, BP
	TESTQ $16, BX
	JEQ third8
	VMOVUPS (SI), X14
	VMOVUPS X14, (DI)
	MOVQ $16, BP
third8:
	TESTQ $8, BX
	JEQ third4
	VMOVSD (SI)(BP*1), X14
	VMOVSD X14, (DI)(BP*1)
	ADDQ $8, BP
third4:
	TESTQ $4, BX
	JEQ thirdStored
	VMOVSS (SI)(BP*1), X14
	VMOVSS X14, (DI)(BP*1)
thirdStored:
	ADDQ $32, SI
	ADDQ R13, DI
	DECQ CX
	JNE third
	JMP stored

resumeThree:
	LEAQ -64(BX), BP
	TAIL_MASK(BP, R10, Y15)
	MOVQ second-448(SP), R10
	MOVQ bPanel-400(SP), BP
	TILE3(LOAD3, resumed)

biasThree:
	LEAQ -64(BX), CX
	TAIL_MASK(CX, DI, Y14)
	MOVQ epilogue+48(FP), CX
	VMOVU (SI), Y12
	VMOVU 32(SI), Y13
	VMASKMOVPS 64(SI), Y14, Y15
	TILE3(BIAS3, activate)
	JMP activate

belowThree:
	ADDQ $96, c+0(FP)
	ADDQ $96, column-416(SP)
	MOVQ bPanel-400(SP), CX
	LEAQ (CX)(R10*1), AX
	ADDQ AX, b+16(FP)
	SUBQ R10, CX
	MOVQ CX, second-448(SP)
	SUBQ $96, columns-408(SP)
	JGT panel
	JMP done

belowHalf: // the second register of a panel
	ADDQ $32, c+0(FP)
	ADDQ $32, column-416(SP)
	MOVQ second-448(SP), CX
	ADDQ CX, b+16(FP)
	MOVQ $32, second-448(SP)
	SUBQ $32, columns-408(SP)
	JGT panel
	JMP done
