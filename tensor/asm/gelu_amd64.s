//go:build !purego

// Gelu, its approximation by the hyperbolic tangent, and their gradients: gelu.go and gelu_tanh.go
// have the methods and the constants, gelu_amd64.h the steps, sigmoid_amd64.h the reduction's,
// math_amd64.h the registers and map_amd64.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "sigmoid_amd64.h"
#include "gelu_amd64.h"

#define GELU_TANH(i) BY_TYPE(·geluTanh32, ·geluTanh64)+((i)*ELEM)(SB)

// GELU_TANH_ARGUMENT takes x in V0 and leaves v there, what its rounding took in V6, and x² in V7.
// It clobbers V1 to V5, V8 and V10.
//	V1	the low part of x², then that of c₁·x², then that of w
//	V2	c₁, then c₁·x²
//	V3	c₀
//	V4	w = c₀ + c₁·x²
//	V5	c₁, then w − c₀
//	V8	a difference
#define GELU_TANH_ARGUMENT \
	VMUL V0, V0, V7; \
	VMOVA V0, V1; \
	VFMSUB213 V7, V0, V1; \
	VBROADCAST GELU_TANH(const_geluTanhC1), V5; \
	VMUL V5, V7, V2; \
	VMOVA V5, V8; \
	VFMSUB213 V2, V7, V8; \
	VFMA213 V8, V5, V1; \
	VFMA231C(GELU_TANH(const_geluTanhC1Low), V7, V1); \
	VBROADCAST GELU_TANH(const_geluTanhC0), V3; \
	VADD V2, V3, V4; \
	VSUB V3, V4, V5; \
	VSUB V5, V4, V8; \
	VSUB V8, V3, V8; \
	VSUB V5, V2, V5; \
	VADD V5, V8, V8; \
	VADDC(GELU_TANH(const_geluTanhC0Low), V1, V1); \
	VADD V1, V8, V8; \
	VMUL V4, V0, V2; \
	VMOVA V4, V6; \
	VFMSUB213 V2, V0, V6; \
	VFMA231 V8, V0, V6; \
	VMOVA V2, V0

// GELU_TANH_DENOMINATOR takes x, between its bounds, in V0 and leaves what SIGMOID_DENOMINATOR
// leaves: V0, V1, V2 and V11; and x² in V7.
#define GELU_TANH_DENOMINATOR \
	GELU_TANH_ARGUMENT; \
	ONE(SIGMOID_REDUCE); \
	VADD V6, V0, V0; \
	POLYNOMIAL(SIGMOID_HORNER, SIGMOID, const_sigmoidPolynomial, V0, V3); \
	ONE(SIGMOID_DENOMINATOR)

// GELU_TANH_VECTOR replaces V0 by the approximation of its gelu.
#define GELU_TANH_VECTOR \
	VMOVA V0, V12; \
	ONE(SIGMOID_CLAMP); \
	GELU_TANH_DENOMINATOR; \
	VMOVA V12, V1; \
	QUOTIENT_CORRECT(V0, V1, V2, V3, V4, V11, GELU_TANH(const_geluTanhHigh))

// GELU_TANH_GRAD_VECTORS replaces V0 by the derivative of that approximation there, times V9.
//	V12	−|x|, bounded
//	V15	x
//	V7	x², then the argument's derivative, times −|x|
//	V1	the derivative at −|x|, negative where x is
//	V4	1 or 0
#define GELU_TANH_GRAD_VECTORS \
	VMOVA V0, V15; \
	VORC(GELU(const_geluSign), V0, V0); \
	VMAX V0, V14, V0; \
	VMOVA V0, V12; \
	GELU_TANH_DENOMINATOR; \
	ONE(SIGMOID_CORRECT); \
	VBROADCAST GELU_TANH(const_geluTanhThreeC1), V1; \
	VFMA213C(GELU_TANH(const_geluTanhC0), V7, V1); \
	VMUL V12, V1, V7; \
	VBROADCAST SIGMOID(const_sigmoidOne), V6; \
	VSUB V0, V6, V6; \
	VMUL V7, V0, V1; \
	VFMA213 V0, V6, V1; \
	VANDC(GELU(const_geluSign), V15, V6); \
	VXOR V6, V1, V1; \
	VBROADCAST SIGMOID(const_sigmoidOne), V4; \
	CLEAR_WHERE_NEGATIVE(V15, V4); \
	VSUB V1, V4, V4; \
	VMUL V4, V9, V0

#define GELU_TANH_GRAD_SETUP \
	VBROADCAST GELU_TANH(const_geluTanhLow), V14; \
	VBROADCAST SIGMOID(const_sigmoidUnit), V13
#define GELU_TANH_SETUP \
	VBROADCAST GELU_TANH(const_geluTanhLow), V14; \
	VBROADCAST GELU_TANH(const_geluTanhHigh), V15; \
	VBROADCAST SIGMOID(const_sigmoidUnit), V13

// Three registers per iteration.
#define GELU_BYTES 192
#define GELU_LOAD(p) VMOVU (p), V0; VMOVU 64(p), Z16; VMOVU 128(p), V6
#define GELU_STORE(MOVE, p) MOVE V0, (p); MOVE Z16, 64(p); MOVE V6, 128(p)
#define GELU_MAP BY_TYPE(BY_ISA(MAP_ONE_GELU, MAP_EACH_GELU), MAP_ONE_GELU)
#define MAP_ONE_GELU MAP(GELU_OF(ONE_GELU))
#define MAP_EACH_GELU \
	MAP_BLOCKS(GELU_OF(ONE_GELU), GELU_OF(EACH_GELU), GELU_BYTES, GELU_LOAD, GELU_STORE)

#define GELU_KERNEL(name) UNARY(name, 48, GELU_SETUP, GELU_MAP)
#define GELU_GRAD(name) GRADIENT(name, 72, GELU_SETUP, MAP_PAIRS(GELU_GRAD_VECTORS))
#define GELU_TANH_KERNEL(name) UNARY(name, 48, GELU_TANH_SETUP, MAP(GELU_TANH_VECTOR))
#define GELU_TANH_GRAD(name) \
	GRADIENT(name, 72, GELU_TANH_GRAD_SETUP, MAP_PAIRS(GELU_TANH_GRAD_VECTORS))

#include "avx2_f32.h"
GELU_TANH_KERNEL(·geluTanhF32AVX2)
GELU_TANH_GRAD(·geluTanhGradF32AVX2)

#include "avx2_f64.h"
GELU_KERNEL(·geluF64AVX2)
GELU_GRAD(·geluGradF64AVX2)
GELU_TANH_KERNEL(·geluTanhF64AVX2)
GELU_TANH_GRAD(·geluTanhGradF64AVX2)

#include "avx512_f32.h"
GELU_KERNEL(·geluF32AVX512)
GELU_GRAD(·geluGradF32AVX512)
GELU_TANH_KERNEL(·geluTanhF32AVX512)
GELU_TANH_GRAD(·geluTanhGradF32AVX512)

#include "avx512_f64.h"
GELU_KERNEL(·geluF64AVX512)
GELU_GRAD(·geluGradF64AVX512)
GELU_TANH_KERNEL(·geluTanhF64AVX512)
GELU_TANH_GRAD(·geluTanhGradF64AVX512)
