//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "log.h"

// SPLIT sets V1 to m and V2 to k, with x = 2ᵏ·m, after making a subnormal x normal. It keeps x in V5. When x is not positive or not finite,
// V1 and V2 are any numbers.
#define SPLIT \
	VMOVA V0, V5; \
	VBROADCAST LOG(const_logNormal), V1; \
	VCMP $LESS, V1, V0, V6; \
	VMULC(LOG(const_logScale), V0, V1); \
	VBLENDV V6, V1, V0, V0; \
	VBROADCAST LOG(const_logBias), V3; \
	VBROADCAST LOG(const_logBiasSub), V4; \
	VBLENDV V6, V4, V3, V3; \
	VPADDC(LOG(const_logHalf), V0, V1); \
	VPSRL $FRACTION, V1, V2; \
	VORC(LOG(const_logMagic), V2, V2); \
	VSUB V3, V2, V2; \
	VANDC(LOG(const_logFraction), V1, V1); \
	VPADDC(LOG(const_logThreeQuarters), V1, V1)

// FINISH sets V0 to the logarithm of V5: to V3, but to x where that is +∞ or NaN, to NaN (all bits set) below 0, and to −∞ at 0.
#define FINISH \
	VXOR V0, V0, V0; \
	VBROADCAST LOG(const_logInfinity), V10; \
	VCMP $NOT_LESS, V10, V5, V6; \
	VBLENDV V6, V5, V3, V3; \
	VCMP $LESS, V0, V5, V6; \
	VOR V6, V3, V3; \
	VCMP $EQUAL, V0, V5, V6; \
	VSUB V10, V0, V10; \
	VBLENDV V6, V10, V3, V0

#include "avx2_f32.h"
#define FRACTION 23
#define LOG_POLYNOMIAL POLYNOMIAL_9
#define logTable ·log32
#define logT ·logF32AVX2
#include "log_kernels.h"

#undef FRACTION
#undef LOG_POLYNOMIAL
#undef logTable
#undef logT

#include "avx2_f64.h"
#define FRACTION 52
#define LOG_POLYNOMIAL POLYNOMIAL_20
#define logTable ·log64
#define logT ·logF64AVX2
#include "log_kernels.h"
