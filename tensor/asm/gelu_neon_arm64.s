//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "math_neon.h"
#include "sigmoid_body_neon.h"
#include "gelu_body_neon.h"
#include "gelu_tanh_body_neon.h"

#include "neon_f32.h"
#define POLYNOMIAL POLYNOMIAL_5
#define COEFFICIENTS COEFFICIENTS_5
#define EXP_POLYNOMIAL EXP_POLYNOMIAL_5
#define MILLS MILLS_F32
#define MILLS_CONSTANTS MILLS_CONSTANTS_F32
#define sigmoidTable ·sigmoid32
#define geluTable ·gelu32
#define geluTanhTable ·geluTanh32
#define geluT ·geluF32NEON
#define geluGradT ·geluGradF32NEON
#define geluTanhT ·geluTanhF32NEON
#define geluTanhGradT ·geluTanhGradF32NEON
#include "gelu_neon.h"

#undef POLYNOMIAL
#undef COEFFICIENTS
#undef EXP_POLYNOMIAL
#undef MILLS
#undef MILLS_CONSTANTS
#undef sigmoidTable
#undef geluTable
#undef geluTanhTable
#undef geluT
#undef geluGradT
#undef geluTanhT
#undef geluTanhGradT

#include "neon_f64.h"
#define POLYNOMIAL POLYNOMIAL_10
#define COEFFICIENTS COEFFICIENTS_10
#define EXP_POLYNOMIAL EXP_POLYNOMIAL_10
#define MILLS MILLS_F64
#define MILLS_CONSTANTS MILLS_CONSTANTS_F64
#define sigmoidTable ·sigmoid64
#define geluTable ·gelu64
#define geluTanhTable ·geluTanh64
#define geluT ·geluF64NEON
#define geluGradT ·geluGradF64NEON
#define geluTanhT ·geluTanhF64NEON
#define geluTanhGradT ·geluTanhGradF64NEON
#include "gelu_neon.h"
