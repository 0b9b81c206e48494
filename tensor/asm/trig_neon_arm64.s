//go:build !purego

// Sine and cosine of float32 in float64: trig.go has the method and the constants, map_neon.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "map_neon.h"
#include "neon_f64.h"

// From the lower or upper half of a register to float64, and back into that half.
#define fcvtl(n, d) WORD $(0x0E617800 | n<<5 | d) // FCVTL Vd.2D, Vn.2S
#define fcvtl2(n, d) WORD $(0x4E617800 | n<<5 | d) // FCVTL2 Vd.2D, Vn.4S
#define fcvtn(n, d) WORD $(0x0E616800 | n<<5 | d) // FCVTN Vd.2S, Vn.2D
#define fcvtn2(n, d) WORD $(0x4E616800 | n<<5 | d) // FCVTN2 Vd.4S, Vn.2D

// HORNER makes the polynomials B and B2 of A and A2, at z.
#define HORNER(c, A, B, A2, B2) \
	mov(c, B); \
	mov(c, B2); \
	fmla(A, v5, B); \
	fmla(A2, v6, B2)

// TRIG_VECTOR replaces V0 by the sine of it less phase·π.
//	V1, V2	x of the halves, then r, then the result
//	V3, V4	magic + n
//	V5, V6	n + phase, then z
//	V7-V10	the polynomial, in turns
//	V16	phase
//	V17	−phase
//	V18-V28	the table
#define TRIG_VECTOR \
	fcvtl(v0, v1); \
	fcvtl2(v0, v2); \
	mov(v17, v3); \
	mov(v17, v4); \
	fmla(v18, v1, v3); \
	fmla(v18, v2, v4); \
	fadd(v19, v3, v3); \
	fadd(v19, v4, v4); \
	fsub(v19, v3, v5); \
	fsub(v19, v4, v6); \
	fadd(v16, v5, v5); \
	fadd(v16, v6, v6); \
	fmls(v20, v5, v1); \
	fmls(v20, v6, v2); \
	fmls(v21, v5, v1); \
	fmls(v21, v6, v2); \
	fmul(v1, v1, v5); \
	fmul(v2, v2, v6); \
	HORNER(v24, v23, v7, v23, v8); \
	HORNER(v25, v7, v9, v8, v10); \
	HORNER(v26, v9, v7, v10, v8); \
	HORNER(v27, v7, v9, v8, v10); \
	HORNER(v28, v9, v7, v10, v8); \
	HORNER(v22, v7, v9, v8, v10); \
	fmul(v9, v1, v1); \
	fmul(v10, v2, v2); \
	shl(63, v3, v3); \
	shl(63, v4, v4); \
	eor(v3, v1, v1); \
	eor(v4, v2, v2); \
	fcvtn(v1, v0); \
	fcvtn2(v2, v0)

TEXT ·trigNearNEON(SB), NOSPLIT, $0-56
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R3
	MOVD x_base+24(FP), R1
	FMOVD phase+48(FP), F16
	dup(v16, v16)
	fneg(v16, v17)
	MOVD $·trig64(SB), R5
	CONSTANT(const_trigPerPi, V18)
	CONSTANT(const_trigMagic, V19)
	CONSTANT(const_trigPi, V20)
	CONSTANT(const_trigPiLow, V21)
	CONSTANT(const_trigOne, V22)
	CONSTANT(const_trigPolynomial, V23)
	CONSTANT(const_trigPolynomial+1, V24)
	CONSTANT(const_trigPolynomial+2, V25)
	CONSTANT(const_trigPolynomial+3, V26)
	CONSTANT(const_trigPolynomial+4, V27)
	CONSTANT(const_trigPolynomial+5, V28)
	LSL $2, R3 // bytes of float32
	MAP(TRIG_VECTOR)
