//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "log.h"

// SPLIT sets F to f and K to k, with x = 2ᵏ·(1+f). VGETMANT brings 1+f into the range from 3/4 to 3/2 (the lower half of its immediate) and makes
// NaN of a negative x (the upper half); at 0 and +∞ it is 1 and k infinite, so that these need no care. A subnormal x is made normal
// before: processors split it as well, but not every emulator does. X and P are clobbered.
#define SPLIT(X, F, K, P, S) \
	VCMP.BCST $LESS, LOG(const_logNormal), X, K2; \
	VMUL.BCST LOG(const_logScale), X, K2, X; \
	VGETMANT $15, X, F; \
	VGETEXP X, K; \
	VGETEXP F, P; \
	VSUB P, K, K; \
	VSUB.BCST LOG(const_logScaleExponent), K, K2, K; \
	VSUBC(LOG(const_logOne), F, F)

// FINISH sets X to the logarithm in P.
#define FINISH(X, F, K, P) VMOVA P, X

#include "avx512_f32.h"
#define VGETMANT VGETMANTPS
#define VGETEXP VGETEXPPS
#define LOG_POLYNOMIAL POLYNOMIAL_9
#define LOG_POLYNOMIAL_PAIR POLYNOMIAL_9_PAIR
#define logTable ·log32
#define logT ·logF32AVX512
#include "log_kernels.h"

#undef VGETMANT
#undef VGETEXP
#undef LOG_POLYNOMIAL
#undef LOG_POLYNOMIAL_PAIR
#undef logTable
#undef logT

#include "avx512_f64.h"
#define VGETMANT VGETMANTPD
#define VGETEXP VGETEXPPD
#define LOG_POLYNOMIAL POLYNOMIAL_20
#define LOG_POLYNOMIAL_PAIR POLYNOMIAL_20_PAIR
#define logTable ·log64
#define logT ·logF64AVX512
#include "log_kernels.h"
