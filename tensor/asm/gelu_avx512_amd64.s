//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "sigmoid.h"
#include "gelu.h"
#include "gelu_tanh.h"

// CLEAR_NEGATIVE multiplies X by 0 where its sign is set, and CLEAR_WHERE_NEGATIVE replaces D by 0 there.
#define CLEAR_NEGATIVE(X, T) \
	VXOR T, T, T; \
	VPMOVSIGN X, K2; \
	VMUL T, X, K2, X
#define CLEAR_WHERE_NEGATIVE(X, D) \
	VPMOVSIGN X, K2; \
	VXOR D, D, K2, D

#include "avx512_f32.h"
#define VPMOVSIGN VPMOVD2M
#define FRACTION 23
#define SIGMOID_POLYNOMIAL POLYNOMIAL_5
#define MILLS_AND_EXP MILLS_AND_EXP_F32
#define MILLS_TABLES LOAD_TABLES(·geluTables)
#define sigmoidTable ·sigmoid32
#define geluTable ·gelu32
#define geluTanhTable ·geluTanh32
#define geluT ·geluF32AVX512
#define geluGradT ·geluGradF32AVX512
#define geluTanhT ·geluTanhF32AVX512
#define geluTanhGradT ·geluTanhGradF32AVX512
#include "gelu_kernels.h"

#undef VPMOVSIGN
#undef FRACTION
#undef SIGMOID_POLYNOMIAL
#undef MILLS_AND_EXP
#undef MILLS_TABLES
#undef sigmoidTable
#undef geluTable
#undef geluTanhTable
#undef geluT
#undef geluGradT
#undef geluTanhT
#undef geluTanhGradT

#include "avx512_f64.h"
#define VPMOVSIGN VPMOVQ2M
#define FRACTION 52
#define SIGMOID_POLYNOMIAL POLYNOMIAL_10
#define MILLS_AND_EXP MILLS_AND_EXP_F64
#define MILLS_TABLES
#define sigmoidTable ·sigmoid64
#define geluTable ·gelu64
#define geluTanhTable ·geluTanh64
#define geluT ·geluF64AVX512
#define geluGradT ·geluGradF64AVX512
#define geluTanhT ·geluTanhF64AVX512
#define geluTanhGradT ·geluTanhGradF64AVX512
#include "gelu_kernels.h"
