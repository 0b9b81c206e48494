//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "epilogue.h"
#include "vector_amd64.h"
#include "gemm_avx2_tile.h"

#include "avx2_f32.h"
#define GEMM ·gemmF32AVX2
#include "gemm_avx2.h"
#undef GEMM

#include "avx2_f64.h"
#define GEMM ·gemmF64AVX2
#include "gemm_avx2.h"
