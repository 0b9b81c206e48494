//go:build !purego

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "quant_amd64.h"
#include "quant_madd_amd64.h"

#define VPXOR_BITS BY_ISA(VPXOR, VPXORD)

#include "avx2_f32.h"
MUL_QUANT(·mulQuantAVX2, 8, 32, NONE)

#include "avx512_f32.h"
MUL_QUANT(·mulQuantAVX512, 16, 64, NONE)
