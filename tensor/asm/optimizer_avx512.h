// Steps of the optimizers.
//
// Registers:
//	DI	w, parameters
//	SI	v, velocities (Adam: m, first moments)
//	BX	v, second moments (Adam)
//	DX	g, gradients
//	CX	bytes left, biased while a loop counts down by its step
//	Z14, Z15	constants of the step (Adam: from Z8 on)

// func momentumAVX512(w, v, g []T, lr, mu T)
TEXT momentumT(SB), NOSPLIT, $0-momentumArgs
	MOVQ w_base+0(FP), DI
	MOVQ w_len+8(FP), CX
	MOVQ v_base+24(FP), SI
	MOVQ g_base+48(FP), DX
	VBROADCAST lr+72(FP), Z14
	VBROADCAST mu+(72+ELEM)(FP), Z15
	SHLQ $SHIFT, CX
	VELOCITY_LOOP(MOMENTUM_VECTORS)

// func nesterovAVX512(w, v, g []T, lr, mu T)
TEXT nesterovT(SB), NOSPLIT, $0-momentumArgs
	MOVQ w_base+0(FP), DI
	MOVQ w_len+8(FP), CX
	MOVQ v_base+24(FP), SI
	MOVQ g_base+48(FP), DX
	VBROADCAST lr+72(FP), Z14
	VBROADCAST mu+(72+ELEM)(FP), Z15
	SHLQ $SHIFT, CX
	VELOCITY_LOOP(NESTEROV_VECTORS)

// func adamAVX512(w, m, v, g []T, p AdamStep[T])
//
// Division and square root keep their unit busy for longer than all else takes, so that one register a turn is enough.
//
// Registers, besides those above:
//	Z0	m
//	Z1	v
//	Z2	g, then w
//	Z3	what is added to a moment, then the denominator and the ratio
//	K1	mask of the tail
TEXT adamT(SB), NOSPLIT, $0-adamArgs
	MOVQ w_base+0(FP), DI
	MOVQ w_len+8(FP), CX
	MOVQ m_base+24(FP), SI
	MOVQ v_base+48(FP), BX
	MOVQ g_base+72(FP), DX
	VBROADCAST p_Decay+96(FP), Z8
	VBROADCAST p_Beta1+(96+1*ELEM)(FP), Z9
	VBROADCAST p_OneMinusBeta1+(96+2*ELEM)(FP), Z10
	VBROADCAST p_Beta2+(96+3*ELEM)(FP), Z11
	VBROADCAST p_OneMinusBeta2+(96+4*ELEM)(FP), Z12
	VBROADCAST p_InvSqrtCorrection+(96+5*ELEM)(FP), Z13
	VBROADCAST p_Epsilon+(96+6*ELEM)(FP), Z14
	VBROADCAST p_Step+(96+7*ELEM)(FP), Z15
	SHLQ $SHIFT, CX
	SUBQ $64, CX
	JLT tail

single:
	VMOVU (SI), Z0
	VMOVU (BX), Z1
	VMOVU (DX), Z2
	ADAM_MOMENTS
	VMOVU (DI), Z2
	ADAM_UPDATE
	VMOVU Z0, (SI)
	VMOVU Z1, (BX)
	VMOVU Z2, (DI)
	ADDQ $64, SI
	ADDQ $64, BX
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $64, CX
	JGE single

tail:
	ADDQ $64, CX
	JEQ done
	SHRQ $SHIFT, CX
	LANE_MASK(AX, K1)
	VMOVU.Z (SI), K1, Z0
	VMOVU.Z (BX), K1, Z1
	VMOVU.Z (DX), K1, Z2
	ADAM_MOMENTS
	VMOVU.Z (DI), K1, Z2
	ADAM_UPDATE
	VMOVU Z0, K1, (SI)
	VMOVU Z1, K1, (BX)
	VMOVU Z2, K1, (DI)

done:
	VZEROUPPER
	RET
