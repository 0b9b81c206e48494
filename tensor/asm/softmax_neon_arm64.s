//go:build !purego

#include "textflag.h"
#include "neon.h"
#include "elementwise_neon.h"

#define DIVIDE_VECTOR(A, T) fdiv(v15, A, A)

// MUL_DIFFERENCE_VECTORS replaces G by P·(G−V15).
#define MUL_DIFFERENCE_VECTORS(G, P, T) \
	fsub(v15, G, G); \
	fmul(G, P, G)

#include "neon_f32.h"
#define divideT ·divideF32NEON
#define mulDifferenceT ·mulDifferenceF32NEON
#define divideArgs 28
#define mulDifferenceArgs 76
#include "softmax_neon.h"

#undef divideT
#undef mulDifferenceT
#undef divideArgs
#undef mulDifferenceArgs

#include "neon_f64.h"
#define divideT ·divideF64NEON
#define mulDifferenceT ·mulDifferenceF64NEON
#define divideArgs 32
#define mulDifferenceArgs 80
#include "softmax_neon.h"
