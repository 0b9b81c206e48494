//go:build !purego

// The depthwise product of rows of three or five taps, over windows one or two pixels apart, in
// NEON: slide_neon.h has the register map and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "epilogue.h"

#define EACH_WINDOW(STEP) \
	STEP(v0); STEP(v1); STEP(v2); STEP(v3); \
	STEP(v4); STEP(v5); STEP(v6); STEP(v7)
#define ADD_BIAS(c) fadd(v16, c, c)
#define RELU(c) fcmlt0(c, v17); bic(v17, c, c)
#define LEAKY(c) fcmlt0(c, v17); fmul(c, v16, v18); bit(v17, v18, c)
#define CLAMP(c) fmax(v16, c, c); fmin(v17, c, c)

// The taps of a row of the kernel.
#define TAP(F) FMOVQ (R4), F; ADD R5, R4
#define LOAD_TAPS3 TAP(F16); TAP(F17); TAP(F18)
#define LOAD_TAPS5 LOAD_TAPS3; TAP(F19); TAP(F20)

// The next pixel: AT one inside the image, BEFORE one that lies beyond it if it has more than n to
// its left, AFTER if it has more than n to its right.
#define AT FMOVQ (R3), F21; ADD R5, R3
#define BEFORE(n) CMP $n, R11; EDGE
#define AFTER(n) CMP $n, R12; EDGE
#define EDGE CSEL GT, R6, R3, R15; FMOVQ (R15), F21; ADD R5, R3

// The windows that a pixel belongs to, each with the weights of its tap there.
#define MEETS1(W0, c0) fmla(v21, W0, c0)
#define MEETS2(W0, c0, W1, c1) MEETS1(W0, c0); fmla(v21, W1, c1)
#define MEETS3(W0, c0, W1, c1, W2, c2) MEETS2(W0, c0, W1, c1); fmla(v21, W2, c2)
#define MEETS4(W0, c0, W1, c1, W2, c2, W3, c3) MEETS3(W0, c0, W1, c1, W2, c2); fmla(v21, W3, c3)
#define MEETS5(W0, c0, W1, c1, W2, c2, W3, c3, W4, c4) \
	MEETS4(W0, c0, W1, c1, W2, c2, W3, c3); fmla(v21, W4, c4)

#define ROW_OF_KERNEL3 \
	LOAD_TAPS3; \
	BEFORE(0); MEETS1(v16, v0); \
	AT; MEETS2(v16, v1, v17, v0); \
	AT; MEETS3(v16, v2, v17, v1, v18, v0); \
	AT; MEETS3(v16, v3, v17, v2, v18, v1); \
	AT; MEETS3(v16, v4, v17, v3, v18, v2); \
	AT; MEETS3(v16, v5, v17, v4, v18, v3); \
	AT; MEETS3(v16, v6, v17, v5, v18, v4); \
	AT; MEETS3(v16, v7, v17, v6, v18, v5); \
	AFTER(1); MEETS2(v17, v7, v18, v6); \
	AFTER(0); MEETS1(v18, v7)

#define ROW_OF_KERNEL5 \
	LOAD_TAPS5; \
	BEFORE(0); MEETS1(v16, v0); \
	BEFORE(1); MEETS2(v16, v1, v17, v0); \
	AT; MEETS3(v16, v2, v17, v1, v18, v0); \
	AT; MEETS4(v16, v3, v17, v2, v18, v1, v19, v0); \
	AT; MEETS5(v16, v4, v17, v3, v18, v2, v19, v1, v20, v0); \
	AT; MEETS5(v16, v5, v17, v4, v18, v3, v19, v2, v20, v1); \
	AT; MEETS5(v16, v6, v17, v5, v18, v4, v19, v3, v20, v2); \
	AT; MEETS5(v16, v7, v17, v6, v18, v5, v19, v4, v20, v3); \
	AT; MEETS4(v17, v7, v18, v6, v19, v5, v20, v4); \
	AFTER(2); MEETS3(v18, v7, v19, v6, v20, v5); \
	AFTER(1); MEETS2(v19, v7, v20, v6); \
	AFTER(0); MEETS1(v20, v7)

