//go:build !purego

#include "textflag.h"
#include "neon.h"

// The steps by momentum leave the new velocities in T and the new parameters in W. FMLA adds to a register that is lost: gradients
// are copied before the velocities join them.
#define MOMENTUM_VECTORS(V, G, W, T) \
	mov(G, T); \
	fmla(V, v31, T); \
	fmls(T, v30, W)

#define NESTEROV_VECTORS(V, G, W, T) \
	mov(G, T); \
	fmla(V, v31, T); \
	fmla(T, v31, G); \
	fmls(G, v30, W)

// VELOCITY_LOOP applies F(V, G, W, T) to all elements, and returns.
#define VELOCITY_LOOP(F) \
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

// ADAM makes one step with what V0 to V3 hold; the results come to stand in V4 to V6.
#define ADAM \
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
#define momentumT ·momentumF32NEON
#define nesterovT ·nesterovF32NEON
#define adamT ·adamF32NEON
#define momentumArgs 80
#define adamArgs 128
#include "optimizer_neon.h"

#undef momentumT
#undef nesterovT
#undef adamT
#undef momentumArgs
#undef adamArgs

#include "neon_f64.h"
#define momentumT ·momentumF64NEON
#define nesterovT ·nesterovF64NEON
#define adamT ·adamF64NEON
#define momentumArgs 88
#define adamArgs 160
#include "optimizer_neon.h"
