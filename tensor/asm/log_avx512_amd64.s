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

// LOG_WIDE replaces V0, V5, V16 and V21 by their logarithms. It clobbers V1 to V4, V6 to V10, V17 to V20 and V22 to V25.
#define LOG_WIDE \
	SPLIT(V0, V1, V2, V3, V4); \
	SPLIT(V5, V6, V7, V8, V9); \
	SPLIT(V16, V17, V18, V19, V20); \
	SPLIT(V21, V22, V23, V24, V25); \
	LOG_POLYNOMIAL_FOUR(LOG, const_logPolynomial, V1, V3, V6, V8, V17, V19, V22, V24); \
	LOG_JOIN(V1, V2, V3, V4); \
	LOG_JOIN(V6, V7, V8, V9); \
	LOG_JOIN(V17, V18, V19, V20); \
	LOG_JOIN(V22, V23, V24, V25); \
	FINISH(V0, V1, V2, V3); \
	FINISH(V5, V6, V7, V8); \
	FINISH(V16, V17, V18, V19); \
	FINISH(V21, V22, V23, V24)

#include "avx512_f32.h"
#define VGETMANT VGETMANTPS
#define VGETEXP VGETEXPPS
#define LOG_POLYNOMIAL POLYNOMIAL_9
#define LOG_POLYNOMIAL_FOUR POLYNOMIAL_9_FOUR
#define logTable ·log32
#define logT ·logF32AVX512
#include "log_kernels.h"

#undef VGETMANT
#undef VGETEXP
#undef LOG_POLYNOMIAL
#undef LOG_POLYNOMIAL_FOUR
#undef logTable
#undef logT

#include "avx512_f64.h"
#define VGETMANT VGETMANTPD
#define VGETEXP VGETEXPPD
#define LOG_POLYNOMIAL POLYNOMIAL_20
#define LOG_POLYNOMIAL_FOUR POLYNOMIAL_20_FOUR
#define logTable ·log64
#define logT ·logF64AVX512
#include "log_kernels.h"
