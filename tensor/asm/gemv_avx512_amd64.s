//go:build !purego

// A vector times a matrix in AVX-512: gemv_avx512_amd64.h has the register map and the text, these
// are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

#define CHAIN(at, c) VFMA231 (at*64)(DI), Z8, c
#define CHAIN_MASKED(at, k, c) VFMA231 (at*64)(DI), Z8, k, c

#define ZEROS Z28
#define SLOPE Z29
#define RELUS4 RELU(Z0); RELU(Z1); RELU(Z2); RELU(Z3)
#define RELUS8 RELUS4; RELU(Z4); RELU(Z5); RELU(Z6); RELU(Z7)
#define LEAKYS4 LEAKY(Z0); LEAKY(Z1); LEAKY(Z2); LEAKY(Z3)
#define LEAKYS8 LEAKYS4; LEAKY(Z4); LEAKY(Z5); LEAKY(Z6); LEAKY(Z7)

#include "avx512_f32.h"
#define GEMV ·gemvTransposedF32AVX512
#include "gemv_avx512_amd64.h"
#undef GEMV

#include "avx512_f64.h"
#define GEMV ·gemvTransposedF64AVX512
#include "gemv_avx512_amd64.h"
