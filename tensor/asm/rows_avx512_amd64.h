// addRow and addColumns in AVX-512: rows_amd64.s has the macros.

// func addRowAVX512(dst, b []T)
//
// Registers:
//	DI	dst, the row at hand
//	R10	bytes of dst left
//	SI	the row to add
//	BX	bytes of a row
//	R8	offset in a row of its last register, whole or not
//	R9	offsets below it begin four registers that all stand before the last
//	AX	offset in a row
//	CX	count for LANE_MASK
//	Z7	the last register of the row to add
//	Z15	the row to add where it fits a register several times
//	K1	mask of the last register
//
// A row narrower than half a register is written LANES times, end to end, to the stack: what stands
// there is a row of whole registers that covers LANES rows of dst.
TEXT addRowT(SB), NOSPLIT, $576-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), R10
	MOVQ b_base+24(FP), SI
	MOVQ b_len+32(FP), BX
	SHLQ $SHIFT, R10
	JEQ done
	SHLQ $SHIFT, BX
	CMPQ BX, $32
	JLE narrow

wide:
	CMPQ R10, BX
	JLT part
	LEAQ -1(BX), R8
	ANDQ $-64, R8
	LEAQ -192(R8), R9
	MOVQ BX, CX
	SUBQ R8, CX
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (SI)(R8*1), K1, Z7

row:
	ADD_REGISTERS

lastRegister:
	VADD.Z (DI)(R8*1), Z7, K1, Z6
	VMOVU Z6, K1, (DI)(R8*1)
	ADDQ BX, DI
	SUBQ BX, R10
	CMPQ R10, BX
	JGE row
	TESTQ R10, R10
	JEQ done

part: // less than LANES narrow rows: a part of what stands on the stack
	XORL AX, AX
	SUBQ $64, R10
	JLT partTail

partRegister:
	VMOVU (SI)(AX*1), Z0
	VADD (DI)(AX*1), Z0, Z0
	VMOVU Z0, (DI)(AX*1)
	ADDQ $64, AX
	SUBQ $64, R10
	JGE partRegister

partTail:
	ADDQ $64, R10
	JEQ done
	MOVQ R10, CX
	SHRQ $SHIFT, CX
	LANE_MASK(R8, K1)
	VMOVU.Z (SI)(AX*1), K1, Z0
	VADD.Z (DI)(AX*1), Z0, K1, Z0
	VMOVU Z0, K1, (DI)(AX*1)
	VZEROUPPER
	RET

narrow:
	MOVQ BX, CX
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (SI), K1, Z0
	CMPQ R10, BX
	JEQ onlyRow
	MOVQ SP, SI
	MOVQ SI, R8
	MOVL $LANES, AX

repeat: // each copy overwrites the zeros behind the one before
	VMOVU Z0, (R8)
	ADDQ BX, R8
	DECL AX
	JNE repeat
	LEAQ -1(BX), AX
	TESTQ AX, BX
	JEQ even
	IMULQ $LANES, BX
	JMP wide

onlyRow:
	VADD.Z (DI), Z0, K1, Z0
	VMOVU Z0, K1, (DI)
	VZEROUPPER
	RET

even: // the width divides the register's: one register serves all rows
	VMOVU (SI), Z15
	MOVQ DI, SI
	MOVQ R10, CX
	MAP1(ADD_ROW_VECTOR)

// func addColumnsAVX512(dst, x []T, xRow int)
//
// Registers, beside those of ADD_BLOCKS:
//	CX	in the end a count for LANE_MASK
//	K1, K2	masks of the last two registers of a row
TEXT addColumnsT(SB), NOSPLIT, $0-56
	ADD_BLOCKS

	// Two registers, and two more behind masks: K2 is what K1 has no bits for.
	SUBQ $128, CX
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	SHRQ $LANES, AX
	KMOVW AX, K2
	VMOVU (DI), Z0
	VMOVU 64(DI), Z1
	VMOVU.Z 128(DI), K1, Z2
	VMOVU.Z 192(DI), K2, Z3

maskedRow4:
	VADD (SI), Z0, Z0
	VADD 64(SI), Z1, Z1
	VADD 128(SI), Z2, K1, Z2
	VADD 192(SI), Z3, K2, Z3
	ADDQ BX, SI
	CMPQ SI, R8
	JCS maskedRow4
	VMOVU Z0, (DI)
	VMOVU Z1, 64(DI)
	VMOVU Z2, K1, 128(DI)
	VMOVU Z3, K2, 192(DI)
	JMP columnsDone

atMost2Registers:
	SUBQ $64, CX
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU (DI), Z0
	VMOVU.Z 64(DI), K1, Z1

maskedRow2:
	VADD (SI), Z0, Z0
	VADD 64(SI), Z1, K1, Z1
	ADDQ BX, SI
	CMPQ SI, R8
	JCS maskedRow2
	VMOVU Z0, (DI)
	VMOVU Z1, K1, 64(DI)
	JMP columnsDone

atMost1Register:
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (DI), K1, Z0

maskedRow1:
	VADD (SI), Z0, K1, Z0
	ADDQ BX, SI
	CMPQ SI, R8
	JCS maskedRow1
	VMOVU Z0, K1, (DI)

columnsDone:
	VZEROUPPER
	RET

#undef addRowT
#undef addColumnsT
