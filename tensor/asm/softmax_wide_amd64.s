//go:build !purego

// The parts of softmax and its gradient of rows of any width: softmax.go has the parts, and what seen
// and step mean, rowmap_amd64.h the loop and its registers. Rows are done in whole registers, of which
// the last ones may have elements that a row does not see.
//
//	R9	as many of the first elements as a row sees
//	R10	as many more does the next one
//	R12	the rows' largest elements, or their sums

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "rowmap_amd64.h"

// SCALE_MAX is func name(peak, dst, x []T, columns, seen, step int, scale T). What a row does not see
// is −∞, behind the last register that it sees 0.
//
//	V4	0
//	V5	the numbers of the elements at hand; V14 those at a row's begin, V10 the step
//	V6	as many as the row sees, in every lane
//	V7	the largest ones so far
//	V8 K2	those that the row sees
//	V9	−∞
//	V13	scale
#define SCALE_MAX(name) \
TEXT name(SB), NOSPLIT, $0-BY_TYPE(100, 104); \
	MOVQ peak_base+0(FP), R12; \
	MOVQ peak_len+8(FP), R8; \
	MOVQ dst_base+24(FP), DI; \
	MOVQ x_base+48(FP), SI; \
	MOVQ columns+72(FP), R13; \
	MOVQ seen+80(FP), R9; \
	MOVQ step+88(FP), R10; \
	VBROADCAST scale+96(FP), V13; \
	VMOVU BY_TYPE(·laneNumbers32, ·laneNumbers64)(SB), V14; \
	MOVL $LANES, AX; \
	VMOVQ AX, X10; \
	VPBROADCAST X10, V10; \
	VXOR V4, V4, V4; \
	ONES(V9); \
	VPSLL $MANTISSA, V9, V9; \
	MAP_ROWS(SEEN_TO_V6, BEGIN_MAX, SCALED_MAX, STORE_V0, STORE_V0_PART, END_MAX)
#define SEEN_TO_V6 \
	SEEN_ROW; \
	VMOVQ DX, X6; \
	VPBROADCAST X6, V6
#define BEGIN_MAX \
	VMOVA V9, V7; \
	VMOVA V14, V5
#define SCALED_MAX(LOAD) \
	LOAD(SI, V0); \
	VMUL V13, V0, V0; \
	UNSEEN_TO_V9; \
	VPADD V10, V5, V5; \
	VMAX V0, V7, V7
#define UNSEEN_TO_V9 BY_ISA(UNSEEN_TO_V9_AVX2, UNSEEN_TO_V9_AVX512)
#define UNSEEN_TO_V9_AVX2 \
	VPCMPGT V5, V6, V8; \
	VBLENDV V8, V0, V9, V0
#define UNSEEN_TO_V9_AVX512 \
	VPCMPGT V5, V6, K2; \
	VBLENDM V0, V9, K2, V0
#define VPCMPGT BY_TYPE(VPCMPGTD, VPCMPGTQ)
#define STORE_V0 VMOVU V0, (DI)(AX*1)
#define STORE_V0_PART \
	STORE_PART(V0, X0, DI, BX, below16, below8, stored); \
	ADDQ CX, AX
#define END_MAX \
	FOLD(VMAX, V7, Y7, X7, Y8, X8); \
	VMOVS X7, (R12); \
	ADDQ $ELEM, R12; \
	MOVQ R13, CX; \
	SUBQ AX, CX; \
	SUBQ $VBYTES, CX; \
	JLT lastZeros; \
zeros: \
	VMOVU V4, (DI)(AX*1); \
	ADDQ $VBYTES, AX; \
	SUBQ $VBYTES, CX; \
	JGE zeros; \
lastZeros: \
	ADDQ $VBYTES, CX; \
	JEQ allZeros; \
	VMOVA V4, V0; \
	STORE_PART(V0, X0, DI, BX, zerosBelow16, zerosBelow8, zerosStored); \
allZeros: \
	ADDQ R13, SI; \
	ADDQ R13, DI

// EXP_SUB_ROWS is func name(dst, peak []T, columns, seen, step int).
#define EXP_SUB_ROWS(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ peak_base+24(FP), R12; \
	MOVQ peak_len+32(FP), R8; \
	MOVQ columns+48(FP), R13; \
	MOVQ seen+56(FP), R9; \
	MOVQ step+64(FP), R10; \
	EXP_VECTOR_BOUNDS; \
	MAP_ROWS(SEEN_ROW, SCALAR_OF(R12, V12), EXP_SUB_OF, STORE_V0, STORE_V0_PIECES, NEXT_DI)
