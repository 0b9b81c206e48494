//go:build !purego

// Softmax and cross entropy, in AVX-512, of rows so narrow that a register holds several of them,
// each in a group of lanes of 16 bytes or of 32: softmax_amd64.h has the steps. BY_GROUP chooses
// between the two.
//
// Registers, beside those of softmax_amd64.h:
//
//	SI	z, the rows at hand
//	BX	columns
//	R15	rows left
//	R8	bytes of the rows of an iteration
//	K1	the lanes of the rows at hand
//	K3	the first of each of their groups
//	K4	as many of the lowest bits as K1 has
//	K5	as many of the lowest bits as K3 has
//	K6	K1 when no group is empty
//	K7	GROUPS
//	V5	the largest of each row; V1 the sums of the exponentials

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "softmax_amd64.h"

// GROUP_SHIFT is the logarithm of the lanes of a group, GROUPS the mask of the first lanes of all
// groups.
#define GROUP_SHIFT (BY_GROUP(4, 5)-SHIFT)
#define GROUPS BY_GROUP(BY_TYPE(0x1111, 0x55), BY_TYPE(0x0101, 0x11))

// LOW sets K's lowest CX bits, at most 16. It clobbers AX.
#define LOW(K) \
	MOVL $1, AX; \
	SHLL CX, AX; \
	DECL AX; \
	KMOVW AX, K

// MASKS sets K1 to K5 for CX rows. It clobbers AX, CX, R8 and K2.
#define MASKS \
	LOW(K5); \
	MOVQ CX, R8; \
	IMULQ BX, CX; \
	LOW(K4); \
	MOVQ R8, CX; \
	SHLQ $GROUP_SHIFT, CX; \
	LOW(K2); \
	KANDW K6, K2, K1; \
	KANDW K7, K2, K3

// ALL_MASKS sets the masks for iterations without empty groups.
#define ALL_MASKS \
	MOVQ BX, CX; \
	LOW(K6); \
	KMOVW K6, AX; \
	IMUL3L $GROUPS, AX, AX; \
	KMOVW AX, K6; \
	MOVL $GROUPS, AX; \
	KMOVW AX, K7; \
	MOVL $(LANES>>GROUP_SHIFT), CX; \
	MASKS; \
	MOVL $(LANES>>GROUP_SHIFT), R8; \
	IMULQ BX, R8; \
	SHLQ $SHIFT, R8

// LAST_MASKS sets the masks for the R15 rows that are left if they are fewer than the groups.
#define LAST_MASKS(full) \
	CMPQ R15, $(LANES>>GROUP_SHIFT); \
	JGE full; \
	MOVQ R15, CX; \
	MASKS; \
full:

// LOAD_ROWS loads the rows at p to V: expanding from memory would be slower than from a register.
#define LOAD_ROWS(p, V) \
	VMOVU.Z (p), K4, V; \
	VEXPAND.Z V, K1, V

// STORE_ROWS stores the rows in V at p. It clobbers V2.
#define STORE_ROWS(V, p) \
	VCOMPRESS.Z V, K1, V2; \
	VMOVU V2, K4, (p)

// OF_ROWS sets D, in each group, to the element at p of its row.
#define OF_ROWS(p, D) \
	VMOVU.Z (p), K5, D; \
	VPERM D, Z16, D

#define CONSTANTS \
	VXOR V13, V13, V13; \
	VSUBC(LOG_INFINITY, V13, V12); \
	EXP_VECTOR_BOUNDS

// CLASSES sets D, in each group, to the integer at p of its row.
#define CLASSES BY_TYPE(CLASSES_F32, CLASSES_F64)
#define CLASSES_F32(p, D) \
	VMOVDQU64.Z (p), K5, D; \
	VPMOVQD D, Y2; \
	VPERMD Z2, Z16, D
#define CLASSES_F64(p, D) \
	VMOVDQU64.Z (p), K5, D; \
	VPERMQ D, Z16, D

// SOFTMAX_GROUPS is func name(dst, x []T, columns int).
#define SOFTMAX_GROUPS(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ columns+48(FP), BX; \
	MOVQ dst_len+8(FP), AX; \
	XORL DX, DX; \
	DIVQ BX; \
	MOVQ AX, R15; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ x_base+24(FP), SI; \
	CONSTANTS; \
	ALL_MASKS; \
	TESTQ R15, R15; \
	JEQ done; \
