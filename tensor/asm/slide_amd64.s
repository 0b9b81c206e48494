//go:build !purego

// The depthwise product of rows of three, five or seven taps, over windows one or two pixels apart:
// slide_amd64.h has the register map and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

#define ZEROS V9
#define SLOPE V10
#define SCRATCH0 V11
#define UPPER V11
#define SCRATCH1 V12
#define ADD_BIAS(c) VADD V8, c, c
#define EACH_WINDOW(STEP) \
	STEP(V0); STEP(V1); STEP(V2); STEP(V3); \
	STEP(V4); STEP(V5); STEP(V6); STEP(V7)

// The taps of a row of the kernel.
#define LOAD_TAPS3 \
	VMOVU (R13), V8; VMOVU (R13)(R8*1), V9; VMOVU (R13)(R8*2), V10; ADDQ R9, R13
#define SKIP_TAPS3 ADDQ R9, R13
#define SKIP_TAPS5 ADDQ R10, R13
#define LOAD_TAPS5 \
	VMOVU (R13)(R9*1), V11; VMOVU (R13)(R8*4), V12; LOAD_TAPS3; LEAQ (R13)(R8*2), R13

#define LOAD_TAPS7 \
	LOAD_TAPS5; VMOVU (R13), V13; VMOVU (R13)(R8*1), V14; LEAQ (R13)(R8*2), R13
#define SKIP_TAPS7 LEAQ (R13)(R9*2), R13; ADDQ R8, R13

// The pixel at an address, and the windows that it belongs to, each with the weights of its tap
// there.
#define MEETS1(a, W0, c0) VFMA231 a, W0, c0
#define PIXEL V13
#define MEETS2(a, W0, c0, W1, c1) VMOVU a, PIXEL; VFMA231 PIXEL, W0, c0; VFMA231 PIXEL, W1, c1
#define MEETS3(a, W0, c0, W1, c1, W2, c2) MEETS2(a, W0, c0, W1, c1); VFMA231 PIXEL, W2, c2
#define MEETS4(a, W0, c0, W1, c1, W2, c2, W3, c3) \
	MEETS3(a, W0, c0, W1, c1, W2, c2); VFMA231 PIXEL, W3, c3
#define MEETS5(a, W0, c0, W1, c1, W2, c2, W3, c3, W4, c4) \
	MEETS4(a, W0, c0, W1, c1, W2, c2, W3, c3); VFMA231 PIXEL, W4, c4
#define MEETS6(a, W0, c0, W1, c1, W2, c2, W3, c3, W4, c4, W5, c5) \
	MEETS5(a, W0, c0, W1, c1, W2, c2, W3, c3, W4, c4); VFMA231 PIXEL, W5, c5
#define MEETS7(a, W0, c0, W1, c1, W2, c2, W3, c3, W4, c4, W5, c5, W6, c6) \
	MEETS6(a, W0, c0, W1, c1, W2, c2, W3, c3, W4, c4, W5, c5); VFMA231 PIXEL, W6, c6

// The pixels in order, in DX and then in BX.
#define PIXEL0 (DX)
#define PIXEL1 (DX)(R8*1)
#define PIXEL2 (DX)(R8*2)
#define PIXEL3 (DX)(R9*1)
#define PIXEL4 (DX)(R8*4)
#define PIXEL5 (DX)(R10*1)
#define NEXT0 (BX)
#define NEXT1 (BX)(R8*1)
#define NEXT2 (BX)(R8*2)
#define NEXT3 (BX)(R9*1)
#define NEXT4 (BX)(R8*4)
#define NEXT5 (BX)(R10*1)
#define GO_ON LEAQ (BX)(R9*2), BX

// BEFORE leaves in R11 the address of a pixel that lies beyond the image if it has more than n to
// its left; AFTER if it has more than n to its right.
#define BEFORE(n, a) LEAQ a, R11; CMPQ before-32(SP), $n; CMOVQGT zeros+24(FP), R11
#define AFTER(n, a) LEAQ a, R11; CMPQ after-40(SP), $n; CMOVQGT zeros+24(FP), R11

#define ROW_OF_KERNEL3 \
	LOAD_TAPS3; \
	BEFORE(0, PIXEL0); MEETS1((R11), V8, V0); \
	MEETS2(PIXEL1, V8, V1, V9, V0); \
	MEETS3(PIXEL2, V8, V2, V9, V1, V10, V0); \
	MEETS3(PIXEL3, V8, V3, V9, V2, V10, V1); \
	MEETS3(PIXEL4, V8, V4, V9, V3, V10, V2); \
	MEETS3(PIXEL5, V8, V5, V9, V4, V10, V3); \
	MEETS3(NEXT0, V8, V6, V9, V5, V10, V4); \
	MEETS3(NEXT1, V8, V7, V9, V6, V10, V5); \
	AFTER(1, NEXT2); MEETS2((R11), V9, V7, V10, V6); \
	AFTER(0, NEXT3); MEETS1((R11), V10, V7)

#define ROW_OF_KERNEL5 \
	LOAD_TAPS5; \
	BEFORE(0, PIXEL0); MEETS1((R11), V8, V0); \
	BEFORE(1, PIXEL1); MEETS2((R11), V8, V1, V9, V0); \
	MEETS3(PIXEL2, V8, V2, V9, V1, V10, V0); \
	MEETS4(PIXEL3, V8, V3, V9, V2, V10, V1, V11, V0); \
	MEETS5(PIXEL4, V8, V4, V9, V3, V10, V2, V11, V1, V12, V0); \
	MEETS5(PIXEL5, V8, V5, V9, V4, V10, V3, V11, V2, V12, V1); \
	MEETS5(NEXT0, V8, V6, V9, V5, V10, V4, V11, V3, V12, V2); \
	MEETS5(NEXT1, V8, V7, V9, V6, V10, V5, V11, V4, V12, V3); \
	MEETS4(NEXT2, V9, V7, V10, V6, V11, V5, V12, V4); \
	AFTER(2, NEXT3); MEETS3((R11), V10, V7, V11, V6, V12, V5); \
	AFTER(1, NEXT4); MEETS2((R11), V11, V7, V12, V6); \
	AFTER(0, NEXT5); MEETS1((R11), V12, V7)

#define ROW_OF_KERNEL7 \
	LOAD_TAPS7; \
	BEFORE(0, PIXEL0); MEETS1((R11), V8, V0); \
	BEFORE(1, PIXEL1); MEETS2((R11), V8, V1, V9, V0); \
	BEFORE(2, PIXEL2); MEETS3((R11), V8, V2, V9, V1, V10, V0); \
	MEETS4(PIXEL3, V8, V3, V9, V2, V10, V1, V11, V0); \
	MEETS5(PIXEL4, V8, V4, V9, V3, V10, V2, V11, V1, V12, V0); \
	MEETS6(PIXEL5, V8, V5, V9, V4, V10, V3, V11, V2, V12, V1, V13, V0); \
	MEETS7(NEXT0, V8, V6, V9, V5, V10, V4, V11, V3, V12, V2, V13, V1, V14, V0); \
	MEETS7(NEXT1, V8, V7, V9, V6, V10, V5, V11, V4, V12, V3, V13, V2, V14, V1); \
	MEETS6(NEXT2, V9, V7, V10, V6, V11, V5, V12, V4, V13, V3, V14, V2); \
	MEETS5(NEXT3, V10, V7, V11, V6, V12, V5, V13, V4, V14, V3); \
	AFTER(3, NEXT4); MEETS4((R11), V11, V7, V12, V6, V13, V5, V14, V4); \
	AFTER(2, NEXT5); MEETS3((R11), V12, V7, V13, V6, V14, V5); \
	GO_ON; \
	AFTER(1, NEXT0); MEETS2((R11), V13, V7, V14, V6); \
	AFTER(0, NEXT1); MEETS1((R11), V14, V7)

