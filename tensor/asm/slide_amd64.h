// The depthwise product of whole rows of the kernel, TAPS wide, in AVX2 or AVX-512, for either element
// type: eight windows next to each other by one register of channels.
//
// A pixel is read once for all windows that it belongs to, and meets each of them one tap before the
// next pixel does: so the chains keep their order with less than half of the loads. Tiles go down the
// rows, which share most of what they read, before they go on to the next columns and registers. The
// last tile and the last register overlap those before them, where results come out the same.
//
//	V0-V7	the windows
//	V8-V12	a row of weights
//	V13	a pixel
//
//	SI	A of the tile
//	DI	C of the tile
//	AX	A of the kernel's row
//	BX	the same six pixels on; scratch
//	DX	C's distance of rows, in bytes as all strides
//	R8 R9 R10	1, 3 and 5 pixels: of A, of C, and of the weights' taps
//	R11	columns left
//	R12	A's distance of rows
//	R13	the kernel's row
//	R14	rows left
//	R15	the channels before the register
//	CX	rows of the kernel left; scratch
//
// On the stack: aTile and cTile, the columns' first row; kernelStep, A's distance of the kernel's rows.

TEXT SLIDE(SB), NOSPLIT, $24-32
	MOVQ band+24(FP), CX
	MOVQ Band_Channels(CX), R8
	SHLQ $SHIFT, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	MOVQ Band_ARow(CX), R12
	SHLQ $SHIFT, R12
	MOVQ Band_CRow(CX), DX
	SHLQ $SHIFT, DX
	MOVQ Band_KernelStep(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, kernelStep-24(SP)
	XORL R15, R15

channels:
	MOVQ a+8(FP), SI
	ADDQ R15, SI
	MOVQ SI, aTile-8(SP)
	MOVQ c+0(FP), DI
	ADDQ R15, DI
	MOVQ DI, cTile-16(SP)
	MOVQ band+24(FP), CX
	MOVQ Band_Columns(CX), R11

columns:
	MOVQ band+24(FP), CX
	MOVQ Band_Rows(CX), R14

rows:
	VXOR V0, V0, V0
	VXOR V1, V1, V1
	VXOR V2, V2, V2
	VXOR V3, V3, V3
	VXOR V4, V4, V4
	VXOR V5, V5, V5
	VXOR V6, V6, V6
	VXOR V7, V7, V7
	MOVQ SI, AX
	MOVQ b+16(FP), R13
	ADDQ R15, R13
	MOVQ band+24(FP), CX
	MOVQ Band_KernelRows(CX), CX
kernel:
	LEAQ (AX)(R9*2), BX
	ROW_OF_KERNEL
	ADDQ kernelStep-24(SP), AX
	DECQ CX
	JNE kernel
	LEAQ (DI)(R9*2), BX
	VMOVU V0, (DI)
	VMOVU V1, (DI)(R8*1)
	VMOVU V2, (DI)(R8*2)
	VMOVU V3, (DI)(R9*1)
	VMOVU V4, (DI)(R8*4)
	VMOVU V5, (DI)(R10*1)
	VMOVU V6, (BX)
	VMOVU V7, (BX)(R8*1)
	ADDQ R12, SI
	ADDQ DX, DI
	DECQ R14
	JNE rows

	SUBQ $8, R11
	JEQ nextChannels
	MOVQ $8, CX
	CMPQ R11, CX
	CMOVQLT R11, CX
	CMPQ R11, $8
	JGE nextColumns
	MOVQ $8, R11
nextColumns:
	IMULQ R8, CX
	MOVQ aTile-8(SP), SI
	ADDQ CX, SI
	MOVQ SI, aTile-8(SP)
	MOVQ cTile-16(SP), DI
	ADDQ CX, DI
	MOVQ DI, cTile-16(SP)
	JMP columns

nextChannels:
	ADDQ $VBYTES, R15
	CMPQ R15, R8
	JGE done
	LEAQ -VBYTES(R8), CX
	CMPQ R15, CX
	CMOVQGT CX, R15
	JMP channels
done:
	VZEROUPPER
	RET
