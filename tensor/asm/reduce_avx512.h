// Dot products, sums and maxima. The virtual lanes of Dot and Sum, 256 bytes, are the registers Z0 to Z3.
//
// Registers:
//	SI	x
//	DX	y
//	CX	bytes left, biased while a loop counts down by its step; then a count for LANE_MASK
//	AX	mask of the tail, a bit an element; its lowest LANES bits belong to the register at hand
//	Z0-Z3	lanes
//	Z8-Z11	operands
//	K1	mask of the tail
//
// Lanes that the tail does not reach must stay as they are, which masks that merge see to: adding a product +0 would turn a lane
// that underflowed to −0 into +0.

// func dotsAVX512(dst, x []T, xRow int, y []T)
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
	VMOVU   (SI), Z8
	VMOVU   64(SI), Z9
	VMOVU   128(SI), Z10
	VMOVU   192(SI), Z11
	VFMA231 (DX), Z8, Z0
	VFMA231 64(DX), Z9, Z1
	VFMA231 128(DX), Z10, Z2
	VFMA231 192(DX), Z11, Z3
	ADDQ    $256, SI
	ADDQ    $256, DX
	SUBQ    $256, CX
	JGE     block

rest:
	ADDQ $256, CX
	JEQ  fold
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	DOT_REGISTER(Z0, 0)
	NEXT_MASK
	DOT_REGISTER(Z1, 64)
	NEXT_MASK
	DOT_REGISTER(Z2, 128)
	NEXT_MASK
	DOT_REGISTER(Z3, 192)

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

// func sumAVX512(x []T) T
TEXT sumT(SB), NOSPLIT, $0-sumArgs
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	SHLQ $SHIFT, CX
	CLEAR_LANES
	SUBQ $256, CX
	JLT  rest

block:
	VADD (SI), Z0, Z0
	VADD 64(SI), Z1, Z1
	VADD 128(SI), Z2, Z2
	VADD 192(SI), Z3, Z3
	ADDQ $256, SI
	SUBQ $256, CX
	JGE  block

rest:
	ADDQ $256, CX
	JEQ  fold
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	VADD (SI), Z0, K1, Z0
	NEXT_MASK
	VADD 64(SI), Z1, K1, Z1
	NEXT_MASK
	VADD 128(SI), Z2, K1, Z2
	NEXT_MASK
	VADD 192(SI), Z3, K1, Z3

fold:
	FOLD_LANES
	VMOVS X0, ret+24(FP)
	VZEROUPPER
	RET

// func maxAVX512(x []T) T
//
// Registers:
//	SI, CX	as above
//	Z0-Z3	maxima so far; VMAX forgets a NaN in its first operand
//	Z6	−∞
//	Z8-Z11	operands
//	K1	mask of the tail
//	K2, K3	the lanes that have met a NaN
//	K4, K5	comparisons
TEXT maxT(SB), NOSPLIT, $0-sumArgs
	MOVQ       x_base+0(FP), SI
	MOVQ       x_len+8(FP), CX
	SHLQ       $SHIFT, CX
	VPTERNLOGD $0xFF, Z6, Z6, Z6
	VPSLL      $MANTISSA, Z6, Z6
	VMOVA      Z6, Z0
	VMOVA      Z6, Z1
	VMOVA      Z6, Z2
	VMOVA      Z6, Z3
	KXORW      K2, K2, K2
	KXORW      K3, K3, K3
	SUBQ       $256, CX
	JLT        rest

quad: // a comparison finds a NaN in either of its operands
	VMOVU (SI), Z8
	VMOVU 64(SI), Z9
	VMOVU 128(SI), Z10
	VMOVU 192(SI), Z11
	VCMP  $UNORDERED, Z9, Z8, K4
	VCMP  $UNORDERED, Z11, Z10, K5
	KORW  K4, K2, K2
	KORW  K5, K3, K3
	VMAX  Z8, Z0, Z0
	VMAX  Z9, Z1, Z1
	VMAX  Z10, Z2, Z2
	VMAX  Z11, Z3, Z3
	ADDQ  $256, SI
	SUBQ  $256, CX
	JGE   quad

rest:
	ADDQ $192, CX
	JLT  tail

single:
	VMOVU (SI), Z8
	VCMP  $UNORDERED, Z8, Z8, K4
	KORW  K4, K2, K2
	VMAX  Z8, Z0, Z0
	ADDQ  $64, SI
	SUBQ  $64, CX
	JGE   single

tail:
	ADDQ  $64, CX
	JEQ   fold
	SHRQ  $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVA Z6, Z8
	VMOVU (SI), K1, Z8
	VCMP  $UNORDERED, Z8, Z8, K4
	KORW  K4, K2, K2
	VMAX  Z8, Z0, Z0

fold:
	KORTESTW K3, K2
	JNE      nan
	VMAX     Z2, Z0, Z0
	VMAX     Z3, Z1, Z1
	VMAX     Z1, Z0, Z0
	FOLD(VMAX, Z0, Y0, X0, Y1, X1)
	VXOR     X1, X1, X1
	VADD     X1, X0, X0 // −0 becomes +0
	VMOVS    X0, ret+24(FP)
	VZEROUPPER
	RET

nan:
	VPCMPEQD X0, X0, X0
	VMOVS    X0, ret+24(FP)
	VZEROUPPER
	RET
