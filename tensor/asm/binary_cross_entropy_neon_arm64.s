//go:build !purego

#include "textflag.h"
#include "neon.h"
#include "elementwise_neon.h"

// LIKELIER_VECTOR replaces P by the larger of itself and its difference to 1.
#define LIKELIER_VECTOR(P, T) \
	fsub(P, v15, T); \
	fmax(T, P, P)

// MARGIN_VECTORS replaces Z by max(Z, +0) − Y·Z.
#define MARGIN_VECTORS(Z, Y, T) \
	fmax(v15, Z, T); \
	fmls(Y, Z, T); \
	mov(T, Z)

#include "neon_f32.h"
#define likelierT ·likelierF32NEON
#define marginT ·marginF32NEON
#include "binary_cross_entropy_neon.h"

#undef likelierT
#undef marginT

#include "neon_f64.h"
#define likelierT ·likelierF64NEON
#define marginT ·marginF64NEON
#include "binary_cross_entropy_neon.h"
