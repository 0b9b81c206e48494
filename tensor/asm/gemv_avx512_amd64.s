//go:build !purego

// A vector times a matrix in AVX-512: gemv_avx512_amd64.h has the register map and the text, these
// are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

#define CHAIN(at, c) VFMA231 (at*64)(DI), Z8, c
#define CHAINS4(at, a, c0, c1, c2, c3) \
	VFMA231 (at*64)(DI), a, c0; \
	VFMA231 (at*64+64)(DI), a, c1; \
	VFMA231 (at*64+128)(DI), a, c2; \
	VFMA231 (at*64+192)(DI), a, c3
#define CHAINS8(a) CHAINS4(0, a, Z0, Z1, Z2, Z3); CHAINS4(4, a, Z4, Z5, Z6, Z7)
#define CHAINS16(a) \
	CHAINS8(a); \
	CHAINS4(8, a, Z16, Z17, Z18, Z19); \
	CHAINS4(12, a, Z20, Z21, Z22, Z23); \
	ADDQ R12, DI
#define CHAIN_MASKED(at, k, c) VFMA231 (at*64)(DI), Z8, k, c

#define ZEROS Z28
#define SLOPE Z29
#define RELUS4 RELU(Z0); RELU(Z1); RELU(Z2); RELU(Z3)
#define RELUS8 RELUS4; RELU(Z4); RELU(Z5); RELU(Z6); RELU(Z7)
#define RELUS16 \
	RELUS8; RELU(Z16); RELU(Z17); RELU(Z18); RELU(Z19); RELU(Z20); RELU(Z21); RELU(Z22); RELU(Z23)
#define LEAKYS4 LEAKY(Z0); LEAKY(Z1); LEAKY(Z2); LEAKY(Z3)
#define LEAKYS8 LEAKYS4; LEAKY(Z4); LEAKY(Z5); LEAKY(Z6); LEAKY(Z7)
#define LEAKYS16 \
	LEAKYS8; LEAKY(Z16); LEAKY(Z17); LEAKY(Z18); LEAKY(Z19); LEAKY(Z20); LEAKY(Z21); LEAKY(Z22); \
	LEAKY(Z23)

#include "avx512_f32.h"
#define GEMV ·gemvTransposedF32AVX512
#include "gemv_avx512_amd64.h"
#undef GEMV

#include "avx512_f64.h"
#define GEMV ·gemvTransposedF64AVX512
#include "gemv_avx512_amd64.h"
