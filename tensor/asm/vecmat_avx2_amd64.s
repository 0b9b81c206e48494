//go:build !purego

#include "textflag.h"

#define WIDTH 32
#define C0 Y0
#define C1 Y1
#define C2 Y2
#define C3 Y3
#define C4 Y4
#define C5 Y5
#define C6 Y6
#define C7 Y7
#define ELEMENT Y8

#include "avx2_f32.h"
#define VECMAT ·vecmatF32AVX2
#include "vecmat_avx2.h"
#undef VECMAT

#include "avx2_f64.h"
#define VECMAT ·vecmatF64AVX2
#include "vecmat_avx2.h"
