//go:build !purego

#include "textflag.h"
#include "avx2_tail.h"
#include "math_avx2.h"

// DIVIDE_VECTOR divides V0 by V12.
#define DIVIDE_VECTOR VDIV V12, V0, V0

// MUL_DIFFERENCE_VECTORS replaces V0 by V9·(V0−V12).
#define MUL_DIFFERENCE_VECTORS \
	VSUB V12, V0, V0; \
	VMUL V0, V9, V0

#include "avx2_f32.h"
#define divideT ·divideF32AVX2
#define mulDifferenceT ·mulDifferenceF32AVX2
#define divideArgs 28
#define mulDifferenceArgs 76
#include "softmax_kernels.h"

#undef divideT
#undef mulDifferenceT
#undef divideArgs
#undef mulDifferenceArgs

#include "avx2_f64.h"
#define divideT ·divideF64AVX2
#define mulDifferenceT ·mulDifferenceF64AVX2
#define divideArgs 32
#define mulDifferenceArgs 80
#include "softmax_kernels.h"
