//go:build !purego

#include "textflag.h"
#include "avx512_tail.h"
#include "elementwise_avx512.h"

#define ZERO Z14
#define ONE Z15
#define ONES(V) VPTERNLOGD $0xFF, V, V, V

#include "binary_cross_entropy_vectors.h"

#include "avx512_f32.h"
#define likelierT ·likelierF32AVX512
#define marginT ·marginF32AVX512
#include "binary_cross_entropy.h"

#undef likelierT
#undef marginT

#include "avx512_f64.h"
#define likelierT ·likelierF64AVX512
#define marginT ·marginF64AVX512
#include "binary_cross_entropy.h"
