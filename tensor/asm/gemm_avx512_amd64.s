//go:build !purego

// The matrix product in AVX-512, 14 rows by two registers at a time: gemm_avx512_amd64.h has the
// register map and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "epilogue_amd64.h"

// The elements of one column of A in the rows of the tile.
#define A0 (SI)
#define A1 (SI)(R8*1)
#define A2 (SI)(R8*2)
#define A3 (SI)(R9*1)
#define A4 (SI)(R8*4)
#define A5 (SI)(R10*1)
#define A6 (SI)(R9*2)
#define A7 (BX)
#define A8 (BX)(R8*1)
#define A9 (BX)(R8*2)
#define A10 (BX)(R9*1)
#define A11 (BX)(R8*4)
#define A12 (BX)(R10*1)
#define A13 (BX)(R9*2)

// MAX_AHEAD is more than a B is fetched ahead of its use, and less than any address.
#define MAX_AHEAD (1<<20)

// A row of B: two registers, fetched ahead or copied, the second one masked, or one masked; of the
// last one all or half.
#define WIDE VMOVU (DI), Z28; VMOVU 64(DI), Z29; ADDQ R12, DI
#define AHEAD \
	VMOVU (DI), Z28; VMOVU 64(DI), Z29; PREFETCHT0 (DI)(BP*1); PREFETCHT0 64(DI)(BP*1); ADDQ R12, DI
#define COPY \
	VMOVU (DI), Z28; VMOVU 64(DI), Z29; PREFETCHT0 (DI)(R12*8); PREFETCHT0 64(DI)(R12*8); \
	ADDQ R12, DI; VMOVU Z28, (BP); VMOVU Z29, 64(BP); ADDQ $128, BP
#define FAR WIDE; FETCH_A
#define FETCH_LINE PREFETCHT0 (SI)(R11*8)
#define FETCH_LINES PREFETCHT0 (SI)(R11*8); PREFETCHT0 64(SI)(R11*8)
#define FAR_NEXT FAR; PREFETCHT1 (BP); PREFETCHT1 64(BP); ADDQ R13, BP
#define EDGE VMOVU (DI), Z28; VMOVU.Z 64(DI), K2, Z29; ADDQ R12, DI
#define EDGE_HALF VMOVU (DI), Z28; VMOVU.Z 64(DI), K2, Y29; ADDQ R12, DI
#define NARROW VMOVU.Z (DI), K1, Z28; ADDQ R12, DI
#define HALF VMOVU.Z (DI), K1, Y28; ADDQ R12, DI

// One step of one row of the tile.
#define ROW2(a, c0, c1) VBROADCAST a, Z30; VFMA231 Z28, Z30, c0; VFMA231 Z29, Z30, c1
#define ROW1H(a, c0, c1) VBROADCAST a, Z30; VFMA231 Z28, Z30, c0; VFMA231 Y29, Y30, c1
#define ROW1(a, c0) VFMA231.BCST a, Z28, c0
#define ROWH(a, c0) VFMA231.BCST a, Y28, c0