// Two pixels apart: the pixels of even numbers meet even taps, the others odd ones.
#define ROW_OF_KERNEL3_BY2 \
	LOAD_TAPS3; \
	BEFORE(0, PIXEL0); MEETS1((R11), V8, V0); \
	MEETS1(PIXEL1, V9, V0); \
	MEETS2(PIXEL2, V8, V1, V10, V0); \
	MEETS1(PIXEL3, V9, V1); \
	MEETS2(PIXEL4, V8, V2, V10, V1); \
	MEETS1(PIXEL5, V9, V2); \
	MEETS2(NEXT0, V8, V3, V10, V2); \
	MEETS1(NEXT1, V9, V3); \
	MEETS2(NEXT2, V8, V4, V10, V3); \
	MEETS1(NEXT3, V9, V4); \
	MEETS2(NEXT4, V8, V5, V10, V4); \
	MEETS1(NEXT5, V9, V5); \
	GO_ON; \
	MEETS2(NEXT0, V8, V6, V10, V5); \
	MEETS1(NEXT1, V9, V6); \
	AFTER(2, NEXT2); MEETS2((R11), V8, V7, V10, V6); \
	AFTER(1, NEXT3); MEETS1((R11), V9, V7); \
	AFTER(0, NEXT4); MEETS1((R11), V10, V7)

#define ROW_OF_KERNEL5_BY2 \
	LOAD_TAPS5; \
	BEFORE(0, PIXEL0); MEETS1((R11), V8, V0); \
	BEFORE(1, PIXEL1); MEETS1((R11), V9, V0); \
	MEETS2(PIXEL2, V8, V1, V10, V0); \
	MEETS2(PIXEL3, V9, V1, V11, V0); \
	MEETS3(PIXEL4, V8, V2, V10, V1, V12, V0); \
	MEETS2(PIXEL5, V9, V2, V11, V1); \
	MEETS3(NEXT0, V8, V3, V10, V2, V12, V1); \
	MEETS2(NEXT1, V9, V3, V11, V2); \
	MEETS3(NEXT2, V8, V4, V10, V3, V12, V2); \
	MEETS2(NEXT3, V9, V4, V11, V3); \
	MEETS3(NEXT4, V8, V5, V10, V4, V12, V3); \
	MEETS2(NEXT5, V9, V5, V11, V4); \
	GO_ON; \
	MEETS3(NEXT0, V8, V6, V10, V5, V12, V4); \
	MEETS2(NEXT1, V9, V6, V11, V5); \
	MEETS3(NEXT2, V8, V7, V10, V6, V12, V5); \
	AFTER(3, NEXT3); MEETS2((R11), V9, V7, V11, V6); \
	AFTER(2, NEXT4); MEETS2((R11), V10, V7, V12, V6); \
	AFTER(1, NEXT5); MEETS1((R11), V11, V7); \
	GO_ON; \
	AFTER(0, NEXT0); MEETS1((R11), V12, V7)

// LONGER_LINE sets AX to the bytes that tiles take before they go down, if they are more than a line:
// where pixels are a multiple of 512 bytes apart, the lines of a column of tiles share eight sets of
// L1 anyway, and the processor follows long pieces by itself.
#define LONGER_LINE BY_ISA(LONGER_LINE_AVX2, NONE)
#define LONGER_LINE_AVX2 MOVQ $512, BX; TESTQ $511, R8; CMOVQEQ BX, AX

// FETCH_ROW fetches the row below those of a tile, of its first register, and with the second one the
// next row where windows are two rows apart: not where pixels are a multiple of 512 bytes apart, whose
// lines share eight sets of L1 that a tile nearly fills.
#define FETCH_ROW BY_ISA(FETCH_ROW_AVX2, NONE)
#define FETCH_ROW_AVX2 \
	TESTQ $511, R8; \
	JEQ finish; \
	LEAQ (AX)(R9*2), BX; \
	CMPQ R15, line-104(SP); \
	JEQ fetch; \
	MOVQ band+40(FP), DX; \
	CMPQ Band_Stride(DX), $2; \
	JNE finish; \
	ADDQ kernelStep-88(SP), AX; \
	ADDQ kernelStep-88(SP), BX; \
