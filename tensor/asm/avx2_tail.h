// What is left after the last whole register, in AVX2, for elements of either type: lengths here are in bytes, 1 to 31.
//
// Loads can be masked: VMASKMOVPS touches no memory behind a clear mask. Masked stores are microcoded and slow on AMD processors,
// so a tail is stored in pieces of 16, 8 and 4 bytes.

// TAIL_MASK sets the lowest n bytes of Y, a multiple of 4, to ones and the others to zeros. It clobbers TMP.
#define TAIL_MASK(n, TMP, Y) \
	LEAQ ·tailMask+32(SB), TMP; \
	SUBQ n, TMP; \
	VMOVDQU (TMP), Y

// STORE_TAIL stores the lowest n bytes of Y, a multiple of 4, at p. X is the low half of Y; both are clobbered. Labels are the
// caller's, since a macro can't make its own.
#define STORE_TAIL(Y, X, p, n, below16, below8, stored) \
	TESTQ $16, n; \
	JEQ below16; \
	VMOVUPS X, (p); \
	VEXTRACTF128 $1, Y, X; \
	ADDQ $16, p; \
below16: \
	TESTQ $8, n; \
	JEQ below8; \
	VMOVLPS X, (p); \
	VPERMILPD $1, X, X; \
	ADDQ $8, p; \
below8: \
	TESTQ $4, n; \
	JEQ stored; \
	VMOVSS X, (p); \
stored:
