//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "sigmoid.h"
#include "gelu.h"
#include "gelu_tanh.h"

// CLEAR_NEGATIVE multiplies X by 0 where its sign is set, and CLEAR_WHERE_NEGATIVE replaces D by 0 there. They clobber V10.
#define CLEAR_NEGATIVE(X, T) \
	VXOR V10, V10, V10; \
	VMUL X, V10, T; \
	VBLENDV X, T, X, X
#define CLEAR_WHERE_NEGATIVE(X, D) \
	VXOR V10, V10, V10; \
	VBLENDV X, V10, D, D

#include "avx2_f32.h"
#define FRACTION 23
#define SIGMOID_POLYNOMIAL POLYNOMIAL_5
#define MILLS_AND_EXP MILLS_AND_EXP_F32
#define MILLS_TABLES LOAD_TABLES(·geluTables)
#define sigmoidTable ·sigmoid32
#define geluTable ·gelu32
#define geluTanhTable ·geluTanh32
#define geluT ·geluF32AVX2
#define geluGradT ·geluGradF32AVX2
#define geluTanhT ·geluTanhF32AVX2
#define geluTanhGradT ·geluTanhGradF32AVX2
#include "gelu_kernels.h"

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

#include "avx2_f64.h"
#define FRACTION 52
#define SIGMOID_POLYNOMIAL POLYNOMIAL_10
#define MILLS_AND_EXP MILLS_AND_EXP_F64
#define MILLS_TABLES
#define sigmoidTable ·sigmoid64
#define geluTable ·gelu64
#define geluTanhTable ·geluTanh64
#define geluT ·geluF64AVX2
#define geluGradT ·geluGradF64AVX2
#define geluTanhT ·geluTanhF64AVX2
#define geluTanhGradT ·geluTanhGradF64AVX2
#include "gelu_kernels.h"