fetch: \
	PREFETCHT0 (AX); \
	PREFETCHT0 (AX)(R8*1); \
	PREFETCHT0 (AX)(R8*2); \
	PREFETCHT0 (AX)(R9*1); \
	PREFETCHT0 (AX)(R8*4); \
	PREFETCHT0 (AX)(R10*1); \
	PREFETCHT0 (BX); \
	PREFETCHT0 (BX)(R8*1); \
	PREFETCHT0 (BX)(R8*2); \
	PREFETCHT0 (BX)(R9*1); \
	FETCH_MORE

// FETCH_MORE fetches those of a row's pixels that windows two pixels apart reach over besides.
#define FETCH_MORE_BY2 \
	PREFETCHT0 (BX)(R8*4); \
	PREFETCHT0 (BX)(R10*1); \
	GO_ON; \
	PREFETCHT0 (BX); \
	PREFETCHT0 (BX)(R8*1); \
	PREFETCHT0 (BX)(R8*2); \
	PREFETCHT0 (BX)(R9*1); \
	PREFETCHT0 (BX)(R8*4)

#define FETCH_MORE NONE
#define ROW_OF_KERNEL ROW_OF_KERNEL3
#define TAPS 3
#define SKIP_TAPS SKIP_TAPS3
#define APART 1
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

#undef FETCH_MORE
#define FETCH_MORE FETCH_MORE_BY2
#undef ROW_OF_KERNEL
#undef TAPS
#undef SKIP_TAPS
#undef APART
#define ROW_OF_KERNEL ROW_OF_KERNEL3_BY2
#define TAPS 3
#define SKIP_TAPS SKIP_TAPS3
#define APART 2
#include "avx2_f32.h"
#define SLIDE ·slide3By2F32AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx2_f64.h"
#define SLIDE ·slide3By2F64AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f32.h"
#define SLIDE ·slide3By2F32AVX512
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f64.h"
#define SLIDE ·slide3By2F64AVX512
#include "slide_amd64.h"
#undef SLIDE

#undef FETCH_ROW
#define FETCH_ROW NONE // more taps a row gain nothing
#undef ROW_OF_KERNEL
#undef TAPS
#undef SKIP_TAPS
#undef APART
#define ROW_OF_KERNEL ROW_OF_KERNEL5
#define TAPS 5
#define SKIP_TAPS SKIP_TAPS5
#define APART 1
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
#undef SLIDE

#undef ROW_OF_KERNEL
#undef TAPS
#undef SKIP_TAPS
#undef APART
#define ROW_OF_KERNEL ROW_OF_KERNEL5_BY2
#define TAPS 5
#define SKIP_TAPS SKIP_TAPS5
#define APART 2
#include "avx2_f32.h"
#define SLIDE ·slide5By2F32AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx2_f64.h"
#define SLIDE ·slide5By2F64AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f32.h"
#define SLIDE ·slide5By2F32AVX512
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f64.h"
#define SLIDE ·slide5By2F64AVX512
#include "slide_amd64.h"
#undef SLIDE

#undef PIXEL
#undef ROW_OF_KERNEL
#undef TAPS
#undef SKIP_TAPS
#undef APART
#define PIXEL V15
#define ROW_OF_KERNEL ROW_OF_KERNEL7
#define TAPS 7
#define SKIP_TAPS SKIP_TAPS7
#define APART 1
#include "avx2_f32.h"
#define SLIDE ·slide7F32AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx2_f64.h"
#define SLIDE ·slide7F64AVX2
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f32.h"
#define SLIDE ·slide7F32AVX512
#include "slide_amd64.h"
#undef SLIDE

#include "avx512_f64.h"
#define SLIDE ·slide7F64AVX512
#include "slide_amd64.h"
