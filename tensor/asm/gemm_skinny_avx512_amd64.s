//go:build !purego

// The product of many rows and few columns in AVX-512, for float32: 16 rows of C in the lanes of a
// register, one register per column.
//
// Go calls it as a Multiply with M a multiple of 16, 2 ≤ N ≤ 12, an untransposed or transposed A,
// and an unpacked B. The tile of gemm_avx512_amd64.h leaves lanes idle here and needs a load for
// each FMA.
//
// An untransposed A is transposed as it goes, eight steps of K at a time, and the elements of B
// come from memory. The transposition of the next block overlaps the chains of this one. For
// float64 the shuffles are others, and half as many rows share them.
//
// A transposed A has its rows in the lanes already. As long as there are 32 rows, two groups of 16
// share the elements of B: else the loads would take longer than the FMAs.
//
//	Z0-Z11	C: a column of 16 rows each
//	Z12-Z23	C of the second group; or Z16-Z23, eight steps of a row and of the row four below it,
//		on their way
//	Z24-Z31	A: a step of 16 rows each; scratch
//	K1 K2 K4	the columns of the first, second and third four
//	K3	scratch
//	K5	the last steps
//
//	SI BX DI AX	A's or C's rows 0, 4, 8 and 12
//	R8 R9	1 and 3 times A's row stride, in bytes; with a transposed A, R8 is 4, R9 its column
//		stride, SI a step of it, and AX R9 for one group
//	R11 R13	1 and 3 times C's row stride
//	DX	B, R12 its row stride
//	R10	C of the block
//	CX	steps of K
//	R14	rows left
//	R15	columns
//	BP	the bytes from a group of C to the second one, 0 if there is none
//
// On the stack: the last steps of A, transposed; a, A of the block.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"
#include "avx512_f32.h"

#define ZEROS Z28
#define SLOPE Z29

// FMASn makes one step of n columns with the register K of A.
#define FMAS1(K) VFMADD231PS.BCST (DX), K, Z0
#define FMAS2(K) FMAS1(K); VFMADD231PS.BCST 4(DX), K, Z1
#define FMAS3(K) FMAS2(K); VFMADD231PS.BCST 8(DX), K, Z2
#define FMAS4(K) FMAS3(K); VFMADD231PS.BCST 12(DX), K, Z3
#define FMAS5(K) FMAS4(K); VFMADD231PS.BCST 16(DX), K, Z4
#define FMAS6(K) FMAS5(K); VFMADD231PS.BCST 20(DX), K, Z5
#define FMAS7(K) FMAS6(K); VFMADD231PS.BCST 24(DX), K, Z6
#define FMAS8(K) FMAS7(K); VFMADD231PS.BCST 28(DX), K, Z7
#define FMAS9(K) FMAS8(K); VFMADD231PS.BCST 32(DX), K, Z8
#define FMAS10(K) FMAS9(K); VFMADD231PS.BCST 36(DX), K, Z9
#define FMAS11(K) FMAS10(K); VFMADD231PS.BCST 40(DX), K, Z10
#define FMAS12(K) FMAS11(K); VFMADD231PS.BCST 44(DX), K, Z11

// PAIRSn makes one step of n columns of two groups.
#define PAIR(b, c, d) VBROADCASTSS b, Z26; VFMADD231PS Z26, Z24, c; VFMADD231PS Z26, Z25, d
#define PAIRS2 PAIR((DX), Z0, Z12); PAIR(4(DX), Z1, Z13)
#define PAIRS3 PAIRS2; PAIR(8(DX), Z2, Z14)
#define PAIRS4 PAIRS3; PAIR(12(DX), Z3, Z15)
#define PAIRS5 PAIRS4; PAIR(16(DX), Z4, Z16)
#define PAIRS6 PAIRS5; PAIR(20(DX), Z5, Z17)
#define PAIRS7 PAIRS6; PAIR(24(DX), Z6, Z18)
#define PAIRS8 PAIRS7; PAIR(28(DX), Z7, Z19)
#define PAIRS9 PAIRS8; PAIR(32(DX), Z8, Z20)
#define PAIRS10 PAIRS9; PAIR(36(DX), Z9, Z21)
#define PAIRS11 PAIRS10; PAIR(40(DX), Z10, Z22)
#define PAIRS12 PAIRS11; PAIR(44(DX), Z11, Z23)

