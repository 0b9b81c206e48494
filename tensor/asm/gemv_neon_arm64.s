//go:build !purego

#include "textflag.h"
#include "neon.h"

#include "neon_f32.h"
#define VECMAT ·vecmatF32NEON
#include "gemv_neon.h"
#undef VECMAT

#include "neon_f64.h"
#define VECMAT ·vecmatF64NEON
#include "gemv_neon.h"
