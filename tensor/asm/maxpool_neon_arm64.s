//go:build !purego

// The largest elements of windows and their gradient in NEON: maxpool_neon.h has the register map
// and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"

#define LOAD_STRIDES \
	MOVD Layout_ARow(R16), R6; \
	LSL  $SHIFT, R6; \
	MOVD Layout_LDC(R16), R7; \
	LSL  $SHIFT, R7; \
	MOVD Layout_N(R16), R13

#define FIRST_TAP MOVD Window_Steps(R16), R9; MOVD Layout_K(R16), R15; NEXT_TAP
#define NEXT_TAP MOVW.P 4(R9), R8; LSL $SHIFT, R8; ADD R8, R0, R4
#define NEXT_ROW ADD R6, R0; ADD R7, R1; SUBS $1, R12
#define ADVANCE(pointer) MOVD pointer, R17; ADD R14, R17; MOVD R17, pointer

// LARGER takes the elements of a tap that are larger, or NaN.
#define LARGER \
	fcmgt(v0, v1, v3); \
	bit(v3, v1, v0); \
	fcmeq(v1, v1, v3); \
	bif(v3, v1, v0)

// GIVE adds the gradient to the elements of a tap that are the largest, unless one before was, and
// +0 to the others, which leaves sums from +0 as they are. V3 and then V1 hold ones where an element
// is neither the largest nor NaN.
#define OPEN VEOR V5.B16, V5.B16, V5.B16; fcmeq0(v5, v5)
#define GIVE \
	fcmeq(v0, v1, v3); \
	fcmeq(v1, v1, v1); \
	bic(v3, v1, v1); \
	bic(v1, v5, v3); \
	and(v1, v5, v5); \
	and(v3, v2, v3); \
	fadd(v3, v4, v4)

#include "neon_f32.h"
#define MAX_WINDOWS ·maxWindowsF32NEON
#define MAX_WINDOWS_GRADIENT ·maxWindowsGradientF32NEON
#include "maxpool_neon.h"
#undef MAX_WINDOWS
#undef MAX_WINDOWS_GRADIENT

#include "neon_f64.h"
#define MAX_WINDOWS ·maxWindowsF64NEON
#define MAX_WINDOWS_GRADIENT ·maxWindowsGradientF64NEON
#include "maxpool_neon.h"
