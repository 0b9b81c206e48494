//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "math_neon.h"
#include "sigmoid_body_neon.h"

#define CONSTANTS \
	MOVD $sigmoidTable(SB), R5; \
	CONSTANT(const_sigmoidLow, V31); \
	CONSTANT(const_sigmoidHigh, V30); \
	CONSTANT(const_sigmoidSilu, V13); \
	SIGMOID_CONSTANTS

#include "neon_f32.h"
#define POLYNOMIAL POLYNOMIAL_5
#define COEFFICIENTS COEFFICIENTS_5
#define sigmoidTable ·sigmoid32
#define sigmoidT ·sigmoidF32NEON
#define siluT ·siluF32NEON
#define siluGradT ·siluGradF32NEON
#include "sigmoid_neon.h"

#undef POLYNOMIAL
#undef COEFFICIENTS
#undef sigmoidTable
#undef sigmoidT
#undef siluT
#undef siluGradT

#include "neon_f64.h"
#define POLYNOMIAL POLYNOMIAL_10
#define COEFFICIENTS COEFFICIENTS_10
#define sigmoidTable ·sigmoid64
#define sigmoidT ·sigmoidF64NEON
#define siluT ·siluF64NEON
#define siluGradT ·siluGradF64NEON
#include "sigmoid_neon.h"
