//go:build !purego

#include "textflag.h"

// Register map
//	DI      acc
//	CX      iterations left
//	Z0–Z11  twelve chains, loaded from acc and stored back at the end
//	Z12     m in every lane
//
// The loop touches no memory and each chain waits only for itself, so the FMA units are the only limit.

#define EACH(OP) \
	OP(0, Z0) OP(1, Z1) OP(2, Z2) OP(3, Z3) OP(4, Z4) OP(5, Z5) \
	OP(6, Z6) OP(7, Z7) OP(8, Z8) OP(9, Z9) OP(10, Z10) OP(11, Z11)

#define LOAD(i, Z) VMOVUPS (i*64)(DI), Z;
#define STORE(i, Z) VMOVUPS Z, (i*64)(DI);
#define FMA32(i, Z) VFMADD213PS Z, Z12, Z;
#define FMA64(i, Z) VFMADD213PD Z, Z12, Z;

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

// func peakF32AVX512(acc []float32, m float32, n int)
TEXT ·peakF32AVX512(SB), NOSPLIT, $0-40
	VBROADCASTSS m+24(FP), Z12
	MOVQ         n+32(FP), CX
	PEAK(FMA32)

// func peakF64AVX512(acc []float64, m float64, n int)
TEXT ·peakF64AVX512(SB), NOSPLIT, $0-40
	VBROADCASTSD m+24(FP), Z12
	MOVQ         n+32(FP), CX
	PEAK(FMA64)
