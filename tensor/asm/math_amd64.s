//go:build !purego

// Exponential, logarithm, hyperbolic tangent and error function: exp.go and its like have the
// methods and the constants, math_amd64.h the groups of registers and map_amd64.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "tanh_amd64.h"

// Exponential.

#define SHIFT_AND_BOUNDS VBROADCAST shift+48(FP), V12; EXP_VECTOR_BOUNDS

#define EXPONENTIAL(name) UNARY(name, 48, EXP_VECTOR_BOUNDS, MAP_WIDE(EXP_VECTOR, EXP_WIDE))
#define EXPONENTIAL_SUB(name) \
	UNARY(name, SLICES2_SCALAR1, SHIFT_AND_BOUNDS, MAP_WIDE(EXP_SUB_VECTOR, EXP_SUB_WIDE))

// Logarithm.

#define LOG(i) BY_TYPE(·log32, ·log64)+((i)*ELEM)(SB)
#define LOG_HORNER BY_TYPE(HORNER_8, HORNER_19)

// LOG_SPLIT sets T to f and N to k, with x = 2ᵏ·(1+f). It clobbers P and E, and leaves x in X.
//
// AVX2 makes a subnormal x normal first, and leaves any numbers when x is not positive or not
// finite.
//
// AVX-512 has instructions: VGETMANT brings 1+f into the range from 3/4 to 3/2 (the lower half of
// its immediate) and makes NaN of a negative x (the upper half); at 0 and +∞ it is 1 and k
// infinite, so that these need no care. A subnormal x is made normal before: processors split it as
// well, but not every emulator does. It clobbers X.
#define LOG_SPLIT BY_ISA(LOG_SPLIT_AVX2, LOG_SPLIT_AVX512)
#define LOG_SPLIT_AVX2(X, T, N, P, E, R) \
	VBROADCAST LOG(const_logNormal), T; \
	VCMP $LESS, T, X, P; \
	VMULC(LOG(const_logScale), X, T); \
	VBLENDV P, T, X, T; \
	VBROADCAST LOG(const_logBias), N; \
	VBROADCAST LOG(const_logBiasSub), V10; \
	VBLENDV P, V10, N, E; \
	VPADDC(LOG(const_logHalf), T, T); \
	VPSRL $MANTISSA, T, N; \
	VORC(LOG(const_logMagic), N, N); \
	VSUB E, N, N; \
	VANDC(LOG(const_logFraction), T, T); \
	VPADDC(LOG(const_logThreeQuarters), T, T); \
	VSUBC(LOG(const_logOne), T, T)
#define LOG_SPLIT_AVX512(X, T, N, P, E, R) \
	VCMP.BCST $LESS, LOG(const_logNormal), X, K2; \
	VMUL.BCST LOG(const_logScale), X, K2, X; \
	VGETMANT $15, X, T; \
	VGETEXP X, N; \
	VGETEXP T, P; \
	VSUB P, N, N; \
	VSUB.BCST LOG(const_logScaleExponent), N, K2, N; \
	VSUBC(LOG(const_logOne), T, T)

// LOG_JOIN takes f in T, k in N and the polynomial in P, and leaves the logarithm in P. It clobbers
// E.
#define LOG_JOIN(X, T, N, P, E, R) \
	VMUL T, T, E; \
	VMUL E, P, P; \
	VFMA231C(LOG(const_logLn2Low), N, P); \
	VADD T, P, P; \
	VFMA231C(LOG(const_logLn2), N, P)

// LOG_FINISH replaces X by the logarithm in P. In AVX2 the special values are still to do: +∞ and
// NaN stay, below 0 the result is NaN (all bits set), and at 0 −∞. It clobbers T, N and P.
#define LOG_FINISH BY_ISA(LOG_FINISH_AVX2, LOG_FINISH_AVX512)
#define LOG_FINISH_AVX2(X, T, N, P, E, R) \
	VXOR T, T, T; \
	VBROADCAST LOG(const_logInfinity), V10; \
	VCMP $NOT_LESS, V10, X, N; \
	VBLENDV N, X, P, P; \
	VCMP $LESS, T, X, N; \
	VOR N, P, P; \
	VCMP $EQUAL, T, X, N; \
	VSUB V10, T, V10; \
	VBLENDV N, V10, P, X
#define LOG_FINISH_AVX512(X, T, N, P, E, R) VMOVA P, X

#define LOG_VECTOR \
	ONE(LOG_SPLIT); \
	POLYNOMIAL(LOG_HORNER, LOG, const_logPolynomial, V1, V3); \
	ONE(LOG_JOIN); \
	ONE(LOG_FINISH)
#define LOG_WIDE \
	EACH(LOG_SPLIT); \
	POLYNOMIAL_EACH(LOG_HORNER, LOG, const_logPolynomial, P_OF_T); \
	EACH(LOG_JOIN); \
	EACH(LOG_FINISH)

