//go:build !purego

// Arithmetic, relu and leaky relu, and what gradients and losses need besides the elementary
// functions: map_amd64.h has the loops and their registers.

#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"

// tailMask, where TAIL_MASK loads from: 32 bytes of ones, then 32 of zeros. A load at tailMask+32−n
// gives a mask whose lowest n bytes are set.
DATA ·tailMask+0(SB)/8, $-1
DATA ·tailMask+8(SB)/8, $-1
DATA ·tailMask+16(SB)/8, $-1
DATA ·tailMask+24(SB)/8, $-1
DATA ·tailMask+32(SB)/8, $0
DATA ·tailMask+40(SB)/8, $0
DATA ·tailMask+48(SB)/8, $0
DATA ·tailMask+56(SB)/8, $0
GLOBL ·tailMask(SB), RODATA|NOPTR, $64

// Arithmetic.
//
//	V15	alpha

#define ALPHA VBROADCAST alpha+48(FP), V15

#define ADD_VECTORS(A, B, T) VADD B, A, A
#define SUB_VECTORS(A, B, T) VSUB B, A, A
#define MUL_VECTORS(A, B, T) VMUL B, A, A
#define DIV_VECTORS(A, B, T) VDIV B, A, A
#define SQRT_VECTOR(A, T) VSQRT A, A
#define SCALE_VECTOR(A, T) VMUL A, V15, A
#define AXPY_VECTORS(A, B, T) VFMA231 B, V15, A

#define ADD(name) BINARY(name, 72, NONE, MAP2(ADD_VECTORS))
#define SUB(name) BINARY(name, 72, NONE, MAP2(SUB_VECTORS))
#define MUL(name) BINARY(name, 72, NONE, MAP2(MUL_VECTORS))
#define DIV(name) BINARY(name, 72, NONE, MAP2(DIV_VECTORS))
#define SQRT(name) UNARY(name, 48, NONE, MAP1(SQRT_VECTOR))
#define SCALE(name) UNARY(name, SLICES2_SCALAR1, ALPHA, MAP1(SCALE_VECTOR))

// AXPY is func axpy(y, x []T, alpha T). y is the first operand, too, since F leaves its result
// there.
#define AXPY(name) \
TEXT name(SB), NOSPLIT, $0-SLICES2_SCALAR1; \
	MOVQ y_base+0(FP), DI; \
	MOVQ y_len+8(FP), CX; \
	MOVQ DI, SI; \
	MOVQ x_base+24(FP), DX; \
	ALPHA; \
	SHLQ $SHIFT, CX; \
	MAP2(AXPY_VECTORS)

// Minimum, maximum, clamp and gate. VMIN and VMAX return their second operand, the first in Go's order,
// when one is NaN or both are zeros, so that both orders are taken, or the bounds' signs decide.
//
//	V12, V13	the signs of low and of high
//	V14, V15	low and high; V15 is the sign bit in maximum

// Of NaN and anything the bits of either order together are a NaN, too.
#define MINIMUM_VECTORS(A, B, T) \
	VMIN A, B, T; \
	VMIN B, A, A; \
	VOR T, A, A
#define MAXIMUM_VECTORS(A, B, T) \
	VXOR V15, A, A; \
	VXOR V15, B, B; \
	MINIMUM_VECTORS(A, B, T); \
	VXOR V15, A, A

// Adding the zero of low's sign makes −0 a +0 where low is one. Under a negative high all results
// have its sign, −0 included.
#define CLAMP_VECTOR(A, T) \
	VMAX A, V14, A; \
	VADD V12, A, A; \
	VMIN A, V15, A; \
	VOR V13, A, A
#define BOUNDS \
	VBROADCAST low+48(FP), V14; \
	VBROADCAST high+(48+ELEM)(FP), V15; \
	SIGN_BIT(V13); \
	VAND V13, V14, V12; \
	VAND V13, V15, V13

