// The loops of element-wise kernels, in AVX-512 for elements of either type.
//
// A loop takes the name of a macro F that works on registers: F(A, T) replaces A by f(A), F(A, B, T) replaces A by f(A, B); both may
// clobber T. A kernel sets up the registers below, its constants in Z12 to Z15, and ends with the loop.
//
// Registers:
//	DI	destination
//	SI	operand a
//	DX	operand b
//	CX	bytes left, biased while a loop counts down by its step
//	Z0-Z3	a, then the result
//	Z4-Z7	b
//	Z8-Z11	scratch
//	K1	mask of the tail
//	K2	free for F
//
// Every vector is loaded before its place is stored to, and no vector twice, so working in place is safe. Four vectors a turn cover
// the latency of the arithmetic and the cost of counting.

#include "stream.h"

// MAP1 stores F of each element of a, and returns.
#define MAP1(F) \
	UNLESS_STREAM(SI, plain); \
	SUBQ $256, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	PREFETCH_AHEAD(64, SI); \
	PREFETCH_AHEAD(128, SI); \
	PREFETCH_AHEAD(192, SI); \
	VMOVU (SI), Z0; \
	VMOVU 64(SI), Z1; \
	VMOVU 128(SI), Z2; \
	VMOVU 192(SI), Z3; \
	F(Z0, Z8); \
	F(Z1, Z9); \
	F(Z2, Z10); \
	F(Z3, Z11); \
	VMOVNT Z0, (DI); \
	VMOVNT Z1, 64(DI); \
	VMOVNT Z2, 128(DI); \
	VMOVNT Z3, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $256, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $256, CX; \
plain: \
	SUBQ $256, CX; \
	JLT rest; \
quad: \
	VMOVU (SI), Z0; \
	VMOVU 64(SI), Z1; \
	VMOVU 128(SI), Z2; \
	VMOVU 192(SI), Z3; \
	F(Z0, Z8); \
	F(Z1, Z9); \
	F(Z2, Z10); \
	F(Z3, Z11); \
	VMOVU Z0, (DI); \
	VMOVU Z1, 64(DI); \
	VMOVU Z2, 128(DI); \
	VMOVU Z3, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DI; \
	SUBQ $256, CX; \
	JGE quad; \
rest: \
	ADDQ $192, CX; \
	JLT tail; \
single: \
	VMOVU (SI), Z0; \
	F(Z0, Z8); \
	VMOVU Z0, (DI); \
	ADDQ $64, SI; \
	ADDQ $64, DI; \
	SUBQ $64, CX; \
	JGE single; \
tail: \
	ADDQ $64, CX; \
	JEQ done; \
	SHRQ $SHIFT, CX; \
	LANE_MASK(AX, K1); \
	VMOVU.Z (SI), K1, Z0; \
	F(Z0, Z8); \
	VMOVU Z0, K1, (DI); \
done: \
	VZEROUPPER; \
	RET

// MAP2 stores F of each pair of elements of a and b, and returns.
#define MAP2(F) \
	UNLESS_STREAM(SI, plain); \
	CMPQ DI, DX; \
	JEQ plain; \
	SUBQ $256, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	PREFETCH_AHEAD(64, SI); \
	PREFETCH_AHEAD(128, SI); \
	PREFETCH_AHEAD(192, SI); \
	PREFETCH_AHEAD(0, DX); \
	PREFETCH_AHEAD(64, DX); \
	PREFETCH_AHEAD(128, DX); \
	PREFETCH_AHEAD(192, DX); \
	VMOVU (SI), Z0; \
	VMOVU 64(SI), Z1; \
	VMOVU 128(SI), Z2; \
	VMOVU 192(SI), Z3; \
	VMOVU (DX), Z4; \
	VMOVU 64(DX), Z5; \
	VMOVU 128(DX), Z6; \
	VMOVU 192(DX), Z7; \
	F(Z0, Z4, Z8); \
	F(Z1, Z5, Z9); \
	F(Z2, Z6, Z10); \
	F(Z3, Z7, Z11); \
	VMOVNT Z0, (DI); \
	VMOVNT Z1, 64(DI); \
	VMOVNT Z2, 128(DI); \
	VMOVNT Z3, 192(DI); \
	ADDQ $256, SI; \
	ADDQ $256, DX; \
	ADDQ $256, DI; \
	SUBQ $256, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $256, CX; \
plain: \
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
	F(Z0, Z4, Z8); \
	F(Z1, Z5, Z9); \
	F(Z2, Z6, Z10); \
	F(Z3, Z7, Z11); \
	VMOVU Z0, (DI); \
	VMOVU Z1, 64(DI); \
	VMOVU Z2, 128(DI); \
	VMOVU Z3, 192(DI); \
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
	F(Z0, Z4, Z8); \
	VMOVU Z0, (DI); \
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
	F(Z0, Z4, Z8); \
	VMOVU Z0, K1, (DI); \
done: \
	VZEROUPPER; \
	RET
