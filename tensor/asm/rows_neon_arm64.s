//go:build !purego

#include "textflag.h"
#include "neon.h"

#include "neon_f32.h"
#define addRowT ·broadcastAddF32NEON
#define addColumnsT ·columnSumF32NEON
#include "rows_neon.h"

#include "neon_f64.h"
#define addRowT ·broadcastAddF64NEON
#define addColumnsT ·columnSumF64NEON
#include "rows_neon.h"
