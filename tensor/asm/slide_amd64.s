//go:build !purego

// The depthwise product of rows of three or five taps: slide_amd64.h has the register map and the text,
// these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

// The taps of a row of the kernel.
#define LOAD_TAPS3 \
	VMOVU (R13), V8; VMOVU (R13)(R8*1), V9; VMOVU (R13)(R8*2), V10
#define LOAD_TAPS5 LOAD_TAPS3; VMOVU (R13)(R9*1), V11; VMOVU (R13)(R8*4), V12

// A pixel, and the windows that it belongs to, from its first tap's on.
#define TAP1(a, c0) VMOVU a, V13; VFMA231 V13, V8, c0
#define TAP2(a, c0, c1) TAP1(a, c0); VFMA231 V13, V9, c1
#define TAP3(a, c0, c1, c2) TAP2(a, c0, c1); VFMA231 V13, V10, c2
#define TAP4(a, c0, c1, c2, c3) TAP3(a, c0, c1, c2); VFMA231 V13, V11, c3
#define TAP5(a, c0, c1, c2, c3, c4) TAP4(a, c0, c1, c2, c3); VFMA231 V13, V12, c4

// The same for the last pixels, from a later tap's window on.
#define LAST1(a, W, c0) VMOVU a, V13; VFMA231 V13, W, c0
#define LAST2(a, W, X, c0, c1) LAST1(a, W, c0); VFMA231 V13, X, c1

#define ROW_OF_KERNEL3 \
	LOAD_TAPS3; \
	ADDQ R9, R13; \
	TAP1((AX), V0); \
	TAP2((AX)(R8*1), V1, V0); \
	TAP3((AX)(R8*2), V2, V1, V0); \
	TAP3((AX)(R9*1), V3, V2, V1); \
	TAP3((AX)(R8*4), V4, V3, V2); \
	TAP3((AX)(R10*1), V5, V4, V3); \
	TAP3((BX), V6, V5, V4); \
	TAP3((BX)(R8*1), V7, V6, V5); \
	LAST2((BX)(R8*2), V9, V10, V7, V6); \
	LAST1((BX)(R9*1), V10, V7)

#define ROW_OF_KERNEL5 \
	LOAD_TAPS5; \
	ADDQ R10, R13; \
	TAP1((AX), V0); \
	TAP2((AX)(R8*1), V1, V0); \
	TAP3((AX)(R8*2), V2, V1, V0); \
	TAP4((AX)(R9*1), V3, V2, V1, V0); \
	TAP5((AX)(R8*4), V4, V3, V2, V1, V0); \
	TAP5((AX)(R10*1), V5, V4, V3, V2, V1); \
	TAP5((BX), V6, V5, V4, V3, V2); \
	TAP5((BX)(R8*1), V7, V6, V5, V4, V3); \
	LAST2((BX)(R8*2), V9, V10, V7, V6); \
	VFMA231 V13, V11, V5; \
	VFMA231 V13, V12, V4; \
	LAST2((BX)(R9*1), V10, V11, V7, V6); \
	VFMA231 V13, V12, V5; \
	LAST2((BX)(R8*4), V11, V12, V7, V6); \
	LAST1((BX)(R10*1), V12, V7)

#define ROW_OF_KERNEL ROW_OF_KERNEL3
#include "avx2_f32.h"
#define SLIDE ·slide3F32AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx2_f64.h"
#define SLIDE ·slide3F64AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f32.h"
#define SLIDE ·slide3F32AVX512
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f64.h"
#define SLIDE ·slide3F64AVX512
#include "slide_amd64.h"
#undef SLIDE

#undef ROW_OF_KERNEL
#define ROW_OF_KERNEL ROW_OF_KERNEL5
#include "avx2_f32.h"
#define SLIDE ·slide5F32AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx2_f64.h"
#define SLIDE ·slide5F64AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f32.h"
#define SLIDE ·slide5F32AVX512
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f64.h"
#define SLIDE ·slide5F64AVX512
#include "slide_amd64.h"
