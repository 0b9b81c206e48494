// The steps of gelu and its derivative: gelu.go has the methods and the constants, sigmoid_amd64.h the
// reduction's, math_amd64.h the registers.

#define GELU32(i) ·gelu32+((i)*4)(SB)
#define GELU64(i) ·gelu64+((i)*8)(SB)
#define GELU(i) BY_TYPE(·gelu32, ·gelu64)+((i)*ELEM)(SB)

// CLEAR_NEGATIVE multiplies X by 0 where its sign is set, and CLEAR_WHERE_NEGATIVE replaces D by 0
// there. They use T or V10, and CLEAR_WHERE_NEGATIVE K2 in AVX-512. There CLEAR_NEGATIVE subtracts
// X from itself and puts back the sign: masks and products are for the same units as multiply-adds.
#define CLEAR_NEGATIVE BY_ISA(CLEAR_NEGATIVE_AVX2, CLEAR_NEGATIVE_AVX512)
#define CLEAR_NEGATIVE_AVX2(X, T) \
	VXOR V10, V10, V10; \
	VMUL X, V10, T; \
	VBLENDV X, T, X, X
#define CLEAR_NEGATIVE_AVX512(X, T) \
	VPSRA $(8*ELEM-1), X, T; \
	VAND X, T, T; \
	VSUB T, X, X; \
	VTERNLOG.BCST $OR_AND, GELU(const_geluSign), T, X
#define CLEAR_WHERE_NEGATIVE BY_ISA(CLEAR_WHERE_NEGATIVE_AVX2, CLEAR_WHERE_NEGATIVE_AVX512)
#define CLEAR_WHERE_NEGATIVE_AVX2(X, D) \
	VXOR V10, V10, V10; \
	VBLENDV X, V10, D, D
#define CLEAR_WHERE_NEGATIVE_AVX512(X, D) \
	VPMOVSIGN X, K2; \
	VXOR D, D, K2, D

// The steps of gelu and its derivative, on groups of registers called by their roles. ONE_GELU
// applies a step to the group of a kernel that takes one register per iteration, EACH_GELU to three:
// a processor whose registers for renaming hold two and a half bodies is busy only with steps of
// several groups, interleaved. g's steps alternate with those of the exponential for that reason.
//
//	X	x, then the result
//	Y	y, then s², then r − r·s
//	I	the interval's place in the tables, then g, then what its roundings took
//	I4	the place's highest bit, for AVX2
//	H	y − center, then the tail
//	A	a coefficient, then r = y·g
//	P	the polynomial without a₀, then what the rounding of g took
//	N	magic + n; n in AVX-512; then the power of two
//	S	n in AVX2, then s
//	HI	y²/2, then the high part of s, then what the rounding of s took
//	LO	y/2, then the low part of y²/2, with n·ln 2's added, then the polynomial, then t
//
// V10 is for constants in AVX2 and holds a table in AVX-512; V15 is the bound of y.
#define ONE_GELU(STEP) STEP(V0, V2, V1, V6, V8, V11, V12, V5, V13, V4, V3)
#define EACH_GELU(STEP) \
	ONE_GELU(STEP); \
	STEP(Z16, Z17, Z18, Z19, Z19, Z20, Z21, Z22, Z23, Z24, Z25); \
	STEP(V6, V7, V9, Z26, Z26, V14, Z27, Z28, Z29, Z30, Z31)

// MAGNITUDE: VMIN returns its second operand, the first in Go's order, when one is NaN: NaN passes.
#define MAGNITUDE(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VBROADCAST GELU(const_geluSign), Y; \
	VANDN X, Y, Y; \
	VMIN Y, V15, Y

// g(y) in float32. TABLE(i) loads what a step of number i looks up.
#define PLACE(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VADDC(GELU32(const_geluOne), Y, I); \
	VPSRL $21, I, I; \
	INDEX(I, I4)
#define CENTER(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	TAKE(const_geluCenters, I, I4, H); \
	VSUB H, Y, H
#define FIRST(X, Y, I, I4, H, A, P, N, S, HI, LO) TAKE(const_geluFirst, I, I4, P)
#define HORNER(i, I, I4, H, A, P) \
	TAKE(i, I, I4, A); \
	VFMA213 A, H, P
