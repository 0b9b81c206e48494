// A row added to every row of a matrix, and the rows of a matrix added up, in AVX-512. Networks add biases this way and sum their
// gradients, so rows are often narrow and there are always many: the row's width is settled once, outside the loop over rows.

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
// A row narrower than half a register is written LANES times, end to end, to the stack: what stands there is a row of whole registers
// that covers LANES rows of dst.
TEXT addRowT(SB), NOSPLIT, $576-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), R10
	MOVQ b_base+24(FP), SI
	MOVQ b_len+32(FP), BX
	SHLQ $SHIFT, R10
	JEQ  done
	SHLQ $SHIFT, BX
	CMPQ BX, $32
	JLE  narrow

wide:
	CMPQ    R10, BX
	JLT     part
	LEAQ    -1(BX), R8
	ANDQ    $-64, R8
	LEAQ    -192(R8), R9
	MOVQ    BX, CX
	SUBQ    R8, CX
	SHRQ    $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (SI)(R8*1), K1, Z7

row:
	XORL AX, AX
	CMPQ AX, R9
	JGE  registers

fourRegisters:
	VMOVU (SI)(AX*1), Z0
	VMOVU 64(SI)(AX*1), Z1
	VMOVU 128(SI)(AX*1), Z2
	VMOVU 192(SI)(AX*1), Z3
	VADD  (DI)(AX*1), Z0, Z0
	VADD  64(DI)(AX*1), Z1, Z1
	VADD  128(DI)(AX*1), Z2, Z2
	VADD  192(DI)(AX*1), Z3, Z3
	VMOVU Z0, (DI)(AX*1)
	VMOVU Z1, 64(DI)(AX*1)
	VMOVU Z2, 128(DI)(AX*1)
	VMOVU Z3, 192(DI)(AX*1)
	ADDQ  $256, AX
	CMPQ  AX, R9
	JLT   fourRegisters

registers:
	CMPQ AX, R8
	JGE  lastRegister

oneRegister:
	VMOVU (SI)(AX*1), Z0
	VADD  (DI)(AX*1), Z0, Z0
	VMOVU Z0, (DI)(AX*1)
	ADDQ  $64, AX
	CMPQ  AX, R8
	JLT   oneRegister

lastRegister:
	VADD.Z (DI)(R8*1), Z7, K1, Z6
	VMOVU  Z6, K1, (DI)(R8*1)
	ADDQ   BX, DI
	SUBQ   BX, R10
	CMPQ   R10, BX
	JGE    row
	TESTQ  R10, R10
	JEQ    done

part: // less than LANES narrow rows: a part of what stands on the stack
	XORL AX, AX
	SUBQ $64, R10
	JLT  partTail

partRegister:
	VMOVU (SI)(AX*1), Z0
	VADD  (DI)(AX*1), Z0, Z0
	VMOVU Z0, (DI)(AX*1)
	ADDQ  $64, AX
	SUBQ  $64, R10
	JGE   partRegister

partTail:
	ADDQ    $64, R10
	JEQ     done
	MOVQ    R10, CX
	SHRQ    $SHIFT, CX
	LANE_MASK(R8, K1)
	VMOVU.Z (SI)(AX*1), K1, Z0
	VADD.Z  (DI)(AX*1), Z0, K1, Z0
	VMOVU   Z0, K1, (DI)(AX*1)
	VZEROUPPER
	RET

narrow:
	MOVQ    BX, CX
	SHRQ    $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (SI), K1, Z0
	CMPQ    R10, BX
	JEQ     onlyRow
	MOVQ    SP, SI
	MOVQ    SI, R8
	MOVL    $LANES, AX

repeat: // each copy overwrites the zeros behind the one before
	VMOVU Z0, (R8)
	ADDQ  BX, R8
	DECL  AX
	JNE   repeat
	LEAQ  -1(BX), AX
	TESTQ AX, BX
	JEQ   even
	IMULQ $LANES, BX
	JMP   wide

onlyRow:
	VADD.Z (DI), Z0, K1, Z0
	VMOVU  Z0, K1, (DI)
	VZEROUPPER
	RET

even: // the width divides the register's: one register serves all rows
	VMOVU (SI), Z15
	MOVQ  DI, SI
	MOVQ  R10, CX
	MAP1(ADD_ROW_VECTOR)

