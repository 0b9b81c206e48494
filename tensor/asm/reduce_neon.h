// Dot products, sums and maxima. The virtual lanes of Dots and Sum, 256 bytes, are the registers V0
// to V15.
//
// Registers:
//	R1	x
//	R2	y
//	R6	bytes left, biased while a loop counts down by its step
//	V0-V15	lanes
//	V16-V23	operands
//
// lanes_neon.h has what is done at the end of operands.

// func dotsNEON(dst, x []T, xRow int, y []T)
//
// Registers, beside those above:
//	R0	dst
//	R3	rows left
//	R4	the row of x
//	R5	bytes from row to row of x
TEXT dotsT(SB), NOSPLIT, $0-80
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R4
	MOVD xRow+48(FP), R5
	LSL  $SHIFT, R5
	CBZ  R3, done

row:
	MOVD R4, R1
	MOVD y_base+56(FP), R2
	MOVD y_len+64(FP), R6
	LSL  $SHIFT, R6
	CLEAR_LANES
	SUBS $256, R6
	BLT  rest

block:
	EACH_4(DOT_4)
	SUBS $256, R6
	BGE  block

rest:
	ADDS $256, R6
	BEQ  fold
	LAST_PAIR
	TAIL_OF(DOT_REGISTER, DOT_PART)

fold:
	FOLD_LANES
	FMOV.P F0, ELEM(R0)
	ADD  R5, R4
	SUBS $1, R3
	BNE  row

done:
	RET

// func sumNEON(x []T) T
TEXT sumT(SB), NOSPLIT, $0-SLICES1_SCALAR1
	MOVD x_base+0(FP), R1
	MOVD x_len+8(FP), R6
	LSL  $SHIFT, R6
	CLEAR_LANES
	SUBS $256, R6
	BLT  rest

block:
	EACH_4(SUM_4)
	SUBS $256, R6
	BGE  block

rest:
	ADDS $256, R6
	BEQ  fold
	AND  $15, R6, R7
	SUB  R7, R6, R8
	ADD  R1, R8, R8
	VEOR V29.B16, V29.B16, V29.B16
	fneg(v29, v28)
	CBZ  R7, registers
	TBZ  $3, R7, oneFloat
	VLD1.P 8(R8), V28.D[0]
	TBZ  $2, R7, registers
	VLD1 (R8), V28.S[2]
	B    registers
oneFloat:
	VLD1 (R8), V28.S[0]

registers:
	TAIL_OF(SUM_REGISTER, SUM_PART)

fold:
	FOLD_LANES
	FMOV F0, ret+24(FP)
	RET

// func maxNEON(x []T) T
//
// FMAX is NaN where an operand is. The last elements come one by one, in all lanes.
//
// Registers:
//	R1, R6	as above
//	V0-V3	maxima so far
//	V16-V19	operands
TEXT maxT(SB), NOSPLIT, $0-SLICES1_SCALAR1
	MOVD  x_base+0(FP), R1
	MOVD  x_len+8(FP), R6
	LSL   $SHIFT, R6
	VMOVI $255, V0.B16
	shl(MANTISSA, v0, v0) // −∞
	VMOV  V0.B16, V1.B16
	VMOV  V0.B16, V2.B16
	VMOV  V0.B16, V3.B16
	SUBS  $64, R6
	BLT   rest

quad:
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	fmax(v16, v0, v0)
	fmax(v17, v1, v1)
	fmax(v18, v2, v2)
	fmax(v19, v3, v3)
	SUBS   $64, R6
	BGE    quad

rest:
	ADDS $48, R6
	BLT  tail

single:
	FMOVQ.P 16(R1), F16
	fmax(v16, v0, v0)
	SUBS    $16, R6
	BGE     single

tail:
	ADDS $16, R6
	BEQ  fold

element:
	FMOV.P ELEM(R1), F16
	dup(v16, v16)
	fmax(v16, v1, v1)
	SUBS   $ELEM, R6
	BNE    element

fold:
	fmax(v2, v0, v0)
	fmax(v3, v1, v1)
	fmax(v1, v0, v0)
	FOLD(fmax)
	VEOR V1.B16, V1.B16, V1.B16
	fadd(v1, v0, v0) // −0 becomes +0
	FMOV F0, ret+24(FP)
	RET

#undef dotsT
#undef sumT
#undef maxT