// Two pixels apart: the pixels of even numbers meet even taps, the others odd ones.
#define ROW_OF_KERNEL3_BY2 \
	LOAD_TAPS3; \
	BEFORE(0); MEETS1(v16, v0); \
	AT; MEETS1(v17, v0); \
	AT; MEETS2(v16, v1, v18, v0); \
	AT; MEETS1(v17, v1); \
	AT; MEETS2(v16, v2, v18, v1); \
	AT; MEETS1(v17, v2); \
	AT; MEETS2(v16, v3, v18, v2); \
	AT; MEETS1(v17, v3); \
	AT; MEETS2(v16, v4, v18, v3); \
	AT; MEETS1(v17, v4); \
	AT; MEETS2(v16, v5, v18, v4); \
	AT; MEETS1(v17, v5); \
	AT; MEETS2(v16, v6, v18, v5); \
	AT; MEETS1(v17, v6); \
	AFTER(2); MEETS2(v16, v7, v18, v6); \
	AFTER(1); MEETS1(v17, v7); \
	AFTER(0); MEETS1(v18, v7)

#define ROW_OF_KERNEL5_BY2 \
	LOAD_TAPS5; \
	BEFORE(0); MEETS1(v16, v0); \
	BEFORE(1); MEETS1(v17, v0); \
	AT; MEETS2(v16, v1, v18, v0); \
	AT; MEETS2(v17, v1, v19, v0); \
	AT; MEETS3(v16, v2, v18, v1, v20, v0); \
	AT; MEETS2(v17, v2, v19, v1); \
	AT; MEETS3(v16, v3, v18, v2, v20, v1); \
	AT; MEETS2(v17, v3, v19, v2); \
	AT; MEETS3(v16, v4, v18, v3, v20, v2); \
	AT; MEETS2(v17, v4, v19, v3); \
	AT; MEETS3(v16, v5, v18, v4, v20, v3); \
	AT; MEETS2(v17, v5, v19, v4); \
	AT; MEETS3(v16, v6, v18, v5, v20, v4); \
	AT; MEETS2(v17, v6, v19, v5); \
	AT; MEETS3(v16, v7, v18, v6, v20, v5); \
	AFTER(3); MEETS2(v17, v7, v19, v6); \
	AFTER(2); MEETS2(v18, v7, v20, v6); \
	AFTER(1); MEETS1(v19, v7); \
	AFTER(0); MEETS1(v20, v7)

#define ROW_OF_KERNEL ROW_OF_KERNEL3
#define TAPS 3
#define APART 1
#include "neon_f32.h"
#define SLIDE ·slide3F32NEON
#include "slide_neon.h"
#undef SLIDE

#include "neon_f64.h"
#define SLIDE ·slide3F64NEON
#include "slide_neon.h"
#undef SLIDE

#undef ROW_OF_KERNEL
#undef TAPS
#undef APART
#define ROW_OF_KERNEL ROW_OF_KERNEL3_BY2
#define TAPS 3
#define APART 2
#include "neon_f32.h"
#define SLIDE ·slide3By2F32NEON
#include "slide_neon.h"
#undef SLIDE

#include "neon_f64.h"
#define SLIDE ·slide3By2F64NEON
#include "slide_neon.h"
#undef SLIDE

#undef ROW_OF_KERNEL
#undef TAPS
#undef APART
#define ROW_OF_KERNEL ROW_OF_KERNEL5
#define TAPS 5
#define APART 1
#include "neon_f32.h"
#define SLIDE ·slide5F32NEON
#include "slide_neon.h"
#undef SLIDE

#include "neon_f64.h"
#define SLIDE ·slide5F64NEON
#include "slide_neon.h"
#undef SLIDE

#undef ROW_OF_KERNEL
#undef TAPS
#undef APART
#define ROW_OF_KERNEL ROW_OF_KERNEL5_BY2
#define TAPS 5
#define APART 2
#include "neon_f32.h"
#define SLIDE ·slide5By2F32NEON
#include "slide_neon.h"
#undef SLIDE

#include "neon_f64.h"
#define SLIDE ·slide5By2F64NEON
#include "slide_neon.h"