#define NEXT_DI ADDQ R13, DI

// STORE_V0_PIECES is STORE_V0_PART where the next row is read from behind it: AVX-512 would have that
// wait for a store under a mask, which reaches into it.
#define STORE_V0_PIECES BY_ISA(STORE_V0_PART, STORE_V0_PIECES_AVX512)
#define STORE_V0_PIECES_AVX512 \
	LEAQ (DI)(AX*1), BX; \
	TESTQ $32, CX; \
	JEQ below32; \
	VMOVUPS Y0, (BX); \
	VEXTRACTF64X4 $1, Z0, Y0; \
	ADDQ $32, BX; \
below32: \
	STORE_TAIL_AVX2(Y0, X0, BX, CX, below16, below8, stored); \
	ADDQ CX, AX
#define EXP_SUB_OF(LOAD) \
	LOAD(DI, V0); \
	EXP_SUB_VECTOR

// DIVIDE_ROWS is func name(dst, total []T, columns, seen, step int). By NaN it divides all of a row.
#define DIVIDE_ROWS(name) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ total_base+24(FP), R12; \
	MOVQ total_len+32(FP), R8; \
	MOVQ columns+48(FP), R13; \
	MOVQ seen+56(FP), R9; \
	MOVQ step+64(FP), R10; \
	MAP_ROWS(SEEN_OR_NAN, SCALAR_OF(R12, V12), QUOTIENT, STORE_V0, STORE_V0_PIECES, NEXT_DI)
#define SEEN_OR_NAN \
	SEEN_ROW; \
	VUCOMIS X12, X12; \
	CMOVQPS R13, CX
#define VUCOMIS BY_TYPE(VUCOMISS, VUCOMISD)
#define QUOTIENT(LOAD) \
	LOAD(DI, V0); \
	VDIV V12, V0, V0

// MUL_DIFFERENCE is func name(dst, g, p, by []T, columns int, scale T): dst = p·(g−by[r])·scale, with
// scale in V13.
#define MUL_DIFFERENCE(name) \
TEXT name(SB), NOSPLIT, $0-BY_TYPE(108, 112); \
	MOVQ dst_base+0(FP), DI; \
	MOVQ g_base+24(FP), SI; \
	MOVQ p_base+48(FP), BX; \
	MOVQ by_base+72(FP), R12; \
	MOVQ by_len+80(FP), R8; \
	MOVQ columns+96(FP), R13; \
	VBROADCAST scale+104(FP), V13; \
	MAP_ROWS(WHOLE_ROW, SCALAR_OF(R12, V12), DIFFERENCE, STORE_V0, STORE_DIFFERENCE, NEXT_DIFFERENCE)
#define DIFFERENCE(LOAD) \
	LOAD(SI, V0); \
	LOAD(BX, V1); \
	VSUB V12, V0, V0; \
	VMUL V1, V0, V0; \
	VMUL V13, V0, V0
#define STORE_DIFFERENCE STORE_PART(V0, X0, DI, DX, below16, below8, stored)
#define NEXT_DIFFERENCE \
	ADDQ R13, SI; \
	ADDQ R13, BX; \
	ADDQ R13, DI

#include "avx2_f32.h"
SCALE_MAX(·scaleMaxF32AVX2)
EXP_SUB_ROWS(·expSubRowsF32AVX2)
DIVIDE_ROWS(·divideRowsF32AVX2)
MUL_DIFFERENCE(·mulDifferenceF32AVX2)

#include "avx2_f64.h"
SCALE_MAX(·scaleMaxF64AVX2)
EXP_SUB_ROWS(·expSubRowsF64AVX2)
DIVIDE_ROWS(·divideRowsF64AVX2)
MUL_DIFFERENCE(·mulDifferenceF64AVX2)

#include "avx512_f32.h"
SCALE_MAX(·scaleMaxF32AVX512)
EXP_SUB_ROWS(·expSubRowsF32AVX512)
DIVIDE_ROWS(·divideRowsF32AVX512)
MUL_DIFFERENCE(·mulDifferenceF32AVX512)

#include "avx512_f64.h"
SCALE_MAX(·scaleMaxF64AVX512)
EXP_SUB_ROWS(·expSubRowsF64AVX512)
DIVIDE_ROWS(·divideRowsF64AVX512)
MUL_DIFFERENCE(·mulDifferenceF64AVX512)