// One step of the tile's rows, and on to the next column of A.
#define ROWS1x2 ROW2(A0, Z0, Z1); NEXT_A
#define ROWS2x2 ROW2(A1, Z2, Z3); ROWS1x2
#define ROWS3x2 ROW2(A2, Z4, Z5); ROWS2x2
#define ROWS4x2 ROW2(A3, Z6, Z7); ROWS3x2
#define ROWS5x2 ROW2(A4, Z8, Z9); ROWS4x2
#define ROWS6x2 ROW2(A5, Z10, Z11); ROWS5x2
#define ROWS7x2 ROW2(A6, Z12, Z13); ROWS6x2
#define ROWS8x2 ROW2(A7, Z14, Z15); ROWS7x2
#define ROWS9x2 ROW2(A8, Z16, Z17); ROWS8x2
#define ROWS10x2 ROW2(A9, Z18, Z19); ROWS9x2
#define ROWS11x2 ROW2(A10, Z20, Z21); ROWS10x2
#define ROWS12x2 ROW2(A11, Z22, Z23); ROWS11x2
#define ROWS13x2 ROW2(A12, Z24, Z25); ROWS12x2
#define ROWS14x2 ROW2(A13, Z26, Z27); ROWS13x2
#define ROWS1x1 ROW1(A0, Z0); NEXT_A
#define ROWS2x1 ROW1(A1, Z2); ROWS1x1
#define ROWS3x1 ROW1(A2, Z4); ROWS2x1
#define ROWS4x1 ROW1(A3, Z6); ROWS3x1
#define ROWS5x1 ROW1(A4, Z8); ROWS4x1
#define ROWS6x1 ROW1(A5, Z10); ROWS5x1
#define ROWS7x1 ROW1(A6, Z12); ROWS6x1
#define ROWS8x1 ROW1(A7, Z14); ROWS7x1
#define ROWS9x1 ROW1(A8, Z16); ROWS8x1
#define ROWS10x1 ROW1(A9, Z18); ROWS9x1
#define ROWS11x1 ROW1(A10, Z20); ROWS10x1
#define ROWS12x1 ROW1(A11, Z22); ROWS11x1
#define ROWS13x1 ROW1(A12, Z24); ROWS12x1
#define ROWS14x1 ROW1(A13, Z26); ROWS13x1
#define ROWS1x1H ROW1H(A0, Z0, Y1); NEXT_A
#define ROWS2x1H ROW1H(A1, Z2, Y3); ROWS1x1H
#define ROWS3x1H ROW1H(A2, Z4, Y5); ROWS2x1H
#define ROWS4x1H ROW1H(A3, Z6, Y7); ROWS3x1H
#define ROWS5x1H ROW1H(A4, Z8, Y9); ROWS4x1H
#define ROWS6x1H ROW1H(A5, Z10, Y11); ROWS5x1H
#define ROWS7x1H ROW1H(A6, Z12, Y13); ROWS6x1H
#define ROWS8x1H ROW1H(A7, Z14, Y15); ROWS7x1H
#define ROWS9x1H ROW1H(A8, Z16, Y17); ROWS8x1H
#define ROWS10x1H ROW1H(A9, Z18, Y19); ROWS9x1H
#define ROWS11x1H ROW1H(A10, Z20, Y21); ROWS10x1H
#define ROWS12x1H ROW1H(A11, Z22, Y23); ROWS11x1H
#define ROWS13x1H ROW1H(A12, Z24, Y25); ROWS12x1H
#define ROWS14x1H ROW1H(A13, Z26, Y27); ROWS13x1H
#define ROWS1xH ROWH(A0, Y0); NEXT_A
#define ROWS2xH ROWH(A1, Y2); ROWS1xH
#define ROWS3xH ROWH(A2, Y4); ROWS2xH
#define ROWS4xH ROWH(A3, Y6); ROWS3xH
#define ROWS5xH ROWH(A4, Y8); ROWS4xH
#define ROWS6xH ROWH(A5, Y10); ROWS5xH
#define ROWS7xH ROWH(A6, Y12); ROWS6xH
#define ROWS8xH ROWH(A7, Y14); ROWS7xH
#define ROWS9xH ROWH(A8, Y16); ROWS8xH
#define ROWS10xH ROWH(A9, Y18); ROWS9xH
#define ROWS11xH ROWH(A10, Y20); ROWS10xH
#define ROWS12xH ROWH(A11, Y22); ROWS11xH
#define ROWS13xH ROWH(A12, Y24); ROWS12xH
#define ROWS14xH ROWH(A13, Y26); ROWS13xH

// All steps of K, two per iteration, then on to storing. CHAINS2 loads another row of B by LOADB2.
#define CHAINS(LOADB, ROWS, two, last, stored) CHAINS2(LOADB, LOADB, ROWS, two, last, stored)
#define CHAINS2(LOADB, LOADB2, ROWS, two, last, stored) \
	SUBQ $2, CX; \
	JLT last; \
