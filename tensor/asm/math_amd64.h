// What the elementary functions share: constants from memory, groups of registers, polynomials,
// tables. A function's constants come from a Go table, TABLE(i) being the place of number i: exp.go
// and its like have the methods.
//
// A body is made of steps on a group of six registers, called by their roles (X, T, N, P, E, R): X
// holds x, then the result; the others are the body's own. ONE applies a step to the first group.
// EACH applies it to all groups, of which AVX2 has two and AVX-512 four: steps of several groups,
// interleaved, leave less for the processor to keep in flight than whole bodies one after another.
// A body for one group and its wide form, for all, are therefore the same steps:
//
//	X	T	N	P	E	R
//	V0	V1	V2	V3	V4	V11
//	V5	V6	V7	V8	V9	V12
//	Z16	Z17	Z18	Z19	Z20	Z26
//	Z21	Z22	Z23	Z24	Z25	Z27
//
// Besides, V10 is for constants on their way into instructions; V13 is a kernel's own; V14 and V15
// are the bounds that a body clamps x to. In MAP_PAIRS V9 is the second operand, and a body for one
// group has V5 to V8 as well. A kernel without a wide form has V12, and with AVX-512 Z16 to Z31.

#define ONE(STEP) STEP(V0, V1, V2, V3, V4, V11)
#define EACH BY_ISA(EACH_AVX2, EACH_AVX512)
#define EACH_AVX2(STEP) \
	ONE(STEP); \
	STEP(V5, V6, V7, V8, V9, V12)
#define EACH_AVX512(STEP) \
	EACH_AVX2(STEP); \
	STEP(Z16, Z17, Z18, Z19, Z20, Z26); \
	STEP(Z21, Z22, Z23, Z24, Z25, Z27)

// MAP_WIDE stores f of each element, like MAP: F replaces V0 by f(V0), and G the X registers of all
// groups. MAP_BLOCKS does so with groups of a kernel's own, of so many bytes: LOAD(p) fills their
// X, and STORE(MOVE, p) stores them by the instruction MOVE.
#define MAP_WIDE(F, G) MAP_BLOCKS(F, G, WIDE_BYTES, LOAD_WIDE, STORE_WIDE)
#define MAP_BLOCKS(F, G, BYTES, LOAD, STORE) \
	UNLESS_STREAM(SI, plainWide); \
	SUBQ $BYTES, CX; \
streamWide: \
	PREFETCH_WIDE(SI); \
	MAP_BLOCK(G, BYTES, LOAD, STORE, VMOVNT); \
	JGE streamWide; \
	SFENCE; \
	ADDQ $BYTES, CX; \
plainWide: \
	SUBQ $BYTES, CX; \
	JLT rest; \
wide: \
	MAP_BLOCK(G, BYTES, LOAD, STORE, VMOVU); \
	JGE wide; \
rest: \
	ADDQ $BYTES, CX; \
	MAP_REST(F)
#define MAP_BLOCK(G, BYTES, LOAD, STORE, MOVE) \
	LOAD(SI); \
	G; \
	STORE(MOVE, DI); \
	ADDQ $BYTES, SI; \
	ADDQ $BYTES, DI; \
	SUBQ $BYTES, CX

#define WIDE_BYTES BY_ISA(64, 256)
#define PREFETCH_WIDE(p) BY_ISA(PREFETCH1, PREFETCH2)(p)
#define LOAD_WIDE BY_ISA(LOAD_WIDE_AVX2, LOAD4_WIDE)
#define STORE_WIDE BY_ISA(STORE_WIDE_AVX2, STORE4_WIDE)
#define LOAD_WIDE_AVX2(p) VMOVU (p), V0; VMOVU VBYTES(p), V5
#define LOAD4_WIDE(p) LOAD4(p, V0, V5, Z16, Z21)
#define STORE_WIDE_AVX2(MOVE, p) MOVE V0, (p); MOVE V5, VBYTES(p)
#define STORE4_WIDE(MOVE, p) STORE4(MOVE, V0, V5, Z16, Z21, p)

