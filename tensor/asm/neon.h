// NEON instructions that Go's assembler has no names for, by the type of their elements, and the
// numbers of the vector registers to use them with.
//
// A kernel's text is one for float32 and float64. It is written with the names below and stands in
// a source twice, after neon_f32.h and after neon_f64.h, which say what BY_TYPE chooses; the
// assembler expands a macro where it is used.
//
// What stands in small letters is encoded by hand: a macro takes numbers of registers, the
// destination last as in all of Go's assembly, and the comment behind it is its instruction as Arm
// writes it, the destination first, with T for 4S or 2D and E for S or D. A test decodes each macro
// for both types and compares it with that comment.

// The element: its bytes, their logarithm, the elements of one register, the bits of its fraction,
// and the bit by which instructions know its size.
#define ELEM BY_TYPE(4, 8)
#define SHIFT BY_TYPE(2, 3)
#define LANES BY_TYPE(4, 2)
#define MANTISSA BY_TYPE(23, 52)
#define SIZE BY_TYPE(0, 0x400000)

// Bytes of a kernel's arguments: slices and scalars. The assembler wants a number there, no
// expression.
#define SLICES1_SCALAR1 BY_TYPE(28, 32)
#define SLICES2_SCALAR1 BY_TYPE(52, 56)
#define SLICES2_SCALAR2 BY_TYPE(56, 64)
#define SLICES2_SCALAR4 BY_TYPE(64, 80)
#define SLICES3_SCALAR1 BY_TYPE(76, 80)
#define SLICES3_SCALAR2 BY_TYPE(80, 88)
#define SLICES4_SCALAR8 BY_TYPE(128, 160)

// NONE is what a macro is given that has nothing to do: it can't be given nothing.
#define NONE

#define v0 0
#define v1 1
#define v2 2
#define v3 3
#define v4 4
#define v5 5
#define v6 6
#define v7 7
#define v8 8
#define v9 9
#define v10 10
#define v11 11
#define v12 12
#define v13 13
#define v14 14
#define v15 15
#define v16 16
#define v17 17
#define v18 18
#define v19 19
#define v20 20
#define v21 21
#define v22 22
#define v23 23
#define v24 24
#define v25 25
#define v26 26
#define v27 27
#define v28 28
#define v29 29
#define v30 30
#define v31 31

// Bits: and-not clears in n what is set in m; bit moves n's bits to d where m's are set, and bif
// where they are not.
#define mov(n, d) WORD $(0x4EA01C00 | n<<16 | n<<5 | d) // MOV Vd.16B, Vn.16B
#define and(m, n, d) WORD $(0x4E201C00 | m<<16 | n<<5 | d) // AND Vd.16B, Vn.16B, Vm.16B
#define orr(m, n, d) WORD $(0x4EA01C00 | m<<16 | n<<5 | d) // ORR Vd.16B, Vn.16B, Vm.16B
#define eor(m, n, d) WORD $(0x6E201C00 | m<<16 | n<<5 | d) // EOR Vd.16B, Vn.16B, Vm.16B
#define bic(m, n, d) WORD $(0x4E601C00 | m<<16 | n<<5 | d) // BIC Vd.16B, Vn.16B, Vm.16B
#define bit(m, n, d) WORD $(0x6EA01C00 | m<<16 | n<<5 | d) // BIT Vd.16B, Vn.16B, Vm.16B
#define bif(m, n, d) WORD $(0x6EE01C00 | m<<16 | n<<5 | d) // BIF Vd.16B, Vn.16B, Vm.16B

// One element from or to memory; a load clears the other lanes.
#define FMOV BY_TYPE(FMOVS, FMOVD)

