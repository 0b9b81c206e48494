//go:build !purego

// The matrix product in AVX2, 6 rows by two registers at a time: gemm_avx2_amd64.h has the register
// map and the text, these are its steps.

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

// MAX_AHEAD is more than a B is fetched ahead of its use, and less than any address.
#define MAX_AHEAD (1<<20)

// A row of B: two registers, fetched ahead or copied, the second one masked, or one masked.
#define WIDE VMOVU (DI), Y12; VMOVU 32(DI), Y13; ADDQ R12, DI
#define AHEAD VMOVU (DI), Y12; VMOVU 32(DI), Y13; PREFETCHT0 (DI)(BP*1); ADDQ R12, DI
#define COPY \
	VMOVU (DI), Y12; VMOVU 32(DI), Y13; PREFETCHT0 (DI)(R12*8); ADDQ R12, DI; \
	VMOVU Y12, (BP); VMOVU Y13, 32(BP); ADDQ $64, BP
#define FAR WIDE; FETCH_A
#define FAR_NEXT FAR; PREFETCHT1 (BP); ADDQ R13, BP
#define EDGE VMOVU (DI), Y12; VMASKMOVPS 32(DI), Y15, Y13; ADDQ R12, DI
#define NARROW VMASKMOVPS (DI), Y15, Y12; ADDQ R12, DI
#define THREE VMOVU (DI), Y12; VMOVU (DI)(R10*1), Y13; VMOVU (DI)(BP*1), Y15; ADDQ R12, DI

// One step of one row of the tile.
#define ROW2(a, c0, c1) VBROADCAST a, Y14; VFMA231 Y12, Y14, c0; VFMA231 Y13, Y14, c1
#define ROW1(a, c0) VBROADCAST a, Y14; VFMA231 Y12, Y14, c0
#define ROW3(a, c0, c1, c2) ROW2(a, c0, c1); VFMA231 Y15, Y14, c2

// One step of the tile's rows, and on to the next column of A.
#define ROWS12 ROW2(A0, Y0, Y1); NEXT_A
#define ROWS22 ROW2(A1, Y2, Y3); ROWS12
#define ROWS32 ROW2(A2, Y4, Y5); ROWS22
#define ROWS42 ROW2(A3, Y6, Y7); ROWS32
#define ROWS52 ROW2(A4, Y8, Y9); ROWS42
#define ROWS62 ROW2(A5, Y10, Y11); ROWS52
#define ROWS11 ROW1(A0, Y0); NEXT_A
#define ROWS21 ROW1(A1, Y2); ROWS11
#define ROWS31 ROW1(A2, Y4); ROWS21
#define ROWS41 ROW1(A3, Y6); ROWS31
#define ROWS51 ROW1(A4, Y8); ROWS41
#define ROWS61 ROW1(A5, Y10); ROWS51
#define ROWS13 ROW3(A0, Y0, Y1, Y2); NEXT_A
#define ROWS23 ROW3(A1, Y3, Y4, Y5); ROWS13
#define ROWS33 ROW3(A2, Y6, Y7, Y8); ROWS23
#define ROWS43 ROW3(A3, Y9, Y10, Y11); ROWS33

// PREFETCH_TILE fetches a tile of C at CX.
#define PREFETCH_TILE \
	PREFETCHT0 (CX); \
	PREFETCHT0 (CX)(R13*1); \
	PREFETCHT0 (CX)(R13*2); \
	PREFETCHT0 (CX)(R13*4); \
	ADDQ R13, CX; \
	PREFETCHT0 (CX)(R13*2); \
	PREFETCHT0 (CX)(R13*4)

// All steps of K, four per iteration, then on to storing. CHAINS4 loads every fourth row of B by
// LOADB4.
#define CHAINS(LOADB, ROWS, four, one, last, stored) \
	CHAINS4(LOADB, LOADB, ROWS, four, one, last, stored)
#define CHAINS4(LOADB4, LOADB, ROWS, four, one, last, stored) \
	SUBQ $4, CX; \
	JLT last; \
four: \
	LOADB4; ROWS; \
	LOADB; ROWS; \
	LOADB; ROWS; \
	LOADB; ROWS; \
	SUBQ $4, CX; \
	JGE four; \
last: \
	ADDQ $4, CX; \
	JEQ stored; \
one: \
	LOADB; ROWS; \
	DECQ CX; \
	JNE one; \
	JMP stored

// TILE makes a step of one of the kinds below with each row of the tile, in two registers of which
// the second may not be in use.
#define TILE(STEP, done) \
	STEP($1, Y0, Y1, done); \
	STEP($2, Y2, Y3, done); \
	STEP($3, Y4, Y5, done); \
	STEP($4, Y6, Y7, done); \
	STEP($5, Y8, Y9, done); \
	STEP($6, Y10, Y11, done)

// TILE3 does so with each row of a tile of three registers.
#define TILE3(STEP, done) \
	STEP($1, Y0, Y1, Y2, done); \
	STEP($2, Y3, Y4, Y5, done); \
	STEP($3, Y6, Y7, Y8, done); \
	STEP($4, Y9, Y10, Y11, done)