two: \
	LOADB; ROWS; \
	LOADB2; ROWS; \
	SUBQ $2, CX; \
	JGE two; \
last: \
	ADDQ $2, CX; \
	JEQ stored; \
	LOADB; ROWS; \
	JMP stored

// HIGH and LOW go to the chains for the tile's rows, AX of them; with one row the way leads on.
#define HIGH(h8, h9, h10, h11, h12, h13, h14) \
	CMPQ AX, $13; JGT h14; JEQ h13; \
	CMPQ AX, $11; JGT h12; JEQ h11; \
	CMPQ AX, $9; JGT h10; JEQ h9; \
	CMPQ AX, $7; JGT h8
#define LOW(h2, h3, h4, h5, h6, h7) \
	CMPQ AX, $7; JEQ h7; \
	CMPQ AX, $5; JGT h6; JEQ h5; \
	CMPQ AX, $3; JGT h4; JEQ h3; \
	CMPQ AX, $1; JGT h2

// TILE makes a step of one of the kinds below with each row of the tile, in two registers of which
// the second may not be in use.
#define TILE(STEP, done) \
	STEP($1, Z0, Z1, done); \
	STEP($2, Z2, Z3, done); \
	STEP($3, Z4, Z5, done); \
	STEP($4, Z6, Z7, done); \
	STEP($5, Z8, Z9, done); \
	STEP($6, Z10, Z11, done); \
	STEP($7, Z12, Z13, done); \
	STEP($8, Z14, Z15, done); \
	STEP($9, Z16, Z17, done); \
	STEP($10, Z18, Z19, done); \
	STEP($11, Z20, Z21, done); \
	STEP($12, Z22, Z23, done); \
	STEP($13, Z24, Z25, done); \
	STEP($14, Z26, Z27, done)

// CLEAR1 sets a row of the tile in one register to zero.
#define CLEAR1(rows, c0, c1, done) VPXORQ c0, c0, c0

// A row of the tile from C at CX or to C at DX, and on to the next row; done once AX rows are.
#define LOAD2(rows, c0, c1, done) VMOVU (CX), c0; VMOVU.Z 64(CX), K2, c1; NEXT(rows, CX, done)
#define LOAD1(rows, c0, c1, done) VMOVU.Z (CX), K1, c0; NEXT(rows, CX, done)
#define STORE2(rows, c0, c1, done) VMOVU c0, (DX); VMOVU c1, K2, 64(DX); NEXT(rows, DX, done)
#define STORE1(rows, c0, c1, done) VMOVU c0, K1, (DX); NEXT(rows, DX, done)
#define NEXT(rows, P, done) ADDQ R13, P; CMPQ AX, rows; JEQ done

// PREFETCH_ROW fetches a row of a tile of C and goes on to the next.
#define PREFETCH_ROW PREFETCHT0 (CX); PREFETCHT0 64(CX); ADDQ R13, CX
#define PREFETCH_TILE \
	PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; \
	PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW; PREFETCH_ROW

// A row of the tile through a part of the epilogue, whether the row is in use or not, with the
// biases in Z28 and Z29.
#define ZEROS Z28
#define SLOPE Z29
#define UPPER Z30
#define BIAS2(rows, c0, c1, done) VADD Z28, c0, c0; VADD Z29, c1, c1
#define BIAS1(rows, c0, c1, done) VADD Z28, c0, c0
#define RELU2(rows, c0, c1, done) RELU(c0); RELU(c1)
#define LEAKY2(rows, c0, c1, done) LEAKY(c0); LEAKY(c1)
#define CLAMP2(rows, c0, c1, done) CLAMP(c0); CLAMP(c1)

