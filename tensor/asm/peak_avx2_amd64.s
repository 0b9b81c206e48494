//go:build !purego

#include "textflag.h"

// Register map
//	DI      acc
//	CX      iterations left
//	Y0–Y11  twelve chains, loaded from acc and stored back at the end
//	Y12     m in every lane
//
// The loop touches no memory and each chain waits only for itself, so the FMA units are the only limit.

#define EACH(OP) \
	OP(0, Y0) OP(1, Y1) OP(2, Y2) OP(3, Y3) OP(4, Y4) OP(5, Y5) \
	OP(6, Y6) OP(7, Y7) OP(8, Y8) OP(9, Y9) OP(10, Y10) OP(11, Y11)

#define LOAD(i, Y) VMOVUPS (i*32)(DI), Y;
#define STORE(i, Y) VMOVUPS Y, (i*32)(DI);
#define FMA32(i, Y) VFMADD213PS Y, Y12, Y;
#define FMA64(i, Y) VFMADD213PD Y, Y12, Y;

#define PEAK(FMA) \
	MOVQ acc_base+0(FP), DI; \
	EACH(LOAD) \
loop: \
	EACH(FMA) \
	DECQ CX; \
	JNZ  loop; \
	EACH(STORE) \
	VZEROUPPER; \
	RET

// func peakF32AVX2(acc []float32, m float32, n int)
TEXT ·peakF32AVX2(SB), NOSPLIT, $0-40
	VBROADCASTSS m+24(FP), Y12
	MOVQ         n+32(FP), CX
	PEAK(FMA32)

// func peakF64AVX2(acc []float64, m float64, n int)
TEXT ·peakF64AVX2(SB), NOSPLIT, $0-40
	VBROADCASTSD m+24(FP), Y12
	MOVQ         n+32(FP), CX
	PEAK(FMA64)
