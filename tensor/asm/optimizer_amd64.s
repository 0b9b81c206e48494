//go:build !purego

// Steps of the optimizers, which update their state and the parameters in one pass over memory.
//
// Registers:
//	DI	w, parameters
//	SI	v, velocities (Adam: m, first moments)
//	BX	v, second moments (Adam)
//	DX	g, gradients
//	CX	bytes left, biased while a loop counts down by its step
//	V0-V3	velocities
//	V4-V7	gradients
//	V8-V11	parameters
//	V14	the learning rate
//	V15	mu, the momentum

#include "textflag.h"
#include "vector_amd64.h"

#define MOMENTUM_VECTORS(V, G, W) \
	VFMA213 G, V15, V; \
	VFNMADD231 V, V14, W

#define NESTEROV_VECTORS(V, G, W) \
	VFMA213 G, V15, V; \
	VFMA231 V, V15, G; \
	VFNMADD231 G, V14, W

// VELOCITIES is func name(w, v, g []T, lr, mu T). It applies F(V, G, W), which replaces velocities
// V and parameters W and may clobber G.
#define VELOCITIES(name, F) \
TEXT name(SB), NOSPLIT, $0-SLICES3_SCALAR2; \
	MOVQ w_base+0(FP), DI; \
	MOVQ w_len+8(FP), CX; \
	MOVQ v_base+24(FP), SI; \
	MOVQ g_base+48(FP), DX; \
	VBROADCAST lr+72(FP), V14; \
	VBROADCAST mu+(72+ELEM)(FP), V15; \
	SHLQ $SHIFT, CX; \
	SUBQ $QUAD, CX; \
	JLT rest; \
quad: \
	LOAD4(SI, V0, V1, V2, V3); \
	LOAD4(DX, V4, V5, V6, V7); \
	LOAD4(DI, V8, V9, V10, V11); \
	F(V0, V4, V8); \
	F(V1, V5, V9); \
	F(V2, V6, V10); \
	F(V3, V7, V11); \
	STORE4(VMOVU, V0, V1, V2, V3, SI); \
	STORE4(VMOVU, V8, V9, V10, V11, DI); \
	ADDQ $QUAD, SI; \
	ADDQ $QUAD, DX; \
	ADDQ $QUAD, DI; \
	SUBQ $QUAD, CX; \
	JGE quad; \
rest: \
	ADDQ $(QUAD-VBYTES), CX; \
	JLT tail; \
