//go:build !purego

// The rate of multiply-adds that the FMA units reach. The loop touches no memory and each chain
// waits only for itself, so that these units are the only limit: four units with a latency of four
// cycles need sixteen chains.
//
// Registers:
//	R0	acc, moving
//	R1	acc
//	R2	iterations left
//	V0-V23	twenty-four chains, loaded from acc and stored back at the end
//	V24	m in every lane

#include "textflag.h"

#define EACH(OP) \
	OP(V0) OP(V1) OP(V2) OP(V3) OP(V4) OP(V5) OP(V6) OP(V7) OP(V8) OP(V9) OP(V10) OP(V11) \
	OP(V12) OP(V13) OP(V14) OP(V15) OP(V16) OP(V17) OP(V18) OP(V19) OP(V20) OP(V21) OP(V22) OP(V23)

#define LOAD(V) VLD1.P 16(R0), [V.B16];
#define STORE(V) VST1.P [V.B16], 16(R1);
#define FMA32(V) VFMLA V24.S4, V.S4, V.S4;
#define FMA64(V) VFMLA V24.D2, V.D2, V.D2;

#define PEAK(FMA) \
	MOVD acc_base+0(FP), R0; \
	MOVD R0, R1; \
	MOVD n+32(FP), R2; \
	EACH(LOAD) \
loop: \
	EACH(FMA) \
	SUBS $1, R2; \
	BNE  loop; \
	EACH(STORE) \
	RET

// func peakF32NEON(acc []float32, m float32, n int)
TEXT ·peakF32NEON(SB), NOSPLIT, $0-40
	FMOVS m+24(FP), F24
	VDUP  V24.S[0], V24.S4
	PEAK(FMA32)

// func peakF64NEON(acc []float64, m float64, n int)
TEXT ·peakF64NEON(SB), NOSPLIT, $0-40
	FMOVD m+24(FP), F24
	VDUP  V24.D[0], V24.D2
	PEAK(FMA64)
