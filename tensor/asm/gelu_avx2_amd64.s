//go:build !purego

// Gelu and its gradient for float32 in AVX2, two registers per iteration: gelu_amd64.h has the steps
// and map_amd64.h the loops.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "sigmoid_amd64.h"
#include "gelu_amd64.h"
#include "avx2_f32.h"

// Constants stand in memory as registers, which instructions take from there: a register that is
// loaded first is one less for renaming, of which the long chains of two bodies need all.
#undef WITH_AVX2
#define WITH_AVX2(OP, c, A, D) OP c, A, D
#undef GELU
#define GELU(i) ·geluLanes+((i)*32)(SB)
#undef GELU32
#define GELU32 GELU
#undef SIGMOID
#define SIGMOID(i) ·sigmoidLanes+((i)*32)(SB)

// PAIR applies a step to two groups of seven registers, of which some play two roles, one after the
// other: g comes before the exponential, and x is read again at the end. V10 and V15 are scratch,
// so that y's bound is read for each register.
#define PAIR(STEP) \
	STEP(V0, V1, V0, V2, V3, V4, V5, V2, V5, V3, V6); \
	STEP(V7, V8, V7, V9, V11, V12, V13, V9, V13, V11, V14)
#define PAIR_BYTES 64
#define LOAD_PAIR(p) VMOVU (p), V0; VMOVU 32(p), V7
#define STORE_PAIR(MOVE, p) MOVE V0, (p); MOVE V7, 32(p)

// LOOKUP_PAIR loads a table once for both groups, whose coefficients go to D and E. Loaded by VPERMPS
// itself each half would take Zen 3 two cycles instead of one.
#define LOOKUP_PAIR(i, D, E) \
	VMOVUPS ·geluTables+((i)*64)(SB), V10; \
	VPERMPS V10, V0, D; \
	VPERMPS V10, V7, E; \
	VMOVUPS ·geluTables+((i)*64+32)(SB), V10; \
	VPERMPS V10, V0, V15; \
	VBLENDVPS V2, V15, D, D; \
	VPERMPS V10, V7, V15; \
	VBLENDVPS V9, V15, E, E
#define HORNER_PAIR(i) \
	LOOKUP_PAIR(i, V4, V12); \
	VFMA213 V4, V3, V5; \
	VFMA213 V12, V11, V13

// MILLS_PAIR makes y in V1 and V8, y − center in V3 and V11, the polynomial without a₀ in V5 and V13,
// and a₀ in V4 and V12.
#define MILLS_PAIR \
	GELU_SETUP; \
	PAIR(MAGNITUDE); \
	PAIR(PLACE); \
	LOOKUP_PAIR(const_geluCenters, V3, V11); \
	VSUB V3, V1, V3; \
	VSUB V11, V8, V11; \
	LOOKUP_PAIR(const_geluFirst, V5, V13); \
	HORNER_PAIR(const_geluFirst+1); \
	HORNER_PAIR(const_geluFirst+2); \
	HORNER_PAIR(const_geluFirst+3); \
	HORNER_PAIR(const_geluFirst+4); \
	HORNER_PAIR(const_geluFirst+5); \
	LOOKUP_PAIR(const_geluCoefficients, V4, V12)

// EXP_PAIR goes as far as t.
#define EXP_PAIR \
	PAIR(HALF_SQUARE); \
	PAIR(REDUCE); \
	PAIR(JOIN); \
	PAIR(EXP_HIGHEST); \
	PAIR(EXP_SECOND); \
	PAIR(EXP_THIRD); \
	PAIR(EXP_FOURTH); \
	PAIR(EXP_REST)

// GELU_PAIR replaces V0 and V7 by their gelu: they are (SI) and 32(SI).
#define GELU_PAIR \
	MILLS_PAIR; \
	PAIR(ADD_LAST); \
	PAIR(PRODUCT); \
	EXP_PAIR; \
	PAIR(GELU_TAIL); \
	LOAD_PAIR(SI); \
	PAIR(GELU_OF_TAIL)

// GRADIENT_PAIR replaces V0 and V7 by the derivative of gelu there, times what is at DX.
#define GRADIENT_PAIR \
	MILLS_PAIR; \
	PAIR(RATIO); \
	EXP_PAIR; \
	PAIR(GRADIENT_TAIL); \
	LOAD_PAIR(SI); \
	PAIR(GRADIENT_OF_TAIL); \
	VMUL (DX), V0, V0; \
	VMUL 32(DX), V7, V7
#define RATIO(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VFMA213 A, H, P; \
	VMOVA P, A; \
	VFNMADD231C(GELU(const_geluDensity), Y, A)
#define GRADIENT_TAIL(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VSUB S, LO, LO; \
	VFMA213 A, A, LO; \
	SCALE_TAIL(LO, N)
#define GRADIENT_OF_TAIL(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VANDC(GELU(const_geluSign), X, Y); \
	VXOR Y, LO, LO; \
	VBROADCAST GELU(const_geluOne), A; \
	CLEAR_WHERE_NEGATIVE(X, A); \
	VMOVA A, X; \
	VFNMADD231C(GELU(const_geluUnscale), LO, X)

// MAP_PAIRS_OF_TWO is MAP_PAIRS of F, two registers at a time by G.
#define MAP_PAIRS_OF_TWO(F, G) \
	SUBQ $PAIR_BYTES, CX; \
	JLT rest; \
wide: \
	MAP_BLOCK(G, PAIR_BYTES, LOAD_PAIR, STORE_PAIR, VMOVU); \
	LEAQ PAIR_BYTES(DX), DX; \
	JGE wide; \
rest: \
	ADDQ $PAIR_BYTES, CX; \
	GELU_SETUP; \
	MAP_PAIRS(F)

#define GELU_PAIRS MAP_BLOCKS(GELU_SETUP; GELU_OF(ONE_GELU), GELU_PAIR, PAIR_BYTES, LOAD_PAIR, STORE_PAIR)

UNARY(·geluF32AVX2, 48, NONE, GELU_PAIRS)
GRADIENT(·geluGradF32AVX2, 72, NONE, MAP_PAIRS_OF_TWO(GELU_GRAD_VECTORS, GRADIENT_PAIR))
