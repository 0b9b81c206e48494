// The loops of element-wise kernels, in AVX2 for elements of either type.
//
// A loop takes the name of a macro F that works on registers: F(A, T) replaces A by f(A), F(A, B, T) replaces A by f(A, B); both may
// clobber T. A kernel sets up the registers below, its constants in Y12 to Y15, and ends with the loop.
//
// Registers:
//	DI	destination
//	SI	operand a
//	DX	operand b
//	CX	bytes left, biased while a loop counts down by its step
//	Y0-Y3	a, then the result
//	Y4-Y7	b
//	Y8-Y11	scratch; Y11 the mask of the tail
//
// Every vector is loaded before its place is stored to, and no vector twice, so working in place is safe. Four vectors a turn cover
// the latency of the arithmetic and the cost of counting.

#include "stream.h"

// MAP1 stores F of each element of a, and returns.
#define MAP1(F) \
	UNLESS_STREAM(SI, plain); \
	SUBQ $128, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	PREFETCH_AHEAD(64, SI); \
	VMOVU (SI), Y0; \
	VMOVU 32(SI), Y1; \
	VMOVU 64(SI), Y2; \
	VMOVU 96(SI), Y3; \
	F(Y0, Y8); \
	F(Y1, Y9); \
	F(Y2, Y10); \
	F(Y3, Y11); \
	VMOVNT Y0, (DI); \
	VMOVNT Y1, 32(DI); \
	VMOVNT Y2, 64(DI); \
	VMOVNT Y3, 96(DI); \
	ADDQ $128, SI; \
	ADDQ $128, DI; \
	SUBQ $128, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $128, CX; \
plain: \
	SUBQ $128, CX; \
	JLT rest; \
quad: \
	VMOVU (SI), Y0; \
	VMOVU 32(SI), Y1; \
	VMOVU 64(SI), Y2; \
	VMOVU 96(SI), Y3; \
	F(Y0, Y8); \
	F(Y1, Y9); \
	F(Y2, Y10); \
	F(Y3, Y11); \
	VMOVU Y0, (DI); \
	VMOVU Y1, 32(DI); \
	VMOVU Y2, 64(DI); \
	VMOVU Y3, 96(DI); \
	ADDQ $128, SI; \
	ADDQ $128, DI; \
	SUBQ $128, CX; \
	JGE quad; \
rest: \
	ADDQ $96, CX; \
	JLT tail; \
single: \
	VMOVU (SI), Y0; \
	F(Y0, Y8); \
	VMOVU Y0, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DI; \
	SUBQ $32, CX; \
	JGE single; \
tail: \
	ADDQ $32, CX; \
	JEQ done; \
	TAIL_MASK(CX, AX, Y11); \
	VMASKMOVPS (SI), Y11, Y0; \
	F(Y0, Y8); \
	STORE_TAIL(Y0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET

// MAP2 stores F of each pair of elements of a and b, and returns.
#define MAP2(F) \
	UNLESS_STREAM(SI, plain); \
	CMPQ DI, DX; \
	JEQ plain; \
	SUBQ $128, CX; \
stream: \
	PREFETCH_AHEAD(0, SI); \
	PREFETCH_AHEAD(64, SI); \
	PREFETCH_AHEAD(0, DX); \
	PREFETCH_AHEAD(64, DX); \
	VMOVU (SI), Y0; \
	VMOVU 32(SI), Y1; \
	VMOVU 64(SI), Y2; \
	VMOVU 96(SI), Y3; \
	VMOVU (DX), Y4; \
	VMOVU 32(DX), Y5; \
	VMOVU 64(DX), Y6; \
	VMOVU 96(DX), Y7; \
	F(Y0, Y4, Y8); \
	F(Y1, Y5, Y9); \
	F(Y2, Y6, Y10); \
	F(Y3, Y7, Y11); \
	VMOVNT Y0, (DI); \
	VMOVNT Y1, 32(DI); \
	VMOVNT Y2, 64(DI); \
	VMOVNT Y3, 96(DI); \
	ADDQ $128, SI; \
	ADDQ $128, DX; \
	ADDQ $128, DI; \
	SUBQ $128, CX; \
	JGE stream; \
	SFENCE; \
	ADDQ $128, CX; \
plain: \
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
	F(Y0, Y4, Y8); \
	F(Y1, Y5, Y9); \
	F(Y2, Y6, Y10); \
	F(Y3, Y7, Y11); \
	VMOVU Y0, (DI); \
	VMOVU Y1, 32(DI); \
	VMOVU Y2, 64(DI); \
	VMOVU Y3, 96(DI); \
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
	F(Y0, Y4, Y8); \
	VMOVU Y0, (DI); \
	ADDQ $32, SI; \
	ADDQ $32, DX; \
	ADDQ $32, DI; \
	SUBQ $32, CX; \
	JGE single; \
tail: \
	ADDQ $32, CX; \
	JEQ done; \
	TAIL_MASK(CX, AX, Y11); \
	VMASKMOVPS (SI), Y11, Y0; \
	VMASKMOVPS (DX), Y11, Y4; \
	F(Y0, Y4, Y8); \
	STORE_TAIL(Y0, X0, DI, CX, below16, below8, done); \
	VZEROUPPER; \
	RET
