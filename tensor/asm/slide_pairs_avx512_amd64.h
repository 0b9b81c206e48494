// The depthwise product of slide_amd64.h for kernels of 3×3 in AVX-512, for either element type: of
// two rows of windows at a time, which are one or two rows apart.
//
// Thirty-two registers hold the windows of both rows and all weights, which stay as the tiles go
// down: so a pixel is read once for both, and a tile of 16 windows takes fewer than two instructions
// for each multiply-add. Of an odd number of rows the last one is computed with the one before it,
// as are the last columns and channels, where results come out the same.
//
// Rows beyond the image are zeros. A pixel beyond it is its neighbour loaded under a mask without a
// lane, which gives +0: its own address might be of no page, which takes long even so.
//
//	Z0-Z7	the windows of the first row
//	Z8-Z15	those of the second
//	Z16-Z24	the weights
//	Z25	a pixel
//	Z26	the bias; −0 without one, which changes nothing
//	K1	all lanes, if the first pixel is within the image
//	K4 K5 K6	the same of the third last, the second last and the last
//	K7	all lanes
//
//	SI	A of the tile: the first pixel, which may lie beyond the image
//	DI	C of the tile
//	AX	A of the next row of pixels
//	DX	the row of pixels, or zeros; scratch
//	BX	six pixels on, and so forth; scratch
//	R8 R9 R10	1, 3 and 5 pixels, negative if mirrored: of A, and of the weights' taps
//	R11	the first pixel, from DX, or its neighbour
//	CX BP R14	the third last, the second last and the last, from BX, or a neighbour
//	R12	the number of the row of pixels; scratch
//	R13	the image's height
//	R15	the bytes of a pixel before the register
//
// On the stack: pixel, the bytes of one; row, the distance of rows of pixels; aStep and cStep, those
// of rows of windows; cPixel, C's distance of pixels; column, the number of the column's first; aTile
// and cTile, its first tile; top, the image's row of the tile; stride, how many rows apart rows of
// windows are; left, those left; third, what is in CX.

TEXT SLIDE(SB), NOSPLIT, $104-48
	MOVQ band+40(FP), CX
	MOVQ Band_Channels(CX), R8
	SHLQ $SHIFT, R8
	MOVQ R8, pixel-8(SP)
	CMPB Band_Mirrored(CX), $0
	JEQ inOrder
	NEGQ R8
