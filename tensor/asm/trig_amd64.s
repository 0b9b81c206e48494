//go:build !purego

// Sine and cosine of float32 in float64: trig.go has the method and the constants, map_amd64.h the
// loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"

#define TRIG(i) ·trig64+((i)*8)(SB)

// WIDEN makes the halves of V0 float64, of which V1 gets the lower, V2 the upper one; NARROW takes them
// back. Y and X are the low parts of registers.
#define WIDEN BY_ISA(WIDEN_AVX2, WIDEN_AVX512)
#define WIDEN_AVX2 \
	VEXTRACTF128 $1, Y0, X2; \
	VCVTPS2PD X0, Y1; \
	VCVTPS2PD X2, Y2
#define WIDEN_AVX512 \
	VEXTRACTF64X4 $1, Z0, Y2; \
	VCVTPS2PD Y0, Z1; \
	VCVTPS2PD Y2, Z2
#define NARROW BY_ISA(NARROW_AVX2, NARROW_AVX512)
#define NARROW_AVX2 \
	VCVTPD2PSY Y1, X1; \
	VCVTPD2PSY Y2, X2; \
	VINSERTF128 $1, X2, Y1, Y0
#define NARROW_AVX512 \
	VCVTPD2PS Z1, Y1; \
	VCVTPD2PS Z2, Y2; \
	VINSERTF64X4 $1, Y2, Z1, Z0

// BOTH takes an instruction with a constant of the table to the two halves.
#define BOTH(OP, i, A, D, A2, D2) \
	VBROADCASTSD TRIG(i), V10; \
	OP V10, A, D; \
	OP V10, A2, D2
#define HORNER(i) BOTH(VFMADD213PD, i, V5, V7, V6, V8)

// TRIG_VECTOR replaces V0 by the sine of it less phase·π.
//	V1, V2	x of the halves, then r, then the result
//	V3, V4	magic + n
//	V5, V6	n + phase, then z
//	V7, V8	the polynomial
//	V12	1/π
//	V13	magic
//	V14	phase
//	V15	−phase
#define TRIG_VECTOR \
	WIDEN; \
	VMOVAPD V15, V3; \
	VMOVAPD V15, V4; \
	VFMADD231PD V12, V1, V3; \
	VFMADD231PD V12, V2, V4; \
	VADDPD V13, V3, V3; \
	VADDPD V13, V4, V4; \
	VSUBPD V13, V3, V5; \
	VSUBPD V13, V4, V6; \
	VADDPD V14, V5, V5; \
	VADDPD V14, V6, V6; \
	BOTH(VFNMADD231PD, const_trigPi, V5, V1, V6, V2); \
	BOTH(VFNMADD231PD, const_trigPiLow, V5, V1, V6, V2); \
	VMULPD V1, V1, V5; \
	VMULPD V2, V2, V6; \
	VBROADCASTSD TRIG(const_trigPolynomial), V7; \
	VMOVAPD V7, V8; \
	HORNER(const_trigPolynomial+1); \
	HORNER(const_trigPolynomial+2); \
	HORNER(const_trigPolynomial+3); \
	HORNER(const_trigPolynomial+4); \
	HORNER(const_trigPolynomial+5); \
	HORNER(const_trigOne); \
	VMULPD V7, V1, V1; \
	VMULPD V8, V2, V2; \
	VPSLLQ $63, V3, V3; \
	VPSLLQ $63, V4, V4; \
	VXORPD V3, V1, V1; \
	VXORPD V4, V2, V2; \
	NARROW

#define TRIG_CONSTANTS \
	VBROADCASTSD phase+48(FP), V14; \
	VXORPD V15, V15, V15; \
	VSUBPD V14, V15, V15; \
	VBROADCASTSD TRIG(const_trigPerPi), V12; \
	VBROADCASTSD TRIG(const_trigMagic), V13

#include "avx2_f32.h"
UNARY(·trigNearAVX2, 56, TRIG_CONSTANTS, MAP(TRIG_VECTOR))

#include "avx512_f32.h"
UNARY(·trigNearAVX512, 56, TRIG_CONSTANTS, MAP(TRIG_VECTOR))
