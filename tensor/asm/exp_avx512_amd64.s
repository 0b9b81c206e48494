//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "exp.h"
#include "exp_avx512.h"

#include "avx512_f32.h"
#define VSCALEF VSCALEFPS
#define EXP_POLYNOMIAL POLYNOMIAL_5
#define EXP_POLYNOMIAL_FOUR POLYNOMIAL_5_FOUR
#define expTable ·exp32
#define expT ·expF32AVX512
#define expSubT ·expSubF32AVX512
#define expSubArgs 52
#include "exp_kernels.h"

#undef VSCALEF
#undef EXP_POLYNOMIAL
#undef EXP_POLYNOMIAL_FOUR
#undef expTable
#undef expT
#undef expSubT
#undef expSubArgs

#include "avx512_f64.h"
#define VSCALEF VSCALEFPD
#define EXP_POLYNOMIAL POLYNOMIAL_10
#define EXP_POLYNOMIAL_FOUR POLYNOMIAL_10_FOUR
#define expTable ·exp64
#define expT ·expF64AVX512
#define expSubT ·expSubF64AVX512
#define expSubArgs 56
#include "exp_kernels.h"
