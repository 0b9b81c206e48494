//go:build !purego

#include "textflag.h"
#include "neon.h"
#include "lanes_neon.h"

#include "neon_f32.h"
#define dotsT ·gemvF32NEON
#define sumT ·sumF32NEON
#define maxT ·maxF32NEON
#include "reduce_neon.h"

#include "neon_f64.h"
#define dotsT ·gemvF64NEON
#define sumT ·sumF64NEON
#define maxT ·maxF64NEON
#include "reduce_neon.h"
