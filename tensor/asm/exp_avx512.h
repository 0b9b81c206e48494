// What exp.h leaves to the instruction set.

// SCALE sets X to P·2ⁿ, given n in N, rounded once.
#define SCALE(X, T, N, P) VSCALEF N, P, X
