//go:build !purego

// A vector times a matrix that no cache holds: gemv_bands_amd64.h has the register map and the
// text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

// ELEMENT puts the next element of A in every lane.
#define ELEMENT(V) VBROADCAST (SI), V; ADDQ R11, SI

// PAIR makes a step of both registers of C, ONE of the first, MASKED under the mask.
#define PAIR(at, A) VFMA231 at, A, V8; VFMA231 VBYTES at, A, V9
#define ONE(at, A) VFMA231 at, A, V8
#define MASKED BY_ISA(MASKED_AVX2, MASKED_AVX512)
#define MASKED_AVX2(at, A) VMASKMOVPS at, V15, V10; VFMA231 V10, A, V8
#define MASKED_AVX512(at, A) VFMA231 at, A, K1, V8

// EIGHT makes a step with each row of the band.
#define EIGHT(STEP) \
	STEP((DI), V0); \
	STEP((DI)(R12*1), V1); \
	STEP((DI)(R12*2), V2); \
	STEP((DI)(R13*1), V3); \
	STEP((BX), V4); \
	STEP((BX)(R12*1), V5); \
	STEP((BX)(R12*2), V6); \
	STEP((BX)(R13*1), V7)

// STORE_MASKED stores the last columns of C. That masked stores are slow on AMD processors in AVX2
// does not matter once in eight rows of B.
#define STORE_MASKED BY_ISA(STORE_MASKED_AVX2, STORE_MASKED_AVX512)
#define STORE_MASKED_AVX2 VMASKMOVPS V8, V15, (R10)
#define STORE_MASKED_AVX512 VMOVU V8, K1, (R10)

// FETCH fetches to L2 what a step of two registers will read: a line, or two.
#define FETCH BY_ISA(FETCH_AVX2, FETCH_AVX512)
#define FETCH_AVX2(at) PREFETCHT1 at
#define FETCH_AVX512(at) PREFETCHT1 at; PREFETCHT1 64 at

#include "avx2_f32.h"
#define BANDS ·gemvBandsF32AVX2
#include "gemv_bands_amd64.h"
#undef BANDS

#include "avx2_f64.h"
#define BANDS ·gemvBandsF64AVX2
#include "gemv_bands_amd64.h"
#undef BANDS

#include "avx512_f32.h"
#define BANDS ·gemvBandsF32AVX512
#include "gemv_bands_amd64.h"
#undef BANDS

#include "avx512_f64.h"
#define BANDS ·gemvBandsF64AVX512
#include "gemv_bands_amd64.h"
#undef BANDS
