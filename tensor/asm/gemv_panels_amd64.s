//go:build !purego

// A vector times four panels of a matrix at a time: gemv_panels_amd64.h has the register map and
// the text.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

#include "avx2_f32.h"
#define PANELS ·gemvPanelsF32AVX2
#include "gemv_panels_amd64.h"
#undef PANELS

#include "avx2_f64.h"
#define PANELS ·gemvPanelsF64AVX2
#include "gemv_panels_amd64.h"
#undef PANELS

#include "avx512_f32.h"
#define PANELS ·gemvPanelsF32AVX512
#include "gemv_panels_amd64.h"
#undef PANELS

#include "avx512_f64.h"
#define PANELS ·gemvPanelsF64AVX512
#include "gemv_panels_amd64.h"
#undef PANELS