single: \
	VMOVU (SI), V0; \
	VMOVU (DX), V4; \
	VMOVU (DI), V8; \
	F(V0, V4, V8); \
	VMOVU V0, (SI); \
	VMOVU V8, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DX; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE single; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V1); \
	LOAD_TAIL(SI, V1, V0); \
	LOAD_TAIL(DX, V1, V4); \
	LOAD_TAIL(DI, V1, V8); \
	F(V0, V4, V8); \
	STORE_TAIL(V0, X0, SI, CX, vBelow16, vBelow8, vStored); \
	STORE_TAIL(V8, X8, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

#define MOMENTUM(name) VELOCITIES(name, MOMENTUM_VECTORS)
#define NESTEROV(name) VELOCITIES(name, NESTEROV_VECTORS)

// ADAM is func name(w, m, v, g []T, p AdamStep[T]), which takes square roots by root.
//
// Division and square root keep their unit busy for longer than all else takes, so that one
// register per iteration is enough.
//
//	Z16-Z18	the constants of ADAM_ROOT_FMA, where that is the root
//	V0	m
//	V1	v
//	V2	g, then w
//	V3	what is added to a moment, then the denominator and the ratio
//	V4	in AVX2 the mask of the tail
//	V4, V5	temporaries of ADAM_ROOT_FMA
//	V8-V15	the fields of p
#define ADAM(name, constants, root) \
TEXT name(SB), NOSPLIT, $0-SLICES4_SCALAR8; \
	MOVQ w_base+0(FP), DI; \
	MOVQ w_len+8(FP), CX; \
	MOVQ m_base+24(FP), SI; \
	MOVQ v_base+48(FP), BX; \
	MOVQ g_base+72(FP), DX; \
	VBROADCAST p_Decay+96(FP), V8; \
	VBROADCAST p_Beta1+(96+1*ELEM)(FP), V9; \
	VBROADCAST p_OneMinusBeta1+(96+2*ELEM)(FP), V10; \
	VBROADCAST p_Beta2+(96+3*ELEM)(FP), V11; \
	VBROADCAST p_OneMinusBeta2+(96+4*ELEM)(FP), V12; \
	VBROADCAST p_InvSqrtCorrection+(96+5*ELEM)(FP), V13; \
	VBROADCAST p_Epsilon+(96+6*ELEM)(FP), V14; \
	VBROADCAST p_Step+(96+7*ELEM)(FP), V15; \
	constants; \
	SHLQ $SHIFT, CX; \
	SUBQ $VBYTES, CX; \
	JLT tail; \
single: \
	VMOVU (SI), V0; \
	VMOVU (BX), V1; \
	VMOVU (DX), V2; \
	ADAM_MOMENTS; \
	VMOVU (DI), V2; \
	root(singleFast, singleRoot); \
	ADAM_UPDATE; \
	VMOVU V0, (SI); \
	VMOVU V1, (BX); \
	VMOVU V2, (DI); \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, BX; \
	ADDQ $VBYTES, DX; \
	ADDQ $VBYTES, DI; \
	SUBQ $VBYTES, CX; \
	JGE single; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V4); \
	LOAD_TAIL(SI, V4, V0); \
	LOAD_TAIL(BX, V4, V1); \
	LOAD_TAIL(DX, V4, V2); \
	ADAM_MOMENTS; \
	LOAD_TAIL(DI, V4, V2); \
	root(tailFast, tailRoot); \
	ADAM_UPDATE; \
	STORE_TAIL(V0, X0, SI, CX, mBelow16, mBelow8, mStored); \
	STORE_TAIL(V1, X1, BX, CX, vBelow16, vBelow8, vStored); \
	STORE_TAIL(V2, X2, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

// ADAM_MOMENTS updates the moments by the gradients; the root then sets V3 to the square root of v, and
// ADAM_UPDATE updates the parameters.
#define ADAM_MOMENTS \
	VMUL V2, V10, V3; \
	VFMA213 V3, V9, V0; \
	VMUL V2, V12, V3; \
	VMUL V2, V3, V3; \
	VFMA213 V3, V11, V1
#define ADAM_UPDATE \
	VFMA213 V14, V13, V3; \
	VDIV V3, V0, V3; \
	VMUL V2, V8, V2; \
	VFNMADD231 V3, V15, V2

// ADAM_ROOT_DIVIDER is the square root of the unit that also divides.
#define ADAM_ROOT_DIVIDER(fast, rooted) VSQRT V1, V3

#define ADAM_CONSTANTS_FMA \
	MOVL $0x3F000000, AX; \
	VPBROADCASTD AX, Z16; \
	MOVL $0x0D800000, AX; \
	VPBROADCASTD AX, Z17; \
	MOVL $0x72000000, AX; \
	VPBROADCASTD AX, Z18

// ADAM_ROOT_FMA leaves the divider to the division. It rounds as VSQRTPS does, after Markstein (IA-64
// and Elementary Functions, 2000), for v from 2^-100 on, below which a residual is not exact, and for
// 0; anything else goes to the divider.
// With s = sqrt(v)·(1+ε) and h = 1/(2·sqrt(v)):
//
//	s, h ← Goldschmidt's step from an approximation of 1/sqrt(v) within 2^-14: within 1.1 and 1 ULP
//	s ← s + h·(v − s²), rounded down: the correct result, or the number below it
//	s ← s + h·(v − s²): the correct result. For all v, such s, and h within 1 ULP it was tried: there
//	are five fractions for which h one ULP above or two below fail, which h does not reach there.
//
//	Z16	1/2
//	Z17	the bits of 2^-100
//	Z18	how far those of infinity are above
//	K2	lanes in range
//	K3	lanes of 0
#define ADAM_ROOT_FMA(fast, rooted) \
	VPSUBD Z17, Z1, Z4; \
	VPCMPUD $1, Z18, Z4, K2; \
	VPTESTNMD Z1, Z1, K3; \
	KORTESTW K2, K3; \
	JCS fast; \
	VSQRTPS Z1, Z3; \
	JMP rooted; \
fast: \
	VRSQRT14PS Z1, Z4; \
	VMULPS Z4, Z1, Z3; \
	VMULPS Z4, Z16, Z4; \
	VMOVAPS Z16, Z5; \
	VFNMADD231PS Z3, Z4, Z5; \
	VFMADD231PS Z5, Z3, Z3; \
	VFMADD231PS Z5, Z4, Z4; \
	VMOVAPS Z1, Z5; \
	VFNMADD231PS Z3, Z3, Z5; \
	VFMADD231PS.RD_SAE Z5, Z4, Z3; \
	VMOVAPS Z1, Z5; \
	VFNMADD231PS Z3, Z3, Z5; \
	VFMADD231PS.Z Z5, Z4, K2, Z3; \
rooted:

#include "avx2_f32.h"
MOMENTUM(·momentumF32AVX2)
NESTEROV(·nesterovF32AVX2)
ADAM(·adamF32AVX2, NONE, ADAM_ROOT_DIVIDER)

#include "avx2_f64.h"
MOMENTUM(·momentumF64AVX2)
NESTEROV(·nesterovF64AVX2)
ADAM(·adamF64AVX2, NONE, ADAM_ROOT_DIVIDER)

#include "avx512_f32.h"
MOMENTUM(·momentumF32AVX512)
NESTEROV(·nesterovF32AVX512)
ADAM(·adamF32AVX512, NONE, ADAM_ROOT_DIVIDER)
ADAM(·adamFMAF32AVX512, ADAM_CONSTANTS_FMA, ADAM_ROOT_FMA)

#include "avx512_f64.h"
MOMENTUM(·momentumF64AVX512)
NESTEROV(·nesterovF64AVX512)
ADAM(·adamF64AVX512, NONE, ADAM_ROOT_DIVIDER)
