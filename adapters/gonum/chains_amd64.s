//go:build !purego

// Short triangles, times vectors and solved: for each row a chain of products, each of which is
// rounded. chains_amd64.h is the text for each element type, and says what is in which register.

#include "textflag.h"
#include "go_asm.h"

#define VMOVS VMOVSD
#define VMULS VMULSD
#define VADDS VADDSD
#define VSUBS VSUBSD
#define VDIVS VDIVSD
#define SHIFT 3
#define MULTIPLY_CHAINS ·multiplyChainsF64(SB)
#define SOLVE_CHAINS ·solveChainsF64(SB)
#define VUCOMI VUCOMISD
#define SYMMETRIC_CHAINS ·symmetricChainsF64(SB)
#define SYMMETRIC_SIZE $0-64
#define SYMMETRIC_BETA beta+56(FP)
#include "chains_amd64.h"

#undef VMOVS
#undef VMULS
#undef VADDS
#undef VSUBS
#undef VDIVS
#undef SHIFT
#undef MULTIPLY_CHAINS
#undef SOLVE_CHAINS
#undef LOAD_WAY
#undef PRODUCT
#undef PRODUCTS
#undef FEWER_THAN_K
#undef VUCOMI
#undef SYMMETRIC_CHAINS
#undef SYMMETRIC_SIZE
#undef SYMMETRIC_BETA

#define VMOVS VMOVSS
#define VMULS VMULSS
#define VADDS VADDSS
#define VSUBS VSUBSS
#define VDIVS VDIVSS
#define SHIFT 2
#define MULTIPLY_CHAINS ·multiplyChainsF32(SB)
#define SOLVE_CHAINS ·solveChainsF32(SB)
#define VUCOMI VUCOMISS
#define SYMMETRIC_CHAINS ·symmetricChainsF32(SB)
#define SYMMETRIC_SIZE $0-56
#define SYMMETRIC_BETA beta+52(FP)
#include "chains_amd64.h"