// Instructions with a constant c from memory in the place of their first operand. AVX2 loads it to
// V10.
#define WITH BY_ISA(WITH_AVX2, WITH_AVX512)
#define WITH_AVX2(OP, c, A, D) VBROADCAST c, V10; OP V10, A, D
#define WITH_AVX512(OP, c, A, D) OP.BCST c, A, D
#define VADDC(c, A, D) WITH(VADD, c, A, D)
#define VSUBC(c, A, D) WITH(VSUB, c, A, D)
#define VMULC(c, A, D) WITH(VMUL, c, A, D)
#define VANDC(c, A, D) WITH(VAND, c, A, D)
#define VORC(c, A, D) WITH(VOR, c, A, D)
#define VPADDC(c, A, D) WITH(VPADD, c, A, D)
#define VFMA213C(c, A, D) WITH(VFMA213, c, A, D)
#define VFMA231C(c, A, D) WITH(VFMA231, c, A, D)
#define VFNMADD231C(c, A, D) WITH(VFNMADD231, c, A, D)

// Polynomials by Horner's scheme: POLYNOMIAL sets P to the one at X whose highest coefficient is
// TABLE(first) and whose degree is that of HORNER, one of the macros below. Their FMA(c, X, P)
// replaces P by P·X + c.
#define POLYNOMIAL(HORNER, TABLE, first, X, P) \
	VBROADCAST TABLE(first), P; \
	HORNER(VFMA213C, TABLE, first+1, X, P)

// POLYNOMIAL_EACH sets the P of all groups to the polynomial at their X, if the step is P_OF_X, or
// at their T, if it is P_OF_T. The groups share one load of a coefficient: processors load two
// registers per cycle, and the coefficients are as many as the multiply-adds.
#define POLYNOMIAL_EACH(HORNER, TABLE, first, STEP) \
	VBROADCAST TABLE(first), V3; \
	BY_ISA(COPY_P_AVX2, COPY_P_AVX512); \
	HORNER(FMA_EACH, TABLE, first+1, STEP, P)
#define FMA_EACH(c, STEP, P) VBROADCAST c, V10; EACH(STEP)
#define P_OF_X(X, T, N, P, E, R) VFMA213 V10, X, P
#define P_OF_T(X, T, N, P, E, R) VFMA213 V10, T, P
#define COPY_P_AVX2 VMOVA V3, V8
#define COPY_P_AVX512 COPY_P_AVX2; VMOVA V3, Z19; VMOVA V3, Z24

#define HORNER_2(FMA, TABLE, first, X, P) \
	FMA(TABLE(first), X, P); \
	FMA(TABLE(first+1), X, P)
#define HORNER_4(FMA, TABLE, first, X, P) \
	HORNER_2(FMA, TABLE, first, X, P); \
	HORNER_2(FMA, TABLE, first+2, X, P)
#define HORNER_8(FMA, TABLE, first, X, P) \
	HORNER_4(FMA, TABLE, first, X, P); \
	HORNER_4(FMA, TABLE, first+4, X, P)
#define HORNER_9(FMA, TABLE, first, X, P) \
	HORNER_8(FMA, TABLE, first, X, P); \
	FMA(TABLE(first+8), X, P)
#define HORNER_14(FMA, TABLE, first, X, P) \
	HORNER_8(FMA, TABLE, first, X, P); \
	HORNER_4(FMA, TABLE, first+8, X, P); \
	HORNER_2(FMA, TABLE, first+12, X, P)
#define HORNER_19(FMA, TABLE, first, X, P) \
	HORNER_9(FMA, TABLE, first, X, P); \
	HORNER_8(FMA, TABLE, first+9, X, P); \
	HORNER_2(FMA, TABLE, first+17, X, P)
#define HORNER_21(FMA, TABLE, first, X, P) \
	HORNER_19(FMA, TABLE, first, X, P); \
	HORNER_2(FMA, TABLE, first+19, X, P)

// Tables of 16 float32 each at TABLE: LOOKUP sets D to the entries of number i at the places in P.
// In AVX-512 VPERMPS looks at the lowest four bits of a place. In AVX2 a register is half of a
// table: VPERMPS looks at the lowest three bits, and VBLENDVPS at the highest bit, where INDEX puts
// the fourth, in H. It clobbers V10.
#define INDEX(P, H) BY_ISA(INDEX_AVX2(P, H), NONE)
#define INDEX_AVX2(P, H) VPSLLD $28, P, H
#define LOOKUP BY_ISA(LOOKUP_AVX2, LOOKUP_AVX512)
#define LOOKUP_AVX2(TABLE, i, P, H, D) \
	VMOVUPS TABLE+((i)*64)(SB), D; \
	VPERMPS D, P, D; \
	VMOVUPS TABLE+((i)*64+32)(SB), V10; \
	VPERMPS V10, P, V10; \
	VBLENDVPS H, V10, D, D
#define LOOKUP_AVX512(TABLE, i, P, H, D) VPERMPS TABLE+((i)*64)(SB), P, D
