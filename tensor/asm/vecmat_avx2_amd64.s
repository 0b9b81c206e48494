//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "epilogue.h"
#include "vector_amd64.h"

#include "avx2_f32.h"
#define VECMAT ·vecmatF32AVX2
#include "vecmat_avx2.h"
#undef VECMAT

#include "avx2_f64.h"
#define VECMAT ·vecmatF64AVX2
#include "vecmat_avx2.h"
