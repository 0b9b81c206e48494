//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "epilogue.h"
#include "vector_amd64.h"
#include "gemm_avx512_tile.h"

#include "avx512_f32.h"
#define GEMM ·gemmF32AVX512
#include "gemm_avx512.h"
#undef GEMM

#include "avx512_f64.h"
#define GEMM ·gemmF64AVX512
#include "gemm_avx512.h"
