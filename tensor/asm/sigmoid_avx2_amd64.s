//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "sigmoid.h"

#include "avx2_f32.h"
#define FRACTION 23
#define SIGMOID_POLYNOMIAL POLYNOMIAL_5
#define SIGMOID_POLYNOMIAL_PAIR POLYNOMIAL_5_PAIR
#define sigmoidTable ·sigmoid32
#define sigmoidT ·sigmoidF32AVX2
#define siluT ·siluF32AVX2
#define siluGradT ·siluGradF32AVX2
#include "sigmoid_kernels.h"

#undef FRACTION
#undef SIGMOID_POLYNOMIAL
#undef SIGMOID_POLYNOMIAL_PAIR
#undef sigmoidTable
#undef sigmoidT
#undef siluT
#undef siluGradT

#include "avx2_f64.h"
#define FRACTION 52
#define SIGMOID_POLYNOMIAL POLYNOMIAL_10
#define SIGMOID_POLYNOMIAL_PAIR POLYNOMIAL_10_PAIR
#define sigmoidTable ·sigmoid64
#define sigmoidT ·sigmoidF64AVX2
#define siluT ·siluF64AVX2
#define siluGradT ·siluGradF64AVX2
#include "sigmoid_kernels.h"
