// The sigmoid and silu of registers of elements, and what gelu needs of them: sigmoid.go has the
// method and the constants, math_amd64.h the groups of registers. V13 holds the unit of the
// denominator.

#define SIGMOID(i) BY_TYPE(·sigmoid32, ·sigmoid64)+((i)*ELEM)(SB)
#define SIGMOID_HORNER BY_TYPE(HORNER_4, HORNER_9)

#define SIGMOID_SETUP \
	VBROADCAST SIGMOID(const_sigmoidLow), V14; \
	VBROADCAST SIGMOID(const_sigmoidHigh), V15; \
	VBROADCAST SIGMOID(const_sigmoidUnit), V13

// SIGMOID_CLAMP bounds X. VMAX and VMIN return their second operand, the first in Go's order, when
// one is NaN: NaN passes.
#define SIGMOID_CLAMP(X, T, N, P, E, R) \
	VMAX X, V14, X; \
	VMIN X, V15, X

// SIGMOID_REDUCE replaces the x in X by s, and leaves magic + n in T. It clobbers N.
#define SIGMOID_REDUCE(X, T, N, P, E, R) \
	VBROADCAST SIGMOID(const_sigmoidLog2E), T; \
	VFMA213C(SIGMOID(const_sigmoidMagic), X, T); \
	VSUBC(SIGMOID(const_sigmoidMagic), T, N); \
	VFMA231C(SIGMOID(const_sigmoidLn2High), N, X); \
	VFMA231C(SIGMOID(const_sigmoidLn2Low), N, X)

// SIGMOID_DENOMINATOR takes s in X, magic + n in T and q(s) in P. It leaves in X the denominator 1
// + exp(−x), in units of V13, in R what its rounding took, in N its inverse, and in T 1. It
// clobbers P and E.
#define SIGMOID_DENOMINATOR(X, T, N, P, E, R) \
	VMUL X, X, E; \
	VFMSUB213 X, E, P; \
	VPSLL $MANTISSA, T, E; \
	VPADD V13, E, E; \
	VADD V13, E, N; \
	VMOVA P, X; \
	VFMA213 N, E, X; \
	VSUB X, N, R; \
	VFMA231 P, E, R; \
	VSUB N, E, N; \
	VADD V13, N, N; \
	VADD N, R, R; \
	VBROADCAST SIGMOID(const_sigmoidOne), T; \
	VDIV X, T, N

// SIGMOID_CORRECT takes what SIGMOID_DENOMINATOR left and replaces X by the sigmoid. T becomes what
// the quotient lacks, the negative of the excess.
#define SIGMOID_CORRECT(X, T, N, P, E, R) \
	VFNMADD231 X, N, T; \
	VFNMADD231 R, N, T; \
	VFMA213 N, N, T; \
	VMUL V13, T, X

// SIGMOID_VECTOR replaces V0 by its sigmoid.
#define SIGMOID_VECTOR \
	ONE(SIGMOID_CLAMP); \
	ONE(SIGMOID_REDUCE); \
	POLYNOMIAL(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, V0, V3); \
	ONE(SIGMOID_DENOMINATOR); \
	ONE(SIGMOID_CORRECT)

// DENOMINATORS replaces the X of all groups by the denominators of their sigmoids, and SIGMOID_WIDE
// by these.
#define DENOMINATORS \
	EACH(SIGMOID_CLAMP); \
	EACH(SIGMOID_REDUCE); \
	POLYNOMIAL_EACH(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, P_OF_X); \
	EACH(SIGMOID_DENOMINATOR)

#define SIGMOID_WIDE \
	DENOMINATORS; \
	EACH(SIGMOID_CORRECT)

// QUOTIENT_CORRECT takes what SIGMOID_DENOMINATOR left in X, N and R, and the numerator x in T, and
// replaces X by the quotient, but by x where that is greater than BOUND. It clobbers P and E.
//	P	x clamped, then 0
//	E	the quotient
//	X	its excess, then the result
#define QUOTIENT_CORRECT(X, T, N, P, E, R, BOUND) \
	VMAX T, V14, P; \
	VMIN P, V15, P; \
	VMUL N, P, E; \
	VFMSUB213 P, E, X; \
	VFMA231 R, E, X; \
	VFNMADD213 E, N, X; \
	VMUL V13, X, X; \
	VXOR P, P, P; \
	VFMA231 P, T, X; \
	VBROADCAST BOUND, E; \
	SELECT_WHERE(T, GREATER, E, E, T, X)