// func addColumnsAVX512(dst, x []T, xRow int)
//
// Registers:
//	DI	dst, the columns at hand
//	SI	x, the columns at hand of the first row
//	BX	bytes from one row of x to the next
//	R8	end of x
//	R9	x, the columns at hand of the current row
//	CX	bytes of dst that are left, from the columns at hand on; then a count for bit masks
//	Z0-Z7	sums
//	K1, K2	masks of the last two registers of a row
//
// The sums of a block of columns stay in registers on the way down the rows. Each is one chain of additions, as the contract has it, so
// that a block of few columns waits for the latency of an addition at every row; the last block therefore takes all columns
// that are left at once.
TEXT addColumnsT(SB), NOSPLIT, $0-56
	MOVQ  dst_base+0(FP), DI
	MOVQ  dst_len+8(FP), CX
	MOVQ  x_base+24(FP), SI
	MOVQ  x_len+32(FP), R8
	MOVQ  xRow+48(FP), BX
	SHLQ  $SHIFT, CX
	JEQ   columnsDone
	SHLQ  $SHIFT, BX
	SHLQ  $SHIFT, R8
	JEQ   columnsDone
	ADDQ  SI, R8
	SUBQ  $512, CX
	JLT   below8Registers

block8:
	VMOVU (DI), Z0
	VMOVU 64(DI), Z1
	VMOVU 128(DI), Z2
	VMOVU 192(DI), Z3
	VMOVU 256(DI), Z4
	VMOVU 320(DI), Z5
	VMOVU 384(DI), Z6
	VMOVU 448(DI), Z7
	MOVQ  SI, R9

row8:
	VADD  (R9), Z0, Z0
	VADD  64(R9), Z1, Z1
	VADD  128(R9), Z2, Z2
	VADD  192(R9), Z3, Z3
	VADD  256(R9), Z4, Z4
	VADD  320(R9), Z5, Z5
	VADD  384(R9), Z6, Z6
	VADD  448(R9), Z7, Z7
	ADDQ  BX, R9
	CMPQ  R9, R8
	JCS   row8
	VMOVU Z0, (DI)
	VMOVU Z1, 64(DI)
	VMOVU Z2, 128(DI)
	VMOVU Z3, 192(DI)
	VMOVU Z4, 256(DI)
	VMOVU Z5, 320(DI)
	VMOVU Z6, 384(DI)
	VMOVU Z7, 448(DI)
	ADDQ  $512, DI
	ADDQ  $512, SI
	SUBQ  $512, CX
	JGE   block8

below8Registers:
	ADDQ  $256, CX
	JLT   below4Registers
	VMOVU (DI), Z0
	VMOVU 64(DI), Z1
	VMOVU 128(DI), Z2
	VMOVU 192(DI), Z3
	MOVQ  SI, R9

row4:
	VADD  (R9), Z0, Z0
	VADD  64(R9), Z1, Z1
	VADD  128(R9), Z2, Z2
	VADD  192(R9), Z3, Z3
	ADDQ  BX, R9
	CMPQ  R9, R8
	JCS   row4
	VMOVU Z0, (DI)
	VMOVU Z1, 64(DI)
	VMOVU Z2, 128(DI)
	VMOVU Z3, 192(DI)
	ADDQ  $256, DI
	ADDQ  $256, SI
	SUBQ  $256, CX

below4Registers:
	ADDQ $256, CX
	JEQ  columnsDone
	CMPQ CX, $64
	JLE  atMost1Register
	CMPQ CX, $128
	JLE  atMost2Registers

	// Two registers, and two more behind masks: K2 is what K1 has no bits for.
	SUBQ    $128, CX
	SHRQ    $SHIFT, CX
	LANE_MASK(AX, K1)
	SHRQ    $LANES, AX
	KMOVW   AX, K2
	VMOVU   (DI), Z0
	VMOVU   64(DI), Z1
	VMOVU.Z 128(DI), K1, Z2
	VMOVU.Z 192(DI), K2, Z3

maskedRow4:
	VADD  (SI), Z0, Z0
	VADD  64(SI), Z1, Z1
	VADD  128(SI), Z2, K1, Z2
	VADD  192(SI), Z3, K2, Z3
	ADDQ  BX, SI
	CMPQ  SI, R8
	JCS   maskedRow4
	VMOVU Z0, (DI)
	VMOVU Z1, 64(DI)
	VMOVU Z2, K1, 128(DI)
	VMOVU Z3, K2, 192(DI)
	JMP   columnsDone

atMost2Registers:
	SUBQ    $64, CX
	SHRQ    $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU   (DI), Z0
	VMOVU.Z 64(DI), K1, Z1

maskedRow2:
	VADD  (SI), Z0, Z0
	VADD  64(SI), Z1, K1, Z1
	ADDQ  BX, SI
	CMPQ  SI, R8
	JCS   maskedRow2
	VMOVU Z0, (DI)
	VMOVU Z1, K1, 64(DI)
	JMP   columnsDone

atMost1Register:
	SHRQ    $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (DI), K1, Z0

maskedRow1:
	VADD  (SI), Z0, K1, Z0
	ADDQ  BX, SI
	CMPQ  SI, R8
	JCS   maskedRow1
	VMOVU Z0, K1, (DI)

columnsDone:
	VZEROUPPER
	RET
