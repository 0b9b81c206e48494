//go:build !purego

// The gradient of a depthwise product by the weights of kernels of 3×3:
// slide_gradient_avx512_amd64.h has the register map and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

// SUMS makes a step with each of the sums, from the first tap's at AX on.
#define SUMS(STEP) \
	STEP(Z0); STEP(Z1); STEP(Z2); STEP(Z3); STEP(Z4); STEP(Z5); STEP(Z6); STEP(Z7); STEP(Z8)
#define LOAD_SUM(sum) VMOVU.Z (AX), K1, sum; ADDQ R8, AX
#define STORE_SUM(sum) VMOVU sum, K1, (AX); ADDQ R8, AX

// ROW_AT sets P to the first pixel of a row, of zeros if it is beyond the image: without signs, rows
// above it are so, too. Then it goes on to the next row.
#define ROW_AT(P) \
	MOVQ CX, P; \
	CMPQ R12, Band_Height(DI); \
	CMOVQCC zeros-40(SP), P; \
	ADDQ R15, P; \
	ADDQ row-8(SP), CX; \
	INCQ R12

// WINDOW adds the products of a window and goes on to the next. Its first and its last taps are as
// follows.
#define WINDOW(FIRST, LAST) \
	VMOVU.Z (SI), K1, Z9; \
	FIRST; \
	VFMA231 (DX)(R8*1), Z9, K1, Z1; \
	VFMA231 (BX)(R8*1), Z9, K1, Z4; \
	VFMA231 (AX)(R8*1), Z9, K1, Z7; \
	LAST; \
	ADDQ R9, DX; \
	ADDQ R9, BX; \
	ADDQ R9, AX; \
	ADDQ R8, SI
#define FIRST \
	VFMA231 (DX), Z9, K1, Z0; \
	VFMA231 (BX), Z9, K1, Z3; \
	VFMA231 (AX), Z9, K1, Z6
#define LAST \
	VFMA231 (DX)(R8*2), Z9, K1, Z2; \
	VFMA231 (BX)(R8*2), Z9, K1, Z5; \
	VFMA231 (AX)(R8*2), Z9, K1, Z8
#define FIRST_EDGE EDGE((DX)(R10*1), K2, Z0); EDGE((BX)(R10*1), K2, Z3); EDGE((AX)(R10*1), K2, Z6)
#define LAST_EDGE EDGE((DX)(R11*1), K3, Z2); EDGE((BX)(R11*1), K3, Z5); EDGE((AX)(R11*1), K3, Z8)
#define EDGE(a, k, sum) VMOVU.Z a, k, Z10; VFMA231 Z10, Z9, sum

#include "avx512_f32.h"
#define GRADIENT ·slideGradientF32AVX512
#include "slide_gradient_avx512_amd64.h"
#undef GRADIENT

#include "avx512_f64.h"
#define GRADIENT ·slideGradientF64AVX512
#include "slide_gradient_avx512_amd64.h"
