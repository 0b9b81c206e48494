// NEON instructions by the type of their elements: this is float64. See neon.h for how they are written.
//
// A kernel's body uses these names and is included once after this header and once after its twin of the other type,
// which takes the names over.

#ifdef ELEM
#include "neon_undef.h"
#endif

// The element: its bytes, their logarithm, the elements of one register, and the bits behind the exponent.
#define ELEM 8
#define SHIFT 3
#define LANES 2
#define MANTISSA 52

// One element from or to memory; a load clears the other lanes.
#define FMOV FMOVD

// Arithmetic: fmla adds the fused product n·m to d, fmls takes it away, fmlae multiplies by the lowest element of m.
#define fadd(m, n, d) WORD $(0x4E60D400 | (m)<<16 | (n)<<5 | (d)) // FADD Vd.2D, Vn.2D, Vm.2D
#define fsub(m, n, d) WORD $(0x4EE0D400 | (m)<<16 | (n)<<5 | (d)) // FSUB Vd.2D, Vn.2D, Vm.2D
#define fmul(m, n, d) WORD $(0x6E60DC00 | (m)<<16 | (n)<<5 | (d)) // FMUL Vd.2D, Vn.2D, Vm.2D
#define fdiv(m, n, d) WORD $(0x6E60FC00 | (m)<<16 | (n)<<5 | (d)) // FDIV Vd.2D, Vn.2D, Vm.2D
#define fsqrt(n, d) WORD $(0x6EE1F800 | (n)<<5 | (d)) // FSQRT Vd.2D, Vn.2D
#define fneg(n, d) WORD $(0x6EE0F800 | (n)<<5 | (d)) // FNEG Vd.2D, Vn.2D
#define fabs(n, d) WORD $(0x4EE0F800 | (n)<<5 | (d)) // FABS Vd.2D, Vn.2D
#define fmla(m, n, d) WORD $(0x4E60CC00 | (m)<<16 | (n)<<5 | (d)) // FMLA Vd.2D, Vn.2D, Vm.2D
#define fmls(m, n, d) WORD $(0x4EE0CC00 | (m)<<16 | (n)<<5 | (d)) // FMLS Vd.2D, Vn.2D, Vm.2D
#define fmlae(m, n, d) WORD $(0x4FC01000 | (m)<<16 | (n)<<5 | (d)) // FMLA Vd.2D, Vn.2D, Vm.D[0]

// Extremes, which are NaN where an operand is, and comparisons, which hold for no NaN and set all bits where they hold.
#define fmax(m, n, d) WORD $(0x4E60F400 | (m)<<16 | (n)<<5 | (d)) // FMAX Vd.2D, Vn.2D, Vm.2D
#define fmin(m, n, d) WORD $(0x4EE0F400 | (m)<<16 | (n)<<5 | (d)) // FMIN Vd.2D, Vn.2D, Vm.2D
#define fcmgt(m, n, d) WORD $(0x6EE0E400 | (m)<<16 | (n)<<5 | (d)) // FCMGT Vd.2D, Vn.2D, Vm.2D
#define fcmge(m, n, d) WORD $(0x6E60E400 | (m)<<16 | (n)<<5 | (d)) // FCMGE Vd.2D, Vn.2D, Vm.2D
#define fcmeq(m, n, d) WORD $(0x4E60E400 | (m)<<16 | (n)<<5 | (d)) // FCMEQ Vd.2D, Vn.2D, Vm.2D
#define fcmeq0(n, d) WORD $(0x4EE0D800 | (n)<<5 | (d)) // FCMEQ Vd.2D, Vn.2D, #0
#define fcmlt0(n, d) WORD $(0x4EE0E800 | (n)<<5 | (d)) // FCMLT Vd.2D, Vn.2D, #0
#define fcmle0(n, d) WORD $(0x6EE0D800 | (n)<<5 | (d)) // FCMLE Vd.2D, Vn.2D, #0

// The same bits as integers of the element's width.
#define add(m, n, d) WORD $(0x4EE08400 | (m)<<16 | (n)<<5 | (d)) // ADD Vd.2D, Vn.2D, Vm.2D
#define sub(m, n, d) WORD $(0x6EE08400 | (m)<<16 | (n)<<5 | (d)) // SUB Vd.2D, Vn.2D, Vm.2D
#define shl(bits, n, d) WORD $(0x4F005400 | (64+(bits))<<16 | (n)<<5 | (d)) // SHL Vd.2D, Vn.2D, #bits
#define ushr(bits, n, d) WORD $(0x6F000400 | (128-(bits))<<16 | (n)<<5 | (d)) // USHR Vd.2D, Vn.2D, #bits

// The lowest element of n in every lane.
#define dup(n, d) WORD $(0x4E080400 | (n)<<5 | (d)) // DUP Vd.2D, Vn.D[0]

// FOLD folds the lanes of V0 in halves with OP into the lowest one. It clobbers V16.
#define FOLD(OP) \
	VEXT $8, V0.B16, V0.B16, V16.B16; \
	OP(v16, v0, v0)

// CONSTANT fills V with element i of the table at R5; STREAM fills it with the element at R6, which moves on. CONSTANT clobbers R6.
#define CONSTANT(i, V) \
	ADD $((i)*8), R5, R6; \
	VLD1R (R6), [V.D2]
#define STREAM(V) VLD1R.P 8(R6), [V.D2]