// A row of the tile through its masks at SI, and on to the next row: an element becomes zero where
// zero is at least its mask, which it is not where the mask is NaN.
#define BACKWARD2(rows, c0, c1, done) RELU_BACKWARD((SI), K1, c0); RELU_BACKWARD(64(SI), K2, c1); NEXT(rows, SI, done)
#define BACKWARD1(rows, c0, c1, done) RELU_BACKWARD((SI), K1, c0); NEXT(rows, SI, done)
#define RELU_BACKWARD(mask, k, c) VCMP $GREATER_OR_EQUAL, mask, ZEROS, k, K3; VXOR c, c, K3, c

// The same for the tile times the slope, added to its masks.
#define AXPY2(rows, c0, c1, done) VFMA213 (SI), SLOPE, c0; VFMA213 64(SI), SLOPE, K2, c1; NEXT(rows, SI, done)
#define AXPY1(rows, c0, c1, done) VFMA213 (SI), SLOPE, K1, c0; NEXT(rows, SI, done)

// Where the columns of A stand: at equal distances, and where its rows do.
#define SECOND_A NONE
#define C_STRIDE NONE
#define PAIR_BLOCKS NONE
#define BELOW_A NONE
#define A_STRIDE MOVQ Layout_ACol(CX), R11; SHLQ $SHIFT, R11
#define FIRST_A MOVQ R15, SI; LEAQ (SI)(R9*2), BX; ADDQ R8, BX
#define NEXT_A ADDQ R11, SI; ADDQ R11, BX
#define FETCH_A BY_TYPE(FETCH_LINE, FETCH_LINES)

#define FETCHES
#include "avx512_f32.h"
#define GEMM ·gemmF32AVX512
#include "gemm_avx512_amd64.h"
#undef GEMM

#include "avx512_f64.h"
#define GEMM ·gemmF64AVX512
#include "gemm_avx512_amd64.h"
#undef GEMM

// Or, in convolutions, where a Window says. Two row blocks of seven rows, of an image that is seven
// pixels wide, make one high tile, whose lower half is a panel of A further on.
#undef FETCHES
#undef CHAINS
#undef A_STRIDE
#undef SECOND_A
#undef C_STRIDE
#undef PAIR_BLOCKS
#undef BELOW_A
#undef FIRST_A
#undef NEXT_A
// One step per iteration: where a step finds its pixels, two have nothing more to gain.
#define CHAINS(LOADB, ROWS, one, last, stored) \
	TESTQ CX, CX; \
	JEQ stored; \
one: \
	LOADB; ROWS; \
	DECQ CX; \
	JNE one; \
	JMP stored
#define A_STRIDE NONE
#define FIRST_A MOVQ layout+32(FP), R11; MOVQ Window_Steps(R11), R11
#define SECOND_A \
	LEAQ (R8)(R9*2), R13; \
	CMPQ AX, $14; \
	JNE follow; \
	MOVQ layout+32(FP), BX; \
	CMPQ Layout_MR(BX), $7; \
	JNE follow; \
	MOVQ aPanel-8(SP), R13; \
follow: \
	NEXT_A
#define NEXT_A MOVLQSX (R11), SI; ADDQ $4, R11; LEAQ (R15)(SI*ELEM), SI; LEAQ (SI)(R13*1), BX
#define C_STRIDE MOVQ layout+32(FP), CX; MOVQ Layout_LDC(CX), R13; SHLQ $SHIFT, R13
#define PAIR_BLOCKS \
	CMPQ AX, $7; \
	JNE single; \
	CMPQ R14, $14; \
	JLT single; \
	CMPQ Layout_MR(CX), $7; \
	JNE single; \
	MOVQ $14, AX; \
single:
#define BELOW_A \
	CMPQ AX, $14; \
	JNE below1; \
	MOVQ layout+32(FP), CX; \
	CMPQ Layout_MR(CX), $7; \
	JNE below1; \
	ADDQ aPanel-8(SP), R15; \
below1:

#include "avx512_f32.h"
#define GEMM ·convF32AVX512
#include "gemm_avx512_amd64.h"
#undef GEMM

#include "avx512_f64.h"
#define GEMM ·convF64AVX512
#include "gemm_avx512_amd64.h"