// The sum of HARD_GATE is no −0, since shift is no zero, and its bounds have no signs.
//
//	V12, V13	shift and the divisor
#define HARD_GATE_VECTOR(A, T) \
	VADD V12, A, T; \
	VMAX T, V14, T; \
	VMIN T, V15, T; \
	VMUL T, A, A; \
	VDIV V13, A, A
#define GATE \
	VBROADCAST shift+48(FP), V12; \
	VBROADCAST low+(48+ELEM)(FP), V14; \
	VBROADCAST high+(48+2*ELEM)(FP), V15; \
	VBROADCAST by+(48+3*ELEM)(FP), V13

#define MINIMUM(name) BINARY(name, 72, NONE, MAP2(MINIMUM_VECTORS))
#define MAXIMUM(name) BINARY(name, 72, SIGN_BIT(V15), MAP2(MAXIMUM_VECTORS))
#define CLAMP(name) UNARY(name, SLICES2_SCALAR2, BOUNDS, MAP1(CLAMP_VECTOR))
#define HARD_GATE(name) UNARY(name, SLICES2_SCALAR4, GATE, MAP1(HARD_GATE_VECTOR))

// Relu and leaky relu. Their gradients have the upstream gradient as the first operand, where the
// result is left, and as the second the x that decides.
//
//	V12	scratch
//	V14	slope
//	V15	0

#define ZERO VXOR V15, V15, V15
#define SLOPE VBROADCAST slope+48(FP), V14; ZERO
#define SLOPE_GRAD VBROADCAST slope+72(FP), V14; ZERO

// VMAX returns its second operand, the first in Go's order, when one is NaN or both are zeros: NaN
// and −0 pass.
#define RELU_VECTOR(A, T) VMAX A, V15, A
#define RELU_GRAD_VECTORS(G, X, T) KEEP_WHERE(X, NOT_LESS_OR_EQUAL, V15, T, G)

// The sign of x can't choose instead of the comparison: slope·−0 need not be −0.
#define LEAKY_RELU_VECTOR(A, T) MUL_WHERE(A, LESS, V15, T, V14, V12, A)
#define LEAKY_RELU_GRAD_VECTORS(G, X, T) MUL_WHERE(X, LESS_OR_EQUAL, V15, T, V14, X, G)

#define RELU(name) UNARY(name, 48, ZERO, MAP1(RELU_VECTOR))
#define RELU_GRAD(name) BINARY(name, 72, ZERO, MAP2(RELU_GRAD_VECTORS))
#define LEAKY_RELU(name) UNARY(name, SLICES2_SCALAR1, SLOPE, MAP1(LEAKY_RELU_VECTOR))
#define LEAKY_RELU_GRAD(name) \
	BINARY(name, SLICES3_SCALAR1, SLOPE_GRAD, MAP2(LEAKY_RELU_GRAD_VECTORS))

// Gradients by the activation a: g·(1−a²) of tanh, g·(a−a²) of sigmoid.
//
//	V15	1

#define TANH_GRAD_VECTORS(G, A, T) \
	VFNMADD213 V15, A, A; \
	VMUL A, G, G
#define SIGMOID_GRAD_VECTORS(G, A, T) \
	VFNMADD213 A, A, A; \
	VMUL A, G, G

#define TANH_GRAD(name) BINARY(name, 72, NUMBER_ONE(V15), MAP2(TANH_GRAD_VECTORS))
#define SIGMOID_GRAD(name) BINARY(name, 72, NONE, MAP2(SIGMOID_GRAD_VECTORS))

// Binary cross entropy: likelier(p) = max(p, 1−p), which are NaN together, and margin(z, y) =
// max(z, +0) − y·z.
//
//	V15	1, or 0

#define LIKELIER_VECTOR(P, T) \
	VSUB P, V15, T; \
	VMAX T, P, P
#define MARGIN_VECTORS(Z, Y, T) \
	VMAX V15, Z, T; \
	VFNMADD213 T, Y, Z

