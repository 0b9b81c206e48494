//go:build !purego

#include "textflag.h"
#include "neon.h"

#include "neon_f32.h"
#define GEMV ·gemvTransposedF32NEON
#include "gemv_neon.h"
#undef GEMV

#include "neon_f64.h"
#define GEMV ·gemvTransposedF64NEON
#include "gemv_neon.h"
