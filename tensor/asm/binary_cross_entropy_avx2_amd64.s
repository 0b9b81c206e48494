//go:build !purego

#include "textflag.h"
#include "avx2_tail.h"
#include "elementwise_avx2.h"

#define ZERO Y14
#define ONE Y15
#define ONES(V) VPCMPEQD V, V, V

#include "binary_cross_entropy_vectors.h"

#include "avx2_f32.h"
#define likelierT ·likelierF32AVX2
#define marginT ·marginF32AVX2
#include "binary_cross_entropy.h"

#undef likelierT
#undef marginT

#include "avx2_f64.h"
#define likelierT ·likelierF64AVX2
#define marginT ·marginF64AVX2
#include "binary_cross_entropy.h"