#define SECOND(X, Y, I, I4, H, A, P, N, S, HI, LO) HORNER(const_geluFirst+1, I, I4, H, A, P)
#define THIRD(X, Y, I, I4, H, A, P, N, S, HI, LO) HORNER(const_geluFirst+2, I, I4, H, A, P)
#define FOURTH(X, Y, I, I4, H, A, P, N, S, HI, LO) HORNER(const_geluFirst+3, I, I4, H, A, P)
#define FIFTH(X, Y, I, I4, H, A, P, N, S, HI, LO) HORNER(const_geluFirst+4, I, I4, H, A, P)
#define SIXTH(X, Y, I, I4, H, A, P, N, S, HI, LO) HORNER(const_geluFirst+5, I, I4, H, A, P)
#define LAST(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	TAKE(const_geluCoefficients, I, I4, A); \
	ADD_LAST(X, Y, I, I4, H, A, P, N, S, HI, LO)
#define ADD_LAST(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VMOVA P, I; \
	VFMA213 A, H, I; \
	VSUB I, A, A; \
	VFMA213 A, H, P

#define TABLE BY_ISA(TABLE_AVX2, TABLE_AVX512)
#define TABLE_AVX2(i) NONE
#define TABLE_AVX512(i) VMOVUPS ·geluTables+((i)*64)(SB), V10
#define TAKE BY_ISA(TAKE_AVX2, TAKE_AVX512)
#define TAKE_AVX2(i, I, I4, D) LOOKUP(·geluTables, i, I, I4, D)
#define TAKE_AVX512(i, I, I4, D) VPERMPS V10, I, D

// exp(−y²/2).
#define HALF_SQUARE(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VMULC(GELU(const_geluHalf), Y, LO); \
	VMUL Y, LO, HI; \
	VFMSUB213 HI, Y, LO
#define REDUCE(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VBROADCAST SIGMOID(const_sigmoidLog2E), N; \
	VFMA213C(SIGMOID(const_sigmoidMagic), HI, N); \
	VSUBC(SIGMOID(const_sigmoidMagic), N, BY_ISA(S, N)); \
	VFMA231C(SIGMOID(const_sigmoidLn2High), BY_ISA(S, N), HI); \
	VFMA231C(SIGMOID(const_sigmoidLn2Low), BY_ISA(S, N), LO)
#define JOIN(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VADD LO, HI, S; \
	VSUB S, HI, HI; \
	VADD LO, HI, HI
#define EXP_HIGHEST(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VBROADCAST SIGMOID(const_sigmoidPolynomial), LO; \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+1), S, LO)
#define EXP_SECOND(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+2), S, LO)
#define EXP_THIRD(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+3), S, LO)
#define EXP_FOURTH(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VFMA213C(SIGMOID(const_sigmoidPolynomial+4), S, LO)
#define EXP_REST(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VMUL S, S, Y; \
	VFMSUB213 HI, Y, LO

// MILLS_AND_EXP goes as far as g, of which P has what its rounding took, and the polynomial of exp.
// EXP_REST, for which Y has to be free, is to follow.
#define MILLS_AND_EXP_F32(EACH) \
	EACH(MAGNITUDE); \
	EACH(PLACE); \
	EACH(HALF_SQUARE); \
	TABLE(const_geluCenters); \
	EACH(CENTER); \
	TABLE(const_geluFirst); \
	EACH(FIRST); \
	EACH(REDUCE); \
	TABLE(const_geluFirst+1); \
	EACH(SECOND); \
	EACH(JOIN); \
	TABLE(const_geluFirst+2); \
	EACH(THIRD); \
	EACH(EXP_HIGHEST); \
	TABLE(const_geluFirst+3); \
	EACH(FOURTH); \
	EACH(EXP_SECOND); \
	TABLE(const_geluFirst+4); \
	EACH(FIFTH); \
	EACH(EXP_THIRD); \
	TABLE(const_geluFirst+5); \
	EACH(SIXTH); \
	EACH(EXP_FOURTH); \
	TABLE(const_geluCoefficients); \
	EACH(LAST)

