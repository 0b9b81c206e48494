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

// One register of one row, of x at SI and g at BX, which LOAD loads and STORE stores; then the next
// row.
#define NORMALIZE_ROW(LOAD, STORE) \
	LOAD((SI), V3); VSUB V0, V3, V3; VFMA213 V2, V1, V3; \
	STORE(V3, (DI)); ADDQ R8, SI; ADDQ R8, DI
#define MOMENTS_ROW(LOAD, STORE) \
	LOAD((SI), V3); VSUB V0, V3, V3; VADD V3, V1, V1; VFMA231 V3, V3, V2; \
	ADDQ R8, SI
#define GRADIENT_SUMS_ROW(LOAD, STORE) \
	LOAD((SI), V3); LOAD((BX), V4); VSUB V0, V3, V3; VADD V4, V1, V1; VFMA231 V3, V4, V2; \
	ADDQ R8, SI; ADDQ R8, BX
#define GRADIENT_ROW(LOAD, STORE) \
	LOAD((SI), V3); LOAD((BX), V4); VSUB V0, V3, V3; VFMA213 V5, V2, V3; VFMA231 V1, V4, V3; \
	STORE(V3, (DI)); ADDQ R8, SI; ADDQ R8, BX; ADDQ R8, DI

// What is loaded before the rows, and stored after them.
#define THREE(LOAD) LOAD((R9), V0); LOAD((R10), V1); LOAD((R11), V2)
#define FOUR(LOAD) THREE(LOAD); LOAD((R12), V5)
#define SUMS(STORE) STORE(V1, (R10)); STORE(V2, (R11))
#define NOTHING(STORE)

#define WHOLE(p, V) VMOVU p, V
#define STORE_WHOLE(V, p) VMOVU V, p

// WHOLE_REGISTER goes through the rows of a register of channels, and REST goes on to the next one,
// or ends with the rows of the last, which is not full.
#define WHOLE_REGISTER(FACTORS, ROW, RESULTS) \
	CMPQ R15, $LANES; JLT part; FACTORS(WHOLE); \
row: \
	ROW(WHOLE, STORE_WHOLE); DECQ R14; JNE row; RESULTS(STORE_WHOLE)
#define REST(FACTORS, ROW, RESULTS) \
	SUBQ $LANES, R15; JGT channels; VZEROUPPER; RET; \
part: \
	MASK_REST; FACTORS(VMOVU_PART); \
partRow: \
	ROW(VMOVU_PART, STORE_MASKED); DECQ R14; JNE partRow; RESULTS(STORE_MASKED); VZEROUPPER; RET

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
