//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "epilogue.h"
#include "gemm_neon_tile.h"

// Less than a register of float32: three elements, or two or one of them again.
#define B_NARROW \
	VLD1.P (R10)(R13), V0.S[0]; \
	VLD1.P (R11)(R13), V0.S[1]; \
	VLD1.P (R12)(R13), V0.S[2]
#define NARROW(P, c) \
	ADD R22, P, R25; \
	ADD R23, P, R26; \
	VLD1 (P), c.S[0]; \
	VLD1 (R25), c.S[1]; \
	VLD1 (R26), c.S[2]
#define STORE_NARROW(rows, P, c, done) \
	ADD R22, P, R25; \
	ADD R23, P, R26; \
	VST1 c.S[0], (P); \
	VST1 c.S[1], (R25); \
	VST1 c.S[2], (R26); \
	NEXT(rows, P, done)

#include "neon_f32.h"
#define GEMM ·gemmF32NEON
#include "gemm_neon.h"
#undef GEMM

#undef B_NARROW
#undef NARROW
#undef STORE_NARROW

// Less than a register of float64: one element.
#define B_NARROW VLD1.P (R10)(R13), V0.D[0]
#define NARROW(P, c) VLD1 (P), c.D[0]
#define STORE_NARROW(rows, P, c, done) VST1 c.D[0], (P); NEXT(rows, P, done)

#include "neon_f64.h"
#define GEMM ·gemmF64NEON
#include "gemm_neon.h"