// STEPS makes eight steps.
#define STEPS(FMAS) \
	FMAS(Z24); ADDQ R12, DX; FMAS(Z25); ADDQ R12, DX; \
	FMAS(Z26); ADDQ R12, DX; FMAS(Z27); ADDQ R12, DX; \
	FMAS(Z28); ADDQ R12, DX; FMAS(Z29); ADDQ R12, DX; \
	FMAS(Z30); ADDQ R12, DX; FMAS(Z31); ADDQ R12, DX

// LOAD_ROWS loads eight steps of a row and of the row four below it.
#define LOAD_ROWS(row, below, half, pair) VMOVUPS row, half; VINSERTF64X4 $1, below, pair, pair

// LOAD_ROWS_MASKED does so under K5. Y31 is scratch.
#define LOAD_ROWS_MASKED(row, below, half, pair) \
	VMOVUPS.Z row, K5, half; VMOVUPS.Z below, K5, Y31; VINSERTF64X4 $1, Y31, pair, pair

// LOAD16 loads eight steps of 16 rows by a macro like LOAD_ROWS.
#define LOAD16(ROWS) \
	ROWS((SI), (BX), Y16, Z16); \
	ROWS((SI)(R8*1), (BX)(R8*1), Y17, Z17); \
	ROWS((SI)(R8*2), (BX)(R8*2), Y18, Z18); \
	ROWS((SI)(R9*1), (BX)(R9*1), Y19, Z19); \
	ROWS((DI), (AX), Y20, Z20); \
	ROWS((DI)(R8*1), (AX)(R8*1), Y21, Z21); \
	ROWS((DI)(R8*2), (AX)(R8*2), Y22, Z22); \
	ROWS((DI)(R9*1), (AX)(R9*1), Y23, Z23)

// TRANSPOSE16 turns them into a register per step: four by four within the quarters, which hold
// steps 0–3 and 4–7 of four rows, then by quarters.
#define TRANSPOSE16 \
	TRANSPOSE4(Z16, Z17, Z18, Z19, Z24, Z25, Z26, Z27); \
	TRANSPOSE4(Z20, Z21, Z22, Z23, Z28, Z29, Z30, Z31); \
	VSHUFF32X4 $0x88, Z20, Z16, Z24; \
	VSHUFF32X4 $0x88, Z21, Z17, Z25; \
	VSHUFF32X4 $0x88, Z22, Z18, Z26; \
	VSHUFF32X4 $0x88, Z23, Z19, Z27; \
	VSHUFF32X4 $0xDD, Z20, Z16, Z28; \
	VSHUFF32X4 $0xDD, Z21, Z17, Z29; \
	VSHUFF32X4 $0xDD, Z22, Z18, Z30; \
	VSHUFF32X4 $0xDD, Z23, Z19, Z31

// BLOCKS makes all whole blocks of eight steps; CX holds the steps less eight.
#define BLOCKS(FMAS, loop) \
loop: \
	LOAD16(LOAD_ROWS); \
	ADDQ $32, SI; ADDQ $32, DI; ADDQ $32, BX; ADDQ $32, AX; \
	TRANSPOSE16; \
	STEPS(FMAS); \
	SUBQ $8, CX; \
	JGE loop; \
	JMP last

// SINGLES makes steps of a transposed A, one per iteration: all of them, or the last ones of a
// plain A from the stack.
#define SINGLES(FMAS, loop) \
loop: \
	VMOVUPS (SI), Z24; \
	FMAS(Z24); \
	ADDQ R12, DX; \
	ADDQ AX, SI; \
	DECQ CX; \
	JNE loop; \
	JMP finish

// DOUBLES makes all steps of two groups of a transposed A.
#define DOUBLES(PAIRS, loop) \
loop: \
	VMOVUPS (SI), Z24; \
	VMOVUPS 64(SI), Z25; \
	PAIRS; \
	ADDQ R12, DX; \
	ADDQ R9, SI; \
	DECQ CX; \
	JNE loop; \
	JMP finish

