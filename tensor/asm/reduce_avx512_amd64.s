//go:build !purego

#include "textflag.h"
#include "avx512_tail.h"

// UNORDERED is the predicate of VCMP that holds when an operand is NaN, and raises no exception.
#define UNORDERED 3

#define CLEAR_LANES \
	VXOR Z0, Z0, Z0; \
	VXOR Z1, Z1, Z1; \
	VXOR Z2, Z2, Z2; \
	VXOR Z3, Z3, Z3

// FOLD_LANES adds the lanes in halves; the sum comes to stand in X0.
#define FOLD_LANES \
	VADD Z2, Z0, Z0; \
	VADD Z3, Z1, Z1; \
	VADD Z1, Z0, Z0; \
	FOLD(VADD, Z0, Y0, X0, Y1, X1)

// DOT_REGISTER adds the products of the tail to those of lanes that K1 names, from operands at the given offset.
#define DOT_REGISTER(lanes, offset) \
	VMOVU.Z offset(SI), K1, Z8; \
	VFMA231 offset(DX), Z8, K1, lanes

// NEXT_MASK makes K1 the tail's mask of the next register, or folds the lanes if the tail ends before it.
#define NEXT_MASK \
	SHRQ $LANES, AX; \
	JEQ fold; \
	KMOVW AX, K1

#include "avx512_f32.h"
#define dotsT ·dotsF32AVX512
#define sumT ·sumF32AVX512
#define maxT ·maxF32AVX512
#define sumArgs 28
#include "reduce_avx512.h"

#undef dotsT
#undef sumT
#undef maxT
#undef sumArgs

#include "avx512_f64.h"
#define dotsT ·dotsF64AVX512
#define sumT ·sumF64AVX512
#define maxT ·maxF64AVX512
#define sumArgs 32
#include "reduce_avx512.h"