// A row of the tile from C at CX or to C at DX, and on to the next row; done once AX rows are.
#define LOAD2(rows, c0, c1, done) VMOVU (CX), c0; VMOVU 32(CX), c1; NEXT(rows, CX, done)
#define LOADE(rows, c0, c1, done) VMOVU (CX), c0; VMASKMOVPS 32(CX), Y15, c1; NEXT(rows, CX, done)
#define LOAD1(rows, c0, c1, done) VMASKMOVPS (CX), Y15, c0; NEXT(rows, CX, done)
#define STORE2(rows, c0, c1, done) VMOVU c0, (DX); VMOVU c1, 32(DX); NEXT(rows, DX, done)
#define LOAD3(rows, c0, c1, c2, done) \
	VMOVU (CX), c0; VMOVU 32(CX), c1; VMASKMOVPS 64(CX), Y15, c2; NEXT(rows, CX, done)
#define STORE2OF3(rows, c0, c1, c2, done) STORE2(rows, c0, c1, done)
#define STORE3(rows, c0, c1, c2, done) VMOVU c2, 64(DX); STORE2(rows, c0, c1, done)
#define NEXT(rows, P, done) ADDQ R13, P; CMPQ AX, rows; JEQ done

// A row of the tile through a part of the epilogue, whether the row is in use or not, with the
// biases in Y12 and Y13.
#define ZEROS Y12
#define SLOPE Y13
#define UPPER Y14
#define SCRATCH0 Y15
#define SCRATCH1 Y14
#define BIAS2(rows, c0, c1, done) VADD Y12, c0, c0; VADD Y13, c1, c1
#define BIAS3(rows, c0, c1, c2, done) BIAS2(rows, c0, c1, done); VADD Y15, c2, c2
#define RELU2(rows, c0, c1, done) RELU(c0); RELU(c1)
#define LEAKY2(rows, c0, c1, done) LEAKY(c0); LEAKY(c1)
#define CLAMP2(rows, c0, c1, done) CLAMP(c0); CLAMP(c1)

// A row of the tile through its masks at SI, and on to the next row: an element becomes zero where
// zero is at least its mask, which it is not where the mask is NaN.
#define BACKWARD2(rows, c0, c1, done) RELU_BACKWARD((SI), c0); RELU_BACKWARD(32(SI), c1); NEXT(rows, SI, done)
#define BACKWARDE(rows, c0, c1, done) \
	RELU_BACKWARD((SI), c0); VMASKMOVPS 32(SI), Y15, Y14; RELU_BACKWARD(Y14, c1); NEXT(rows, SI, done)
#define BACKWARD1(rows, c0, c1, done) VMASKMOVPS (SI), Y15, Y14; RELU_BACKWARD(Y14, c0); NEXT(rows, SI, done)
#define RELU_BACKWARD(mask, c) VCMP $GREATER_OR_EQUAL, mask, ZEROS, Y13; VANDN c, Y13, c

// The same for the tile times the slope, added to its masks.
#define AXPY2(rows, c0, c1, done) VFMA213 (SI), SLOPE, c0; VFMA213 32(SI), SLOPE, c1; NEXT(rows, SI, done)
#define AXPYE(rows, c0, c1, done) \
	VFMA213 (SI), SLOPE, c0; VMASKMOVPS 32(SI), Y15, Y14; VFMA213 Y14, SLOPE, c1; NEXT(rows, SI, done)
#define AXPY1(rows, c0, c1, done) VMASKMOVPS (SI), Y15, Y14; VFMA213 Y14, SLOPE, c0; NEXT(rows, SI, done)

// Where the columns of A stand: at equal distances.
#define A_STRIDE MOVQ Layout_ACol(CX), R11; SHLQ $SHIFT, R11
#define FIRST_A MOVQ R15, SI
#define NEXT_A ADDQ R11, SI
#define FETCH_A PREFETCHT0 (SI)(R11*8)

#include "avx2_f32.h"
#define GEMM ·gemmF32AVX2
#include "gemm_avx2_amd64.h"
#undef GEMM

#include "avx2_f64.h"
#define GEMM ·gemmF64AVX2
#include "gemm_avx2_amd64.h"
#undef GEMM

// Or, in convolutions, where a Window says.
#undef A_STRIDE
#undef FIRST_A
#undef NEXT_A
#undef FETCH_A
#define A_STRIDE NONE
#define FIRST_A MOVQ layout+32(FP), R11; MOVQ Window_Steps(R11), R11; NEXT_A
#define NEXT_A MOVLQSX (R11), SI; ADDQ $4, R11; LEAQ (R15)(SI*ELEM), SI
#define FETCH_A NONE

#include "avx2_f32.h"
#define GEMM ·convF32AVX2
#include "gemm_avx2_amd64.h"
#undef GEMM

#include "avx2_f64.h"
#define GEMM ·convF64AVX2
#include "gemm_avx2_amd64.h"
