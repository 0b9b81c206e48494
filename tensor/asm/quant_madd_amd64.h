// The product of integers by multiplications of 16 bits whose neighbours are added, for either width:
// quant_amd64.h has the loops and the register map, these are its tiles. They are exact, which the
// instructions for bytes are not: those saturate.
//
// A register of B has the four bytes of a column of a group in 16 bits each; a sum has two parts in
// neighbouring lanes, which are added when it is stored. So a panel, and a tile, is two registers wide.
// A is in 16 bits, too.
//
//	V0-V11	the sums: row i in registers 2i and 2i+1
//	V12, V13	a group of B
//	V14	a group of A, over and over
//	V15	products

#define ZERO2(A, B) VPXOR_BITS A, A, A; VPXOR_BITS B, B, B
#define CLEAR_NARROW \
	ZERO2(V0, V1); ZERO2(V2, V3); ZERO2(V4, V5); ZERO2(V6, V7); ZERO2(V8, V9); ZERO2(V10, V11)
#define LOAD_NARROW VPMOVSXBW (DI), V12; VPMOVSXBW (VBYTES/2)(DI), V13; ADDQ $VBYTES, DI

#define NARROW(a, S0, S1) \
	VPBROADCASTQ a, V14; \
	VPMADDWD V12, V14, V15; VPADDD V15, S0, S0; VPMADDWD V13, V14, V15; VPADDD V15, S1, S1
#define NARROW1 NARROW(A0, V0, V1)
#define NARROW2 NARROW1; NARROW(A1, V2, V3)
#define NARROW3 NARROW2; NARROW(A2, V4, V5)
#define NARROW4 NARROW3; NARROW(A3, V6, V7)
#define NARROW5 NARROW4; NARROW(A4, V8, V9)
#define NARROW6 NARROW5; NARROW(A5, V10, V11)

// Sums of two parts become one, and those of two registers a register in order.
#define STORE_NARROW BY_ISA(STORE_NARROW_AVX2, STORE_NARROW_AVX512)
#define STORE_NARROW_AVX2(S0, S1) \
	VPHADDD S1, S0, S0; \
	VPERMQ $0xD8, S0, S0; \
	VMOVDQU S0, (BX); \
	ADDQ R15, BX
#define STORE_NARROW_AVX512(S0, S1) \
	VPSRLQ $32, S0, V15; \
	VPADDD V15, S0, S0; \
	VPMOVQD S0, (BX); \
	VPSRLQ $32, S1, V15; \
	VPADDD V15, S1, S1; \
	VPMOVQD S1, 32(BX); \
	ADDQ R15, BX
#define STORES_NARROW(next) \
	STORE_NARROW(V0, V1); \
	IF_ROWS(2, next); STORE_NARROW(V2, V3); \
	IF_ROWS(3, next); STORE_NARROW(V4, V5); \
	IF_ROWS(4, next); STORE_NARROW(V6, V7); \
	IF_ROWS(5, next); STORE_NARROW(V8, V9); \
	IF_ROWS(6, next); STORE_NARROW(V10, V11)
