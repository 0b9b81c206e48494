// What is left after the last whole register, in AVX-512: mask registers serve loads and stores.

// LANE_MASK sets K's lowest CX bits: all of them for 16 elements of float32 or 8 of float64 and more. CX < 64; it clobbers TMP.
#define LANE_MASK(TMP, K) \
	MOVQ $-1, TMP; \
	SHLQ CX, TMP; \
	NOTQ TMP; \
	KMOVW TMP, K
