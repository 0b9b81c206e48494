// A vector times a matrix in NEON, for either element type: a tile of one row by eight registers,
// then one of four.
//
// Go calls it as
//
//	func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool)
//
// with n a multiple of four registers. One row offers no reuse of B; eight accumulators hide the
// latency of the FMAs.
//
//	V0-V7	the tile
//	V16-V23	a row of B
//	V24	an element of A
//
//	R0	C
//	R1	A
//	R2 R4	B, its first and second four registers
//	R3	steps of K
//	R5	whether the chains start at C
//	R6	C's second four registers
//	R8	bytes of C left
//	R9	B's columns
//	R11	A's column stride, in bytes as all strides
//	R12	B's row stride

TEXT GEMV(SB), NOSPLIT, $0-105
	MOVD  c_base+0(FP), R0
	MOVD  aCol+48(FP), R11
	LSL   $SHIFT, R11
	MOVD  b_base+56(FP), R9
	MOVD  bRow+80(FP), R12
	LSL   $SHIFT, R12
	MOVD  n+88(FP), R8
	LSL   $SHIFT, R8
	MOVBU accumulate+104(FP), R5
	SUBS  $128, R8
	BLT   half

columns: // eight registers of C
	MOVD a_base+24(FP), R1
	MOVD R9, R2
	ADD  $64, R9, R4
	ADD  $64, R0, R6
	MOVD k+96(FP), R3
	CBNZ R5, resume
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	B    step
resume:
	VLD1 (R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1 (R6), [V4.B16, V5.B16, V6.B16, V7.B16]
step:
	FMOV   (R1), F24
	ADD    R11, R1
	VLD1.P (R2)(R12), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P (R4)(R12), [V20.B16, V21.B16, V22.B16, V23.B16]
	fmlae(v24, v16, v0)
	fmlae(v24, v17, v1)
	fmlae(v24, v18, v2)
	fmlae(v24, v19, v3)
	fmlae(v24, v20, v4)
	fmlae(v24, v21, v5)
	fmlae(v24, v22, v6)
	fmlae(v24, v23, v7)
	SUBS   $1, R3
	BNE    step
	VST1   [V0.B16, V1.B16, V2.B16, V3.B16], (R0)
	VST1   [V4.B16, V5.B16, V6.B16, V7.B16], (R6)
	ADD    $128, R0
	ADD    $128, R9
	SUBS   $128, R8
	BGE    columns

half: // the last four registers of C
	ADDS $128, R8
	BEQ  done
	MOVD a_base+24(FP), R1
	MOVD R9, R2
	MOVD k+96(FP), R3
	CBNZ R5, resumeHalf
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	B    stepHalf
resumeHalf:
	VLD1 (R0), [V0.B16, V1.B16, V2.B16, V3.B16]
stepHalf:
	FMOV   (R1), F24
	ADD    R11, R1
	VLD1.P (R2)(R12), [V16.B16, V17.B16, V18.B16, V19.B16]
	fmlae(v24, v16, v0)
	fmlae(v24, v17, v1)
	fmlae(v24, v18, v2)
	fmlae(v24, v19, v3)
	SUBS   $1, R3
	BNE    stepHalf
	VST1   [V0.B16, V1.B16, V2.B16, V3.B16], (R0)

done:
	RET
