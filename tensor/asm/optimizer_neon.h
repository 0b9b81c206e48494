// Steps of the optimizers.
//
// Registers:
//	R0	w, parameters
//	R1	v, velocities (Adam: m, first moments)
//	R2	g, gradients
//	R4	v, second moments (Adam)
//	R3	bytes left, biased while a loop counts down by its step
//	V24-V31	constants of the step

// func momentumNEON(w, v, g []T, lr, mu T)
TEXT momentumT(SB), NOSPLIT, $0-momentumArgs
	MOVD w_base+0(FP), R0
	MOVD w_len+8(FP), R3
	MOVD v_base+24(FP), R1
	MOVD g_base+48(FP), R2
	FMOV lr+72(FP), F30
	FMOV mu+(72+ELEM)(FP), F31
	dup(v30, v30)
	dup(v31, v31)
	LSL  $SHIFT, R3
	VELOCITY_LOOP(MOMENTUM_VECTORS)

// func nesterovNEON(w, v, g []T, lr, mu T)
TEXT nesterovT(SB), NOSPLIT, $0-momentumArgs
	MOVD w_base+0(FP), R0
	MOVD w_len+8(FP), R3
	MOVD v_base+24(FP), R1
	MOVD g_base+48(FP), R2
	FMOV lr+72(FP), F30
	FMOV mu+(72+ELEM)(FP), F31
	dup(v30, v30)
	dup(v31, v31)
	LSL  $SHIFT, R3
	VELOCITY_LOOP(NESTEROV_VECTORS)

// func adamNEON(w, m, v, g []T, p AdamStep[T])
//
// Division and square root keep their unit busy for longer than all else takes, so that one register a turn is enough.
//
// Registers, besides those above:
//	V0	m
//	V1	v
//	V2	g
//	V3	w
//	V4-V6	the new m, v and w
//	V7	the root, the denominator and the ratio
TEXT adamT(SB), NOSPLIT, $0-adamArgs
	MOVD w_base+0(FP), R0
	MOVD w_len+8(FP), R3
	MOVD m_base+24(FP), R1
	MOVD v_base+48(FP), R4
	MOVD g_base+72(FP), R2
	FMOV p_Decay+96(FP), F24
	FMOV p_Beta1+(96+1*ELEM)(FP), F25
	FMOV p_OneMinusBeta1+(96+2*ELEM)(FP), F26
	FMOV p_Beta2+(96+3*ELEM)(FP), F27
	FMOV p_OneMinusBeta2+(96+4*ELEM)(FP), F28
	FMOV p_InvSqrtCorrection+(96+5*ELEM)(FP), F29
	FMOV p_Epsilon+(96+6*ELEM)(FP), F30
	FMOV p_Step+(96+7*ELEM)(FP), F31
	dup(v24, v24)
	dup(v25, v25)
	dup(v26, v26)
	dup(v27, v27)
	dup(v28, v28)
	dup(v29, v29)
	dup(v30, v30)
	dup(v31, v31)
	LSL  $SHIFT, R3
	SUBS $16, R3
	BLT  tail

single:
	FMOVQ   (R1), F0
	FMOVQ   (R4), F1
	FMOVQ.P 16(R2), F2
	FMOVQ   (R0), F3
	ADAM
	FMOVQ.P F4, 16(R1)
	FMOVQ.P F5, 16(R4)
	FMOVQ.P F6, 16(R0)
	SUBS    $16, R3
	BGE     single

tail:
	ADDS $16, R3
	BEQ  done

element:
	FMOV   (R1), F0
	FMOV   (R4), F1
	FMOV.P ELEM(R2), F2
	FMOV   (R0), F3
	ADAM
	FMOV.P F4, ELEM(R1)
	FMOV.P F5, ELEM(R4)
	FMOV.P F6, ELEM(R0)
	SUBS   $ELEM, R3
	BNE    element

done:
	RET