// DISPATCH goes on by the number of columns.
#define DISPATCH(two, three, four, five, six, seven, eight, nine, ten, eleven, twelve) \
	CMPQ R15, $3; JLT two; JEQ three; \
	CMPQ R15, $5; JLT four; JEQ five; \
	CMPQ R15, $7; JLT six; JEQ seven; \
	CMPQ R15, $9; JLT eight; JEQ nine; \
	CMPQ R15, $11; JLT ten; JEQ eleven; \
	JMP twelve

// ROWS_OF_C points to rows 0, 4, 8 and 12 of C.
#define ROWS_OF_C \
	MOVQ R10, SI; \
	LEAQ (SI)(R11*4), BX; \
	LEAQ (SI)(R11*8), DI; \
	LEAQ (BX)(R11*8), AX

// GATHER loads four columns of rows j, 4+j, 8+j and 12+j, at the addresses, into the quarters of a
// register under the mask K.
#define GATHER(r0, r4, r8, r12, K, quarter, all) \
	VMOVUPS.Z r0, K, quarter; \
	VMOVUPS.Z r4, K, X24; \
	VMOVUPS.Z r8, K, X25; \
	VMOVUPS.Z r12, K, X26; \
	VINSERTF32X4 $1, X24, all, all; \
	VINSERTF32X4 $2, X25, all, all; \
	VINSERTF32X4 $3, X26, all, all

// SCATTER stores what GATHER loads. VEXTRACTF32X4 would fault at the memory behind a masked
// element, so a move follows it.
#define SCATTER(all, quarter, K, r0, r4, r8, r12) \
	VEXTRACTF32X4 $1, all, X28; \
	VEXTRACTF32X4 $2, all, X29; \
	VEXTRACTF32X4 $3, all, X30; \
	VMOVUPS quarter, K, r0; \
	VMOVUPS X28, K, r4; \
	VMOVUPS X29, K, r8; \
	VMOVUPS X30, K, r12

// LOAD_COLUMNS starts the chains of four columns, at an offset, from C.
#define LOAD_COLUMNS(at, K, X0, X1, X2, X3, Z0, Z1, Z2, Z3) \
	GATHER(at(SI), at(BX), at(DI), at(AX), K, X0, Z0); \
	GATHER(at(SI)(R11*1), at(BX)(R11*1), at(DI)(R11*1), at(AX)(R11*1), K, X1, Z1); \
	GATHER(at(SI)(R11*2), at(BX)(R11*2), at(DI)(R11*2), at(AX)(R11*2), K, X2, Z2); \
	GATHER(at(SI)(R13*1), at(BX)(R13*1), at(DI)(R13*1), at(AX)(R13*1), K, X3, Z3); \
	TRANSPOSE4(Z0, Z1, Z2, Z3, Z24, Z25, Z26, Z27)

// STORE_COLUMNS stores four columns.
#define STORE_COLUMNS(at, K, X0, X1, X2, X3, Z0, Z1, Z2, Z3) \
	TRANSPOSE4(Z0, Z1, Z2, Z3, Z24, Z25, Z26, Z27); \
	SCATTER(Z0, X0, K, at(SI), at(BX), at(DI), at(AX)); \
	SCATTER(Z1, X1, K, at(SI)(R11*1), at(BX)(R11*1), at(DI)(R11*1), at(AX)(R11*1)); \
	SCATTER(Z2, X2, K, at(SI)(R11*2), at(BX)(R11*2), at(DI)(R11*2), at(AX)(R11*2)); \
	SCATTER(Z3, X3, K, at(SI)(R13*1), at(BX)(R13*1), at(DI)(R13*1), at(AX)(R13*1))

// RESUME starts the chains of a group, at R10, from C.
#define RESUME(resumed) \
	ROWS_OF_C; \
	LOAD_COLUMNS(0, K1, X0, X1, X2, X3, Z0, Z1, Z2, Z3); \
	CMPQ R15, $4; \
	JLE resumed; \
	LOAD_COLUMNS(16, K2, X4, X5, X6, X7, Z4, Z5, Z6, Z7); \
	CMPQ R15, $8; \
	JLE resumed; \
	LOAD_COLUMNS(32, K4, X8, X9, X10, X11, Z8, Z9, Z10, Z11)

