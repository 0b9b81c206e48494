//go:build !purego

// The kernels that normalise channels, for either element type and ISA: a register of channels at a
// time, the last one under a mask, and all rows of it.
//
//	V0	the means
//	V1, V2, V5	sums that go on from row to row, or the factors and what is added
//	V3	x, its deviation from the mean, the result
//	V4	the upstream gradient
//	V15 (AVX2), K1 (AVX-512)	the mask of the last register
//
//	SI BX	x, and the upstream gradient
//	DI	the result
//	R8	bytes of a row
//	R9-R12	the rows of one element for each channel
//	R14	rows left
//	R15	channels left
//	AX CX	scratch
//
// The pointers live in the arguments, which are the callee's to change.

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

#define NORMALIZE(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	SIZES(columns+48(FP)); \
channels: \
	MOVQ x+8(FP), SI; \
	MOVQ dst+0(FP), DI; \
	MOVQ mean+16(FP), R9; \
	MOVQ scale+24(FP), R10; \
	MOVQ shift+32(FP), R11; \
	MOVQ rows+40(FP), R14; \
	WHOLE_REGISTER(THREE, NORMALIZE_ROW, NOTHING); \
	MOVE(x+8(FP)); \
	MOVE(dst+0(FP)); \
	MOVE(mean+16(FP)); \
	MOVE(scale+24(FP)); \
	MOVE(shift+32(FP)); \
	REST(THREE, NORMALIZE_ROW, NOTHING)

#define MOMENTS(name) \
TEXT name(SB), NOSPLIT, $0-48; \
	SIZES(columns+40(FP)); \
channels: \
	MOVQ x+16(FP), SI; \
	MOVQ mean+24(FP), R9; \
	MOVQ sum+0(FP), R10; \
	MOVQ squares+8(FP), R11; \
	MOVQ rows+32(FP), R14; \
	WHOLE_REGISTER(THREE, MOMENTS_ROW, SUMS); \
	MOVE(x+16(FP)); \
	MOVE(mean+24(FP)); \
	MOVE(sum+0(FP)); \
	MOVE(squares+8(FP)); \
	REST(THREE, MOMENTS_ROW, SUMS)

#define GRADIENT_SUMS(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	SIZES(columns+48(FP)); \
channels: \
	MOVQ x+24(FP), SI; \
	MOVQ up+16(FP), BX; \
	MOVQ mean+32(FP), R9; \
	MOVQ sum+0(FP), R10; \
	MOVQ products+8(FP), R11; \
	MOVQ rows+40(FP), R14; \
	WHOLE_REGISTER(THREE, GRADIENT_SUMS_ROW, SUMS); \
	MOVE(x+24(FP)); \
	MOVE(up+16(FP)); \
	MOVE(mean+32(FP)); \
	MOVE(sum+0(FP)); \
	MOVE(products+8(FP)); \
	REST(THREE, GRADIENT_SUMS_ROW, SUMS)

#define GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	SIZES(columns+64(FP)); \
channels: \
	MOVQ x+16(FP), SI; \
	MOVQ up+8(FP), BX; \
	MOVQ dst+0(FP), DI; \
	MOVQ mean+24(FP), R9; \
	MOVQ a+32(FP), R10; \
	MOVQ b+40(FP), R11; \
	MOVQ c+48(FP), R12; \
	MOVQ rows+56(FP), R14; \
	WHOLE_REGISTER(FOUR, GRADIENT_ROW, NOTHING); \
	MOVE(x+16(FP)); \
	MOVE(up+8(FP)); \
	MOVE(dst+0(FP)); \
	MOVE(mean+24(FP)); \
	MOVE(a+32(FP)); \
	MOVE(b+40(FP)); \
	MOVE(c+48(FP)); \
	REST(FOUR, GRADIENT_ROW, NOTHING)

#include "avx2_f32.h"
NORMALIZE(·normalizeChannelsF32AVX2)
MOMENTS(·channelMomentsF32AVX2)
GRADIENT_SUMS(·channelGradientSumsF32AVX2)
GRADIENT(·channelGradientF32AVX2)

#include "avx2_f64.h"
NORMALIZE(·normalizeChannelsF64AVX2)
MOMENTS(·channelMomentsF64AVX2)
GRADIENT_SUMS(·channelGradientSumsF64AVX2)
GRADIENT(·channelGradientF64AVX2)

#include "avx512_f32.h"
NORMALIZE(·normalizeChannelsF32AVX512)
MOMENTS(·channelMomentsF32AVX512)
GRADIENT_SUMS(·channelGradientSumsF32AVX512)
GRADIENT(·channelGradientF32AVX512)

#include "avx512_f64.h"
NORMALIZE(·normalizeChannelsF64AVX512)
MOMENTS(·channelMomentsF64AVX512)
GRADIENT_SUMS(·channelGradientSumsF64AVX512)
GRADIENT(·channelGradientF64AVX512)
