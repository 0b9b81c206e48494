//go:build !purego

// The largest integers of windows, 16 channels at a time; the last ones overlap those before them.

#include "go_asm.h"
#include "textflag.h"

// func maxCodesNEON(c, a *uint8, w *Window, flip uint8)
//
//	V0	the largest bytes so far
//	V1	bytes of a tap
//	V2	the bits that make integers of bytes without sign
//
//	R0	the window's first integer
//	R1	the result
//	R2	the window's integers of the channels at hand
//	R3	steps left
//	R4	the offset of a tap, and scratch
//	R5	an address
//	R6	bytes from a window to the next
//	R7	the same of the results
//	R8	the first of the channels, R13 the first of the last 16
//	R9	the steps
//	R10	their number
//	R12	windows left
//	R15	taps left
//	R16	the Window
TEXT ·maxCodesNEON(SB), NOSPLIT, $0-25
	MOVD c+0(FP), R1
	MOVD a+8(FP), R0
	MOVD w+16(FP), R16
	MOVBU flip+24(FP), R4
	VDUP R4, V2.B16
	MOVD Layout_M(R16), R12
	MOVD Layout_N(R16), R13
	SUB  $16, R13
	MOVD Layout_ARow(R16), R6
	MOVD Layout_LDC(R16), R7
	MOVD Window_Steps(R16), R9
	MOVD Layout_K(R16), R10
window:
	MOVD ZR, R8
channels:
	ADD  R0, R8, R2
	MOVD R9, R3
	MOVD R10, R15
	MOVW.P 4(R3), R4
	ADD  R2, R4, R5
	VLD1 (R5), [V0.B16]
	VEOR V2.B16, V0.B16, V0.B16
	SUBS $1, R15
	BEQ  largest
tap:
	MOVW.P 4(R3), R4
	ADD  R2, R4, R5
	VLD1 (R5), [V1.B16]
	VEOR V2.B16, V1.B16, V1.B16
	VUMAX V1.B16, V0.B16, V0.B16
	SUBS $1, R15
	BNE  tap
largest:
	VEOR V2.B16, V0.B16, V0.B16
	ADD  R1, R8, R5
	VST1 [V0.B16], (R5)
	CMP  R13, R8
	BEQ  next
	ADD  $16, R8
	CMP  R13, R8
	CSEL GT, R13, R8, R8
	B    channels
next:
	ADD  R6, R0
	ADD  R7, R1
	SUBS $1, R12
	BNE  window
	RET
