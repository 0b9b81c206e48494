// The depthwise product of whole rows of the kernel, TAPS wide, in AVX2 or AVX-512, for either
// element type: eight windows, APART pixels from each other, by one register of channels.
//
// A pixel is read once for all windows that it belongs to, and meets each of them one tap before
// the next pixel does: so the chains keep their order with less than half of the loads. Tiles take
// the registers of a line, go down the rows, which share most of what they read, then on to the next
// line of channels, or lines, which lies beside, and then to the next columns. The last tile and the
// last register overlap those before them, where results come out the same.
//
// Pixels beyond the image are read where there are zeros: a whole row of them, or those of the
// first and the last taps, whose addresses are chosen one by one. With Ends the rows are left out.
//
//	V0-V7	the windows
//	V8-V14	a row of weights
//	V13	a pixel, V15 beside seven weights
//
//	SI	A of the row's tiles: the first pixel, which may lie beyond the image
//	DI	C of the tiles
//	AX	A of the kernel's row; scratch
//	DX	the same, or the zeros
//	BX	six pixels on, and so forth; scratch
//	R8 R9 R10	1, 3 and 5 pixels, negative if mirrored: of A, and of the weights' taps
//	R11	an edge's pixel; a pixel of C
//	R12	the image's row
//	R13	the kernel's row
//	R14	rows left
//	R15	the bytes of a pixel before the register
//	CX	rows of the kernel left; scratch
//
// On the stack: aTile and cTile, the column's first tile; column, its number; before and after, how
// many of its pixels are to the left of the image and to the right; top, the image's row of the
// tile; height, the image's; dilation, in rows; aStep, cStep and kernelStep, distances of rows; pixel,
// the bytes of one; cPixel, those of C's; line and lineEnd, where the tiles' channels begin and end;
// lineStep, the bytes between.

TEXT SLIDE(SB), NOSPLIT, $128-48
	MOVQ band+40(FP), CX
	MOVQ Band_Channels(CX), R8
	SHLQ $SHIFT, R8
	MOVQ R8, pixel-96(SP)
	CMPB Band_Mirrored(CX), $0
	JEQ inOrder
	NEGQ R8