#define LIKELIER(name) UNARY(name, 48, NUMBER_ONE(V15), MAP1(LIKELIER_VECTOR))
#define MARGIN(name) BINARY(name, 72, ZERO, MAP2(MARGIN_VECTORS))

#include "avx2_f32.h"
ADD(·addF32AVX2)
SUB(·subF32AVX2)
MUL(·mulF32AVX2)
DIV(·divF32AVX2)
MINIMUM(·minimumF32AVX2)
MAXIMUM(·maximumF32AVX2)
CLAMP(·clampF32AVX2)
HARD_GATE(·hardGateF32AVX2)
SQRT(·sqrtF32AVX2)
SCALE(·scaleF32AVX2)
AXPY(·axpyF32AVX2)
RELU(·reluF32AVX2)
RELU_GRAD(·reluGradF32AVX2)
LEAKY_RELU(·leakyReluF32AVX2)
LEAKY_RELU_GRAD(·leakyReluGradF32AVX2)
TANH_GRAD(·tanhGradF32AVX2)
SIGMOID_GRAD(·sigmoidGradF32AVX2)
LIKELIER(·likelierF32AVX2)
MARGIN(·marginF32AVX2)

#include "avx2_f64.h"
ADD(·addF64AVX2)
SUB(·subF64AVX2)
MUL(·mulF64AVX2)
DIV(·divF64AVX2)
MINIMUM(·minimumF64AVX2)
MAXIMUM(·maximumF64AVX2)
CLAMP(·clampF64AVX2)
HARD_GATE(·hardGateF64AVX2)
SQRT(·sqrtF64AVX2)
SCALE(·scaleF64AVX2)
AXPY(·axpyF64AVX2)
RELU(·reluF64AVX2)
RELU_GRAD(·reluGradF64AVX2)
LEAKY_RELU(·leakyReluF64AVX2)
LEAKY_RELU_GRAD(·leakyReluGradF64AVX2)
TANH_GRAD(·tanhGradF64AVX2)
SIGMOID_GRAD(·sigmoidGradF64AVX2)
LIKELIER(·likelierF64AVX2)
MARGIN(·marginF64AVX2)

#include "avx512_f32.h"
ADD(·addF32AVX512)
SUB(·subF32AVX512)
MUL(·mulF32AVX512)
DIV(·divF32AVX512)
MINIMUM(·minimumF32AVX512)
MAXIMUM(·maximumF32AVX512)
CLAMP(·clampF32AVX512)
HARD_GATE(·hardGateF32AVX512)
SQRT(·sqrtF32AVX512)
SCALE(·scaleF32AVX512)
AXPY(·axpyF32AVX512)
RELU(·reluF32AVX512)
RELU_GRAD(·reluGradF32AVX512)
LEAKY_RELU(·leakyReluF32AVX512)
LEAKY_RELU_GRAD(·leakyReluGradF32AVX512)
TANH_GRAD(·tanhGradF32AVX512)
SIGMOID_GRAD(·sigmoidGradF32AVX512)
LIKELIER(·likelierF32AVX512)
MARGIN(·marginF32AVX512)

#include "avx512_f64.h"
ADD(·addF64AVX512)
SUB(·subF64AVX512)
MUL(·mulF64AVX512)
DIV(·divF64AVX512)
MINIMUM(·minimumF64AVX512)
MAXIMUM(·maximumF64AVX512)
CLAMP(·clampF64AVX512)
HARD_GATE(·hardGateF64AVX512)
SQRT(·sqrtF64AVX512)
SCALE(·scaleF64AVX512)
AXPY(·axpyF64AVX512)
RELU(·reluF64AVX512)
RELU_GRAD(·reluGradF64AVX512)
LEAKY_RELU(·leakyReluF64AVX512)
LEAKY_RELU_GRAD(·leakyReluGradF64AVX512)
TANH_GRAD(·tanhGradF64AVX512)
SIGMOID_GRAD(·sigmoidGradF64AVX512)
LIKELIER(·likelierF64AVX512)
MARGIN(·marginF64AVX512)
