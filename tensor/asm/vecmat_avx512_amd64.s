//go:build !purego

#include "textflag.h"

#define WIDTH 64
#define C0 Z0
#define C1 Z1
#define C2 Z2
#define C3 Z3
#define C4 Z4
#define C5 Z5
#define C6 Z6
#define C7 Z7
#define ELEMENT Z8

#include "avx512_f32.h"
#define VECMAT ·vecmatF32AVX512
#include "vecmat.h"
#undef VECMAT

#include "avx512_f64.h"
#define VECMAT ·vecmatF64AVX512
#include "vecmat.h"
