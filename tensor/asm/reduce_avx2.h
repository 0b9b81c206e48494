// Dot products, sums and maxima. The virtual lanes of Dot and Sum, 256 bytes, are the registers Y0 to Y7.
//
// Registers:
//	SI	x
//	DX	y
//	CX	bytes left, biased while a loop counts down by its step
//	Y0-Y7	lanes
//	Y8-Y15	operands; Y15 the mask of the tail
//
// Lanes that the tail does not reach must stay as they are: adding a product +0 would turn a lane that underflowed to −0 into +0.

// func dotsAVX2(dst, x []T, xRow int, y []T)
//
// Registers, beside those above:
//	DI	dst
//	R8	rows left
//	R9	the row of x
//	R10	bytes from row to row of x
TEXT dotsT(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), R8
	MOVQ x_base+24(FP), R9
	MOVQ xRow+48(FP), R10
	SHLQ $SHIFT, R10
	TESTQ R8, R8
	JEQ  done

row:
	MOVQ R9, SI
	MOVQ y_base+56(FP), DX
	MOVQ y_len+64(FP), CX
	SHLQ $SHIFT, CX
	CLEAR_LANES
	SUBQ $256, CX
	JLT  rest

block:
	VMOVU   (SI), Y8
	VMOVU   32(SI), Y9
	VMOVU   64(SI), Y10
	VMOVU   96(SI), Y11
	VMOVU   128(SI), Y12
	VMOVU   160(SI), Y13
	VMOVU   192(SI), Y14
	VMOVU   224(SI), Y15
	VFMA231 (DX), Y8, Y0
	VFMA231 32(DX), Y9, Y1
	VFMA231 64(DX), Y10, Y2
	VFMA231 96(DX), Y11, Y3
	VFMA231 128(DX), Y12, Y4
	VFMA231 160(DX), Y13, Y5
	VFMA231 192(DX), Y14, Y6
	VFMA231 224(DX), Y15, Y7
	ADDQ    $256, SI
	ADDQ    $256, DX
	SUBQ    $256, CX
	JGE     block

rest:
	ADDQ $256, CX
	JEQ  fold
	DOT_REGISTER(Y0, 0, part0)
	DOT_REGISTER(Y1, 32, part1)
	DOT_REGISTER(Y2, 64, part2)
	DOT_REGISTER(Y3, 96, part3)
	DOT_REGISTER(Y4, 128, part4)
	DOT_REGISTER(Y5, 160, part5)
	DOT_REGISTER(Y6, 192, part6)
	SUBQ $32, CX // a tail is shorter than a block: what is left for Y7 is less than a register
	DOT_PART(Y7, 224, part7)

fold:
	FOLD_LANES
	VMOVS X0, (DI)
	ADDQ $ELEM, DI
	ADDQ R10, R9
	DECQ R8
	JNE  row

done:
	VZEROUPPER
	RET

	DOT_PART(Y0, 0, part0)
	DOT_PART(Y1, 32, part1)
	DOT_PART(Y2, 64, part2)
	DOT_PART(Y3, 96, part3)
	DOT_PART(Y4, 128, part4)
	DOT_PART(Y5, 160, part5)
	DOT_PART(Y6, 192, part6)

// func sumAVX2(x []T) T
TEXT sumT(SB), NOSPLIT, $0-sumArgs
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	SHLQ $SHIFT, CX
	CLEAR_LANES
	SUBQ $256, CX
	JLT  rest

block:
	VADD (SI), Y0, Y0
	VADD 32(SI), Y1, Y1
	VADD 64(SI), Y2, Y2
	VADD 96(SI), Y3, Y3
	VADD 128(SI), Y4, Y4
	VADD 160(SI), Y5, Y5
	VADD 192(SI), Y6, Y6
	VADD 224(SI), Y7, Y7
	ADDQ $256, SI
	SUBQ $256, CX
	JGE  block

