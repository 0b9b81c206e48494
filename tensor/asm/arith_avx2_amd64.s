//go:build !purego

#include "textflag.h"
#include "avx2_tail.h"
#include "elementwise_avx2.h"

#define ADD_VECTORS(A, B, T) VADD B, A, A
#define SUB_VECTORS(A, B, T) VSUB B, A, A
#define MUL_VECTORS(A, B, T) VMUL B, A, A
#define SCALE_VECTOR(A, T) VMUL A, Y15, A
#define AXPY_VECTORS(A, B, T) VFMA231 B, Y15, A
#define ADD_ROW_VECTOR(A, T) VADD Y15, A, A

#include "avx2_f32.h"
#define addT ·addF32AVX2
#define subT ·subF32AVX2
#define mulT ·mulF32AVX2
#define scaleT ·scaleF32AVX2
#define axpyT ·axpyF32AVX2
#define addRowT ·addRowF32AVX2
#define addColumnsT ·addColumnsF32AVX2
#define scaleArgs 52
#include "arith_avx2.h"
#include "rows_avx2.h"

#undef addT
#undef subT
#undef mulT
#undef scaleT
#undef axpyT
#undef addRowT
#undef addColumnsT
#undef scaleArgs

#include "avx2_f64.h"
#define addT ·addF64AVX2
#define subT ·subF64AVX2
#define mulT ·mulF64AVX2
#define scaleT ·scaleF64AVX2
#define axpyT ·axpyF64AVX2
#define addRowT ·addRowF64AVX2
#define addColumnsT ·addColumnsF64AVX2
#define scaleArgs 56
#include "arith_avx2.h"
#include "rows_avx2.h"
