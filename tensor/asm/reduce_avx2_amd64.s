//go:build !purego

#include "textflag.h"
#include "avx2_tail.h"

// UNORDERED is the predicate of VCMP that holds when an operand is NaN, and raises no exception.
#define UNORDERED 3

#define CLEAR_LANES \
	VXOR Y0, Y0, Y0; \
	VXOR Y1, Y1, Y1; \
	VXOR Y2, Y2, Y2; \
	VXOR Y3, Y3, Y3; \
	VXOR Y4, Y4, Y4; \
	VXOR Y5, Y5, Y5; \
	VXOR Y6, Y6, Y6; \
	VXOR Y7, Y7, Y7

// FOLD_LANES adds the lanes in halves; the sum comes to stand in X0.
#define FOLD_LANES \
	VADD Y4, Y0, Y0; \
	VADD Y5, Y1, Y1; \
	VADD Y6, Y2, Y2; \
	VADD Y7, Y3, Y3; \
	VADD Y2, Y0, Y0; \
	VADD Y3, Y1, Y1; \
	VADD Y1, Y0, Y0; \
	FOLD(VADD, Y0, X0, X1)

// DOT_REGISTER adds products to the lanes in Y from a whole register of operands at the given offset, or leaves for part if
// less than that is left.
#define DOT_REGISTER(Y, offset, part) \
	SUBQ $32, CX; \
	JLT part; \
	VMOVU offset(SI), Y8; \
	VFMA231 offset(DX), Y8, Y

// DOT_PART adds the last products, fewer than a register's, to the lowest lanes in Y. It expects CX as DOT_REGISTER leaves it.
#define DOT_PART(Y, offset, part) \
part: \
	ADDQ $32, CX; \
	JEQ fold; \
	TAIL_MASK(CX, AX, Y15); \
	VMASKMOVPS offset(SI), Y15, Y8; \
	VMASKMOVPS offset(DX), Y15, Y9; \
	VFMA213 Y, Y9, Y8; \
	VBLENDV Y15, Y8, Y, Y; \
	JMP fold

// SUM_REGISTER and SUM_PART do the same for sums. Lanes that start at +0 never become −0 by additions, so +0 may be added.
#define SUM_REGISTER(Y, offset, part) \
	SUBQ $32, CX; \
	JLT part; \
	VADD offset(SI), Y, Y

#define SUM_PART(Y, offset, part) \
part: \
	ADDQ $32, CX; \
	JEQ fold; \
	TAIL_MASK(CX, AX, Y15); \
	VMASKMOVPS offset(SI), Y15, Y8; \
	VADD Y8, Y, Y; \
	JMP fold

#include "avx2_f32.h"
#define dotsT ·dotsF32AVX2
#define sumT ·sumF32AVX2
#define maxT ·maxF32AVX2
#define sumArgs 28
#include "reduce_avx2.h"

#undef dotsT
#undef sumT
#undef maxT
#undef sumArgs

#include "avx2_f64.h"
#define dotsT ·dotsF64AVX2
#define sumT ·sumF64AVX2
#define maxT ·maxF64AVX2
#define sumArgs 32
#include "reduce_avx2.h"
