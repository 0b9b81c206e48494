//go:build !purego

// What normalises channels, in NEON: norm_neon.h has the register map and the text, these are its
// steps.

#include "textflag.h"
#include "neon.h"

// ADVANCE moves a pointer in the arguments by R14 bytes.
#define ADVANCE(pointer) MOVD pointer, R17; ADD R14, R17; MOVD R17, pointer

// One register of one row, of x at R0 and g at R2, which LOAD loads. The result is in V3.
#define NORMALIZE_ROW(LOAD) LOAD (R0), F4; fsub(v0, v4, v4); mov(v2, v3); fmla(v1, v4, v3)
#define MOMENTS_ROW(LOAD) LOAD (R0), F3; fsub(v0, v3, v3); fadd(v3, v1, v1); fmla(v3, v3, v2)
#define GRADIENT_SUMS_ROW(LOAD) \
	LOAD (R0), F3; LOAD (R2), F4; fsub(v0, v3, v3); fadd(v4, v1, v1); fmla(v3, v4, v2)
#define GRADIENT_ROW(LOAD) \
	LOAD (R0), F6; LOAD (R2), F4; fsub(v0, v6, v6); mov(v5, v3); fmla(v2, v6, v3); fmla(v1, v4, v3)

#include "neon_f32.h"
#define NORMALIZE ·normalizeChannelsF32NEON
#define MOMENTS ·channelMomentsF32NEON
#define GRADIENT_SUMS ·channelGradientSumsF32NEON
#define GRADIENT ·channelGradientF32NEON
#include "norm_neon.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT

#include "neon_f64.h"
#define NORMALIZE ·normalizeChannelsF64NEON
#define MOMENTS ·channelMomentsF64NEON
#define GRADIENT_SUMS ·channelGradientSumsF64NEON
#define GRADIENT ·channelGradientF64NEON
#include "norm_neon.h"
#undef NORMALIZE
#undef MOMENTS
#undef GRADIENT_SUMS
#undef GRADIENT
