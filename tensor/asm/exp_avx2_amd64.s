//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "exp.h"

// SCALE sets V0 to V3·2ⁿ, given magic + n in V1: by 2^⌊n/2⌋ and then by the rest, since 2ⁿ itself may be out of range.
#define SCALE \
	VPSRL $1, V1, V4; \
	VPSLL $FRACTION, V4, V4; \
	VPSLL $FRACTION, V1, V1; \
	VPSUB V4, V1, V1; \
	VBROADCAST EXP(const_expOne), V10; \
	VPADD V10, V4, V4; \
	VPADD V10, V1, V1; \
	VMUL V4, V3, V3; \
	VMUL V1, V3, V0

#include "avx2_f32.h"
#define FRACTION 23
#define EXP_POLYNOMIAL POLYNOMIAL_5
#define expTable ·exp32
#define expT ·expF32AVX2
#define expSubT ·expSubF32AVX2
#define expSubArgs 52
#include "exp_kernels.h"

#undef FRACTION
#undef EXP_POLYNOMIAL
#undef expTable
#undef expT
#undef expSubT
#undef expSubArgs

#include "avx2_f64.h"
#define FRACTION 52
#define EXP_POLYNOMIAL POLYNOMIAL_10
#define expTable ·exp64
#define expT ·expF64AVX2
#define expSubT ·expSubF64AVX2
#define expSubArgs 56
#include "exp_kernels.h"
