//go:build !purego

#include "textflag.h"
#include "neon.h"

#define CLEAR_LANES \
	VEOR V0.B16, V0.B16, V0.B16; \
	VEOR V1.B16, V1.B16, V1.B16; \
	VEOR V2.B16, V2.B16, V2.B16; \
	VEOR V3.B16, V3.B16, V3.B16; \
	VEOR V4.B16, V4.B16, V4.B16; \
	VEOR V5.B16, V5.B16, V5.B16; \
	VEOR V6.B16, V6.B16, V6.B16; \
	VEOR V7.B16, V7.B16, V7.B16; \
	VEOR V8.B16, V8.B16, V8.B16; \
	VEOR V9.B16, V9.B16, V9.B16; \
	VEOR V10.B16, V10.B16, V10.B16; \
	VEOR V11.B16, V11.B16, V11.B16; \
	VEOR V12.B16, V12.B16, V12.B16; \
	VEOR V13.B16, V13.B16, V13.B16; \
	VEOR V14.B16, V14.B16, V14.B16; \
	VEOR V15.B16, V15.B16, V15.B16

// FOLD_LANES adds the lanes in halves; the sum comes to stand in the lowest lane of V0.
#define FOLD_LANES \
	fadd(v8, v0, v0); \
	fadd(v9, v1, v1); \
	fadd(v10, v2, v2); \
	fadd(v11, v3, v3); \
	fadd(v12, v4, v4); \
	fadd(v13, v5, v5); \
	fadd(v14, v6, v6); \
	fadd(v15, v7, v7); \
	fadd(v4, v0, v0); \
	fadd(v5, v1, v1); \
	fadd(v6, v2, v2); \
	fadd(v7, v3, v3); \
	fadd(v2, v0, v0); \
	fadd(v3, v1, v1); \
	fadd(v1, v0, v0); \
	FOLD(fadd)

// DOT_REGISTER adds products to the lanes in V from a whole register of operands, or leaves for
// part if less than that is left.
#define DOT_REGISTER(V, part) \
	SUBS $16, R6; \
	BLT part; \
	FMOVQ.P 16(R1), F16; \
	FMOVQ.P 16(R2), F17; \
	fmla(v17, v16, V)

// DOT_PART adds the last products, fewer than a register's, to the lowest lanes in V.
#define DOT_PART(V, part) \
part: \
	fmla(v29, v28, V); \
	B fold

// SUM_REGISTER and SUM_PART do the same for sums.
#define SUM_REGISTER(V, part) \
	SUBS $16, R6; \
	BLT part; \
	FMOVQ.P 16(R1), F16; \
	fadd(v16, V, V)

#define SUM_PART(V, part) \
part: \
	fadd(v28, V, V); \
	B fold

#include "neon_f32.h"
#define dotsT ·gemvF32NEON
#define sumT ·sumF32NEON
#define maxT ·maxF32NEON
#include "reduce_neon.h"

#include "neon_f64.h"
#define dotsT ·gemvF64NEON
#define sumT ·sumF64NEON
#define maxT ·maxF64NEON
#include "reduce_neon.h"
