// NEON instructions that Go's assembler has no names for, and the numbers of the vector registers to use them with.
//
// What stands in small letters here and in neon_f32.h and neon_f64.h is encoded by hand: a macro takes numbers of registers, the
// destination last as in all of Go's assembly, and the comment behind it is its instruction as Arm writes it, the destination first.
// A test decodes each macro and compares it with that comment.

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

// Bits: and-not clears in n what is set in m; bit moves n's bits to d where m's are set, and bif where they are not.
#define mov(n, d) WORD $(0x4EA01C00 | (n)<<16 | (n)<<5 | (d)) // MOV Vd.16B, Vn.16B
#define and(m, n, d) WORD $(0x4E201C00 | (m)<<16 | (n)<<5 | (d)) // AND Vd.16B, Vn.16B, Vm.16B
#define orr(m, n, d) WORD $(0x4EA01C00 | (m)<<16 | (n)<<5 | (d)) // ORR Vd.16B, Vn.16B, Vm.16B
#define eor(m, n, d) WORD $(0x6E201C00 | (m)<<16 | (n)<<5 | (d)) // EOR Vd.16B, Vn.16B, Vm.16B
#define bic(m, n, d) WORD $(0x4E601C00 | (m)<<16 | (n)<<5 | (d)) // BIC Vd.16B, Vn.16B, Vm.16B
#define bit(m, n, d) WORD $(0x6EA01C00 | (m)<<16 | (n)<<5 | (d)) // BIT Vd.16B, Vn.16B, Vm.16B
#define bif(m, n, d) WORD $(0x6EE01C00 | (m)<<16 | (n)<<5 | (d)) // BIF Vd.16B, Vn.16B, Vm.16B
