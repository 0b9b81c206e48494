//go:build !purego

#include "textflag.h"
#include "neon.h"

// Register map
//	R0       acc
//	R1       iterations left
//	V0–V23   24 chains, loaded from acc and stored back at the end
//	V24      m in every lane
//	V25      c in every lane
//
// The loop touches no memory and each chain waits only for itself, so the FMA units are the only limit. Up to four of them with a
// latency of four cycles need 16 chains.

#define EACH4(OP, first) OP(first); OP(first+1); OP(first+2); OP(first+3)
#define CHAIN(V) fmla(v25, v24, V)

#define PEAK \
	MOVD acc_base+0(FP), R0; \
	VLD1.P 64(R0), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VLD1.P 64(R0), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	VLD1.P 64(R0), [V8.B16, V9.B16, V10.B16, V11.B16]; \
	VLD1.P 64(R0), [V12.B16, V13.B16, V14.B16, V15.B16]; \
	VLD1.P 64(R0), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	VLD1 (R0), [V20.B16, V21.B16, V22.B16, V23.B16]; \
	dup(v24, v24); \
	dup(v25, v25); \
loop: \
	EACH4(CHAIN, 0); \
	EACH4(CHAIN, 4); \
	EACH4(CHAIN, 8); \
	EACH4(CHAIN, 12); \
	EACH4(CHAIN, 16); \
	EACH4(CHAIN, 20); \
	SUBS $1, R1; \
	BNE loop; \
	MOVD acc_base+0(FP), R0; \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	VST1.P [V4.B16, V5.B16, V6.B16, V7.B16], 64(R0); \
	VST1.P [V8.B16, V9.B16, V10.B16, V11.B16], 64(R0); \
	VST1.P [V12.B16, V13.B16, V14.B16, V15.B16], 64(R0); \
	VST1.P [V16.B16, V17.B16, V18.B16, V19.B16], 64(R0); \
	VST1 [V20.B16, V21.B16, V22.B16, V23.B16], (R0); \
	RET

#include "neon_f32.h"

// func peakF32NEON(acc []float32, m, c float32, n int)
TEXT ·peakF32NEON(SB), NOSPLIT, $0-40
	FMOV m+24(FP), F24
	FMOV c+28(FP), F25
	MOVD n+32(FP), R1
	PEAK

#include "neon_f64.h"

// func peakF64NEON(acc []float64, m, c float64, n int)
TEXT ·peakF64NEON(SB), NOSPLIT, $0-48
	FMOV m+24(FP), F24
	FMOV c+32(FP), F25
	MOVD n+40(FP), R1
	PEAK
