//go:build !purego

// The depthwise product of kernels of 3×3 over two rows of windows, one or two pixels apart:
// slide_pairs_avx512_amd64.h has the register map and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

#define ZEROS Z31
#define SLOPE Z30
#define UPPER Z29
#define ADD_BIAS(c) VADD Z26, c, c
#define EACH_WINDOW(STEP) \
	STEP(Z0); STEP(Z1); STEP(Z2); STEP(Z3); STEP(Z4); STEP(Z5); STEP(Z6); STEP(Z7); \
	STEP(Z8); STEP(Z9); STEP(Z10); STEP(Z11); STEP(Z12); STEP(Z13); STEP(Z14); STEP(Z15)

// LAST_PIXEL sets whether one of the last pixels, from BX, is within the image, which ends so many
// before the last one of all; else its neighbour's distance from BX, which is given, stands for it.
#define LAST_PIXEL(most, own, other, P, k, label) \
	MOVQ own, P; \
	KMOVW K7, k; \
	CMPQ BX, $most; \
	JLE label; \
	MOVQ other, P; \
	KXORW k, k, k; \
label:

// STORE_WINDOWS stores seven windows from p on, the fifth one at BX.
#define STORE_WINDOWS(p, c0, c1, c2, c3, c4, c5, c6) \
	VMOVU c0, (p); \
	VMOVU c1, (p)(DX*1); \
	VMOVU c2, (p)(DX*2); \
	VMOVU c4, (BX); \
	VMOVU c5, (BX)(DX*1); \
	VMOVU c6, (BX)(DX*2); \
	SUBQ DX, BX; \
	VMOVU c3, (BX); \
	ADDQ DX, BX

// NEXT_ROW goes on to a row of pixels, the zeros if it is beyond the image: without signs, rows above
// it are so, too.
#define NEXT_ROW \
	MOVQ AX, DX; \
	CMPQ R12, R13; \
	CMOVQCC zeros+24(FP), DX; \
	LEAQ (DX)(R9*2), BX; \
	ADDQ row-16(SP), AX; \
	INCQ R12

// The pixels in order, in DX and then in BX, those at the edges under masks.
#define LOAD(a) VMOVU a, Z25
#define EDGE(a, k) VMOVU.Z a, k, Z25
#define PIXEL0 EDGE((DX)(R11*1), K1)
#define PIXEL1 LOAD((DX)(R8*1))
#define PIXEL2 LOAD((DX)(R8*2))
#define PIXEL3 LOAD((DX)(R9*1))
#define PIXEL4 LOAD((DX)(R8*4))
#define PIXEL5 LOAD((DX)(R10*1))
#define PIXEL6 LOAD((BX))
#define PIXEL7 LOAD((BX)(R8*1))
#define PIXEL8 LOAD((BX)(R8*2))
#define PIXEL9 LOAD((BX)(R9*1))
#define PIXEL10 LOAD((BX)(R8*4))
#define PIXEL11 LOAD((BX)(R10*1)); LEAQ (BX)(R9*2), BX

// The windows that the pixel belongs to, each with the weights of its tap there.
#define MEETS1(W0, c0) VFMA231 Z25, W0, c0
#define MEETS2(W0, c0, W1, c1) MEETS1(W0, c0); MEETS1(W1, c1)
#define MEETS3(W0, c0, W1, c1, W2, c2) MEETS2(W0, c0, W1, c1); MEETS1(W2, c2)

// A row of pixels with a row of weights each for the windows of the first row, the second, or both.
#define FIRST(W0, W1, W2) ROW_OF_PIXELS(FIRST1, FIRST2, FIRST3, W0, W1, W2, Z25, Z25, Z25)
#define FIRST1(W0, U0, c0, d0) MEETS1(W0, c0)
#define FIRST2(W0, W1, U0, U1, c0, c1, d0, d1) MEETS2(W0, c0, W1, c1)
#define FIRST3(W0, W1, W2, U0, U1, U2, c0, c1, c2, d0, d1, d2) MEETS3(W0, c0, W1, c1, W2, c2)
#define SECOND(U0, U1, U2) ROW_OF_PIXELS(SECOND1, SECOND2, SECOND3, Z25, Z25, Z25, U0, U1, U2)
#define SECOND1(W0, U0, c0, d0) MEETS1(U0, d0)
#define SECOND2(W0, W1, U0, U1, c0, c1, d0, d1) MEETS2(U0, d0, U1, d1)
#define SECOND3(W0, W1, W2, U0, U1, U2, c0, c1, c2, d0, d1, d2) MEETS3(U0, d0, U1, d1, U2, d2)
#define BOTH(W0, W1, W2, U0, U1, U2) ROW_OF_PIXELS(BOTH1, BOTH2, BOTH3, W0, W1, W2, U0, U1, U2)
#define BOTH1(W0, U0, c0, d0) MEETS2(W0, c0, U0, d0)
#define BOTH2(W0, W1, U0, U1, c0, c1, d0, d1) MEETS2(W0, c0, W1, c1); MEETS2(U0, d0, U1, d1)
#define BOTH3(W0, W1, W2, U0, U1, U2, c0, c1, c2, d0, d1, d2) \
	MEETS3(W0, c0, W1, c1, W2, c2); MEETS3(U0, d0, U1, d1, U2, d2)