// In AVX2 most registers take a way without special values: those whose numbers are all normal,
// positive and finite. LOG_NORMAL makes the logarithms in the P of both groups, and goes to special,
// with X as they were, if a number is not such or the sum of two overflows.
#define LOG_NORMAL(special) \
	VADD V0, V5, V1; \
	VMIN V0, V5, V2; \
	VBROADCAST LOG(const_logInfinity), V3; \
	VBROADCAST LOG(const_logNormal), V4; \
	VCMP $LESS, V3, V1, V1; \
	VCMP $NOT_LESS, V4, V2, V2; \
	VAND V1, V2, V1; \
	VMOVMSK V1, AX; \
	CMPL AX, $((1<<LANES)-1); \
	JNE special; \
	EACH(LOG_SPLIT_NORMAL); \
	POLYNOMIAL_EACH(LOG_HORNER, LOG, const_logPolynomial, P_OF_T); \
	EACH(LOG_JOIN)
#define LOG_SPLIT_NORMAL(X, T, N, P, E, R) \
	VPADDC(LOG(const_logHalf), X, T); \
	VPSRL $MANTISSA, T, N; \
	VORC(LOG(const_logMagic), N, N); \
	VSUBC(LOG(const_logBias), N, N); \
	VANDC(LOG(const_logFraction), T, T); \
	VPADDC(LOG(const_logThreeQuarters), T, T); \
	VSUBC(LOG(const_logOne), T, T)
#define STORE_LOGS(MOVE) \
	MOVE V3, (DI); \
	MOVE V8, VBYTES(DI); \
	ADDQ $WIDE_BYTES, SI; \
	ADDQ $WIDE_BYTES, DI; \
	SUBQ $WIDE_BYTES, CX

// LOG_MAP_AVX2 is MAP_WIDE by that way. It no longer streams from a special value on.
#define LOG_MAP BY_ISA(LOG_MAP_AVX2, MAP_WIDE(LOG_VECTOR, LOG_WIDE))
#define LOG_MAP_AVX2 \
	UNLESS_STREAM(SI, plainWide); \
	SUBQ $WIDE_BYTES, CX; \
streamWide: \
	PREFETCH_WIDE(SI); \
	LOAD_WIDE(SI); \
	LOG_NORMAL(noStream); \
	STORE_LOGS(VMOVNT); \
	JGE streamWide; \
noStream: \
	SFENCE; \
	ADDQ $WIDE_BYTES, CX; \
plainWide: \
	SUBQ $WIDE_BYTES, CX; \
	JLT rest; \
wide: \
	LOAD_WIDE(SI); \
	LOG_NORMAL(special); \
	STORE_LOGS(VMOVU); \
	JGE wide; \
	JMP rest; \
special: \
	MAP_BLOCK(LOG_WIDE, WIDE_BYTES, LOAD_WIDE, STORE_WIDE, VMOVU); \
	JGE wide; \
rest: \
	ADDQ $WIDE_BYTES, CX; \
	MAP_REST(LOG_VECTOR)

#define LOGARITHM(name) UNARY(name, 48, NONE, LOG_MAP)

// Hyperbolic tangent.

#define TANH(name) UNARY(name, 48, TANH_SETUP, MAP(TANH_VECTOR))

// Error function. The two types have methods of their own.

#define ERF32(i) ·erf32+((i)*4)(SB)
#define ERF64(i) ·erf64+((i)*8)(SB)
#define ERF_GRAD(i) BY_TYPE(·erfGrad32, ·erfGrad64)+((i)*ELEM)(SB)

#define ERF_STEP(i) \
	LOOKUP(·erfTables, i, V1, V6, V7); \
	VFMA213 V7, V0, V4

// ERF_VECTOR_F32 replaces V0 by its error function.
//	V0	|x|, clamped, then h
//	V1	the interval's place in the tables
//	V2	k
//	V4	the polynomial
//	V5	the sign of x
//	V6	the place's highest bit, for AVX2
//	V7	a coefficient
//	V8	b
#define ERF_VECTOR_F32 \
	VANDC(ERF32(const_erfSign), V0, V5); \
	VXOR V5, V0, V0; \
	VMIN V0, V15, V0; \
	VBROADCAST ERF32(const_erfPerSpacing), V1; \
	VFMA213C(ERF32(const_erfMagic), V0, V1); \
	VBROADCAST ERF32(const_erfLast), V2; \
	VMIN V1, V2, V1; \
	VSUBC(ERF32(const_erfMagic), V1, V2); \
	VFNMADD231C(ERF32(const_erfSpacing), V2, V0); \
	INDEX(V1, V6); \
	LOOKUP(·erfTables, const_erfCoefficients, V1, V6, V8); \
	VBROADCAST ERF32(const_erfHalf), V7; \
	SELECT_WHERE(V2, LESS, V7, V7, V0, V8); \
	LOOKUP(·erfTables, const_erfFirst, V1, V6, V4); \
	ERF_STEP(const_erfFirst+1); \
	ERF_STEP(const_erfFirst+2); \
	ERF_STEP(const_erfFirst+3); \
	ERF_STEP(const_erfFirst+4); \
	ERF_STEP(const_erfFirst+5); \
	ERF_STEP(const_erfRest); \
	VADD V8, V4, V0; \
	VOR V5, V0, V0

