//go:build !purego

#include "textflag.h"
#include "neon.h"

#include "neon_f32.h"
#define addRowT ·addRowF32NEON
#define addColumnsT ·addColumnsF32NEON
#include "rows_neon.h"

#include "neon_f64.h"
#define addRowT ·addRowF64NEON
#define addColumnsT ·addColumnsF64NEON
#include "rows_neon.h"