// SECOND_FROM_FIRST moves the columns of a group to the second one's registers, FIRST_FROM_SECOND
// back.
#define SECOND_FROM_FIRST \
	VMOVAPS Z0, Z12; VMOVAPS Z1, Z13; VMOVAPS Z2, Z14; VMOVAPS Z3, Z15; \
	VMOVAPS Z4, Z16; VMOVAPS Z5, Z17; VMOVAPS Z6, Z18; VMOVAPS Z7, Z19; \
	VMOVAPS Z8, Z20; VMOVAPS Z9, Z21; VMOVAPS Z10, Z22; VMOVAPS Z11, Z23
#define FIRST_FROM_SECOND \
	VMOVAPS Z12, Z0; VMOVAPS Z13, Z1; VMOVAPS Z14, Z2; VMOVAPS Z15, Z3; \
	VMOVAPS Z16, Z4; VMOVAPS Z17, Z5; VMOVAPS Z18, Z6; VMOVAPS Z19, Z7; \
	VMOVAPS Z20, Z8; VMOVAPS Z21, Z9; VMOVAPS Z22, Z10; VMOVAPS Z23, Z11

// BIAS adds the bias of a column, BIAS_FROM only if there are n columns or more.
#define BIAS(at, Z) VADDPS.BCST at(CX), Z, Z
#define BIAS_FROM(n, Z) \
	CMPQ R15, $n; \
	JLT activate; \
	BIAS((4*(n-1)), Z)

// COLUMNS applies F to all columns.
#define COLUMNS(F) \
	F(Z0); F(Z1); F(Z2); F(Z3); F(Z4); F(Z5); \
	F(Z6); F(Z7); F(Z8); F(Z9); F(Z10); F(Z11)

TEXT ·skinnyF32AVX512(SB), NOSPLIT, $520-56
	MOVQ layout+32(FP), CX
	MOVQ Layout_M(CX), R14
	MOVQ Layout_N(CX), R15
	MOVQ Layout_LDC(CX), R11
	SHLQ $2, R11
	LEAQ (R11)(R11*2), R13
	MOVQ Layout_ARow(CX), R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R9
	CMPQ R8, $4 // transposed
	JNE plain
	MOVQ Layout_ACol(CX), R9
	SHLQ $2, R9
plain:
	MOVQ Layout_BRow(CX), R12
	SHLQ $2, R12
	MOVQ a+8(FP), SI
	MOVQ SI, a-520(SP)
	MOVQ c+0(FP), R10
	MOVQ $-1, AX
	BZHIQ R15, AX, AX
	KMOVW AX, K1
	SHRQ $4, AX
	KMOVW AX, K2
	SHRQ $4, AX
	KMOVW AX, K4

block: // 16 rows, or 32 if A is transposed
	XORL BP, BP
	CMPQ R8, $4
	JNE start
	CMPQ R14, $32
	JLT start
	MOVQ R11, BP
	SHLQ $4, BP
start:
	CMPB accumulate+40(FP), $0
	JNE resume
	CLEAR2(Z0, Z1); CLEAR2(Z2, Z3)
	CLEAR2(Z4, Z5); CLEAR2(Z6, Z7)
	CLEAR2(Z8, Z9); CLEAR2(Z10, Z11)
	TESTQ BP, BP
	JEQ chains
	CLEAR2(Z12, Z13); CLEAR2(Z14, Z15)
	CLEAR2(Z16, Z17); CLEAR2(Z18, Z19)
	CLEAR2(Z20, Z21); CLEAR2(Z22, Z23)
chains:
	MOVQ a-520(SP), SI
	MOVQ b+16(FP), DX
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
	CMPQ R8, $4
	JEQ transposed
	LEAQ (SI)(R8*4), BX
	LEAQ (SI)(R8*8), DI
	LEAQ (BX)(R8*8), AX
	SUBQ $8, CX
	JLT last
	DISPATCH(b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12)
	BLOCKS(FMAS2, b2); BLOCKS(FMAS3, b3); BLOCKS(FMAS4, b4)
	BLOCKS(FMAS5, b5); BLOCKS(FMAS6, b6); BLOCKS(FMAS7, b7)
	BLOCKS(FMAS8, b8); BLOCKS(FMAS9, b9); BLOCKS(FMAS10, b10)
	BLOCKS(FMAS11, b11); BLOCKS(FMAS12, b12)

