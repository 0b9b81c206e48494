//go:build !purego

// The rate of multiply-adds that the FMA units reach. The loop touches no memory and each chain
// waits only for itself, so that these units are the only limit.
//
// Registers:
//	DI	acc
//	CX	iterations left
//	V0-V11	twelve chains, loaded from acc and stored back at the end
//	V12	m in every lane

#include "textflag.h"
#include "vector_amd64.h"

#define CHAINS(F) \
	F(0, V0); F(1, V1); F(2, V2); F(3, V3); F(4, V4); F(5, V5); \
	F(6, V6); F(7, V7); F(8, V8); F(9, V9); F(10, V10); F(11, V11)
#define LOAD(i, V) VMOVUPS (i*VBYTES)(DI), V
#define STORE(i, V) VMOVUPS V, (i*VBYTES)(DI)
#define FMA(i, V) VFMA213 V, V12, V

// PEAK is func name(acc []T, m T, n int).
#define PEAK(name) \
TEXT name(SB), NOSPLIT, $0-40; \
	VBROADCAST m+24(FP), V12; \
	MOVQ n+32(FP), CX; \
	MOVQ acc_base+0(FP), DI; \
	CHAINS(LOAD); \
loop: \
	CHAINS(FMA); \
	DECQ CX; \
	JNZ loop; \
	CHAINS(STORE); \
	VZEROUPPER; \
	RET

#include "avx2_f32.h"
PEAK(·peakF32AVX2)

#include "avx2_f64.h"
PEAK(·peakF64AVX2)

#include "avx512_f32.h"
PEAK(·peakF32AVX512)

#include "avx512_f64.h"
PEAK(·peakF64AVX512)
