//go:build !purego

#include "textflag.h"
#include "neon.h"
#include "elementwise_neon.h"

#define ADD_VECTORS(A, B, T) fadd(B, A, A)
#define SUB_VECTORS(A, B, T) fsub(B, A, A)
#define MUL_VECTORS(A, B, T) fmul(B, A, A)
#define SCALE_VECTOR(A, T) fmul(A, v15, A)
#define AXPY_VECTORS(A, B, T) fmla(B, v15, A)

#include "neon_f32.h"
#define addT ·addF32NEON
#define subT ·subF32NEON
#define mulT ·mulF32NEON
#define scaleT ·scaleF32NEON
#define axpyT ·axpyF32NEON
#define addRowT ·addRowF32NEON
#define addColumnsT ·addColumnsF32NEON
#define scaleArgs 52
#include "arith_neon.h"
#include "rows_neon.h"

#undef addT
#undef subT
#undef mulT
#undef scaleT
#undef axpyT
#undef addRowT
#undef addColumnsT
#undef scaleArgs

#include "neon_f64.h"
#define addT ·addF64NEON
#define subT ·subF64NEON
#define mulT ·mulF64NEON
#define scaleT ·scaleF64NEON
#define axpyT ·axpyF64NEON
#define addRowT ·addRowF64NEON
#define addColumnsT ·addColumnsF64NEON
#define scaleArgs 56
#include "arith_neon.h"
#include "rows_neon.h"
