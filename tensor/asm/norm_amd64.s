//go:build !purego

// What normalises channels: norm_amd64.h has the register map and the text, these are its steps.

#include "textflag.h"
#include "vector_amd64.h"
#include "part_amd64.h"

// The sizes of a kernel whose rows and columns stand at these places of its arguments, and the mask
// of the last register where there are fewer columns.
#define SIZES(columns) MOVQ columns, R15; MOVQ R15, R8; SHLQ $SHIFT, R8
#define MASK_REST MOVQ R15, CX; SHLQ $SHIFT, CX; TAIL(AX, V15)

// MOVE goes on to the next register of a pointer in the arguments.
#define MOVE(p) ADDQ $VBYTES, p

// One register of one row, of x at SI and g at BX, which LOAD loads.
#define NORMALIZE_ROW(LOAD) LOAD((SI), V3); VSUB V0, V3, V3; VFMA213 V2, V1, V3
#define MOMENTS_ROW(LOAD) LOAD((SI), V3); VSUB V0, V3, V3; VADD V3, V1, V1; VFMA231 V3, V3, V2
#define GRADIENT_SUMS_ROW(LOAD) \
	LOAD((SI), V3); LOAD((BX), V4); VSUB V0, V3, V3; VADD V4, V1, V1; VFMA231 V3, V4, V2
#define GRADIENT_ROW(LOAD) \
	LOAD((SI), V3); LOAD((BX), V4); VSUB V0, V3, V3; VFMA213 V5, V2, V3; VFMA231 V1, V4, V3
#define WHOLE(p, V) VMOVU p, V

#include "avx2_f32.h"
#define NORMALIZE ·normalizeChannelsF32AVX2
#define MOMENTS ·channelMomentsF32AVX2
#define GRADIENT_SUMS ·channelGradientSumsF32AVX2
#define GRADIENT ·channelGradientF32AVX2
#include "norm_amd64.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT

#include "avx2_f64.h"
#define NORMALIZE ·normalizeChannelsF64AVX2
#define MOMENTS ·channelMomentsF64AVX2
#define GRADIENT_SUMS ·channelGradientSumsF64AVX2
#define GRADIENT ·channelGradientF64AVX2
#include "norm_amd64.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT

#include "avx512_f32.h"
#define NORMALIZE ·normalizeChannelsF32AVX512
#define MOMENTS ·channelMomentsF32AVX512
#define GRADIENT_SUMS ·channelGradientSumsF32AVX512
#define GRADIENT ·channelGradientF32AVX512
#include "norm_amd64.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT

#include "avx512_f64.h"
#define NORMALIZE ·normalizeChannelsF64AVX512
#define MOMENTS ·channelMomentsF64AVX512
#define GRADIENT_SUMS ·channelGradientSumsF64AVX512
#define GRADIENT ·channelGradientF64AVX512
#include "norm_amd64.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT
