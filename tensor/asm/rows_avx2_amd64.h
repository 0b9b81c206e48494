// addRow and addColumns in AVX2: rows_amd64.s has the macros.

// func addRowAVX2(dst, b []T)
//
// Registers:
//	DI	dst, the row at hand
//	CX	bytes of dst left
//	SI	the row to add
//	BX	bytes of a row
//	R8	offset in a row of its last register
//	R9	offsets below it begin four registers that all stand before the last
//	AX	offset in a row
//	R10	bytes of LANES rows
//	Y7	the last register of the row to add
//	Y15	the row to add where it fits a register several times
//
// The last register of a row overlaps the one before it when the width is no multiple of a
// register's. It is loaded before that one is stored, and both compute the same in the overlap.
//
// A row narrower than two registers is written LANES times, end to end, to the stack: what stands
// there is a row of whole registers that covers LANES rows of dst, and its stores straddle fewer
// cache lines than those of narrow rows.
TEXT addRowT(SB), NOSPLIT, $512-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ b_base+24(FP), SI
	MOVQ b_len+32(FP), BX
	SHLQ $SHIFT, CX
	JEQ done
	SHLQ $SHIFT, BX
	CMPQ BX, $32
	JLT narrow
	JEQ wide
	CMPQ BX, $64
	JLT twoRegisters

wide:
	CMPQ CX, BX
	JLT part
	LEAQ -32(BX), R8
	LEAQ -128(BX), R9
	VMOVU (SI)(R8*1), Y7

row:
	VADD (DI)(R8*1), Y7, Y6
	ADD_REGISTERS

lastRegister:
	VMOVU Y6, (DI)(R8*1)
	ADDQ BX, DI
	SUBQ BX, CX
	CMPQ CX, BX
	JGE row
	TESTQ CX, CX
	JEQ done

part: // less than LANES narrow rows: a part of what stands on the stack
	XORL AX, AX
	SUBQ $32, CX
	JLT partTail

partRegister:
	VMOVU (SI)(AX*1), Y0
	VADD (DI), Y0, Y0
	VMOVU Y0, (DI)
	ADDQ $32, AX
	ADDQ $32, DI
	SUBQ $32, CX
	JGE partRegister

partTail:
	ADDQ $32, CX
	JEQ done
	TAIL_MASK(CX, R8, Y11)
	VMASKMOVPS (DI), Y11, Y0
	VADD (SI)(AX*1), Y0, Y0

storePart:
	STORE_TAIL(Y0, X0, DI, CX, partBelow16, partBelow8, partDone)
	VZEROUPPER
	RET

narrow: // less than a register
	TAIL_MASK(BX, AX, Y11)
	VMASKMOVPS (SI), Y11, Y0
	CMPQ CX, BX
	JEQ onlyRow
	MOVQ SP, SI
	MOVQ SI, R8
	MOVL $LANES, AX

repeat: // each copy overwrites the zeros behind the one before
	VMOVU Y0, (R8)
	ADDQ BX, R8
	DECL AX
	JNE repeat
	LEAQ -1(BX), AX
	TESTQ AX, BX
	JEQ even
	IMULQ $LANES, BX
	JMP wide

onlyRow:
	VMASKMOVPS (DI), Y11, Y1
	VADD Y1, Y0, Y0
	JMP storePart

twoRegisters: // less than two registers
	MOVQ BX, R10
	IMULQ $LANES, R10
	CMPQ CX, R10
	JLT wide // too few rows to pay for the copies
	LEAQ -32(BX), R8
	TAIL_MASK(R8, AX, Y11)
	VMOVU (SI), Y0
	VMASKMOVPS 32(SI), Y11, Y1
	MOVQ SP, SI
	MOVQ SI, R8
	MOVL $LANES, AX

repeatTwo:
	VMOVU Y0, (R8)
	VMOVU Y1, 32(R8)
	ADDQ BX, R8
	DECL AX
	JNE repeatTwo
	MOVQ R10, BX
	JMP wide

even: // the width divides the register's: one register serves all rows
	VMOVU (SI), Y15
	MOVQ DI, SI
	MAP1(ADD_ROW_VECTOR)

// func addColumnsAVX2(dst, x []T, xRow int)
//
// Registers, beside those of ADD_BLOCKS:
//	Y14, Y15	masks
//	Y4, Y5	scratch
TEXT addColumnsT(SB), NOSPLIT, $0-56
	ADD_BLOCKS

	// Two registers, and two more behind masks.
	LEAQ -64(CX), R10
	VPXOR Y15, Y15, Y15
	TAIL_MASK(R10, AX, Y14)
	SUBQ $32, R10
	JLE masked4
	VPCMPEQD Y14, Y14, Y14
	TAIL_MASK(R10, AX, Y15)

masked4:
	VMOVU (DI), Y0
	VMOVU 32(DI), Y1
	VMASKMOVPS 64(DI), Y14, Y2
	VMASKMOVPS 96(DI), Y15, Y3

maskedRow4:
	VADD (SI), Y0, Y0
	VADD 32(SI), Y1, Y1
	VMASKMOVPS 64(SI), Y14, Y4
	VMASKMOVPS 96(SI), Y15, Y5
	VADD Y4, Y2, Y2
	VADD Y5, Y3, Y3
	ADDQ BX, SI
	CMPQ SI, R8
	JCS maskedRow4
	VMOVU Y0, (DI)
	VMOVU Y1, 32(DI)
	ADDQ $64, DI
	SUBQ $64, CX
	CMPQ CX, $32
	JLT storeSums
	VMOVU Y2, (DI)
	ADDQ $32, DI
	SUBQ $32, CX
	VMOVU Y3, Y2
	JMP storeSums

atMost2Registers:
	LEAQ -32(CX), R10
	TAIL_MASK(R10, AX, Y14)
	VMOVU (DI), Y0
	VMASKMOVPS 32(DI), Y14, Y2

maskedRow2:
	VADD (SI), Y0, Y0
	VMASKMOVPS 32(SI), Y14, Y4
	VADD Y4, Y2, Y2
	ADDQ BX, SI
	CMPQ SI, R8
	JCS maskedRow2
	VMOVU Y0, (DI)
	ADDQ $32, DI
	SUBQ $32, CX
	JMP storeSums

atMost1Register:
	TAIL_MASK(CX, AX, Y14)
	VMASKMOVPS (DI), Y14, Y2

maskedRow1:
	VMASKMOVPS (SI), Y14, Y4
	VADD Y4, Y2, Y2
	ADDQ BX, SI
	CMPQ SI, R8
	JCS maskedRow1

storeSums: // the lowest CX bytes of Y2, at most a register
	CMPQ CX, $32
	JLT storeTail
	VMOVU Y2, (DI)
	JMP columnsDone

storeTail:
	STORE_TAIL(Y2, X2, DI, CX, below16, below8, columnsDone)
	VZEROUPPER
	RET

#undef addRowT
#undef addColumnsT