//	V1	y+k, then the denominator 1+b·y, then g
//	V6	what its rounding took
//	V7	F, then its remainder
//	V8	t, then g
//	V11	c₀
//	V12	the polynomial without c₀, then what the rounding of F took, then that of g
//	V13	b, before s
#define MILLS_AND_EXP_F64(EACH) \
	EACH(MAGNITUDE); \
	VADDC(GELU64(const_geluK), V2, V1); \
	VADDC(GELU64(const_geluMinusK), V2, V8); \
	VDIV V1, V8, V8; \
	POLYNOMIAL(HORNER_21, GELU64, const_geluPolynomial, V8, V12); \
	VBROADCAST GELU64(const_geluPolynomial+22), V11; \
	VMOVA V12, V7; \
	VFMA213 V11, V8, V7; \
	VSUB V7, V11, V11; \
	VFMA213 V11, V8, V12; \
	VBROADCAST GELU64(const_geluOne), V6; \
	VBROADCAST GELU64(const_geluB), V13; \
	VMOVA V13, V1; \
	VFMA213 V6, V2, V1; \
	VSUB V1, V6, V6; \
	VFMA231 V13, V2, V6; \
	VDIV V1, V7, V8; \
	VFNMADD231 V1, V8, V7; \
	VADD V12, V7, V7; \
	VFNMADD231 V6, V8, V7; \
	VDIV V1, V7, V12; \
	VMOVA V8, V1; \
	EACH(HALF_SQUARE); \
	EACH(REDUCE); \
	EACH(JOIN); \
	POLYNOMIAL(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, V13, V3)

#define MILLS_AND_EXP BY_TYPE(MILLS_AND_EXP_F32, MILLS_AND_EXP_F64)

// PRODUCT makes of g in I and what its rounding took in P: r and what its roundings took.
#define PRODUCT(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VMUL Y, I, A; \
	VFMSUB213 A, Y, I; \
	VFMA231 P, Y, I
#define GELU_TAIL(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VMOVA I, H; \
	VFNMADD231 S, H, I; \
	VFMA231 A, LO, I; \
	VMOVA A, Y; \
	VFNMADD231 S, A, Y; \
	VSUB Y, A, H; \
	VFNMADD231 S, A, H; \
	VADD I, H, H; \
	VADD H, Y, H; \
	SCALE_TAIL(H, N)
#define GELU_OF_TAIL(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	CLEAR_NEGATIVE(X, S); \
	SUBTRACT_TAIL(H, X)

// SCALE_TAIL multiplies A by 2ⁿ, and SUBTRACT_TAIL subtracts it from X, with one rounding where it
// is below the normal numbers: there AVX2 has geluScale times as much until then; in AVX-512 it is A
// that is rounded, and X a zero, or far too large to notice.
#define SCALE_TAIL BY_ISA(SCALE_TAIL_AVX2, SCALE_TAIL_AVX512)
#define SCALE_TAIL_AVX2(A, N) \
	POWER_OF_TWO_AVX2(N); \
	VMUL N, A, A
#define SCALE_TAIL_AVX512(A, N) VSCALEF N, A, A
#define SUBTRACT_TAIL BY_ISA(SUBTRACT_TAIL_AVX2, SUBTRACT_TAIL_AVX512)
#define SUBTRACT_TAIL_AVX2(A, X) VFNMADD231C(GELU(const_geluUnscale), A, X)
#define SUBTRACT_TAIL_AVX512(A, X) VSUB A, X, X

// POWER_OF_TWO makes 2ⁿ·geluScale in N. It clobbers V10.
#define POWER_OF_TWO BY_ISA(POWER_OF_TWO_AVX2, POWER_OF_TWO_AVX512)
#define POWER_OF_TWO_AVX2(N) \
	VPSLL $MANTISSA, N, N; \
	VPADDC(GELU(const_geluScale), N, N)
#define POWER_OF_TWO_AVX512(N) \
	VBROADCAST GELU(const_geluScale), V10; \
	VSCALEF N, V10, N

// GELU_OF replaces the X by their gelu.
#define GELU_OF(EACH) \
	MILLS_AND_EXP(EACH); \
	EACH(PRODUCT); \
	EACH(EXP_REST); \
	EACH(GELU_TAIL); \
	EACH(GELU_OF_TAIL)

// GELU_GRAD_VECTORS replaces V0 by the derivative of gelu there, times V9.
//	V1	g, then g − y/√(2π)
//	V4	1 or 0
//	V8	the tail
#define GELU_GRAD_VECTORS \
	MILLS_AND_EXP(ONE_GELU); \
	VFNMADD231C(GELU(const_geluDensity), V2, V1); \
	ONE_GELU(EXP_REST); \
	POWER_OF_TWO(V5); \
	VSUB V13, V3, V3; \
	VMOVA V1, V8; \
	VFMA213 V1, V3, V8; \
	VMUL V5, V8, V8; \
	VANDC(GELU(const_geluSign), V0, V6); \
	VXOR V6, V8, V8; \
	VBROADCAST GELU(const_geluOne), V4; \
	CLEAR_WHERE_NEGATIVE(V0, V4); \
	VFNMADD231C(GELU(const_geluUnscale), V8, V4); \
	VMUL V4, V9, V0

#define GELU_SETUP VBROADCAST GELU(const_geluHigh), V15