inOrder:
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	MOVQ Band_Width(CX), AX
	IMULQ R8, AX
	MOVQ AX, row-16(SP)
	MOVQ Band_Top(CX), BX
	IMULQ AX, BX
	ADDQ BX, a+8(FP)
	IMULQ Band_Stride(CX), AX
	MOVQ AX, aStep-24(SP)
	MOVQ Band_CRow(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, cStep-32(SP)
	MOVQ Band_CPixel(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, cPixel-72(SP)
	MOVQ Band_Stride(CX), AX
	MOVQ AX, stride-80(SP)
	MOVQ Band_Height(CX), R13
	KXNORW K7, K7, K7
	MOVQ $0, column-40(SP)

columns:
	MOVQ band+40(FP), DX
	MOVQ column-40(SP), AX
	MOVQ AX, DI
	IMULQ cPixel-72(SP), DI
	ADDQ c+0(FP), DI
	MOVQ DI, cTile-48(SP)
	IMULQ $APART, AX
	ADDQ Band_Left(DX), AX
	XORL R11, R11
	KMOVW K7, K1
	TESTQ AX, AX
	JGE within
	KXORW K1, K1, K1
	MOVQ R8, R11
within:
	LEAQ (7*APART+3)(AX), BX
	SUBQ Band_Width(DX), BX
	LAST_PIXELS
	IMULQ R8, AX
	ADDQ a+8(FP), AX
	MOVQ AX, aTile-56(SP)
	XORL R15, R15

channels:
	MOVQ pixel-8(SP), AX
	SUBQ $VBYTES, AX
	CMPQ R15, AX
	CMOVQGT AX, R15
	MOVQ b+16(FP), BX
	ADDQ R15, BX
	VMOVU (BX), Z16
	VMOVU (BX)(R8*1), Z17
	VMOVU (BX)(R8*2), Z18
	ADDQ R9, BX
	VMOVU (BX), Z19
	VMOVU (BX)(R8*1), Z20
	VMOVU (BX)(R8*2), Z21
	ADDQ R9, BX
	VMOVU (BX), Z22
	VMOVU (BX)(R8*1), Z23
	VMOVU (BX)(R8*2), Z24
	SIGN_BIT(Z26)
	MOVQ epilogue+32(FP), BX
	TESTQ BX, BX
	JEQ unbiased
	MOVQ EPILOGUE_BIAS(BX), BX
	TESTQ BX, BX
	JEQ unbiased
	VMOVU (BX)(R15*1), Z26
unbiased:
	MOVQ aTile-56(SP), SI
	ADDQ R15, SI
	MOVQ cTile-48(SP), DI
	ADDQ R15, DI
	MOVQ band+40(FP), DX
	MOVQ Band_Rows(DX), AX
	MOVQ AX, left-88(SP)
	MOVQ Band_Top(DX), AX
	MOVQ AX, top-64(SP)

rows:
	MOVQ SI, AX
	MOVQ top-64(SP), R12
	CLEAR2(Z0, Z1)
	CLEAR2(Z2, Z3)
	CLEAR2(Z4, Z5)
	CLEAR2(Z6, Z7)
	CLEAR2(Z8, Z9)
	CLEAR2(Z10, Z11)
	CLEAR2(Z12, Z13)
	CLEAR2(Z14, Z15)
	NEXT_ROW
	FIRST(Z16, Z17, Z18)
	NEXT_ROW
	CMPQ stride-80(SP), $2
	JEQ apart
	BOTH(Z19, Z20, Z21, Z16, Z17, Z18)
	NEXT_ROW
	BOTH(Z22, Z23, Z24, Z19, Z20, Z21)
	NEXT_ROW
	SECOND(Z22, Z23, Z24)
	JMP finish
apart:
	FIRST(Z19, Z20, Z21)
	NEXT_ROW
	BOTH(Z22, Z23, Z24, Z16, Z17, Z18)
	NEXT_ROW
	SECOND(Z19, Z20, Z21)
	NEXT_ROW
	SECOND(Z22, Z23, Z24)

finish:
	EACH_WINDOW(ADD_BIAS)
	MOVQ epilogue+32(FP), BX
	TESTQ BX, BX
	JEQ store
	VXOR ZEROS, ZEROS, ZEROS
	CMPB EPILOGUE_ACTIVATION(BX), $const_ReluActivation
	JCS store
	JEQ relu
	CMPB EPILOGUE_ACTIVATION(BX), $const_ClampActivation
	JEQ clamp
	VBROADCAST EPILOGUE_SLOPE(BX), SLOPE
	EACH_WINDOW(LEAKY)
	JMP store
clamp:
	MOVQ BX, CX
	LOAD_BOUNDS
	MOVQ third-96(SP), CX
	EACH_WINDOW(CLAMP)
	JMP store
relu:
	EACH_WINDOW(RELU)

store:
	MOVQ cPixel-72(SP), DX
	LEAQ (DI)(DX*4), BX
	STORE_WINDOWS(DI, Z0, Z1, Z2, Z3, Z4, Z5, Z6)
	MOVQ cStep-32(SP), R12
	LEAQ (DI)(R12*1), AX
	ADDQ R12, BX
	STORE_WINDOWS(AX, Z8, Z9, Z10, Z11, Z12, Z13, Z14)
	MOVQ band+40(FP), AX
	CMPQ Band_Columns(AX), $7
	JEQ stored
	LEAQ (DX)(DX*2), DX
	VMOVU Z15, (BX)(DX*1)
	SUBQ R12, BX
	VMOVU Z7, (BX)(DX*1)
stored:
	MOVQ left-88(SP), BX
	SUBQ $2, BX
	JLE below
	MOVQ aStep-24(SP), AX
	MOVQ stride-80(SP), DX
	CMPQ BX, $1
	JEQ overlap // the last row goes with the one before it
	ADDQ AX, SI
	ADDQ R12, DI
	ADDQ DX, top-64(SP)
	DECQ BX
overlap:
	ADDQ AX, SI
	ADDQ R12, DI
	ADDQ DX, top-64(SP)
	INCQ BX
	MOVQ BX, left-88(SP)
	JMP rows
below:
	ADDQ $VBYTES, R15
	CMPQ R15, pixel-8(SP)
	JLT channels
	MOVQ band+40(FP), DX
	MOVQ Band_Columns(DX), AX
	MOVQ column-40(SP), BX
	ADDQ $8, BX
	CMPQ BX, AX
	JGE done
	SUBQ $8, AX
	CMPQ BX, AX
	CMOVQGT AX, BX
	MOVQ BX, column-40(SP)
	JMP columns
done:
	VZEROUPPER
	RET
