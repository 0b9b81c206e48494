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

#define POLYNOMIAL_22(TABLE, first, X, P) \
	POLYNOMIAL_20(TABLE, first, X, P); \
	VFMA213C(TABLE(first+20), X, P); \
	VFMA213C(TABLE(first+21), X, P)

// POLYNOMIAL_n_PAIR evaluates the same polynomial at X and at Y, into P and Q.

#define HORNER_4_PAIR(TABLE, first, X, P, Y, Q) \
	VFMA213C_PAIR(TABLE(first), X, P, Y, Q); \
	VFMA213C_PAIR(TABLE(first+1), X, P, Y, Q); \
	VFMA213C_PAIR(TABLE(first+2), X, P, Y, Q); \
	VFMA213C_PAIR(TABLE(first+3), X, P, Y, Q)

#define POLYNOMIAL_5_PAIR(TABLE, first, X, P, Y, Q) \
	VBROADCAST TABLE(first), P; \
	VMOVA P, Q; \
	HORNER_4_PAIR(TABLE, first+1, X, P, Y, Q)

#define POLYNOMIAL_9_PAIR(TABLE, first, X, P, Y, Q) \
	POLYNOMIAL_5_PAIR(TABLE, first, X, P, Y, Q); \
	HORNER_4_PAIR(TABLE, first+5, X, P, Y, Q)

#define POLYNOMIAL_10_PAIR(TABLE, first, X, P, Y, Q) \
	POLYNOMIAL_9_PAIR(TABLE, first, X, P, Y, Q); \
	VFMA213C_PAIR(TABLE(first+9), X, P, Y, Q)

#define POLYNOMIAL_20_PAIR(TABLE, first, X, P, Y, Q) \
	POLYNOMIAL_10_PAIR(TABLE, first, X, P, Y, Q); \
	HORNER_4_PAIR(TABLE, first+10, X, P, Y, Q); \
	HORNER_4_PAIR(TABLE, first+14, X, P, Y, Q); \
	VFMA213C_PAIR(TABLE(first+18), X, P, Y, Q); \
	VFMA213C_PAIR(TABLE(first+19), X, P, Y, Q)

// POLYNOMIAL_n_FOUR evaluates the same polynomial at X, Y, Z and U, into P, Q, R and S.

#define HORNER_4_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S) \
	VFMA213C_FOUR(TABLE(first), X, P, Y, Q, Z, R, U, S); \
	VFMA213C_FOUR(TABLE(first+1), X, P, Y, Q, Z, R, U, S); \
	VFMA213C_FOUR(TABLE(first+2), X, P, Y, Q, Z, R, U, S); \
	VFMA213C_FOUR(TABLE(first+3), X, P, Y, Q, Z, R, U, S)

#define POLYNOMIAL_5_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S) \
	VBROADCAST TABLE(first), P; \
	VMOVA P, Q; \
	VMOVA P, R; \
	VMOVA P, S; \
	HORNER_4_FOUR(TABLE, first+1, X, P, Y, Q, Z, R, U, S)

#define POLYNOMIAL_9_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S) \
	POLYNOMIAL_5_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S); \
	HORNER_4_FOUR(TABLE, first+5, X, P, Y, Q, Z, R, U, S)

#define POLYNOMIAL_10_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S) \
	POLYNOMIAL_9_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S); \
	VFMA213C_FOUR(TABLE(first+9), X, P, Y, Q, Z, R, U, S)

#define POLYNOMIAL_20_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S) \
	POLYNOMIAL_10_FOUR(TABLE, first, X, P, Y, Q, Z, R, U, S); \
	HORNER_4_FOUR(TABLE, first+10, X, P, Y, Q, Z, R, U, S); \
	HORNER_4_FOUR(TABLE, first+14, X, P, Y, Q, Z, R, U, S); \
	VFMA213C_FOUR(TABLE(first+18), X, P, Y, Q, Z, R, U, S); \
	VFMA213C_FOUR(TABLE(first+19), X, P, Y, Q, Z, R, U, S)
