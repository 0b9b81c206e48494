// The logarithm of a register of elements: log.go has the method and the constants, math_avx2.h and math_avx512.h the registers.

#define LOG(i) logTable+((i)*ELEM)(SB)

// LOG_JOIN takes f in F, k in K and the polynomial in P, and leaves the logarithm in P. It clobbers S.
#define LOG_JOIN(F, K, P, S) \
	VMUL F, F, S; \
	VMUL S, P, P; \
	VFMA231C(LOG(const_logLn2Low), K, P); \
	VADD F, P, P; \
	VFMA231C(LOG(const_logLn2), K, P)

// LOG_VECTOR replaces V0 by its logarithm. It clobbers V1 to V4.
#define LOG_VECTOR \
	SPLIT(V0, V1, V2, V3, V4); \
	LOG_POLYNOMIAL(LOG, const_logPolynomial, V1, V3); \
	LOG_JOIN(V1, V2, V3, V4); \
	FINISH(V0, V1, V2, V3)
