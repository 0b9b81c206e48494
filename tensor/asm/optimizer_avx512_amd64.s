//go:build !purego

#include "textflag.h"
#include "avx512_tail.h"

#define MOMENTUM_VECTORS(V, G, W) \
	VFMA213 G, Z15, V; \
	VFNMADD231 V, Z14, W

#define NESTEROV_VECTORS(V, G, W) \
	VFMA213 G, Z15, V; \
	VFMA231 V, Z15, G; \
	VFNMADD231 G, Z14, W

// VELOCITY_LOOP applies F(V, G, W), which replaces velocities V and parameters W and may clobber G, to all elements, and returns.
#define VELOCITY_LOOP(F) \
	SUBQ $256, CX; \
	JLT rest; \
quad: \
	VMOVU (SI), Z0; \
	VMOVU 64(SI), Z1; \
	VMOVU 128(SI), Z2; \
	VMOVU 192(SI), Z3; \
	VMOVU (DX), Z4; \
	VMOVU 64(DX), Z5; \
	VMOVU 128(DX), Z6; \
	VMOVU 192(DX), Z7; \
	VMOVU (DI), Z8; \
	VMOVU 64(DI), Z9; \
	VMOVU 128(DI), Z10; \
	VMOVU 192(DI), Z11; \
	F(Z0, Z4, Z8); \
	F(Z1, Z5, Z9); \
	F(Z2, Z6, Z10); \
	F(Z3, Z7, Z11); \
	VMOVU Z0, (SI); \
	VMOVU Z1, 64(SI); \
	VMOVU Z2, 128(SI); \
	VMOVU Z3, 192(SI); \
	VMOVU Z8, (DI); \
	VMOVU Z9, 64(DI); \
	VMOVU Z10, 128(DI); \
	VMOVU Z11, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DX; \
	ADDQ $256, DI; \
	SUBQ $256, CX; \
	JGE quad; \
rest: \
	ADDQ $192, CX; \
	JLT tail; \
single: \
	VMOVU (SI), Z0; \
	VMOVU (DX), Z4; \
	VMOVU (DI), Z8; \
	F(Z0, Z4, Z8); \
	VMOVU Z0, (SI); \
	VMOVU Z8, (DI); \
	ADDQ $64, SI; \
	ADDQ $64, DX; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE single; \
tail: \
	ADDQ $64, CX; \
	JEQ done; \
	SHRQ $SHIFT, CX; \
	LANE_MASK(AX, K1); \
	VMOVU.Z (SI), K1, Z0; \
	VMOVU.Z (DX), K1, Z4; \
	VMOVU.Z (DI), K1, Z8; \
	F(Z0, Z4, Z8); \
	VMOVU Z0, K1, (SI); \
	VMOVU Z8, K1, (DI); \
done: \
	VZEROUPPER; \
	RET

// ADAM_MOMENTS updates the moments in Z0 and Z1 by the gradients in Z2.
#define ADAM_MOMENTS \
	VMUL Z2, Z10, Z3; \
	VFMA213 Z3, Z9, Z0; \
	VMUL Z2, Z12, Z3; \
	VMUL Z2, Z3, Z3; \
	VFMA213 Z3, Z11, Z1

// ADAM_UPDATE updates the parameters in Z2 by the moments.
#define ADAM_UPDATE \
	VSQRT Z1, Z3; \
	VFMA213 Z14, Z13, Z3; \
	VDIV Z3, Z0, Z3; \
	VMUL Z2, Z8, Z2; \
	VFNMADD231 Z3, Z15, Z2

#include "avx512_f32.h"
#define momentumT ·momentumF32AVX512
#define nesterovT ·nesterovF32AVX512
#define adamT ·adamF32AVX512
#define momentumArgs 80
#define adamArgs 128
#include "optimizer_avx512.h"

#undef momentumT
#undef nesterovT
#undef adamT
#undef momentumArgs
#undef adamArgs

#include "avx512_f64.h"
#define momentumT ·momentumF64AVX512
#define nesterovT ·nesterovF64AVX512
#define adamT ·adamF64AVX512
#define momentumArgs 88
#define adamArgs 160
#include "optimizer_avx512.h"
