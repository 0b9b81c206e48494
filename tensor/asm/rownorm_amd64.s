//go:build !purego

// What normalises rows: sums over each row, of which several are in flight at once, and element-wise
// work between. reduce_amd64.h has the lanes of the sums, rowmap_amd64.h the loops and registers of
// the other kernels.

#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "reduce_amd64.h"
#include "rowmap_amd64.h"

// Sums over rows: func name(dst, x, y []T, columns int), where y has rows or one mean a row.
//
//	DI	dst
//	R8	rows left
//	R9	y, the row at hand or its mean
//	R10	bytes of a row
//	R11	x, the row behind that at hand
//	V14	the mean
#define ROW_SUMS(name, BEGIN, OF, OF_PART, OF_MASKED) \
TEXT name(SB), NOSPLIT, $0-80; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), R8; \
	MOVQ x_base+24(FP), R11; \
	MOVQ y_base+48(FP), R9; \
	MOVQ columns+72(FP), R10; \
	SHLQ $SHIFT, R10; \
	TESTQ R8, R8; \
	JEQ done; \
row: \
	MOVQ R11, SI; \
	BEGIN; \
	MOVQ R10, CX; \
	LANES_OF(CLEAR); \
	SUBQ $256, CX; \
	JLT rest; \
block: \
	LANES_OF(OF); \
	ADDQ $256, SI; \
	ADDQ $256, DX; \
	SUBQ $256, CX; \
	JGE block; \
rest: \
	ADDQ $256, CX; \
	JEQ fold; \
	BY_ISA(TAIL_OF_AVX2(OF, OF_PART), TAIL_OF_AVX512(OF_MASKED)); \
fold: \
	FOLD_LANES; \
	VMOVS X0, (DI); \
	ADDQ $ELEM, DI; \
	ADDQ R10, R11; \
	DECQ R8; \
	JNE row; \
done: \
	VZEROUPPER; \
	RET; \
	BY_ISA(PARTS(OF_PART), NONE)

#define OF_MEAN SCALAR_OF(R9, V14)
#define OF_ROW \
	MOVQ R9, DX; \
	ADDQ R10, R9

// Deviations behind a row are +0, which changes no sum of them, nor of their squares: no lane is −0.
#define DEVIATION(offset) \
	VMOVU offset(SI), V8; \
	VSUB V14, V8, V8
#define DEVIATION_PART \
	VSUB V14, V8, V8; \
	VAND V15, V8, V8
#define DEVIATION_MASKED(offset) \
	VMOVU.Z offset(SI), K1, V8; \
	VSUB.Z V14, V8, K1, V8
#define SUM_OF(V, offset) DEVIATION(offset); VADD V8, V, V
#define SUM_OF_PART(V, offset) DEVIATION_PART; VADD V8, V, V
#define SUM_OF_MASKED(V, offset) DEVIATION_MASKED(offset); VADD V8, V, V
#define SQUARES_OF(V, offset) DEVIATION(offset); VFMA231 V8, V8, V
#define SQUARES_OF_PART(V, offset) DEVIATION_PART; VFMA231 V8, V8, V
#define SQUARES_OF_MASKED(V, offset) DEVIATION_MASKED(offset); VFMA231 V8, V8, V

#define SUMS(name) ROW_SUMS(name, OF_MEAN, SUM_OF, SUM_OF_PART, SUM_OF_MASKED)
#define SQUARES(name) ROW_SUMS(name, OF_MEAN, SQUARES_OF, SQUARES_OF_PART, SQUARES_OF_MASKED)
#define ROW_DOTS(name) ROW_SUMS(name, OF_ROW, DOT_WHOLE, DOT_PART, DOT_MASKED)

// NORMALIZE is func name(dst, x, mean, factor, gamma, beta []T).
#define NORMALIZE(name) \
TEXT name(SB), NOSPLIT, $0-144; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ x_base+24(FP), SI; \
	MOVQ mean_base+48(FP), R9; \
	MOVQ factor_base+72(FP), R10; \
	MOVQ factor_len+80(FP), R8; \
	MOVQ gamma_base+96(FP), R11; \
	MOVQ gamma_len+104(FP), R13; \
	MOVQ beta_base+120(FP), R15; \
	MAP_ROWS(WHOLE_ROW, MEAN_FACTOR, NORMALIZED, STORE_V0, STORE_V0_PART, NEXT_SI_DI)
#define MEAN_FACTOR \
	SCALAR_OF(R9, V12); \
	SCALAR_OF(R10, V13)
#define NORMALIZED(LOAD) \
	LOAD(SI, V0); \
	LOAD(R11, V1); \
	LOAD(R15, V2); \
	VSUB V12, V0, V0; \
	VMUL V13, V0, V0; \
	VMUL V1, V0, V0; \
	VADD V2, V0, V0
