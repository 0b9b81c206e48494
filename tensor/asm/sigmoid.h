// The sigmoid and silu of a register of elements: sigmoid.go has the method and the constants, math_avx2.h and math_avx512.h the registers.

#define SIGMOID(i) sigmoidTable+((i)*ELEM)(SB)

// SIGMOID_CLAMP bounds X. VMAX and VMIN return their second operand, the first in Go's order, when one is NaN: NaN passes.
#define SIGMOID_CLAMP(X) \
	VMAX X, V14, X; \
	VMIN X, V15, X

// SIGMOID_REDUCE replaces the x in X by s, and leaves magic + n in T. It clobbers N.
#define SIGMOID_REDUCE(X, T, N) \
	VBROADCAST SIGMOID(const_sigmoidLog2E), T; \
	VFMA213C(SIGMOID(const_sigmoidMagic), X, T); \
	VSUBC(SIGMOID(const_sigmoidMagic), T, N); \
	VFMA231C(SIGMOID(const_sigmoidLn2High), N, X); \
	VFMA231C(SIGMOID(const_sigmoidLn2Low), N, X)

// SIGMOID_DENOMINATOR takes s in X, magic + n in T and q(s) in P. It leaves in X the denominator 1 + exp(−x), in units of V13, in R what its
// rounding took, in N its inverse, and in T 1. It clobbers P and E.
#define SIGMOID_DENOMINATOR(X, T, N, P, E, R) \
	VMUL X, X, E; \
	VFMSUB213 X, E, P; \
	VPSLL $FRACTION, T, E; \
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

// SIGMOID_CORRECT takes what SIGMOID_DENOMINATOR left and replaces X by the sigmoid. T becomes what the quotient lacks, the negative of the
// excess.
#define SIGMOID_CORRECT(X, T, N, R) \
	VFNMADD231 X, N, T; \
	VFNMADD231 R, N, T; \
	VFMA213 N, N, T; \
	VMUL V13, T, X

// SIGMOID_VECTOR replaces V0 by its sigmoid. It clobbers V1 to V4 and V11.
#define SIGMOID_VECTOR \
	SIGMOID_CLAMP(V0); \
	SIGMOID_REDUCE(V0, V1, V2); \
	SIGMOID_POLYNOMIAL(SIGMOID, const_sigmoidPolynomial, V0, V3); \
	SIGMOID_DENOMINATOR(V0, V1, V2, V3, V4, V11); \
	SIGMOID_CORRECT(V0, V1, V2, V11)

// SILU_CORRECT takes what SIGMOID_DENOMINATOR left in X, N and R, and the numerator x in T, and replaces X by the quotient, but by x where
// that is greater than BOUND. It clobbers P and E.
//	P	x clamped, then 0
//	E	the quotient
//	X	its excess, then the result
#define SILU_CORRECT(X, T, N, P, E, R, BOUND) \
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
	SELECT_GREATER(T, E, X)

// SILU_VECTOR replaces V0 by its silu. It clobbers V1 to V4, V8 and V11.
#define SILU_VECTOR \
	VMOVA V0, V8; \
	SIGMOID_CLAMP(V0); \
	SIGMOID_REDUCE(V0, V1, V2); \
	SIGMOID_POLYNOMIAL(SIGMOID, const_sigmoidPolynomial, V0, V3); \
	SIGMOID_DENOMINATOR(V0, V1, V2, V3, V4, V11); \
	VMOVA V8, V1; \
	SILU_CORRECT(V0, V1, V2, V3, V4, V11, SIGMOID(const_sigmoidSilu))

// SILU_GRAD_VECTORS replaces V0 by the derivative of silu there, times V9.
#define SILU_GRAD_VECTORS \
	VMOVA V0, V8; \
	SIGMOID_VECTOR; \
	VBROADCAST SIGMOID(const_sigmoidOne), V6; \
	VSUB V0, V6, V6; \
	VMUL V8, V0, V1; \
	VFMA213 V0, V6, V1; \
	VMUL V1, V9, V0