inOrder:
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	MOVQ Band_Width(CX), AX
	IMULQ R8, AX
	MOVQ Band_Top(CX), BX
	IMULQ AX, BX
	ADDQ BX, a+8(FP)
	MOVQ Band_Dilation(CX), BX
	MOVQ BX, dilation-64(SP)
	IMULQ AX, BX
	MOVQ BX, kernelStep-88(SP)
	IMULQ Band_Stride(CX), AX
	MOVQ AX, aStep-72(SP)
	MOVQ Band_CRow(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, cStep-80(SP)
	MOVQ Band_CPixel(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, cPixel-120(SP)
	MOVQ Band_Height(CX), AX
	MOVQ AX, height-56(SP)
	MOVQ $64, AX
	LONGER_LINE
	MOVQ AX, lineStep-128(SP)
	MOVQ $0, column-24(SP)

columns:
	MOVQ band+40(FP), CX
	MOVQ column-24(SP), AX
	MOVQ AX, DI
	IMULQ cPixel-120(SP), DI
	ADDQ c+0(FP), DI
	MOVQ DI, cTile-16(SP)
	IMULQ $APART, AX
	ADDQ Band_Left(CX), AX
	XORL BX, BX
	SUBQ AX, BX
	MOVQ BX, before-32(SP)
	LEAQ (7*APART+TAPS)(AX), BX
	SUBQ Band_Width(CX), BX
	MOVQ BX, after-40(SP)
	IMULQ R8, AX
	ADDQ a+8(FP), AX
	MOVQ AX, aTile-8(SP)
	XORL R15, R15

channels:
	MOVQ R15, line-104(SP)
	ADDQ lineStep-128(SP), R15
	MOVQ pixel-96(SP), AX
	CMPQ R15, AX
	CMOVQGT AX, R15
	MOVQ R15, lineEnd-112(SP)
	MOVQ aTile-8(SP), SI
	MOVQ cTile-16(SP), DI
	MOVQ band+40(FP), CX
	MOVQ Band_Rows(CX), R14
	MOVQ Band_Top(CX), AX
	MOVQ AX, top-48(SP)

rows:
	MOVQ line-104(SP), R15
registers:
	MOVQ pixel-96(SP), AX
	SUBQ $VBYTES, AX
	CMPQ R15, AX
	CMOVQGT AX, R15
	VXOR V0, V0, V0
	VXOR V1, V1, V1
	VXOR V2, V2, V2
	VXOR V3, V3, V3
	VXOR V4, V4, V4
	VXOR V5, V5, V5
	VXOR V6, V6, V6
	VXOR V7, V7, V7
	LEAQ (SI)(R15*1), AX
	MOVQ b+16(FP), R13
	ADDQ R15, R13
	MOVQ top-48(SP), R12
	MOVQ band+40(FP), CX
	MOVQ Band_KernelRows(CX), CX
kernel:
	MOVQ AX, DX
	CMPQ R12, height-56(SP) // without signs: rows above the image are beyond it, too
	JCC beyond
row:
	LEAQ (DX)(R9*2), BX
	ROW_OF_KERNEL
below:
	ADDQ kernelStep-88(SP), AX
	ADDQ dilation-64(SP), R12
	DECQ CX
	JNE kernel
	FETCH_ROW

finish:
	MOVQ epilogue+32(FP), CX
	TESTQ CX, CX
	JEQ store
	MOVQ EPILOGUE_BIAS(CX), BX
	TESTQ BX, BX
	JEQ activate
	VMOVU (BX)(R15*1), V8
	EACH_WINDOW(ADD_BIAS)
activate:
	VXOR ZEROS, ZEROS, ZEROS
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluActivation
	JCS store
	JEQ relu
	CMPB EPILOGUE_ACTIVATION(CX), $const_ClampActivation
	JEQ clamp
	VBROADCAST EPILOGUE_SLOPE(CX), SLOPE
	EACH_WINDOW(LEAKY)
	JMP store
clamp:
	LOAD_BOUNDS
	EACH_WINDOW(CLAMP)
	JMP store
relu:
	EACH_WINDOW(RELU)

store:
	MOVQ cPixel-120(SP), R11
	LEAQ (DI)(R15*1), AX
	LEAQ (AX)(R11*4), BX
	VMOVU V0, (AX)
	VMOVU V1, (AX)(R11*1)
	VMOVU V2, (AX)(R11*2)
	ADDQ R11, AX
	VMOVU V3, (AX)(R11*2)
	VMOVU V4, (BX)
	VMOVU V5, (BX)(R11*1)
	VMOVU V6, (BX)(R11*2)
	MOVQ band+40(FP), CX
	CMPQ Band_Columns(CX), $7
	JEQ stored
	ADDQ R11, BX
	VMOVU V7, (BX)(R11*2)
stored:
	ADDQ $VBYTES, R15
	CMPQ R15, lineEnd-112(SP)
	JLT registers
	MOVQ Band_Stride(CX), AX
	ADDQ AX, top-48(SP)
	ADDQ aStep-72(SP), SI
	ADDQ cStep-80(SP), DI
	DECQ R14
	JNE rows

	MOVQ lineEnd-112(SP), R15
	CMPQ R15, pixel-96(SP)
	JLT channels
	MOVQ band+40(FP), CX
	MOVQ Band_Columns(CX), AX
	MOVQ column-24(SP), BX
	ADDQ $8, BX
	CMPQ BX, AX
	JGE done
	SUBQ $8, AX
	CMPQ BX, AX
	CMOVQGT AX, BX
	MOVQ BX, column-24(SP)
	JMP columns
done:
	VZEROUPPER
	RET

beyond:
	MOVQ band+40(FP), BX
	CMPB Band_Ends(BX), $0
	JNE leave
	MOVQ zeros+24(FP), DX
	JMP row
leave:
	TESTQ R12, R12
	JGE end
	SKIP_TAPS
	JMP below
end: // the last rows, from this one on
	MOVQ Band_KernelRows(BX), DX
	IMULQ $(TAPS+1), DX
	SUBQ CX, DX
	IMULQ pixel-96(SP), DX
	ADDQ b+16(FP), DX
	VMOVU (DX)(R15*1), V8
	EACH_WINDOW(ADD_BIAS)
	JMP finish
