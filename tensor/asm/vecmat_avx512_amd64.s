//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "epilogue.h"
#include "vector_amd64.h"
#include "gemm_avx512_tile.h"

#include "avx512_f32.h"
#define VECMAT ·vecmatF32AVX512
#include "vecmat_avx512.h"
#undef VECMAT

#include "avx512_f64.h"
#define VECMAT ·vecmatF64AVX512
#include "vecmat_avx512.h"
