//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx512_tail.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "log.h"

// SPLIT sets V1 to m and V2 to k, with x = 2ᵏ·m. VGETMANT brings m into the range from 3/4 to 3/2 (the lower half of its immediate) and makes NaN
// of a negative x (the upper half); at 0 and +∞ m is 1 and k infinite, so that these need no care. A subnormal x is made normal before:
// processors split it as well, but not every emulator does.
#define SPLIT \
	VCMP.BCST $LESS, LOG(const_logNormal), V0, K2; \
	VMUL.BCST LOG(const_logScale), V0, K2, V0; \
	VGETMANT $15, V0, V1; \
	VGETEXP V0, V2; \
	VGETEXP V1, V3; \
	VSUB V3, V2, V2; \
	VSUB.BCST LOG(const_logScaleExponent), V2, K2, V2

#define FINISH VMOVA V3, V0

#include "avx512_f32.h"
#define VGETMANT VGETMANTPS
#define VGETEXP VGETEXPPS
#define LOG_POLYNOMIAL POLYNOMIAL_9
#define logTable ·log32
#define logT ·logF32AVX512
#include "log_kernels.h"

#undef VGETMANT
#undef VGETEXP
#undef LOG_POLYNOMIAL
#undef logTable
#undef logT

#include "avx512_f64.h"
#define VGETMANT VGETMANTPD
#define VGETEXP VGETEXPPD
#define LOG_POLYNOMIAL POLYNOMIAL_20
#define logTable ·log64
#define logT ·logF64AVX512
#include "log_kernels.h"
