//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "log.h"

// SPLIT sets F to f and K to k, with x = 2ᵏ·(1+f), after making a subnormal x normal. It leaves x in X and clobbers P and S. When x is not
// positive or not finite, F and K are any numbers.
#define SPLIT(X, F, K, P, S) \
	VBROADCAST LOG(const_logNormal), F; \
	VCMP $LESS, F, X, P; \
	VMULC(LOG(const_logScale), X, F); \
	VBLENDV P, F, X, F; \
	VBROADCAST LOG(const_logBias), K; \
	VBROADCAST LOG(const_logBiasSub), V10; \
	VBLENDV P, V10, K, S; \
	VPADDC(LOG(const_logHalf), F, F); \
	VPSRL $FRACTION, F, K; \
	VORC(LOG(const_logMagic), K, K); \
	VSUB S, K, K; \
	VANDC(LOG(const_logFraction), F, F); \
	VPADDC(LOG(const_logThreeQuarters), F, F); \
	VSUBC(LOG(const_logOne), F, F)

// FINISH replaces the x in X by its logarithm: by P, but +∞ and NaN stay, below 0 it is NaN (all bits set), and at 0 −∞. It clobbers F, K and P.
#define FINISH(X, F, K, P) \
	VXOR F, F, F; \
	VBROADCAST LOG(const_logInfinity), V10; \
	VCMP $NOT_LESS, V10, X, K; \
	VBLENDV K, X, P, P; \
	VCMP $LESS, F, X, K; \
	VOR K, P, P; \
	VCMP $EQUAL, F, X, K; \
	VSUB V10, F, V10; \
	VBLENDV K, V10, P, X

// LOG_WIDE replaces V0 and V5 by their logarithms. It clobbers V1 to V4 and V6 to V9.
#define LOG_WIDE \
	SPLIT(V0, V1, V2, V3, V4); \
	SPLIT(V5, V6, V7, V8, V9); \
	LOG_POLYNOMIAL_PAIR(LOG, const_logPolynomial, V1, V3, V6, V8); \
	LOG_JOIN(V1, V2, V3, V4); \
	LOG_JOIN(V6, V7, V8, V9); \
	FINISH(V0, V1, V2, V3); \
	FINISH(V5, V6, V7, V8)

#include "avx2_f32.h"
#define FRACTION 23
#define LOG_POLYNOMIAL POLYNOMIAL_9
#define LOG_POLYNOMIAL_PAIR POLYNOMIAL_9_PAIR
#define logTable ·log32
#define logT ·logF32AVX2
#include "log_kernels.h"

#undef FRACTION
#undef LOG_POLYNOMIAL
#undef LOG_POLYNOMIAL_PAIR
#undef logTable
#undef logT

#include "avx2_f64.h"
#define FRACTION 52
#define LOG_POLYNOMIAL POLYNOMIAL_20
#define LOG_POLYNOMIAL_PAIR POLYNOMIAL_20_PAIR
#define logTable ·log64
#define logT ·logF64AVX2
#include "log_kernels.h"
