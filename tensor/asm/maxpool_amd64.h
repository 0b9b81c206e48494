// The largest elements of windows and their gradient, for either element type and ISA: window by
// window, so that images are read in the order of memory, and in each a register of channels at a
// time, the last one under a mask.
//
//	V0	the largest elements so far, or (gradient) those of the window
//	V1	elements of a tap
//	V2	(gradient) the gradient by the largest elements
//	V3, V4	scratch
//	V5 (AVX2), K4 (AVX-512)	(gradient) the channels whose largest element is yet to come
//	V15 (AVX2), K1 (AVX-512)	the mask of the last register
//
//	SI	the window's first element of the channels at hand
//	DI	the result, or (gradient) that of the window
//	DX BX	(gradient) the gradient's elements that stand where the window's do; the upstream gradient
//	R8	from the end of a window's whole registers to the next window, in bytes as all that follow
//	R10	the same of the results
//	R9	bytes of the channels in whole registers
//	R12	those of them that are left
//	R11	the offset of the next tap
//	R13	the Window
//	R14	windows left
//	R15	channels beside the whole registers
//	AX	the offset of the tap, and scratch
//	CX	taps left, and scratch

TEXT MAX_WINDOWS(SB), NOSPLIT, $0-24
	MOVQ layout+16(FP), R13
	LOAD_STRIDES
	MOVQ c+0(FP), DI
	MOVQ a+8(FP), SI

window:
	MOVQ R9, R12
	TESTQ R12, R12
	JEQ part
channels:
	FIRST_TAP
	VMOVU (SI)(AX*ELEM), V0
	DECQ CX
	JEQ largest
tap:
	NEXT_TAP
	VMOVU (SI)(AX*ELEM), V1
	LARGER
	DECQ CX
	JNE tap
largest:
	VMOVU V0, (DI)
	ADDQ $VBYTES, SI
	ADDQ $VBYTES, DI
	SUBQ $VBYTES, R12
	JNE channels

part:
	TESTQ R15, R15
	JEQ next
	FIRST_TAP
	VMOVU_PART((SI)(AX*ELEM), V0)
	DECQ CX
	JEQ partLargest
partTap:
	NEXT_TAP
	VMOVU_PART((SI)(AX*ELEM), V1)
	LARGER
	DECQ CX
	JNE partTap
partLargest:
	STORE_MASKED(V0, (DI))

next:
	NEXT_WINDOW
	JNE window
	VZEROUPPER
	RET

TEXT MAX_WINDOWS_GRADIENT(SB), NOSPLIT, $0-40
	MOVQ layout+32(FP), R13
	LOAD_STRIDES
	MOVQ dx+0(FP), DX
	MOVQ up+8(FP), BX
	MOVQ x+16(FP), SI
	MOVQ y+24(FP), DI

window:
	MOVQ R9, R12
	TESTQ R12, R12
	JEQ part
channels:
	VMOVU (DI), V0
	VMOVU (BX), V2
	FIRST_TAP
	OPEN
tap:
	VMOVU (SI)(AX*ELEM), V1
	VMOVU (DX)(AX*ELEM), V4
	GIVE
	VMOVU V4, (DX)(AX*ELEM)
	NEXT_TAP
	DECQ CX
	JNE tap
	ADDQ $VBYTES, DX
	ADDQ $VBYTES, BX
	ADDQ $VBYTES, SI
	ADDQ $VBYTES, DI
	SUBQ $VBYTES, R12
	JNE channels

part:
	TESTQ R15, R15
	JEQ next
	VMOVU_PART((DI), V0)
	VMOVU_PART((BX), V2)
	FIRST_TAP
	OPEN
partTap:
	VMOVU_PART((SI)(AX*ELEM), V1)
	VMOVU_PART((DX)(AX*ELEM), V4)
	GIVE
	STORE_MASKED(V4, (DX)(AX*ELEM))
	NEXT_TAP
	DECQ CX
	JNE partTap

next:
	ADDQ R8, DX
	ADDQ R10, BX
	NEXT_WINDOW
	JNE window
	VZEROUPPER
	RET
