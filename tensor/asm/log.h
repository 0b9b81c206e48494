// The logarithm of a register of elements: log.go has the method and the constants, math_avx2.h and math_avx512.h the registers.

#define LOG(i) logTable+((i)*ELEM)(SB)

// LOG_VECTOR replaces V0 by its logarithm.
//	V0	x, then the result
//	V1	f
//	V2	k
//	V3	the polynomial, then what is added to k·ln 2
//	V4	f²
#define LOG_VECTOR \
	SPLIT; \
	VSUBC(LOG(const_logOne), V1, V1); \
	LOG_POLYNOMIAL(LOG, const_logPolynomial, V1, V3); \
	VMUL V1, V1, V4; \
	VMUL V4, V3, V3; \
	VFMA231C(LOG(const_logLn2Low), V2, V3); \
	VADD V1, V3, V3; \
	VFMA231C(LOG(const_logLn2), V2, V3); \
	FINISH
