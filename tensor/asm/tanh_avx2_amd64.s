//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"
#include "math_polynomial.h"
#include "tanh.h"

// SQUARE_BELOW_FIRST sets V3 to h² where |x| is below the first cut, else to h.
#define SQUARE_BELOW_FIRST \
	VBROADCAST TANH32(const_tanhFirst), V10; \
	VCMP $LESS, V10, V0, V10; \
	VMUL V2, V2, V3; \
	VBLENDV V10, V3, V2, V3

#include "avx2_f32.h"
#define TANH_VECTOR TANH_VECTOR_F32
#define TANH_TABLES LOAD_TABLES(·tanhTables)
#define tanhUpperBound TANH32(const_tanhHigh)
#define tanhT ·tanhF32AVX2
#include "tanh_kernels.h"

#undef TANH_VECTOR
#undef TANH_TABLES
#undef tanhUpperBound
#undef tanhT

#include "avx2_f64.h"
#define TANH_VECTOR TANH_VECTOR_F64
#define TANH_TABLES
#define tanhUpperBound TANH64(const_tanh64High)
#define tanhT ·tanhF64AVX2
#include "tanh_kernels.h"
