// Dot products, sums and maxima. The virtual lanes of Dots and Sum, 256 bytes, are the registers V0
// to V15.
//
// Registers:
//	R1	x
//	R2	y
//	R6	bytes left, biased while a loop counts down by its step
//	R7	bytes of the last elements, fewer than a register's
//	R8 R9	their places in x and y
//	V0-V15	lanes
//	V16-V23	operands
//	V28 V29	the last operands of x and y
//
// Lanes that the tail does not reach must stay as they are: adding a product +0 would turn a lane
// that underflowed to −0 into +0. The last operands are therefore filled up with −0 in x and +0 in
// y: the sum of any number and their product −0 is that number.

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
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	fmla(v20, v16, v0)
	fmla(v21, v17, v1)
	fmla(v22, v18, v2)
	fmla(v23, v19, v3)
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	fmla(v20, v16, v4)
	fmla(v21, v17, v5)
	fmla(v22, v18, v6)
	fmla(v23, v19, v7)
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	fmla(v20, v16, v8)
	fmla(v21, v17, v9)
	fmla(v22, v18, v10)
	fmla(v23, v19, v11)
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	fmla(v20, v16, v12)
	fmla(v21, v17, v13)
	fmla(v22, v18, v14)
	fmla(v23, v19, v15)
	SUBS $256, R6
	BGE  block

rest:
	ADDS $256, R6
	BEQ  fold
	AND  $15, R6, R7
	SUB  R7, R6, R8
	ADD  R2, R8, R9
	ADD  R1, R8, R8
	VEOR V29.B16, V29.B16, V29.B16
	fneg(v29, v28)
	CBZ  R7, registers
	TBZ  $3, R7, oneFloat
	VLD1.P 8(R8), V28.D[0]
	VLD1.P 8(R9), V29.D[0]
	TBZ  $2, R7, registers
	VLD1 (R8), V28.S[2]
	VLD1 (R9), V29.S[2]
	B    registers
oneFloat:
	VLD1 (R8), V28.S[0]
	VLD1 (R9), V29.S[0]

registers:
	DOT_REGISTER(v0, part0)
	DOT_REGISTER(v1, part1)
	DOT_REGISTER(v2, part2)
	DOT_REGISTER(v3, part3)
	DOT_REGISTER(v4, part4)
	DOT_REGISTER(v5, part5)
	DOT_REGISTER(v6, part6)
	DOT_REGISTER(v7, part7)
	DOT_REGISTER(v8, part8)
	DOT_REGISTER(v9, part9)
	DOT_REGISTER(v10, part10)
	DOT_REGISTER(v11, part11)
	DOT_REGISTER(v12, part12)
	DOT_REGISTER(v13, part13)
	DOT_REGISTER(v14, part14)
	DOT_PART(v15, part15)

	DOT_PART(v0, part0)
	DOT_PART(v1, part1)
	DOT_PART(v2, part2)
	DOT_PART(v3, part3)
	DOT_PART(v4, part4)
	DOT_PART(v5, part5)
	DOT_PART(v6, part6)
	DOT_PART(v7, part7)
	DOT_PART(v8, part8)
	DOT_PART(v9, part9)
	DOT_PART(v10, part10)
	DOT_PART(v11, part11)
	DOT_PART(v12, part12)
	DOT_PART(v13, part13)
	DOT_PART(v14, part14)

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
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	fadd(v16, v0, v0)
	fadd(v17, v1, v1)
	fadd(v18, v2, v2)
	fadd(v19, v3, v3)
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	fadd(v16, v4, v4)
	fadd(v17, v5, v5)
	fadd(v18, v6, v6)
	fadd(v19, v7, v7)
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	fadd(v16, v8, v8)
	fadd(v17, v9, v9)
	fadd(v18, v10, v10)
	fadd(v19, v11, v11)
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	fadd(v16, v12, v12)
	fadd(v17, v13, v13)
	fadd(v18, v14, v14)
	fadd(v19, v15, v15)
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
	SUM_REGISTER(v0, part0)
	SUM_REGISTER(v1, part1)
	SUM_REGISTER(v2, part2)
	SUM_REGISTER(v3, part3)
	SUM_REGISTER(v4, part4)
	SUM_REGISTER(v5, part5)
	SUM_REGISTER(v6, part6)
	SUM_REGISTER(v7, part7)
	SUM_REGISTER(v8, part8)
	SUM_REGISTER(v9, part9)
	SUM_REGISTER(v10, part10)
	SUM_REGISTER(v11, part11)
	SUM_REGISTER(v12, part12)
	SUM_REGISTER(v13, part13)
	SUM_REGISTER(v14, part14)
	SUM_PART(v15, part15)

	SUM_PART(v0, part0)
	SUM_PART(v1, part1)
	SUM_PART(v2, part2)
	SUM_PART(v3, part3)
	SUM_PART(v4, part4)
	SUM_PART(v5, part5)
	SUM_PART(v6, part6)
	SUM_PART(v7, part7)
	SUM_PART(v8, part8)
	SUM_PART(v9, part9)
	SUM_PART(v10, part10)
	SUM_PART(v11, part11)
	SUM_PART(v12, part12)
	SUM_PART(v13, part13)
	SUM_PART(v14, part14)

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