#define STORE_V0 VMOVU V0, (DI)(AX*1)
#define STORE_V0_PART STORE_PART(V0, X0, DI, BX, below16, below8, stored)
#define NEXT_SI_DI \
	ADDQ R13, SI; \
	ADDQ R13, DI

// GRADIENT_TERMS is func name(scaled, h, products, g, x, mean, factor, gamma []T).
#define GRADIENT_TERMS(name) \
TEXT name(SB), NOSPLIT, $0-192; \
	MOVQ scaled_base+0(FP), DI; \
	MOVQ h_base+24(FP), DX; \
	MOVQ products_base+48(FP), R14; \
	MOVQ g_base+72(FP), BX; \
	MOVQ x_base+96(FP), SI; \
	MOVQ mean_base+120(FP), R9; \
	MOVQ factor_base+144(FP), R10; \
	MOVQ factor_len+152(FP), R8; \
	MOVQ gamma_base+168(FP), R11; \
	MOVQ gamma_len+176(FP), R13; \
	MAP_ROWS(WHOLE_ROW, MEAN_FACTOR, TERMS, STORE_TERMS, STORE_TERMS_PART, NEXT_TERMS)
#define TERMS(LOAD) \
	LOAD(SI, V0); \
	LOAD(BX, V1); \
	LOAD(R11, V2); \
	VSUB V12, V0, V0; \
	VMUL V13, V0, V0; \
	VMUL V1, V2, V2; \
	VMUL V0, V1, V1
#define STORE_TERMS \
	VMOVU V0, (DX)(AX*1); \
	VMOVU V1, (R14)(AX*1); \
	VMOVU V2, (DI)(AX*1)
#define STORE_TERMS_PART \
	STORE_PART(V0, X0, DX, R15, hBelow16, hBelow8, hStored); \
	STORE_PART(V1, X1, R14, R15, productsBelow16, productsBelow8, productsStored); \
	STORE_PART(V2, X2, DI, R15, below16, below8, stored)
#define NEXT_TERMS \
	NEXT_SI_DI; \
	ADDQ R13, BX; \
	ADDQ R13, DX; \
	ADDQ R13, R14

// ROW_GRADIENT is func name(dst, h, a, b, factor []T, columns int).
#define ROW_GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-128; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ h_base+24(FP), SI; \
	MOVQ a_base+48(FP), R9; \
	MOVQ b_base+72(FP), R10; \
	MOVQ factor_base+96(FP), R12; \
	MOVQ factor_len+104(FP), R8; \
	MOVQ columns+120(FP), R13; \
	MAP_ROWS(WHOLE_ROW, THREE_SCALARS, MEANS_REMOVED, STORE_V0, STORE_V0_PART, NEXT_SI_DI)
#define THREE_SCALARS \
	MEAN_FACTOR; \
	SCALAR_OF(R12, V14)
#define MEANS_REMOVED(LOAD) \
	LOAD(DI, V0); \
	LOAD(SI, V1); \
	VADD V12, V0, V0; \
	VFMA231 V13, V1, V0; \
	VMUL V14, V0, V0

#include "avx2_f32.h"
SUMS(·rowSumsF32AVX2)
SQUARES(·rowSquaresF32AVX2)
ROW_DOTS(·rowDotsF32AVX2)
NORMALIZE(·normalizeRowsF32AVX2)
GRADIENT_TERMS(·rowGradientTermsF32AVX2)
ROW_GRADIENT(·rowGradientF32AVX2)

#include "avx2_f64.h"
SUMS(·rowSumsF64AVX2)
SQUARES(·rowSquaresF64AVX2)
ROW_DOTS(·rowDotsF64AVX2)
NORMALIZE(·normalizeRowsF64AVX2)
GRADIENT_TERMS(·rowGradientTermsF64AVX2)
ROW_GRADIENT(·rowGradientF64AVX2)

#include "avx512_f32.h"
SUMS(·rowSumsF32AVX512)
SQUARES(·rowSquaresF32AVX512)
ROW_DOTS(·rowDotsF32AVX512)
NORMALIZE(·normalizeRowsF32AVX512)
GRADIENT_TERMS(·rowGradientTermsF32AVX512)
ROW_GRADIENT(·rowGradientF32AVX512)

#include "avx512_f64.h"
SUMS(·rowSumsF64AVX512)
SQUARES(·rowSquaresF64AVX512)
ROW_DOTS(·rowDotsF64AVX512)
NORMALIZE(·normalizeRowsF64AVX512)
GRADIENT_TERMS(·rowGradientTermsF64AVX512)
ROW_GRADIENT(·rowGradientF64AVX512)