// ERF_VECTOR_F64 replaces V0 by its error function. V14 and V15 bound the exponential's argument.
//	V0	−y², then the rest of its reduction, then the sum
//	V1	magic + n, then 2ⁿ
//	V2	t, then b
//	V3	p
//	V4	u, then 1 − 2ⁿ, then what the rounding of the sum took
//	V5	the sign of x
//	V6	the low part of y², then v, then what the rounding of b took
//	V7	what the rounding of v took
//	V8	v − 1
//	V12	y
//	V13	y²
#define ERF_VECTOR_F64 \
	VANDC(ERF64(const_erf64Sign), V0, V5); \
	VXOR V5, V0, V0; \
	VBROADCAST ERF64(const_erf64High), V12; \
	VMIN V0, V12, V12; \
	VMUL V12, V12, V13; \
	VMOVA V12, V6; \
	VFMSUB213 V13, V12, V6; \
	WITH(VXOR, ERF64(const_erf64Sign), V13, V0); \
	ONE(EXP_REDUCE); \
	VSUB V6, V0, V0; \
	EXP_MINUS_ONE; \
	VPSLL $MANTISSA, V1, V1; \
	VPADDC(ERF64(const_erf64One), V1, V1); \
	VADDC(ERF64(const_erf64K), V12, V2); \
	VDIV V2, V12, V2; \
	POLYNOMIAL(HORNER_14, ERF64, const_erf64Polynomial, V2, V4); \
	VMOVA V4, V6; \
	VFMA213 V12, V12, V6; \
	VSUB V6, V12, V7; \
	VFMA231 V4, V12, V7; \
	VSUBC(ERF64(const_erf64One), V6, V8); \
	VMOVA V8, V2; \
	VFMA213 V6, V3, V2; \
	VSUB V2, V6, V6; \
	VFMA231 V8, V3, V6; \
	VADD V7, V6, V6; \
	VBROADCAST ERF64(const_erf64One), V4; \
	VSUB V1, V4, V4; \
	VMOVA V2, V0; \
	VFMA213 V4, V1, V0; \
	VSUB V0, V4, V4; \
	VFMA231 V2, V1, V4; \
	VFMA231 V6, V1, V4; \
	VADD V4, V0, V0; \
	VOR V5, V0, V0

// ERF_GRAD_VECTORS replaces V0 by the derivative of the error function there, times V9.
//	V2	y
//	V5	y²
//	V6	the low part of y²
#define ERF_GRAD_VECTORS \
	VBROADCAST ERF_GRAD(const_erfGradSign), V2; \
	VANDN V0, V2, V2; \
	VMIN V2, V13, V2; \
	VMUL V2, V2, V5; \
	VMOVA V2, V6; \
	VFMSUB213 V5, V2, V6; \
	WITH(VXOR, ERF_GRAD(const_erfGradSign), V5, V0); \
	ONE(EXP_REDUCE); \
	VSUB V6, V0, V0; \
	EXP_FINISH; \
	VMULC(ERF_GRAD(const_erfGradScale), V0, V0); \
	VMUL V0, V9, V0

#define ERF_SETUP_F32 VBROADCAST ERF32(const_erfHigh), V15
#define ERF_GRAD_SETUP VBROADCAST ERF_GRAD(const_erfGradHigh), V13; EXP_BOUNDS

#define ERROR_FUNCTION(name) \
	UNARY(name, 48, BY_TYPE(ERF_SETUP_F32, EXP_BOUNDS), MAP(BY_TYPE(ERF_VECTOR_F32, ERF_VECTOR_F64)))
#define ERROR_FUNCTION_GRAD(name) GRADIENT(name, 72, ERF_GRAD_SETUP, MAP_PAIRS(ERF_GRAD_VECTORS))

#include "avx2_f32.h"
EXPONENTIAL(·expF32AVX2)
EXPONENTIAL_SUB(·expSubF32AVX2)
LOGARITHM(·logF32AVX2)
TANH(·tanhF32AVX2)
ERROR_FUNCTION(·erfF32AVX2)
ERROR_FUNCTION_GRAD(·erfGradF32AVX2)

#include "avx2_f64.h"
EXPONENTIAL(·expF64AVX2)
EXPONENTIAL_SUB(·expSubF64AVX2)
LOGARITHM(·logF64AVX2)
TANH(·tanhF64AVX2)
ERROR_FUNCTION(·erfF64AVX2)
ERROR_FUNCTION_GRAD(·erfGradF64AVX2)

#include "avx512_f32.h"
EXPONENTIAL(·expF32AVX512)
EXPONENTIAL_SUB(·expSubF32AVX512)
LOGARITHM(·logF32AVX512)
TANH(·tanhF32AVX512)
ERROR_FUNCTION(·erfF32AVX512)
ERROR_FUNCTION_GRAD(·erfGradF32AVX512)

#include "avx512_f64.h"
EXPONENTIAL(·expF64AVX512)
EXPONENTIAL_SUB(·expSubF64AVX512)
LOGARITHM(·logF64AVX512)
TANH(·tanhF64AVX512)
ERROR_FUNCTION(·erfF64AVX512)
ERROR_FUNCTION_GRAD(·erfGradF64AVX512)
