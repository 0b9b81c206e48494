// The depthwise product of whole rows of the kernel, TAPS wide, in NEON, for either element type:
// eight windows, APART pixels from each other, by one register of channels.
//
// The order of the work and the way of pixels beyond the image are those of slide_amd64.h.
//
//	V0-V7	the windows
//	V16-V20	a row of weights; scratch
//	V21	a pixel
//
//	R0	A of the tile: the first pixel, which may lie beyond the image
//	R1	C of the tile; a window of it
//	R2	A of the kernel's row
//	R3	the next pixel
//	R4	the next weights
//	R5	a pixel of A, in bytes as all distances, negative if mirrored
//	R6	the zeros
//	R7	rows left
//	R8	the image's row
//	R9	the rows of the image
//	R10	rows of the kernel left
//	R11 R12	pixels of the tile to the left of the image, and to the right
//	R13	the bytes of a pixel before the register
//	R14	the column
//	R15	the Band; an edge's pixel
//	R16 R17	scratch
//	R19	the image's row of the tile
//	R20 R21 R22	the distances of the kernel's rows, of A's and of C's
//	R23 R24	A and C of the column's first tile
//	R25	the distance of the kernel's rows, in rows
//	R26	C of the tile's row

TEXT SLIDE(SB), NOSPLIT, $0-48
	MOVD band+40(FP), R15
	MOVD zeros+24(FP), R6
	MOVD Band_Channels(R15), R5
	LSL  $SHIFT, R5
	MOVBU Band_Mirrored(R15), R16
	CBZ  R16, inOrder
	NEG  R5, R5
inOrder:
	MOVD Band_Width(R15), R16
	MUL  R5, R16
	MOVD Band_Top(R15), R17
	MUL  R16, R17
	MOVD a+8(FP), R0
	ADD  R17, R0
	MOVD R0, a+8(FP)
	MOVD Band_Dilation(R15), R25
	MUL  R16, R25, R20
	MOVD Band_Stride(R15), R21
	MUL  R16, R21
	MOVD Band_CRow(R15), R22
	LSL  $SHIFT, R22
	MOVD Band_Height(R15), R9
	MOVD ZR, R14

columns:
	MOVD band+40(FP), R15
	MOVD c+0(FP), R24
	MOVD Band_CPixel(R15), R16
	LSL  $SHIFT, R16
	MUL  R14, R16
	ADD  R16, R24
	MOVD $APART, R17
	MUL  R14, R17
	MOVD Band_Left(R15), R16
	ADD  R16, R17
	NEG  R17, R11
	ADD  $(7*APART+TAPS), R17, R12
	MOVD Band_Width(R15), R16
	SUB  R16, R12
	MUL  R5, R17
	MOVD a+8(FP), R23
	ADD  R17, R23
	MOVD ZR, R13

channels:
	MOVD band+40(FP), R15
	ADD  R13, R23, R0
	ADD  R13, R24, R26
	MOVD Band_Rows(R15), R7
	MOVD Band_Top(R15), R19

rows:
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	MOVD R0, R2
	MOVD R19, R8
	MOVD b+16(FP), R4
	ADD  R13, R4
	MOVD band+40(FP), R15
	MOVD Band_KernelRows(R15), R10
kernel:
	CMP  R9, R8 // without signs: rows above the image are beyond it, too
	CSEL HS, R6, R2, R3
	ROW_OF_KERNEL
	ADD  R20, R2
	ADD  R25, R8
	SUBS $1, R10
	BNE  kernel

	MOVD epilogue+32(FP), R16
	CBZ  R16, store
	MOVD EPILOGUE_BIAS(R16), R17
	CBZ  R17, activate
	ADD  R13, R17
	FMOVQ (R17), F16
	EACH_WINDOW(ADD_BIAS)
activate:
	MOVBU EPILOGUE_ACTIVATION(R16), R17
	CMP  $const_ReluActivation, R17
	BLO  store
	BEQ  relu
	CMP  $const_ClampActivation, R17
	BEQ  clamp
	FMOV EPILOGUE_SLOPE(R16), F16
	dup(v16, v16)
	EACH_WINDOW(LEAKY)
	B    store
clamp:
	FMOV EPILOGUE_LOW(R16), F16
	FMOV EPILOGUE_HIGH(R16), F17
	dup(v16, v16)
	dup(v17, v17)
	EACH_WINDOW(CLAMP)
	B    store
relu:
	EACH_WINDOW(RELU)

store:
	MOVD R26, R1
	MOVD band+40(FP), R15
	MOVD Band_CPixel(R15), R16
	LSL  $SHIFT, R16
	FMOVQ F0, (R1)
	ADD  R16, R1
	FMOVQ F1, (R1)
	ADD  R16, R1
	FMOVQ F2, (R1)
	ADD  R16, R1
	FMOVQ F3, (R1)
	ADD  R16, R1
	FMOVQ F4, (R1)
	ADD  R16, R1
	FMOVQ F5, (R1)
	ADD  R16, R1
	FMOVQ F6, (R1)
	ADD  R16, R1
	MOVD Band_Columns(R15), R17
	CMP  $7, R17
	BEQ  stored
	FMOVQ F7, (R1)
stored:
	MOVD Band_Stride(R15), R16
	ADD  R16, R19
	ADD  R21, R0
	ADD  R22, R26
	SUBS $1, R7
	BNE  rows

	ADD  $16, R13
	MOVD Band_Channels(R15), R16
	LSL  $SHIFT, R16
	CMP  R16, R13
	BGE  nextColumns
	SUB  $16, R16
	CMP  R16, R13
	CSEL GT, R16, R13, R13
	B    channels

nextColumns:
	ADD  $8, R14
	CMP  R17, R14
	BGE  done
	SUB  $8, R17
	CMP  R17, R14
	CSEL GT, R17, R14, R14
	B    columns
done:
	RET
