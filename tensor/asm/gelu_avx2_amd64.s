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
#define HORNER_PAIR(LOOKUP, i) \
	LOOKUP(i, V4, V12); \
	VFMA213 V4, V3, V5; \
	VFMA213 V12, V11, V13

// Where y is below 4 throughout, eight intervals and the one from 3 to 4 serve, which the lowest three
// bits of a place tell apart but for that one: LOOKUP_NEAR takes half of the permutations. PLACE_NEAR
// puts where it is into I4, and NEAR goes to far if an element is beyond, or NaN.
#define NEAR_TABLE(i) ·geluNear+((i)*64)(SB)
#define NEAR_OTHER(i) ·geluNear+((i)*64+32)(SB)
#define LOOKUP_NEAR(i, D, E) \
	VMOVUPS NEAR_TABLE(i), V10; \
	VPERMPS V10, V0, D; \
	VBLENDVPS V2, NEAR_OTHER(i), D, D; \
	VPERMPS V10, V7, E; \
	VBLENDVPS V9, NEAR_OTHER(i), E, E
#define PLACE_NEAR(X, Y, I, I4, H, A, P, N, S, HI, LO) \
	VADDC(GELU32(const_geluOne), Y, I); \
	VPSRL $21, I, I; \
	VCMP $GREATER_OR_EQUAL, NEAR_OTHER(const_geluBounds), Y, I4
#define NEAR(far) \
	VPMAXSD V1, V8, V10; \
	VPCMPGTD NEAR_TABLE(const_geluBounds), V10, V10; \
	VMOVMSK V10, AX; \
	TESTL AX, AX; \
	JNE far

// MAGNITUDES makes y in V1 and V8, and MILLS_PAIR of it y − center in V3 and V11, the polynomial
// without a₀ in V5 and V13, and a₀ in V4 and V12.
#define MAGNITUDES GELU_SETUP; PAIR(MAGNITUDE)
#define MILLS_PAIR(LOOKUP, PLACE) \
	PAIR(PLACE); \
	LOOKUP(const_geluCenters, V3, V11); \
	VSUB V3, V1, V3; \
	VSUB V11, V8, V11; \
	LOOKUP(const_geluFirst, V5, V13); \
	HORNER_PAIR(LOOKUP, const_geluFirst+1); \
	HORNER_PAIR(LOOKUP, const_geluFirst+2); \
	HORNER_PAIR(LOOKUP, const_geluFirst+3); \
	HORNER_PAIR(LOOKUP, const_geluFirst+4); \
	HORNER_PAIR(LOOKUP, const_geluFirst+5); \
	LOOKUP(const_geluCoefficients, V4, V12)

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
#define GELU_PAIR(LOOKUP, PLACE) \
	MILLS_PAIR(LOOKUP, PLACE); \
	PAIR(ADD_LAST); \
	PAIR(PRODUCT); \
	EXP_PAIR; \
	PAIR(GELU_TAIL); \
	LOAD_PAIR(SI); \
	PAIR(GELU_OF_TAIL)

// GRADIENT_PAIR replaces V0 and V7 by the derivative of gelu there, times what is at DX.
#define GRADIENT_PAIR(LOOKUP, PLACE) \
	MILLS_PAIR(LOOKUP, PLACE); \
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

// The loops of map_amd64.h, two registers at a time. In BX is whether the results are streamed.
#define BEGIN_PAIR(far) LOAD_PAIR(SI); MAGNITUDES; NEAR(far)
#define END_PAIR(MOVE) \
	STORE_PAIR(MOVE, DI); \
	ADDQ $PAIR_BYTES, SI; \
	ADDQ $PAIR_BYTES, DI; \
	SUBQ $PAIR_BYTES, CX

#define GELU_LOOP \
	XORL BX, BX; \
	UNLESS_STREAM(SI, plain); \
	MOVL $1, BX; \
	SUBQ $PAIR_BYTES, CX; \
stream: \
	PREFETCH1(SI); \
	BEGIN_PAIR(far); \
	GELU_PAIR(LOOKUP_NEAR, PLACE_NEAR); \
streamed: \
	END_PAIR(VMOVNT); \
	JGE stream; \
	SFENCE; \
	JMP rest; \
plain: \
	SUBQ $PAIR_BYTES, CX; \
	JLT rest; \
pair: \
	BEGIN_PAIR(far); \
	GELU_PAIR(LOOKUP_NEAR, PLACE_NEAR); \
stored: \
	END_PAIR(VMOVU); \
	JGE pair; \
	JMP rest; \
far: \
	GELU_PAIR(LOOKUP_PAIR, PLACE); \
	TESTL BX, BX; \
	JNE streamed; \
	JMP stored; \
rest: \
	ADDQ $PAIR_BYTES, CX; \
	GELU_SETUP; \
	MAP_REST(GELU_OF(ONE_GELU))

#define GRADIENT_LOOP \
	SUBQ $PAIR_BYTES, CX; \
	JLT rest; \
pair: \
	BEGIN_PAIR(far); \
	GRADIENT_PAIR(LOOKUP_NEAR, PLACE_NEAR); \
stored: \
	ADDQ $PAIR_BYTES, DX; \
	END_PAIR(VMOVU); \
	JGE pair; \
	JMP rest; \
far: \
	GRADIENT_PAIR(LOOKUP_PAIR, PLACE); \
	JMP stored; \
rest: \
	ADDQ $PAIR_BYTES, CX; \
	GELU_SETUP; \
	MAP_PAIRS(GELU_GRAD_VECTORS)

UNARY(·geluF32AVX2, 48, NONE, GELU_LOOP)
GRADIENT(·geluGradF32AVX2, 72, NONE, GRADIENT_LOOP)
