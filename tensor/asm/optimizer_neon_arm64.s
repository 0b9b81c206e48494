//go:build !purego

// Steps of the optimizers, which update their state and the parameters in one pass over memory.
//
// Registers:
//	R0	w, parameters
//	R1	v, velocities (Adam: m, first moments)
//	R2	g, gradients
//	R4	v, second moments (Adam)
//	R3	bytes left, biased while a loop counts down by its step
//	V24-V31	constants of the step

#include "textflag.h"
#include "neon.h"

// The steps by momentum leave the new velocities in T and the new parameters in W. FMLA adds to a
// register that is lost: gradients are copied before the velocities join them.
#define MOMENTUM_VECTORS(V, G, W, T) \
	mov(G, T); \
	fmla(V, v31, T); \
	fmls(T, v30, W)

#define NESTEROV_VECTORS(V, G, W, T) \
	mov(G, T); \
	fmla(V, v31, T); \
	fmla(T, v31, G); \
	fmls(G, v30, W)

// VELOCITIES is func name(w, v, g []T, lr, mu T), and applies F(V, G, W, T).
//
//	V30	lr
//	V31	mu
#define VELOCITIES(name, F) \
TEXT name(SB), NOSPLIT, $0-SLICES3_SCALAR2; \
	MOVD w_base+0(FP), R0; \
	MOVD w_len+8(FP), R3; \
	MOVD v_base+24(FP), R1; \
	MOVD g_base+48(FP), R2; \
	FMOV lr+72(FP), F30; \
	FMOV mu+(72+ELEM)(FP), F31; \
	dup(v30, v30); \
	dup(v31, v31); \
	LSL $SHIFT, R3; \
	SUBS $64, R3; \
	BLT rest; \
quad: \
	VLD1 (R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VLD1.P 64(R2), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	VLD1 (R0), [V8.B16, V9.B16, V10.B16, V11.B16]; \
	F(v0, v4, v8, v16); \
	F(v1, v5, v9, v17); \
	F(v2, v6, v10, v18); \
	F(v3, v7, v11, v19); \
	VST1.P [V16.B16, V17.B16, V18.B16, V19.B16], 64(R1); \
	VST1.P [V8.B16, V9.B16, V10.B16, V11.B16], 64(R0); \
	SUBS $64, R3; \
	BGE quad; \
rest: \
	ADDS $48, R3; \
	BLT tail; \
single: \
	FMOVQ (R1), F0; \
	FMOVQ.P 16(R2), F4; \
	FMOVQ (R0), F8; \
	F(v0, v4, v8, v16); \
	FMOVQ.P F16, 16(R1); \
	FMOVQ.P F8, 16(R0); \
	SUBS $16, R3; \
	BGE single; \
tail: \
	ADDS $16, R3; \
	BEQ done; \
element: \
	FMOV (R1), F0; \
	FMOV.P ELEM(R2), F4; \
	FMOV (R0), F8; \
	F(v0, v4, v8, v16); \
	FMOV.P F16, ELEM(R1); \
	FMOV.P F8, ELEM(R0); \
	SUBS $ELEM, R3; \
	BNE element; \
done: \
	RET

#define MOMENTUM(name) VELOCITIES(name, MOMENTUM_VECTORS)
#define NESTEROV(name) VELOCITIES(name, NESTEROV_VECTORS)

// ADAM is func name(w, m, v, g []T, p AdamStep[T]).
//
// Division and square root keep their unit busy for longer than all else takes, so that one
// register per iteration is enough.
//
//	V0	m
//	V1	v
//	V2	g
//	V3	w
//	V4-V6	the new m, v and w
//	V7	the root, the denominator and the ratio
//	V24-V31	the fields of p
#define ADAM(name) \
TEXT name(SB), NOSPLIT, $0-SLICES4_SCALAR8; \
	MOVD w_base+0(FP), R0; \
	MOVD w_len+8(FP), R3; \
	MOVD m_base+24(FP), R1; \
	MOVD v_base+48(FP), R4; \
	MOVD g_base+72(FP), R2; \
	FMOV p_Decay+96(FP), F24; \
	FMOV p_Beta1+(96+1*ELEM)(FP), F25; \
	FMOV p_OneMinusBeta1+(96+2*ELEM)(FP), F26; \
	FMOV p_Beta2+(96+3*ELEM)(FP), F27; \
	FMOV p_OneMinusBeta2+(96+4*ELEM)(FP), F28; \
	FMOV p_InvSqrtCorrection+(96+5*ELEM)(FP), F29; \
	FMOV p_Epsilon+(96+6*ELEM)(FP), F30; \
	FMOV p_Step+(96+7*ELEM)(FP), F31; \
	dup(v24, v24); \
	dup(v25, v25); \
	dup(v26, v26); \
	dup(v27, v27); \
	dup(v28, v28); \
	dup(v29, v29); \
	dup(v30, v30); \
	dup(v31, v31); \
	LSL $SHIFT, R3; \
	SUBS $16, R3; \
	BLT tail; \
single: \
	FMOVQ (R1), F0; \
	FMOVQ (R4), F1; \
	FMOVQ.P 16(R2), F2; \
	FMOVQ (R0), F3; \
	ADAM_STEP; \
	FMOVQ.P F4, 16(R1); \
	FMOVQ.P F5, 16(R4); \
	FMOVQ.P F6, 16(R0); \
	SUBS $16, R3; \
	BGE single; \
tail: \
	ADDS $16, R3; \
	BEQ done; \
element: \
	FMOV (R1), F0; \
	FMOV (R4), F1; \
	FMOV.P ELEM(R2), F2; \
	FMOV (R0), F3; \
	ADAM_STEP; \
	FMOV.P F4, ELEM(R1); \
	FMOV.P F5, ELEM(R4); \
	FMOV.P F6, ELEM(R0); \
	SUBS $ELEM, R3; \
	BNE element; \
done: \
	RET

// ADAM_STEP makes one step with what V0 to V3 hold; the results come to stand in V4 to V6.
#define ADAM_STEP \
	fmul(v2, v26, v4); \
	fmla(v0, v25, v4); \
	fmul(v2, v28, v5); \
	fmul(v2, v5, v5); \
	fmla(v1, v27, v5); \
	fsqrt(v5, v7); \
	mov(v30, v6); \
	fmla(v7, v29, v6); \
	fdiv(v6, v4, v7); \
	fmul(v3, v24, v6); \
	fmls(v7, v31, v6)

#include "neon_f32.h"
MOMENTUM(·momentumF32NEON)
NESTEROV(·nesterovF32NEON)
ADAM(·adamF32NEON)

#include "neon_f64.h"
MOMENTUM(·momentumF64NEON)
NESTEROV(·nesterovF64NEON)
ADAM(·adamF64NEON)
