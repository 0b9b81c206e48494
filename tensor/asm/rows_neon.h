// A row added to every row of a matrix, and the rows of a matrix added up, in NEON.

// func addRowNEON(dst, b []T)
//
// Registers:
//	R0	dst, the row at hand
//	R1	bytes of dst left
//	R2	the row to add
//	R3	bytes of a row
//	R4	offset in a row of its last register
//	R5	place in the row to add
//	R6	end of the row's registers before the last; scratch
//	R7	place in dst
//	V7	the last register of the row to add
//
// The last register of a row overlaps the one before it when the width is no multiple of a
// register's. It is loaded before that one is stored, and both compute the same in the overlap.
//
// A row narrower than a register is written to the stack over and over, in 48 bytes that every such
// width divides: what stands there is a row of whole registers that covers several rows of dst.
TEXT addRowT(SB), NOSPLIT, $64-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R1
	MOVD b_base+24(FP), R2
	MOVD b_len+32(FP), R3
	LSL  $SHIFT, R1
	CBZ  R1, done
	LSL  $SHIFT, R3
	CMP  $16, R3
	BLT  narrow

wide:
	CMP   R3, R1
	BLT   part
	SUB   $16, R3, R4
	ADD   R4, R2, R6
	FMOVQ (R6), F7

row:
	ADD   R4, R0, R7
	FMOVQ (R7), F6
	fadd(v7, v6, v6)
	MOVD  R0, R7
	MOVD  R2, R5
	SUB   $64, R4, R8
	ADDS  R8, R2, R8 // fourRegisters begin before or here to end at or before the last register
	CMP   R8, R5
	BHI   registers

fourRegisters:
	VLD1.P 64(R5), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1   (R7), [V16.B16, V17.B16, V18.B16, V19.B16]
	fadd(v0, v16, v0)
	fadd(v1, v17, v1)
	fadd(v2, v18, v2)
	fadd(v3, v19, v3)
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R7)
	CMP    R8, R5
	BLS    fourRegisters

registers:
	CMP R6, R5
	BHS lastRegister

oneRegister:
	FMOVQ.P 16(R5), F0
	FMOVQ   (R7), F1
	fadd(v0, v1, v1)
	FMOVQ.P F1, 16(R7)
	CMP     R6, R5
	BLO     oneRegister

lastRegister:
	ADD   R4, R0, R7
	FMOVQ F6, (R7)
	ADD   R3, R0
	SUB   R3, R1
	CMP   R3, R1
	BGE   row
	CBZ   R1, done

part: // fewer narrow rows than stand on the stack
	SUBS $16, R1
	BLT  partTail

partRegister:
	FMOVQ.P 16(R2), F0
	FMOVQ   (R0), F1
	fadd(v0, v1, v1)
	FMOVQ.P F1, 16(R0)
	SUBS    $16, R1
	BGE     partRegister

partTail:
	ADDS $16, R1
	BEQ  done

partElement:
	FMOV.P ELEM(R2), F0
	FMOV   (R0), F1
	fadd(v0, v1, v1)
	FMOV.P F1, ELEM(R0)
	SUBS   $ELEM, R1
	BNE    partElement

done:
	RET

narrow:
	MOVD $pattern-64(SP), R5
	ADD  $48, R5, R6
	MOVD R2, R7
	ADD  R3, R2, R8

repeat:
	FMOV.P ELEM(R7), F0
	FMOV.P F0, ELEM(R5)
	CMP    R8, R7
	CSEL   EQ, R2, R7, R7
	CMP    R6, R5
	BNE    repeat
	MOVD   $pattern-64(SP), R2
	MOVD   $48, R3
	B      wide

