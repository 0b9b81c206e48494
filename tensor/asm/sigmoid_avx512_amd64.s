//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "sigmoid.h"

#include "avx512_f32.h"
#define FRACTION 23
#define SIGMOID_POLYNOMIAL POLYNOMIAL_5
#define SIGMOID_POLYNOMIAL_PAIR POLYNOMIAL_5_PAIR
#define sigmoidTable ·sigmoid32
#define sigmoidT ·sigmoidF32AVX512
#define siluT ·siluF32AVX512
#define siluGradT ·siluGradF32AVX512
#include "sigmoid_kernels.h"

#undef FRACTION
#undef SIGMOID_POLYNOMIAL
#undef SIGMOID_POLYNOMIAL_PAIR
#undef sigmoidTable
#undef sigmoidT
#undef siluT
#undef siluGradT

#include "avx512_f64.h"
#define FRACTION 52
#define SIGMOID_POLYNOMIAL POLYNOMIAL_10
#define SIGMOID_POLYNOMIAL_PAIR POLYNOMIAL_10_PAIR
#define sigmoidTable ·sigmoid64
#define sigmoidT ·sigmoidF64AVX512
#define siluT ·siluF64AVX512
#define siluGradT ·siluGradF64AVX512
#include "sigmoid_kernels.h"
