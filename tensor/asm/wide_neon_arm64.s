//go:build !purego

// Sums of float32 in float64 (Wide.SumProducts), sixteen products at a time.
//
//	R0	x
//	R1	y
//	R2	elements left, biased while the loop counts down
//	V0-V7	lanes, two each
//	V16-V19	x, then products
//	V20-V23	y
//	V24 V25	products in float64

#include "textflag.h"
#include "neon.h"

#define CLEAR(V) VEOR V.B16, V.B16, V.B16

// From the lower or upper half of a register to float64.
#define fcvtl(n, d) WORD $(0x0E617800 | n<<5 | d) // FCVTL Vd.2D, Vn.2S
#define fcvtl2(n, d) WORD $(0x4E617800 | n<<5 | d) // FCVTL2 Vd.2D, Vn.4S

// ADD4 adds four products to two registers of lanes.
#define ADD4(products, lo, hi) \
	fcvtl(products, v24); \
	fcvtl2(products, v25); \
	fadd(v24, lo, lo); \
	fadd(v25, hi, hi)

TEXT ·sumProductsNEON(SB), NOSPLIT, $0-56
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD y_base+24(FP), R1
	CLEAR(V0)
	CLEAR(V1)
	CLEAR(V2)
	CLEAR(V3)
	CLEAR(V4)
	CLEAR(V5)
	CLEAR(V6)
	CLEAR(V7)
	SUBS $16, R2
	BLT fold

block:
	VLD1.P 64(R0), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R1), [V20.B16, V21.B16, V22.B16, V23.B16]
#include "neon_f32.h"
	fmul(v20, v16, v16)
	fmul(v21, v17, v17)
	fmul(v22, v18, v18)
	fmul(v23, v19, v19)
#include "neon_f64.h"
	ADD4(v16, v0, v1)
	ADD4(v17, v2, v3)
	ADD4(v18, v4, v5)
	ADD4(v19, v6, v7)
	SUBS $16, R2
	BGE block

fold:
	fadd(v4, v0, v0)
	fadd(v5, v1, v1)
	fadd(v6, v2, v2)
	fadd(v7, v3, v3)
	fadd(v2, v0, v0)
	fadd(v3, v1, v1)
	fadd(v1, v0, v0)
	VMOV V0.D[1], V1.D[0]
	FADDD F1, F0
	ADDS $16, R2
	BEQ done

rest:
	FMOVS.P 4(R0), F16
	FMOVS.P 4(R1), F20
	FMULS F20, F16
	FCVTSD F16, F24
	FADDD F24, F0
	SUBS $1, R2
	BNE rest

done:
	FMOVD F0, ret+48(FP)
	RET