// func addColumnsNEON(dst, x []T, xRow int)
//
// Registers:
//	R0	dst, the columns at hand
//	R1	x, the columns at hand of the first row
//	R2	bytes from one row of x to the next
//	R3	rows of x
//	R4	bytes of dst that are left, from the columns at hand on
//	R5	rows left
//	R6-R9	x, columns at hand of the current row
//	R10-R13	offsets of registers or elements in the columns at hand; dst, the columns at hand
//	V0-V7	sums
//	V16-V23	x
//
// The sums of a block of columns stay in registers on the way down the rows. Each is one chain of
// additions, as the contract has it, so that a block of few columns waits for the latency of an
// addition at every row. Four registers that overlap one another as needed take any block of one to
// four registers, and three elements any narrower one: what overlaps computes the same sums.
TEXT addColumnsT(SB), NOSPLIT, $0-56
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R4
	MOVD x_base+24(FP), R1
	MOVD x_len+32(FP), R3
	MOVD xRow+48(FP), R2
	CBZ  R3, columnsDone
	CBZ  R4, columnsDone
	ADD  R2, R3
	SUB  $1, R3
	UDIV R2, R3 // the last row may end before its gap
	LSL  $SHIFT, R2
	LSL  $SHIFT, R4
	SUBS $128, R4
	BLT  below8Registers

block8:
	VLD1 (R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	ADD  $64, R0, R10
	VLD1 (R10), [V4.B16, V5.B16, V6.B16, V7.B16]
	MOVD R1, R6
	ADD  $64, R1, R7
	MOVD R3, R5

row8:
	VLD1.P (R6)(R2), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P (R7)(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	fadd(v16, v0, v0)
	fadd(v17, v1, v1)
	fadd(v18, v2, v2)
	fadd(v19, v3, v3)
	fadd(v20, v4, v4)
	fadd(v21, v5, v5)
	fadd(v22, v6, v6)
	fadd(v23, v7, v7)
	SUBS   $1, R5
	BNE    row8
	VST1   [V0.B16, V1.B16, V2.B16, V3.B16], (R0)
	VST1   [V4.B16, V5.B16, V6.B16, V7.B16], (R10)
	ADD    $128, R0
	ADD    $128, R1
	SUBS   $128, R4
	BGE    block8

below8Registers:
	ADDS $128, R4
	BEQ  columnsDone

block4: // R10 the bytes of the block, 16 to 64
	MOVD $64, R10
	CMP  R10, R4
	CSEL LT, R4, R10, R10
	SUBS $16, R10, R13
	BLT  below1Register
	MOVD $16, R11
	CMP  R11, R13
	CSEL LT, R13, R11, R11
	MOVD $32, R12
	CMP  R12, R13
	CSEL LT, R13, R12, R12
	MOVD R1, R6
	ADD  R11, R1, R7
	ADD  R12, R1, R8
	ADD  R13, R1, R9
	ADD  R11, R0, R11
	ADD  R12, R0, R12
	ADD  R13, R0, R13
	FMOVQ (R0), F0
	FMOVQ (R11), F1
	FMOVQ (R12), F2
	FMOVQ (R13), F3
	MOVD R3, R5

row4:
	VLD1.P (R6)(R2), [V16.B16]
	VLD1.P (R7)(R2), [V17.B16]
	VLD1.P (R8)(R2), [V18.B16]
	VLD1.P (R9)(R2), [V19.B16]
	fadd(v16, v0, v0)
	fadd(v17, v1, v1)
	fadd(v18, v2, v2)
	fadd(v19, v3, v3)
	SUBS   $1, R5
	BNE    row4
	FMOVQ  F0, (R0)
	FMOVQ  F1, (R11)
	FMOVQ  F2, (R12)
	FMOVQ  F3, (R13)
	ADD    R10, R0
	ADD    R10, R1
	SUBS   R10, R4
	BNE    block4
	RET

below1Register: // one to three elements, R10 their bytes
	SUB  $ELEM, R10, R12
	MOVD $ELEM, R11
	CMP  R11, R12
	CSEL LT, R12, R11, R11
	MOVD R1, R6
	ADD  R11, R1, R7
	ADD  R12, R1, R8
	ADD  R11, R0, R11
	ADD  R12, R0, R12
	FMOV (R0), F0
	FMOV (R11), F1
	FMOV (R12), F2
	MOVD R3, R5

row1:
	FMOV (R6), F16
	FMOV (R7), F17
	FMOV (R8), F18
	ADD  R2, R6
	ADD  R2, R7
	ADD  R2, R8
	fadd(v16, v0, v0)
	fadd(v17, v1, v1)
	fadd(v18, v2, v2)
	SUBS $1, R5
	BNE  row1
	FMOV F0, (R0)
	FMOV F1, (R11)
	FMOV F2, (R12)

columnsDone:
	RET

#undef addRowT
#undef addColumnsT