rest:
	ADDQ $256, CX
	JEQ  fold
	SUM_REGISTER(Y0, 0, part0)
	SUM_REGISTER(Y1, 32, part1)
	SUM_REGISTER(Y2, 64, part2)
	SUM_REGISTER(Y3, 96, part3)
	SUM_REGISTER(Y4, 128, part4)
	SUM_REGISTER(Y5, 160, part5)
	SUM_REGISTER(Y6, 192, part6)
	SUBQ $32, CX
	SUM_PART(Y7, 224, part7)

fold:
	FOLD_LANES
	VMOVS X0, ret+24(FP)
	VZEROUPPER
	RET

	SUM_PART(Y0, 0, part0)
	SUM_PART(Y1, 32, part1)
	SUM_PART(Y2, 64, part2)
	SUM_PART(Y3, 96, part3)
	SUM_PART(Y4, 128, part4)
	SUM_PART(Y5, 160, part5)
	SUM_PART(Y6, 192, part6)

// func maxAVX2(x []T) T
//
// Registers:
//	SI, CX	as above
//	Y0-Y3	maxima so far; VMAX forgets a NaN in its first operand
//	Y4, Y5	all ones in the lanes that have met a NaN
//	Y6	−∞
//	Y8-Y13	operands and their comparisons; Y15 the mask of the tail
TEXT maxT(SB), NOSPLIT, $0-sumArgs
	MOVQ     x_base+0(FP), SI
	MOVQ     x_len+8(FP), CX
	SHLQ     $SHIFT, CX
	VPCMPEQD Y6, Y6, Y6
	VPSLL    $MANTISSA, Y6, Y6
	VMOVA    Y6, Y0
	VMOVA    Y6, Y1
	VMOVA    Y6, Y2
	VMOVA    Y6, Y3
	VXOR     Y4, Y4, Y4
	VXOR     Y5, Y5, Y5
	SUBQ     $128, CX
	JLT      rest

quad: // a comparison finds a NaN in either of its operands
	VMOVU (SI), Y8
	VMOVU 32(SI), Y9
	VMOVU 64(SI), Y10
	VMOVU 96(SI), Y11
	VCMP  $UNORDERED, Y9, Y8, Y12
	VCMP  $UNORDERED, Y11, Y10, Y13
	VOR   Y12, Y4, Y4
	VOR   Y13, Y5, Y5
	VMAX  Y8, Y0, Y0
	VMAX  Y9, Y1, Y1
	VMAX  Y10, Y2, Y2
	VMAX  Y11, Y3, Y3
	ADDQ  $128, SI
	SUBQ  $128, CX
	JGE   quad

rest:
	ADDQ $96, CX
	JLT  tail

single:
	VMOVU (SI), Y8
	VCMP  $UNORDERED, Y8, Y8, Y12
	VOR   Y12, Y4, Y4
	VMAX  Y8, Y0, Y0
	ADDQ  $32, SI
	SUBQ  $32, CX
	JGE   single

tail:
	ADDQ       $32, CX
	JEQ        fold
	TAIL_MASK(CX, AX, Y15)
	VMASKMOVPS (SI), Y15, Y8
	VBLENDV    Y15, Y8, Y6, Y8
	VCMP       $UNORDERED, Y8, Y8, Y12
	VOR        Y12, Y4, Y4
	VMAX       Y8, Y0, Y0

fold:
	VOR     Y5, Y4, Y4
	VMOVMSK Y4, AX
	TESTL   AX, AX
	JNE     nan
	VMAX    Y2, Y0, Y0
	VMAX    Y3, Y1, Y1
	VMAX    Y1, Y0, Y0
	FOLD(VMAX, Y0, X0, X1)
	VXOR    X1, X1, X1
	VADD    X1, X0, X0 // −0 becomes +0
	VMOVS   X0, ret+24(FP)
	VZEROUPPER
	RET

nan:
	VPCMPEQD X0, X0, X0
	VMOVS    X0, ret+24(FP)
	VZEROUPPER
	RET
