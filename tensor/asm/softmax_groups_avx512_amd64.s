//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "math_avx512.h"
#include "math_polynomial.h"
#include "exp.h"
#include "exp_avx512.h"
#include "softmax.h"

// WHERE_ROW sets D to A in the lanes of the rows, and to B in the others.
#define WHERE_ROW(A, B, D) VBLENDM A, B, K1, D

// SWAP folds V with OP: lanes exchanged by the instruction SHUFFLE meet.
#define SWAP_HALVES(OP, V, T) VSHUFF64X2 $0xb1, V, V, T; OP T, V, V
#define SWAP_QUADS(OP, V, T) VPERMILPD $0x55, V, T; OP T, V, V
#define SWAP_PAIRS(OP, V, T) VPERMILPS $0xb1, V, T; OP T, V, V

#include "avx512_f32.h"
#define VSCALEF VSCALEFPS
#define VEXPAND VEXPANDPS
#define VCOMPRESS VCOMPRESSPS
#define VPERM VPERMPS
#define EXP_POLYNOMIAL POLYNOMIAL_5
#define expTable ·exp32
#define LOG_INFINITY ·log32+(const_logInfinity*4)(SB)
#define LANE_NUMBERS ·laneNumbers32(SB)

// CLASSES sets D, in each group, to the integer at p of its row.
#define CLASSES(p, D) \
	VMOVDQU64.Z (p), K5, D; \
	VPMOVQD D, Y2; \
	VPERMD Z2, Z16, D

#define GROUP_SHIFT 2
#define GROUPS 0x1111
#define FOLD_ALL(OP, V, T) SWAP_QUADS(OP, V, T); SWAP_PAIRS(OP, V, T)
#define softmaxGroupsT ·softmaxGroupsOf4F32AVX512
#define crossEntropyGroupsT ·crossEntropyGroupsOf4F32AVX512
#include "softmax_groups_avx512.h"

#undef GROUP_SHIFT
#undef GROUPS
#undef FOLD_ALL
#undef softmaxGroupsT
#undef crossEntropyGroupsT
#define GROUP_SHIFT 3
#define GROUPS 0x0101
#define FOLD_ALL(OP, V, T) SWAP_HALVES(OP, V, T); SWAP_QUADS(OP, V, T); SWAP_PAIRS(OP, V, T)
#define softmaxGroupsT ·softmaxGroupsOf8F32AVX512
#define crossEntropyGroupsT ·crossEntropyGroupsOf8F32AVX512
#include "softmax_groups_avx512.h"

#undef GROUP_SHIFT
#undef GROUPS
#undef FOLD_ALL
#undef softmaxGroupsT
#undef crossEntropyGroupsT
#undef VSCALEF
#undef VEXPAND
#undef VCOMPRESS
#undef VPERM
#undef EXP_POLYNOMIAL
#undef expTable
#undef LOG_INFINITY
#undef LANE_NUMBERS
#undef CLASSES

#include "avx512_f64.h"
#define VSCALEF VSCALEFPD
#define VEXPAND VEXPANDPD
#define VCOMPRESS VCOMPRESSPD
#define VPERM VPERMPD
#define EXP_POLYNOMIAL POLYNOMIAL_10
#define expTable ·exp64
#define LOG_INFINITY ·log64+(const_logInfinity*8)(SB)
#define LANE_NUMBERS ·laneNumbers64(SB)

#define CLASSES(p, D) \
	VMOVDQU64.Z (p), K5, D; \
	VPERMQ D, Z16, D

#define GROUP_SHIFT 1
#define GROUPS 0x55
#define FOLD_ALL(OP, V, T) SWAP_QUADS(OP, V, T)
#define softmaxGroupsT ·softmaxGroupsOf2F64AVX512
#define crossEntropyGroupsT ·crossEntropyGroupsOf2F64AVX512
#include "softmax_groups_avx512.h"

#undef GROUP_SHIFT
#undef GROUPS
#undef FOLD_ALL
#undef softmaxGroupsT
#undef crossEntropyGroupsT
#define GROUP_SHIFT 2
#define GROUPS 0x11
#define FOLD_ALL(OP, V, T) SWAP_HALVES(OP, V, T); SWAP_QUADS(OP, V, T)
#define softmaxGroupsT ·softmaxGroupsOf4F64AVX512
#define crossEntropyGroupsT ·crossEntropyGroupsOf4F64AVX512
#include "softmax_groups_avx512.h"
