//go:build !purego

// The largest integers of windows, 32 channels at a time; the last ones overlap those before them.

#include "go_asm.h"
#include "textflag.h"

// func maxCodesAVX2(c, a *uint8, w *Window, flip uint8)
//
//	Y0	the largest bytes so far
//	Y1	bytes of a tap
//	Y2	the bits that make integers of bytes without sign
//
//	SI	the window's first integer
//	DI	the result
//	BX	the window's integers of the channels at hand
//	DX	the first of these channels, R8 the first of the last 32
//	R9	bytes from a window to the next
//	R10	the same of the results
//	R11	the steps
//	R12	their number
//	R14	windows left
//	AX	steps left
//	CX	taps left
//	R13	the Window, and the offset of a tap
TEXT ·maxCodesAVX2(SB), NOSPLIT, $0-25
	MOVQ c+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ w+16(FP), R13
	VPBROADCASTB flip+24(FP), Y2
	MOVQ Layout_M(R13), R14
	MOVQ Layout_N(R13), R8
	SUBQ $32, R8
	MOVQ Layout_ARow(R13), R9
	MOVQ Layout_LDC(R13), R10
	MOVQ Window_Steps(R13), R11
	MOVQ Layout_K(R13), R12
window:
	XORL DX, DX
channels:
	LEAQ (SI)(DX*1), BX
	MOVQ R11, AX
	MOVQ R12, CX
	MOVLQSX (AX), R13
	VPXOR (BX)(R13*1), Y2, Y0
	DECQ CX
	JEQ largest
tap:
	ADDQ $4, AX
	MOVLQSX (AX), R13
	VPXOR (BX)(R13*1), Y2, Y1
	VPMAXUB Y1, Y0, Y0
	DECQ CX
	JNE tap
largest:
	VPXOR Y2, Y0, Y0
	VMOVDQU Y0, (DI)(DX*1)
	CMPQ DX, R8
	JEQ next
	ADDQ $32, DX
	CMPQ DX, R8
	CMOVQGT R8, DX
	JMP channels
next:
	ADDQ R9, SI
	ADDQ R10, DI
	DECQ R14
	JNE window
	VZEROUPPER
	RET