// Arithmetic: fmla adds the fused product n·m to d, fmls takes it away, fmlae multiplies by the
// lowest element of m.
#define fadd(m, n, d) WORD $(0x4E20D400 | SIZE | m<<16 | n<<5 | d) // FADD Vd.T, Vn.T, Vm.T
#define fsub(m, n, d) WORD $(0x4EA0D400 | SIZE | m<<16 | n<<5 | d) // FSUB Vd.T, Vn.T, Vm.T
#define fmul(m, n, d) WORD $(0x6E20DC00 | SIZE | m<<16 | n<<5 | d) // FMUL Vd.T, Vn.T, Vm.T
#define fdiv(m, n, d) WORD $(0x6E20FC00 | SIZE | m<<16 | n<<5 | d) // FDIV Vd.T, Vn.T, Vm.T
#define fsqrt(n, d) WORD $(0x6EA1F800 | SIZE | n<<5 | d) // FSQRT Vd.T, Vn.T
#define fneg(n, d) WORD $(0x6EA0F800 | SIZE | n<<5 | d) // FNEG Vd.T, Vn.T
#define fabs(n, d) WORD $(0x4EA0F800 | SIZE | n<<5 | d) // FABS Vd.T, Vn.T
#define fmla(m, n, d) WORD $(0x4E20CC00 | SIZE | m<<16 | n<<5 | d) // FMLA Vd.T, Vn.T, Vm.T
#define fmls(m, n, d) WORD $(0x4EA0CC00 | SIZE | m<<16 | n<<5 | d) // FMLS Vd.T, Vn.T, Vm.T
#define fmlae(m, n, d) WORD $(0x4F801000 | SIZE | m<<16 | n<<5 | d) // FMLA Vd.T, Vn.T, Vm.E[0]

// Extremes, which are NaN where an operand is, and comparisons, which hold for no NaN and set all
// bits where they hold.
#define fmax(m, n, d) WORD $(0x4E20F400 | SIZE | m<<16 | n<<5 | d) // FMAX Vd.T, Vn.T, Vm.T
#define fmin(m, n, d) WORD $(0x4EA0F400 | SIZE | m<<16 | n<<5 | d) // FMIN Vd.T, Vn.T, Vm.T
#define fcmgt(m, n, d) WORD $(0x6EA0E400 | SIZE | m<<16 | n<<5 | d) // FCMGT Vd.T, Vn.T, Vm.T
#define fcmge(m, n, d) WORD $(0x6E20E400 | SIZE | m<<16 | n<<5 | d) // FCMGE Vd.T, Vn.T, Vm.T
#define fcmeq(m, n, d) WORD $(0x4E20E400 | SIZE | m<<16 | n<<5 | d) // FCMEQ Vd.T, Vn.T, Vm.T
#define fcmeq0(n, d) WORD $(0x4EA0D800 | SIZE | n<<5 | d) // FCMEQ Vd.T, Vn.T, #0
#define fcmlt0(n, d) WORD $(0x4EA0E800 | SIZE | n<<5 | d) // FCMLT Vd.T, Vn.T, #0
#define fcmle0(n, d) WORD $(0x6EA0D800 | SIZE | n<<5 | d) // FCMLE Vd.T, Vn.T, #0

// The same bits as integers of the element's width.
#define add(m, n, d) WORD $(0x4EA08400 | SIZE | m<<16 | n<<5 | d) // ADD Vd.T, Vn.T, Vm.T
#define sub(m, n, d) WORD $(0x6EA08400 | SIZE | m<<16 | n<<5 | d) // SUB Vd.T, Vn.T, Vm.T
#define shl(by, n, d) WORD $(0x4F005400 | (8*ELEM+by)<<16 | n<<5 | d) // SHL Vd.T, Vn.T, #by
#define ushr(by, n, d) WORD $(0x6F000400 | (16*ELEM-by)<<16 | n<<5 | d) // USHR Vd.T, Vn.T, #by

// The lowest element of n in every lane.
#define dup(n, d) WORD $(0x4E000400 | ELEM<<16 | n<<5 | d) // DUP Vd.T, Vn.E[0]

// FOLD folds the lanes of V0 in halves with OP into the lowest one. It clobbers V16.
#define FOLD BY_TYPE(FOLD_F32, FOLD_F64)
#define FOLD_F64(OP) \
	VEXT $8, V0.B16, V0.B16, V16.B16; \
	OP(v16, v0, v0)
#define FOLD_F32(OP) \
	FOLD_F64(OP); \
	VEXT $4, V0.B16, V0.B16, V16.B16; \
	OP(v16, v0, v0)

// CONSTANT fills V with element i of the table at R5; STREAM fills it with the element at R6, which
// moves on. CONSTANT clobbers R6.
#define CONSTANT(i, V) \
	ADD $((i)*ELEM), R5, R6; \
	VLD1R (R6), [V.BY_TYPE(S4, D2)]
#define STREAM(V) VLD1R.P ELEM(R6), [V.BY_TYPE(S4, D2)]
