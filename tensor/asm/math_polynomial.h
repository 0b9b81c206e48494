// Polynomials by Horner's scheme: POLYNOMIAL_n sets P to the one of n coefficients at X. TABLE(first) is the highest coefficient's place.

#define HORNER_4(TABLE, first, X, P) \
	VFMA213C(TABLE(first), X, P); \
	VFMA213C(TABLE(first+1), X, P); \
	VFMA213C(TABLE(first+2), X, P); \
	VFMA213C(TABLE(first+3), X, P)

#define POLYNOMIAL_5(TABLE, first, X, P) \
	VBROADCAST TABLE(first), P; \
	HORNER_4(TABLE, first+1, X, P)

#define POLYNOMIAL_9(TABLE, first, X, P) \
	POLYNOMIAL_5(TABLE, first, X, P); \
	HORNER_4(TABLE, first+5, X, P)

#define POLYNOMIAL_10(TABLE, first, X, P) \
	POLYNOMIAL_9(TABLE, first, X, P); \
	VFMA213C(TABLE(first+9), X, P)

#define POLYNOMIAL_20(TABLE, first, X, P) \
	POLYNOMIAL_10(TABLE, first, X, P); \
	HORNER_4(TABLE, first+10, X, P); \
	HORNER_4(TABLE, first+14, X, P); \
	VFMA213C(TABLE(first+18), X, P); \
	VFMA213C(TABLE(first+19), X, P)
