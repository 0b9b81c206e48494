//go:build !purego

// Vectors with gaps, element by element. gaps_amd64.h is the text for each element type, and says
// what is in which register.

#include "textflag.h"

#define VMOVS VMOVSD
#define VMULS VMULSD
#define VADDS VADDSD
#define SHIFT 3
#define DOT_GAPS ·dotGapsF64(SB)
#define DOT_SIZE $0-48
#define AXPY_GAPS ·axpyGapsF64(SB)
#define AXPY_SIZE $0-48
#define SCALE_GAPS ·scaleGapsF64(SB)
#define SCALE_SIZE $0-32
#include "gaps_amd64.h"

#undef VMOVS
#undef VMULS
#undef VADDS
#undef SHIFT
#undef DOT_GAPS
#undef DOT_SIZE
#undef AXPY_GAPS
#undef AXPY_SIZE
#undef SCALE_GAPS
#undef SCALE_SIZE
#undef LOAD_VECTORS
#undef GO_ON
#undef ADD_PRODUCT
#undef AXPY
#undef SCALE

#define VMOVS VMOVSS
#define VMULS VMULSS
#define VADDS VADDSS
#define SHIFT 2
#define DOT_GAPS ·dotGapsF32(SB)
#define DOT_SIZE $0-44
#define AXPY_GAPS ·axpyGapsF32(SB)
#define AXPY_SIZE $0-44
#define SCALE_GAPS ·scaleGapsF32(SB)
#define SCALE_SIZE $0-28
#include "gaps_amd64.h"
