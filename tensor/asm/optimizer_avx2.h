// Steps of the optimizers.
//
// Registers:
//	DI	w, parameters
//	SI	v, velocities (Adam: m, first moments)
//	BX	v, second moments (Adam)
//	DX	g, gradients
//	CX	bytes left, biased while a loop counts down by its step
//	Y14, Y15	constants of the step (Adam: from Y8 on)

// func momentumAVX2(w, v, g []T, lr, mu T)
TEXT momentumT(SB), NOSPLIT, $0-momentumArgs
	MOVQ w_base+0(FP), DI
	MOVQ w_len+8(FP), CX
	MOVQ v_base+24(FP), SI
	MOVQ g_base+48(FP), DX
	VBROADCAST lr+72(FP), Y14
	VBROADCAST mu+(72+ELEM)(FP), Y15
	SHLQ $SHIFT, CX
	VELOCITY_LOOP(MOMENTUM_VECTORS)

// func nesterovAVX2(w, v, g []T, lr, mu T)
TEXT nesterovT(SB), NOSPLIT, $0-momentumArgs
	MOVQ w_base+0(FP), DI
	MOVQ w_len+8(FP), CX
	MOVQ v_base+24(FP), SI
	MOVQ g_base+48(FP), DX
	VBROADCAST lr+72(FP), Y14
	VBROADCAST mu+(72+ELEM)(FP), Y15
	SHLQ $SHIFT, CX
	VELOCITY_LOOP(NESTEROV_VECTORS)

// func adamAVX2(w, m, v, g []T, p AdamStep[T])
//
// Division and square root keep their unit busy for longer than all else takes, so that one register a turn is enough.
//
// Registers, besides those above:
//	Y0	m
//	Y1	v
//	Y2	g, then w
//	Y3	what is added to a moment, then the denominator and the ratio
//	Y4	mask of the tail
TEXT adamT(SB), NOSPLIT, $0-adamArgs
	MOVQ w_base+0(FP), DI
	MOVQ w_len+8(FP), CX
	MOVQ m_base+24(FP), SI
	MOVQ v_base+48(FP), BX
	MOVQ g_base+72(FP), DX
	VBROADCAST p_Decay+96(FP), Y8
	VBROADCAST p_Beta1+(96+1*ELEM)(FP), Y9
	VBROADCAST p_OneMinusBeta1+(96+2*ELEM)(FP), Y10
	VBROADCAST p_Beta2+(96+3*ELEM)(FP), Y11
	VBROADCAST p_OneMinusBeta2+(96+4*ELEM)(FP), Y12
	VBROADCAST p_InvSqrtCorrection+(96+5*ELEM)(FP), Y13
	VBROADCAST p_Epsilon+(96+6*ELEM)(FP), Y14
	VBROADCAST p_Step+(96+7*ELEM)(FP), Y15
	SHLQ $SHIFT, CX
	SUBQ $32, CX
	JLT tail

single:
	VMOVU (SI), Y0
	VMOVU (BX), Y1
	VMOVU (DX), Y2
	ADAM_MOMENTS
	VMOVU (DI), Y2
	ADAM_UPDATE
	VMOVU Y0, (SI)
	VMOVU Y1, (BX)
	VMOVU Y2, (DI)
	ADDQ $32, SI
	ADDQ $32, BX
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $32, CX
	JGE single

tail:
	ADDQ $32, CX
	JEQ done
	TAIL_MASK(CX, AX, Y4)
	VMASKMOVPS (SI), Y4, Y0
	VMASKMOVPS (BX), Y4, Y1
	VMASKMOVPS (DX), Y4, Y2
	ADAM_MOMENTS
	VMASKMOVPS (DI), Y4, Y2
	ADAM_UPDATE
	STORE_TAIL(Y0, X0, SI, CX, mBelow16, mBelow8, mStored)
	STORE_TAIL(Y1, X1, BX, CX, vBelow16, vBelow8, vStored)
	STORE_TAIL(Y2, X2, DI, CX, below16, below8, done)
	VZEROUPPER
	RET
