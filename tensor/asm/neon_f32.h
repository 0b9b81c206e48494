// NEON instructions by the type of their elements: this is float32. See neon.h for how they are written.
//
// A kernel's body uses these names and is included once after this header and once after its twin of the other type,
// which takes the names over.

#ifdef ELEM
#include "neon_undef.h"
#endif

// The element: its bytes, their logarithm, the elements of one register, and the bits behind the exponent.
#define ELEM 4
#define SHIFT 2
#define LANES 4
#define MANTISSA 23

// One element from or to memory; a load clears the other lanes.
#define FMOV FMOVS

// Arithmetic: fmla adds the fused product n·m to d, fmls takes it away, fmlae multiplies by the lowest element of m.
#define fadd(m, n, d) WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d)) // FADD Vd.4S, Vn.4S, Vm.4S
#define fsub(m, n, d) WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d)) // FSUB Vd.4S, Vn.4S, Vm.4S
#define fmul(m, n, d) WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d)) // FMUL Vd.4S, Vn.4S, Vm.4S
#define fdiv(m, n, d) WORD $(0x6E20FC00 | (m)<<16 | (n)<<5 | (d)) // FDIV Vd.4S, Vn.4S, Vm.4S
#define fsqrt(n, d) WORD $(0x6EA1F800 | (n)<<5 | (d)) // FSQRT Vd.4S, Vn.4S
#define fneg(n, d) WORD $(0x6EA0F800 | (n)<<5 | (d)) // FNEG Vd.4S, Vn.4S
#define fabs(n, d) WORD $(0x4EA0F800 | (n)<<5 | (d)) // FABS Vd.4S, Vn.4S
#define fmla(m, n, d) WORD $(0x4E20CC00 | (m)<<16 | (n)<<5 | (d)) // FMLA Vd.4S, Vn.4S, Vm.4S
#define fmls(m, n, d) WORD $(0x4EA0CC00 | (m)<<16 | (n)<<5 | (d)) // FMLS Vd.4S, Vn.4S, Vm.4S
#define fmlae(m, n, d) WORD $(0x4F801000 | (m)<<16 | (n)<<5 | (d)) // FMLA Vd.4S, Vn.4S, Vm.S[0]

// Extremes, which are NaN where an operand is, and comparisons, which hold for no NaN and set all bits where they hold.
#define fmax(m, n, d) WORD $(0x4E20F400 | (m)<<16 | (n)<<5 | (d)) // FMAX Vd.4S, Vn.4S, Vm.4S
#define fmin(m, n, d) WORD $(0x4EA0F400 | (m)<<16 | (n)<<5 | (d)) // FMIN Vd.4S, Vn.4S, Vm.4S
#define fcmgt(m, n, d) WORD $(0x6EA0E400 | (m)<<16 | (n)<<5 | (d)) // FCMGT Vd.4S, Vn.4S, Vm.4S
#define fcmge(m, n, d) WORD $(0x6E20E400 | (m)<<16 | (n)<<5 | (d)) // FCMGE Vd.4S, Vn.4S, Vm.4S
#define fcmeq(m, n, d) WORD $(0x4E20E400 | (m)<<16 | (n)<<5 | (d)) // FCMEQ Vd.4S, Vn.4S, Vm.4S
#define fcmeq0(n, d) WORD $(0x4EA0D800 | (n)<<5 | (d)) // FCMEQ Vd.4S, Vn.4S, #0
#define fcmlt0(n, d) WORD $(0x4EA0E800 | (n)<<5 | (d)) // FCMLT Vd.4S, Vn.4S, #0
#define fcmle0(n, d) WORD $(0x6EA0D800 | (n)<<5 | (d)) // FCMLE Vd.4S, Vn.4S, #0

// The same bits as integers of the element's width.
#define add(m, n, d) WORD $(0x4EA08400 | (m)<<16 | (n)<<5 | (d)) // ADD Vd.4S, Vn.4S, Vm.4S
#define sub(m, n, d) WORD $(0x6EA08400 | (m)<<16 | (n)<<5 | (d)) // SUB Vd.4S, Vn.4S, Vm.4S
#define shl(bits, n, d) WORD $(0x4F005400 | (32+(bits))<<16 | (n)<<5 | (d)) // SHL Vd.4S, Vn.4S, #bits
#define ushr(bits, n, d) WORD $(0x6F000400 | (64-(bits))<<16 | (n)<<5 | (d)) // USHR Vd.4S, Vn.4S, #bits

// The lowest element of n in every lane.
#define dup(n, d) WORD $(0x4E040400 | (n)<<5 | (d)) // DUP Vd.4S, Vn.S[0]

// FOLD folds the lanes of V0 in halves with OP into the lowest one. It clobbers V16.
#define FOLD(OP) \
	VEXT $8, V0.B16, V0.B16, V16.B16; \
	OP(v16, v0, v0); \
	VEXT $4, V0.B16, V0.B16, V16.B16; \
	OP(v16, v0, v0)

// CONSTANT fills V with element i of the table at R5; STREAM fills it with the element at R6, which moves on. CONSTANT clobbers R6.
#define CONSTANT(i, V) \
	ADD $((i)*4), R5, R6; \
	VLD1R (R6), [V.S4]
#define STREAM(V) VLD1R.P 4(R6), [V.S4]
