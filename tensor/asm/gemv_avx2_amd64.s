//go:build !purego

// A vector times a matrix in AVX2: gemv_avx2_amd64.h has the register map and the text, these are
// its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

#define CHAIN(at, c) VFMA231 (at*32)(DI), Y8, c
#define CHAIN_MASKED VMASKMOVPS (DI)(AX*1), Y15, Y9; VFMA231 Y9, Y8, Y3

#define CHAINS1 CHAIN_MASKED
#define CHAINS2 CHAIN(0, Y0); CHAIN_MASKED
#define CHAINS3 CHAIN(0, Y0); CHAIN(1, Y1); CHAIN_MASKED
#define CHAINS4 CHAIN(0, Y0); CHAIN(1, Y1); CHAIN(2, Y2); CHAIN_MASKED
#define CHAINS_HALF CHAIN(0, Y0); CHAIN(1, Y1); CHAIN(2, Y2); CHAIN(3, Y3)
#define CHAINS_WHOLE CHAINS_HALF; CHAIN(4, Y4); CHAIN(5, Y5); CHAIN(6, Y6); CHAIN(7, Y7)

// STEPS makes all steps of K.
#define STEPS(CHAINS, step) \
step: \
	VBROADCAST (SI), Y8; \
	CHAINS; \
	ADDQ R11, SI; \
	ADDQ R12, DI; \
	DECQ CX; \
	JNE step

// BEGIN sets the pointers and counters of a tile, and NEXT goes on to the next columns.
#define BEGIN MOVQ a+8(FP), SI; MOVQ R9, DI; MOVQ R10, CX
#define NEXT(bytes) ADDQ $bytes, DX; ADDQ $bytes, R9; ADDQ $bytes, R15

// ACTIVATE passes the registers that RELUS and LEAKYS treat through the activation.
#define ACTIVATE(RELUS, LEAKYS, leaky, done) \
	CMPB EPILOGUE_ACTIVATION(R13), $const_ReluActivation; \
	JLT done; \
	JGT leaky; \
	RELUS; \
	JMP done; \
leaky: \
	LEAKYS

#define ZEROS Y10
#define SLOPE Y11
#define SCRATCH0 Y12
#define SCRATCH1 Y13
#define RELUS4 RELU(Y0); RELU(Y1); RELU(Y2); RELU(Y3)
#define RELUS8 RELUS4; RELU(Y4); RELU(Y5); RELU(Y6); RELU(Y7)
#define LEAKYS4 LEAKY(Y0); LEAKY(Y1); LEAKY(Y2); LEAKY(Y3)
#define LEAKYS8 LEAKYS4; LEAKY(Y4); LEAKY(Y5); LEAKY(Y6); LEAKY(Y7)

#include "avx2_f32.h"
#define GEMV ·gemvTransposedF32AVX2
#include "gemv_avx2_amd64.h"
#undef GEMV

#include "avx2_f64.h"
#define GEMV ·gemvTransposedF64AVX2
#include "gemv_avx2_amd64.h"