last: // fewer than eight steps
	ADDQ $8, CX
	JEQ finish
	MOVQ $-1, BP
	BZHIQ CX, BP, BP
	KMOVW BP, K5
	XORL BP, BP // no second group, again
	LOAD16(LOAD_ROWS_MASKED)
	TRANSPOSE16
	VMOVUPS Z24, steps-512(SP)
	VMOVUPS Z25, steps-448(SP)
	VMOVUPS Z26, steps-384(SP)
	VMOVUPS Z27, steps-320(SP)
	VMOVUPS Z28, steps-256(SP)
	VMOVUPS Z29, steps-192(SP)
	VMOVUPS Z30, steps-128(SP)
	VMOVUPS Z31, steps-64(SP)
	LEAQ steps-512(SP), SI
	MOVL $64, AX
singles:
	DISPATCH(s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12)
	SINGLES(FMAS2, s2); SINGLES(FMAS3, s3); SINGLES(FMAS4, s4)
	SINGLES(FMAS5, s5); SINGLES(FMAS6, s6); SINGLES(FMAS7, s7)
	SINGLES(FMAS8, s8); SINGLES(FMAS9, s9); SINGLES(FMAS10, s10)
	SINGLES(FMAS11, s11); SINGLES(FMAS12, s12)

transposed:
	MOVQ R9, AX
	TESTQ BP, BP
	JEQ singles
	DISPATCH(d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12)
	DOUBLES(PAIRS2, d2); DOUBLES(PAIRS3, d3); DOUBLES(PAIRS4, d4)
	DOUBLES(PAIRS5, d5); DOUBLES(PAIRS6, d6); DOUBLES(PAIRS7, d7)
	DOUBLES(PAIRS8, d8); DOUBLES(PAIRS9, d9); DOUBLES(PAIRS10, d10)
	DOUBLES(PAIRS11, d11); DOUBLES(PAIRS12, d12)

resume: // the chains start at C
	TESTQ BP, BP
	JEQ first
	ADDQ BP, R10
	RESUME(second)
second:
	SECOND_FROM_FIRST
	SUBQ BP, R10
first:
	RESUME(chains)
	JMP chains

finish:
	MOVQ epilogue+48(FP), AX
	TESTQ AX, AX
	JNE epilogue
store:
	ROWS_OF_C
	STORE_COLUMNS(0, K1, X0, X1, X2, X3, Z0, Z1, Z2, Z3)
	CMPQ R15, $4
	JLE stored
	STORE_COLUMNS(16, K2, X4, X5, X6, X7, Z4, Z5, Z6, Z7)
	CMPQ R15, $8
	JLE stored
	STORE_COLUMNS(32, K4, X8, X9, X10, X11, Z8, Z9, Z10, Z11)
stored:
	MOVQ R8, AX
	SHLQ $4, AX
	ADDQ AX, a-520(SP)
	MOVQ R11, AX
	SHLQ $4, AX
	ADDQ AX, R10
	SUBQ $16, R14
	TESTQ BP, BP
	JEQ next
	XORL BP, BP
	FIRST_FROM_SECOND
	JMP finish
next:
	TESTQ R14, R14
	JGT block
	VZEROUPPER
	RET

epilogue:
	MOVQ EPILOGUE_BIAS(AX), CX
	BIAS(0, Z0); BIAS(4, Z1)
	BIAS_FROM(3, Z2); BIAS_FROM(4, Z3)
	BIAS_FROM(5, Z4); BIAS_FROM(6, Z5)
	BIAS_FROM(7, Z6); BIAS_FROM(8, Z7)
	BIAS_FROM(9, Z8); BIAS_FROM(10, Z9)
	BIAS_FROM(11, Z10); BIAS_FROM(12, Z11)
activate:
	VPXORQ Z28, Z28, Z28
	CMPB EPILOGUE_ACTIVATION(AX), $const_ReluActivation
	JLT store
	JGT leaky
	COLUMNS(RELU)
	JMP store
leaky:
	VBROADCAST EPILOGUE_SLOPE(AX), Z29
	COLUMNS(LEAKY)
	JMP store
