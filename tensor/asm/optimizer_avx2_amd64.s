//go:build !purego

#include "textflag.h"
#include "avx2_tail.h"

#define MOMENTUM_VECTORS(V, G, W) \
	VFMA213 G, Y15, V; \
	VFNMADD231 V, Y14, W

#define NESTEROV_VECTORS(V, G, W) \
	VFMA213 G, Y15, V; \
	VFMA231 V, Y15, G; \
	VFNMADD231 G, Y14, W

// VELOCITY_LOOP applies F(V, G, W), which replaces velocities V and parameters W and may clobber G, to all elements, and returns.
#define VELOCITY_LOOP(F) \
	SUBQ $128, CX; \
	JLT rest; \
quad: \
	VMOVU (SI), Y0; \
	VMOVU 32(SI), Y1; \
	VMOVU 64(SI), Y2; \
	VMOVU 96(SI), Y3; \
	VMOVU (DX), Y4; \
	VMOVU 32(DX), Y5; \
	VMOVU 64(DX), Y6; \
	VMOVU 96(DX), Y7; \
	VMOVU (DI), Y8; \
	VMOVU 32(DI), Y9; \
	VMOVU 64(DI), Y10; \
	VMOVU 96(DI), Y11; \
	F(Y0, Y4, Y8); \
	F(Y1, Y5, Y9); \
	F(Y2, Y6, Y10); \
	F(Y3, Y7, Y11); \
	VMOVU Y0, (SI); \
	VMOVU Y1, 32(SI); \
	VMOVU Y2, 64(SI); \
	VMOVU Y3, 96(SI); \
	VMOVU Y8, (DI); \
	VMOVU Y9, 32(DI); \
	VMOVU Y10, 64(DI); \
	VMOVU Y11, 96(DI); \
	ADDQ $128, SI; \
	ADDQ $128, DX; \
	ADDQ $128, DI; \
	SUBQ $128, CX; \
	JGE quad; \
rest: \
	ADDQ $96, CX; \
	JLT tail; \
single: \
	VMOVU (SI), Y0; \
	VMOVU (DX), Y4; \
	VMOVU (DI), Y8; \
	F(Y0, Y4, Y8); \
	VMOVU Y0, (SI); \
	VMOVU Y8, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DX; \
	ADDQ $32, DI; \
	SUBQ $32, CX; \
	JGE single; \
tail: \
	ADDQ $32, CX; \
	JEQ done; \
	TAIL_MASK(CX, AX, Y1); \
	VMASKMOVPS (SI), Y1, Y0; \
	VMASKMOVPS (DX), Y1, Y4; \
	VMASKMOVPS (DI), Y1, Y8; \
	F(Y0, Y4, Y8); \
	STORE_TAIL(Y0, X0, SI, CX, vBelow16, vBelow8, vStored); \
	STORE_TAIL(Y8, X8, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

// ADAM_MOMENTS updates the moments in Y0 and Y1 by the gradients in Y2.
#define ADAM_MOMENTS \
	VMUL Y2, Y10, Y3; \
	VFMA213 Y3, Y9, Y0; \
	VMUL Y2, Y12, Y3; \
	VMUL Y2, Y3, Y3; \
	VFMA213 Y3, Y11, Y1

// ADAM_UPDATE updates the parameters in Y2 by the moments.
#define ADAM_UPDATE \
	VSQRT Y1, Y3; \
	VFMA213 Y14, Y13, Y3; \
	VDIV Y3, Y0, Y3; \
	VMUL Y2, Y8, Y2; \
	VFNMADD231 Y3, Y15, Y2

#include "avx2_f32.h"
#define momentumT ·momentumF32AVX2
#define nesterovT ·nesterovF32AVX2
#define adamT ·adamF32AVX2
#define momentumArgs 80
#define adamArgs 128
#include "optimizer_avx2.h"

#undef momentumT
#undef nesterovT
#undef adamT
#undef momentumArgs
#undef adamArgs

#include "avx2_f64.h"
#define momentumT ·momentumF64AVX2
#define nesterovT ·nesterovF64AVX2
#define adamT ·adamF64AVX2
#define momentumArgs 88
#define adamArgs 160
#include "optimizer_avx2.h"
