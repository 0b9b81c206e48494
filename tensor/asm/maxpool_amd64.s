//go:build !purego

// The largest elements of windows and their gradient: maxpool_amd64.h has the register map and the
// text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "part_amd64.h"

// LOAD_STRIDES also makes the mask of the channels beside the whole registers.
#define LOAD_STRIDES \
	MOVQ Layout_N(R13), R15; \
	MOVQ R15, R9; \
	ANDQ $-LANES, R9; \
	SUBQ R9, R15; \
	MOVQ Layout_ARow(R13), R8; \
	SUBQ R9, R8; \
	SHLQ $SHIFT, R8; \
	MOVQ Layout_LDC(R13), R10; \
	SUBQ R9, R10; \
	SHLQ $SHIFT, R10; \
	SHLQ $SHIFT, R9; \
	MOVQ R15, CX; \
	SHLQ $SHIFT, CX; \
	TAIL(AX, V15); \
	MOVQ Layout_M(R13), R14

#define FIRST_TAP MOVQ Window_Steps(R13), R11; MOVQ Layout_K(R13), CX; NEXT_TAP
#define NEXT_TAP MOVLQSX (R11), AX; ADDQ $4, R11
#define NEXT_WINDOW ADDQ R8, SI; ADDQ R10, DI; DECQ R14

// LARGER takes the elements of a tap that are larger, or NaN.
#define LARGER \
	SELECT_WHERE(V1, GREATER, V0, V3, V1, V0); \
	SELECT_WHERE(V1, UNORDERED, V1, V3, V1, V0)

// GIVE adds the gradient to the elements of a tap that are the largest, unless one before was: for
// AVX2 +0 to the others, which leaves sums from +0 as they are.
#define OPEN BY_ISA(OPEN_AVX2, OPEN_AVX512)
#define OPEN_AVX2 VPCMPEQD V5, V5, V5
#define OPEN_AVX512 KXNORW K4, K4, K4
#define GIVE BY_ISA(GIVE_AVX2, GIVE_AVX512)
#define GIVE_AVX2 \
	VCMP $EQUAL, V0, V1, V3; \
	VCMP $UNORDERED, V1, V1, V1; \
	VOR V1, V3, V3; \
	VAND V5, V3, V3; \
	VANDN V5, V3, V5; \
	VAND V2, V3, V3; \
	VADD V3, V4, V4
#define GIVE_AVX512 \
	VCMP $EQUAL, V0, V1, K2; \
	VCMP $UNORDERED, V1, V1, K3; \
	KORW K2, K3, K2; \
	KANDW K4, K2, K2; \
	KANDNW K4, K2, K4; \
	VADD V2, V4, K2, V4

#include "avx2_f32.h"
#define MAX_WINDOWS ·maxWindowsF32AVX2
#define MAX_WINDOWS_GRADIENT ·maxWindowsGradientF32AVX2
#include "maxpool_amd64.h"
#undef MAX_WINDOWS
#undef MAX_WINDOWS_GRADIENT

#include "avx2_f64.h"
#define MAX_WINDOWS ·maxWindowsF64AVX2
#define MAX_WINDOWS_GRADIENT ·maxWindowsGradientF64AVX2
#include "maxpool_amd64.h"
#undef MAX_WINDOWS
#undef MAX_WINDOWS_GRADIENT

#include "avx512_f32.h"
#define MAX_WINDOWS ·maxWindowsF32AVX512
#define MAX_WINDOWS_GRADIENT ·maxWindowsGradientF32AVX512
#include "maxpool_amd64.h"
#undef MAX_WINDOWS
#undef MAX_WINDOWS_GRADIENT

#include "avx512_f64.h"
#define MAX_WINDOWS ·maxWindowsF64AVX512
#define MAX_WINDOWS_GRADIENT ·maxWindowsGradientF64AVX512
#include "maxpool_amd64.h"
