//go:build !purego

// Sigmoid and silu: sigmoid_neon.h has their steps, math_neon.h the registers and map_neon.h the
// loops.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "map_neon.h"
#include "math_neon.h"
#include "sigmoid_neon.h"

#define CONSTANTS \
	SIGMOID_SETUP; \
	CONSTANT(const_sigmoidSilu, V13)

#define SIGMOID(name) UNARY(name, 48, CONSTANTS, MAP(SIGMOID_VECTOR))
#define SILU(name) UNARY(name, 48, CONSTANTS, MAP(SILU_VECTOR))
#define SILU_GRAD(name) GRADIENT(name, 72, CONSTANTS, MAP_PAIRS(SILU_GRAD_VECTORS))

#include "neon_f32.h"
SIGMOID(·sigmoidF32NEON)
SILU(·siluF32NEON)
SILU_GRAD(·siluGradF32NEON)

#include "neon_f64.h"
SIGMOID(·sigmoidF64NEON)
SILU(·siluF64NEON)
SILU_GRAD(·siluGradF64NEON)
