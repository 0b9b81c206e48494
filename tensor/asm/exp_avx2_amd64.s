//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "exp.h"
#include "exp_avx2.h"

#include "avx2_f32.h"
#define FRACTION 23
#define EXP_POLYNOMIAL POLYNOMIAL_5
#define EXP_POLYNOMIAL_PAIR POLYNOMIAL_5_PAIR
#define expTable ·exp32
#define expT ·expF32AVX2
#define expSubT ·expSubF32AVX2
#define expSubArgs 52
#include "exp_kernels.h"

#undef FRACTION
#undef EXP_POLYNOMIAL
#undef EXP_POLYNOMIAL_PAIR
#undef expTable
#undef expT
#undef expSubT
#undef expSubArgs

#include "avx2_f64.h"
#define FRACTION 52
#define EXP_POLYNOMIAL POLYNOMIAL_10
#define EXP_POLYNOMIAL_PAIR POLYNOMIAL_10_PAIR
#define expTable ·exp64
#define expT ·expF64AVX2
#define expSubT ·expSubF64AVX2
#define expSubArgs 56
#include "exp_kernels.h"
