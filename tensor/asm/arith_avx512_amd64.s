//go:build !purego

#include "textflag.h"
#include "avx512_tail.h"
#include "elementwise_avx512.h"

#define ADD_VECTORS(A, B, T) VADD B, A, A
#define SUB_VECTORS(A, B, T) VSUB B, A, A
#define MUL_VECTORS(A, B, T) VMUL B, A, A
#define SCALE_VECTOR(A, T) VMUL A, Z15, A
#define AXPY_VECTORS(A, B, T) VFMA231 B, Z15, A
#define ADD_ROW_VECTOR(A, T) VADD Z15, A, A

#include "avx512_f32.h"
#define addT ·addF32AVX512
#define subT ·subF32AVX512
#define mulT ·mulF32AVX512
#define scaleT ·scaleF32AVX512
#define axpyT ·axpyF32AVX512
#define addRowT ·addRowF32AVX512
#define addColumnsT ·addColumnsF32AVX512
#define scaleArgs 52
#include "arith_avx512.h"
#include "rows_avx512.h"

#undef addT
#undef subT
#undef mulT
#undef scaleT
#undef axpyT
#undef addRowT
#undef addColumnsT
#undef scaleArgs

#include "avx512_f64.h"
#define addT ·addF64AVX512
#define subT ·subF64AVX512
#define mulT ·mulF64AVX512
#define scaleT ·scaleF64AVX512
#define axpyT ·axpyF64AVX512
#define addRowT ·addRowF64AVX512
#define addColumnsT ·addColumnsF64AVX512
#define scaleArgs 56
#include "arith_avx512.h"
#include "rows_avx512.h"