#define ROW_OF_PIXELS(P1, P2, P3, W0, W1, W2, U0, U1, U2) \
	PIXEL0; P1(W0, U0, Z0, Z8); \
	PIXEL1; P2(W0, W1, U0, U1, Z1, Z0, Z9, Z8); \
	PIXEL2; P3(W0, W1, W2, U0, U1, U2, Z2, Z1, Z0, Z10, Z9, Z8); \
	PIXEL3; P3(W0, W1, W2, U0, U1, U2, Z3, Z2, Z1, Z11, Z10, Z9); \
	PIXEL4; P3(W0, W1, W2, U0, U1, U2, Z4, Z3, Z2, Z12, Z11, Z10); \
	PIXEL5; P3(W0, W1, W2, U0, U1, U2, Z5, Z4, Z3, Z13, Z12, Z11); \
	PIXEL6; P3(W0, W1, W2, U0, U1, U2, Z6, Z5, Z4, Z14, Z13, Z12); \
	PIXEL7; P3(W0, W1, W2, U0, U1, U2, Z7, Z6, Z5, Z15, Z14, Z13); \
	EDGE((BX)(BP*1), K5); P2(W1, W2, U1, U2, Z7, Z6, Z15, Z14); \
	EDGE((BX)(R14*1), K6); P1(W2, U2, Z7, Z15)

#define APART 1
#define LAST_PIXELS \
	LEAQ (R8)(R8*1), DI; \
	LAST_PIXEL(1, DI, R8, BP, K5, second); \
	LAST_PIXEL(0, R9, R8, R14, K6, last)
#include "avx512_f32.h"
#define SLIDE ·slidePairsF32AVX512
#include "slide_pairs_avx512_amd64.h"
#undef SLIDE

#undef APART
#undef ROW_OF_PIXELS
#undef LAST_PIXELS
#define APART 2
#define LAST_PIXELS \
	LEAQ (R8)(R8*1), DI; \
	LAST_PIXEL(2, DI, R8, CX, K4, third); \
	MOVQ CX, third-96(SP); \
	LAST_PIXEL(1, R9, R8, BP, K5, second); \
	ADDQ DI, DI; \
	LAST_PIXEL(0, DI, R8, R14, K6, last)
// Two pixels apart: the pixels of even numbers meet even taps, the others odd ones.
#define ROW_OF_PIXELS(P1, P2, P3, W0, W1, W2, U0, U1, U2) \
	PIXEL0; P1(W0, U0, Z0, Z8); \
	PIXEL1; P1(W1, U1, Z0, Z8); \
	PIXEL2; P2(W0, W2, U0, U2, Z1, Z0, Z9, Z8); \
	PIXEL3; P1(W1, U1, Z1, Z9); \
	PIXEL4; P2(W0, W2, U0, U2, Z2, Z1, Z10, Z9); \
	PIXEL5; P1(W1, U1, Z2, Z10); \
	PIXEL6; P2(W0, W2, U0, U2, Z3, Z2, Z11, Z10); \
	PIXEL7; P1(W1, U1, Z3, Z11); \
	PIXEL8; P2(W0, W2, U0, U2, Z4, Z3, Z12, Z11); \
	PIXEL9; P1(W1, U1, Z4, Z12); \
	PIXEL10; P2(W0, W2, U0, U2, Z5, Z4, Z13, Z12); \
	PIXEL11; P1(W1, U1, Z5, Z13); \
	PIXEL6; P2(W0, W2, U0, U2, Z6, Z5, Z14, Z13); \
	PIXEL7; P1(W1, U1, Z6, Z14); \
	EDGE((BX)(CX*1), K4); P2(W0, W2, U0, U2, Z7, Z6, Z15, Z14); \
	EDGE((BX)(BP*1), K5); P1(W1, U1, Z7, Z15); \
	EDGE((BX)(R14*1), K6); P1(W2, U2, Z7, Z15)

#include "avx512_f32.h"
#define SLIDE ·slidePairsBy2F32AVX512
#include "slide_pairs_avx512_amd64.h"
#undef SLIDE