rows: \
	LAST_MASKS(full); \
	LOAD_ROWS(SI, V0); \
	SOFTMAX_ROW(BY_GROUP(FOLD_16, FOLD_32), V5); \
	STORE_ROWS(V0, DI); \
	ADDQ R8, SI; \
	ADDQ R8, DI; \
	SUBQ $(LANES>>GROUP_SHIFT), R15; \
	JGT rows; \
done: \
	VZEROUPPER; \
	RET

// CROSS_ENTROPY_GROUPS is func name(g, p, top, peak, z []T, columns int, class []int, weight, scale
// []T).
//
//	DI DX	g and p, the rows at hand
//	R9-R13	top, peak, class, weight and scale of the first of them
//	V6	the rows' weights, then scales, each in all lanes of its group
//	V7	the weight in the lane of the row's class, 0 in the others
//	V8	the numbers of the lanes in their groups
//	V9	the gradient
//	Z16	the numbers of the groups
//
// The largest elements and probabilities are stored as by TOP_AND_PEAK, after compressing those of
// the groups.
#define CROSS_ENTROPY_GROUPS(name) \
TEXT name(SB), NOSPLIT, $0-200; \
	MOVQ columns+120(FP), BX; \
	CROSS_ENTROPY_ROWS; \
	MOVQ class_len+136(FP), R15; \
	CONSTANTS; \
	VMOVU LANE_NUMBERS(0), V8; \
	VPSRL $GROUP_SHIFT, V8, Z16; \
	VPSLL $GROUP_SHIFT, Z16, V7; \
	VPSUB V7, V8, V8; \
	ALL_MASKS; \
	TESTQ R15, R15; \
	JEQ done; \
rows: \
	LAST_MASKS(full); \
	LOAD_ROWS(SI, V0); \
	SOFTMAX_ROW(BY_GROUP(FOLD_16, FOLD_32), V5); \
	STORE_ROWS(V0, DX); \
	VCOMPRESS.Z V1, K3, V3; \
	VCOMPRESS.Z V5, K3, V4; \
	VBROADCAST EXP(const_expOne), V2; \
	VDIV Y3, Y2, Y2; \
	VMOVU Y2, K5, (R10); \
	VSUB Y3, Y3, Y3; \
	VADD Y3, Y4, Y4; \
	VMOVU Y4, K5, (R9); \
	OF_ROWS(R12, V6); \
	CLASSES(R11, V7); \
	VPCMPEQ V8, V7, K2; \
	VMOVA.Z V6, K2, V7; \
	VMUL V6, V0, V9; \
	VSUB V7, V9, V9; \
	OF_ROWS(R13, V6); \
	VMUL V6, V9, V9; \
	STORE_ROWS(V9, DI); \
	ADDQ R8, SI; \
	ADDQ R8, DX; \
	ADDQ R8, DI; \
	ADDQ $((LANES>>GROUP_SHIFT)*ELEM), R9; \
	ADDQ $((LANES>>GROUP_SHIFT)*ELEM), R10; \
	ADDQ $((LANES>>GROUP_SHIFT)*8), R11; \
	ADDQ $((LANES>>GROUP_SHIFT)*ELEM), R12; \
	ADDQ $((LANES>>GROUP_SHIFT)*ELEM), R13; \
	SUBQ $(LANES>>GROUP_SHIFT), R15; \
	JGT rows; \
done: \
	VZEROUPPER; \
	RET

#include "avx512_f32.h"
#define BY_GROUP(GROUPS16, GROUPS32) GROUPS16
SOFTMAX_GROUPS(·softmax4RowF32AVX512)
CROSS_ENTROPY_GROUPS(·crossEntropy4RowF32AVX512)
#undef BY_GROUP
#define BY_GROUP(GROUPS16, GROUPS32) GROUPS32
SOFTMAX_GROUPS(·softmax2RowF32AVX512)
CROSS_ENTROPY_GROUPS(·crossEntropy2RowF32AVX512)
#undef BY_GROUP

#include "avx512_f64.h"
#define BY_GROUP(GROUPS16, GROUPS32) GROUPS16
SOFTMAX_GROUPS(·softmax4RowF64AVX512)
CROSS_ENTROPY_GROUPS(·crossEntropy4RowF64AVX512)
#undef BY_GROUP
#define BY_GROUP(GROUPS16, GROUPS32) GROUPS32
SOFTMAX_GROUPS(·softmax2RowF64AVX512)
CROSS_ENTROPY_GROUPS(·crossEntropy2RowF64AVX512)
#undef BY_GROUP
