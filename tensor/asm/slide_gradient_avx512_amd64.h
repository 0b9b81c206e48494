// The gradient of a depthwise product by the weights of kernels of 3×3, in AVX-512, for either
// element type: of all nine taps over a band of rows of windows, a register of channels at a time.
//
// Nine sums are just as many as the multiply-adds that the units have under way. A window's pixels
// are operands in memory: of a row of windows three rows of pixels stay near, two of which the next
// row reads again.
//
// Rows beyond the image are zeros. A pixel beyond it, before the first window or behind the last one,
// is its neighbour loaded under a mask without a lane, which gives +0.
//
//	Z0-Z8	the sums
//	Z9	the gradient by the output
//	Z10	a pixel
//	K1	the channels
//	K2	those of the first window's first pixels, none if they are beyond the image
//	K3	those of the last window's last pixels
//
//	SI	the gradient by the output
//	DX BX AX	the three rows of pixels
//	R8	a pixel
//	R9	from a window to the next
//	R10	the first window's first pixel, or its neighbour
//	R11	the last window's last pixel, or its neighbour
//	R12	the row of pixels; windows left
//	R13	the last row's gradient by the output
//	R14	rows left
//	R15	the bytes of a pixel before the register
//	CX DI	scratch
//
// On the stack: row and aStep, the distances of rows of pixels and of rows of windows; aRow and top,
// the first of the rows of pixels and its number; zeros, where the first pixel of a row is among them.

TEXT GRADIENT(SB), NOSPLIT, $40-56
	MOVQ band+32(FP), DI
	MOVQ Band_Channels(DI), R8
	SHLQ $SHIFT, R8
	MOVQ Band_Apart(DI), R9
	IMULQ R8, R9
	MOVQ Band_Width(DI), AX
	IMULQ R8, AX
	MOVQ AX, row-8(SP)
	IMULQ Band_Stride(DI), AX
	MOVQ AX, aStep-16(SP)
	MOVQ Band_Left(DI), CX
	IMULQ R8, CX
	MOVQ zeros+24(FP), AX
	ADDQ CX, AX
	MOVQ AX, zeros-40(SP)
	MOVQ Band_Top(DI), AX
	IMULQ row-8(SP), AX
	ADDQ AX, CX
	ADDQ CX, a+8(FP)
	XORL R15, R15

channels:
	MOVQ band+32(FP), DI
	MOVQ channels+40(FP), CX
	MOVQ $LANES, AX
	CMPQ CX, AX
	CMOVQGT AX, CX
	LANE_MASK(AX, K1)
	KMOVW K1, K2
	XORL R10, R10
	CMPQ Band_Left(DI), $0
	JGE within
	KXORW K2, K2, K2
	MOVQ R8, R10
within:
	KMOVW K1, K3
	LEAQ (R8)(R8*1), R11
	MOVQ Band_Columns(DI), AX
	DECQ AX
	IMULQ Band_Apart(DI), AX
	ADDQ Band_Left(DI), AX
	ADDQ $2, AX
	CMPQ AX, Band_Width(DI)
	JLT inside
	KXORW K3, K3, K3
	MOVQ R8, R11
inside:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	VPXORQ Z8, Z8, Z8
	CMPB accumulate+48(FP), $0
	JEQ begin
	MOVQ dw+0(FP), AX
	SUMS(LOAD_SUM)
begin:
	MOVQ dy+16(FP), R13
	ADDQ R15, R13
	MOVQ a+8(FP), AX
	MOVQ AX, aRow-24(SP)
	MOVQ Band_Top(DI), AX
	MOVQ AX, top-32(SP)
	MOVQ Band_Rows(DI), R14

rows:
	MOVQ top-32(SP), R12
	MOVQ aRow-24(SP), CX
	ROW_AT(DX)
	ROW_AT(BX)
	ROW_AT(AX)
	MOVQ R13, SI
	MOVQ Band_Columns(DI), R12
	WINDOW(FIRST_EDGE, LAST)
	SUBQ $2, R12
	JLE last
window:
	WINDOW(FIRST, LAST)
	DECQ R12
	JNE window
last:
	WINDOW(FIRST, LAST_EDGE)
	MOVQ SI, R13
	MOVQ aStep-16(SP), AX
	ADDQ AX, aRow-24(SP)
	MOVQ Band_Stride(DI), AX
	ADDQ AX, top-32(SP)
	DECQ R14
	JNE rows

	MOVQ dw+0(FP), AX
	SUMS(STORE_SUM)
	ADDQ $VBYTES, dw+0(FP)
	ADDQ $VBYTES, R15
	SUBQ $LANES, channels+40(FP)
	JGT channels
	VZEROUPPER
	RET
