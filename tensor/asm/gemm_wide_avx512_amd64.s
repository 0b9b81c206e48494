//go:build !purego

// Products by a plain B in AVX-512, in tiles of up to 6 rows by four registers and 9 by three:
// gemm_wide_avx512_amd64.h has the register map and the text, these are its steps.

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

// A row of B in two, three or four registers, with one ahead of it fetched, and on to the next; or
// the last one, under a mask.
#define READ2 VMOVU (DI), Z27; VMOVU 64(DI), Z28
#define READ3 READ2; VMOVU 128(DI), Z29
#define READ4 READ3; VMOVU 192(DI), Z30
#define FETCH2 PREFETCHT0 (DI)(BP*1); PREFETCHT0 64(DI)(BP*1)
#define FETCH3 FETCH2; PREFETCHT0 128(DI)(BP*1)
#define FETCH4 FETCH3; PREFETCHT0 192(DI)(BP*1)
#define B2 READ2; FETCH2; ADDQ R12, DI
#define B3 READ3; FETCH3; ADDQ R12, DI
#define B4 READ4; FETCH4; ADDQ R12, DI
#define LAST2 VMOVU (DI), Z27; VMOVU.Z 64(DI), K1, Z28
#define LAST3 READ2; VMOVU.Z 128(DI), K1, Z29
#define LAST4 READ3; VMOVU.Z 192(DI), K1, Z30

// One step of one row of the tile.
#define ROW2(a, c0, c1) VBROADCAST a, Z31; VFMA231 Z27, Z31, c0; VFMA231 Z28, Z31, c1
#define ROW3(a, c0, c1, c2) ROW2(a, c0, c1); VFMA231 Z29, Z31, c2
#define ROW4(a, c0, c1, c2, c3) ROW3(a, c0, c1, c2); VFMA231 Z30, Z31, c3

// One step of the tile's rows, and on to the next column of A.
#define ROWS1x2 ROW2(A0, Z0, Z1); ADDQ R11, SI
#define ROWS2x2 ROW2(A1, Z3, Z4); ROWS1x2
#define ROWS3x2 ROW2(A2, Z6, Z7); ROWS2x2
#define ROWS4x2 ROW2(A3, Z9, Z10); ROWS3x2
#define ROWS5x2 ROW2(A4, Z12, Z13); ROWS4x2
#define ROWS6x2 ROW2(A5, Z15, Z16); ROWS5x2
#define ROWS7x2 ROW2(A6, Z18, Z19); ROWS6x2
#define ROWS8x2 ROW2(A7, Z21, Z22); ADDQ R11, BX; ROWS7x2
#define ROWS9x2 ROW2(A8, Z24, Z25); ROWS8x2
#define ROWS1x3 ROW3(A0, Z0, Z1, Z2); ADDQ R11, SI
#define ROWS2x3 ROW3(A1, Z3, Z4, Z5); ROWS1x3
#define ROWS3x3 ROW3(A2, Z6, Z7, Z8); ROWS2x3
#define ROWS4x3 ROW3(A3, Z9, Z10, Z11); ROWS3x3
#define ROWS5x3 ROW3(A4, Z12, Z13, Z14); ROWS4x3
#define ROWS6x3 ROW3(A5, Z15, Z16, Z17); ROWS5x3
#define ROWS7x3 ROW3(A6, Z18, Z19, Z20); ROWS6x3
#define ROWS8x3 ROW3(A7, Z21, Z22, Z23); ADDQ R11, BX; ROWS7x3
#define ROWS9x3 ROW3(A8, Z24, Z25, Z26); ROWS8x3
#define ROWS1x4 ROW4(A0, Z0, Z1, Z2, Z3); ADDQ R11, SI
#define ROWS2x4 ROW4(A1, Z4, Z5, Z6, Z7); ROWS1x4
#define ROWS3x4 ROW4(A2, Z8, Z9, Z10, Z11); ROWS2x4
#define ROWS4x4 ROW4(A3, Z12, Z13, Z14, Z15); ROWS3x4
#define ROWS5x4 ROW4(A4, Z16, Z17, Z18, Z19); ROWS4x4
#define ROWS6x4 ROW4(A5, Z20, Z21, Z22, Z23); ROWS5x4

// The rows of the tile at their start, +0.
#define CLEAR_ROW2(c0, c1) VPXORQ c0, c0, c0; VPXORQ c1, c1, c1
#define CLEAR_ROW3(c0, c1, c2) CLEAR_ROW2(c0, c1); VPXORQ c2, c2, c2
#define CLEAR_ROW4(c0, c1, c2, c3) CLEAR_ROW2(c0, c1); CLEAR_ROW2(c2, c3)
#define CLEAR1x2 CLEAR_ROW2(Z0, Z1)
#define CLEAR2x2 CLEAR1x2; CLEAR_ROW2(Z3, Z4)
#define CLEAR3x2 CLEAR2x2; CLEAR_ROW2(Z6, Z7)
#define CLEAR4x2 CLEAR3x2; CLEAR_ROW2(Z9, Z10)
#define CLEAR5x2 CLEAR4x2; CLEAR_ROW2(Z12, Z13)
#define CLEAR6x2 CLEAR5x2; CLEAR_ROW2(Z15, Z16)
#define CLEAR7x2 CLEAR6x2; CLEAR_ROW2(Z18, Z19)
#define CLEAR8x2 CLEAR7x2; CLEAR_ROW2(Z21, Z22)
#define CLEAR9x2 CLEAR8x2; CLEAR_ROW2(Z24, Z25)
#define CLEAR1x3 CLEAR_ROW3(Z0, Z1, Z2)
#define CLEAR2x3 CLEAR1x3; CLEAR_ROW3(Z3, Z4, Z5)
#define CLEAR3x3 CLEAR2x3; CLEAR_ROW3(Z6, Z7, Z8)
#define CLEAR4x3 CLEAR3x3; CLEAR_ROW3(Z9, Z10, Z11)
#define CLEAR5x3 CLEAR4x3; CLEAR_ROW3(Z12, Z13, Z14)
#define CLEAR6x3 CLEAR5x3; CLEAR_ROW3(Z15, Z16, Z17)
#define CLEAR7x3 CLEAR6x3; CLEAR_ROW3(Z18, Z19, Z20)
#define CLEAR8x3 CLEAR7x3; CLEAR_ROW3(Z21, Z22, Z23)
#define CLEAR9x3 CLEAR8x3; CLEAR_ROW3(Z24, Z25, Z26)
#define CLEAR1x4 CLEAR_ROW4(Z0, Z1, Z2, Z3)
#define CLEAR2x4 CLEAR1x4; CLEAR_ROW4(Z4, Z5, Z6, Z7)
#define CLEAR3x4 CLEAR2x4; CLEAR_ROW4(Z8, Z9, Z10, Z11)
#define CLEAR4x4 CLEAR3x4; CLEAR_ROW4(Z12, Z13, Z14, Z15)
#define CLEAR5x4 CLEAR4x4; CLEAR_ROW4(Z16, Z17, Z18, Z19)
#define CLEAR6x4 CLEAR5x4; CLEAR_ROW4(Z20, Z21, Z22, Z23)

// The rows of the tile to C, and on to the row below.
#define STORE_ROW2(c0, c1) VMOVU c0, (DX); VMOVU c1, K1, 64(DX); ADDQ R13, DX
#define STORE_ROW3(c0, c1, c2) \
	VMOVU c0, (DX); VMOVU c1, 64(DX); VMOVU c2, K1, 128(DX); ADDQ R13, DX
#define STORE_ROW4(c0, c1, c2, c3) \
	VMOVU c0, (DX); VMOVU c1, 64(DX); VMOVU c2, 128(DX); VMOVU c3, K1, 192(DX); ADDQ R13, DX
#define STORE1x2 STORE_ROW2(Z0, Z1)
#define STORE2x2 STORE1x2; STORE_ROW2(Z3, Z4)
#define STORE3x2 STORE2x2; STORE_ROW2(Z6, Z7)
#define STORE4x2 STORE3x2; STORE_ROW2(Z9, Z10)
#define STORE5x2 STORE4x2; STORE_ROW2(Z12, Z13)
#define STORE6x2 STORE5x2; STORE_ROW2(Z15, Z16)
#define STORE7x2 STORE6x2; STORE_ROW2(Z18, Z19)
#define STORE8x2 STORE7x2; STORE_ROW2(Z21, Z22)
#define STORE9x2 STORE8x2; STORE_ROW2(Z24, Z25)
#define STORE1x3 STORE_ROW3(Z0, Z1, Z2)
#define STORE2x3 STORE1x3; STORE_ROW3(Z3, Z4, Z5)
#define STORE3x3 STORE2x3; STORE_ROW3(Z6, Z7, Z8)
#define STORE4x3 STORE3x3; STORE_ROW3(Z9, Z10, Z11)
#define STORE5x3 STORE4x3; STORE_ROW3(Z12, Z13, Z14)
#define STORE6x3 STORE5x3; STORE_ROW3(Z15, Z16, Z17)
#define STORE7x3 STORE6x3; STORE_ROW3(Z18, Z19, Z20)
#define STORE8x3 STORE7x3; STORE_ROW3(Z21, Z22, Z23)
#define STORE9x3 STORE8x3; STORE_ROW3(Z24, Z25, Z26)
#define STORE1x4 STORE_ROW4(Z0, Z1, Z2, Z3)
#define STORE2x4 STORE1x4; STORE_ROW4(Z4, Z5, Z6, Z7)
#define STORE3x4 STORE2x4; STORE_ROW4(Z8, Z9, Z10, Z11)
#define STORE4x4 STORE3x4; STORE_ROW4(Z12, Z13, Z14, Z15)
#define STORE5x4 STORE4x4; STORE_ROW4(Z16, Z17, Z18, Z19)
#define STORE6x4 STORE5x4; STORE_ROW4(Z20, Z21, Z22, Z23)

// EACHn makes a step of one of the kinds below with each row of a tile of n registers, up to AX
// rows where the step counts them.
#define EACH4(STEP, done) \
	STEP($1, Z0, Z1, Z2, Z3, done); \
	STEP($2, Z4, Z5, Z6, Z7, done); \
	STEP($3, Z8, Z9, Z10, Z11, done); \
	STEP($4, Z12, Z13, Z14, Z15, done); \
	STEP($5, Z16, Z17, Z18, Z19, done); \
	STEP($6, Z20, Z21, Z22, Z23, done)
#define EACH3(STEP, done) \
	STEP($1, Z0, Z1, Z2, Z3, done); \
	STEP($2, Z3, Z4, Z5, Z6, done); \
	STEP($3, Z6, Z7, Z8, Z9, done); \
	STEP($4, Z9, Z10, Z11, Z12, done); \
	STEP($5, Z12, Z13, Z14, Z15, done); \
	STEP($6, Z15, Z16, Z17, Z18, done); \
	STEP($7, Z18, Z19, Z20, Z21, done); \
	STEP($8, Z21, Z22, Z23, Z24, done); \
	STEP($9, Z24, Z25, Z26, Z26, done)

// NEXT goes on to the next row; done once AX rows are.
#define NEXT(rows, P, done) ADDQ R13, P; CMPQ AX, rows; JEQ done

// The start of the chains from C at CX.
#define RESUME2(rows, c0, c1, c2, c3, done) \
	VMOVU (CX), c0; VMOVU.Z 64(CX), K1, c1; NEXT(rows, CX, done)
#define RESUME3(rows, c0, c1, c2, c3, done) \
	VMOVU (CX), c0; VMOVU 64(CX), c1; VMOVU.Z 128(CX), K1, c2; NEXT(rows, CX, done)
#define RESUME4(rows, c0, c1, c2, c3, done) \
	VMOVU (CX), c0; VMOVU 64(CX), c1; VMOVU 128(CX), c2; VMOVU.Z 192(CX), K1, c3; \
	NEXT(rows, CX, done)

// The parts of the epilogue: of all rows, in use or not, with the biases where B was; and those
// whose masks stand at SI, where an element becomes zero if zero is at least its mask, which it is
// not where the mask is NaN, or is multiplied by the slope and added to its mask.
#define ZEROS Z31
#define SLOPE Z30
#define UPPER Z29
#define BIAS2(rows, c0, c1, c2, c3, done) VADD Z27, c0, c0; VADD Z28, c1, c1
#define BIAS3(rows, c0, c1, c2, c3, done) BIAS2(rows, c0, c1, c2, c3, done); VADD Z29, c2, c2
#define BIAS4(rows, c0, c1, c2, c3, done) BIAS3(rows, c0, c1, c2, c3, done); VADD Z30, c3, c3
#define RELU2(rows, c0, c1, c2, c3, done) RELU(c0); RELU(c1)
#define RELU3(rows, c0, c1, c2, c3, done) RELU2(rows, c0, c1, c2, c3, done); RELU(c2)
#define RELU4(rows, c0, c1, c2, c3, done) RELU3(rows, c0, c1, c2, c3, done); RELU(c3)
#define LEAKY2(rows, c0, c1, c2, c3, done) LEAKY(c0); LEAKY(c1)
#define LEAKY3(rows, c0, c1, c2, c3, done) LEAKY2(rows, c0, c1, c2, c3, done); LEAKY(c2)
#define LEAKY4(rows, c0, c1, c2, c3, done) LEAKY3(rows, c0, c1, c2, c3, done); LEAKY(c3)
#define CLAMP2(rows, c0, c1, c2, c3, done) CLAMP(c0); CLAMP(c1)
#define CLAMP3(rows, c0, c1, c2, c3, done) CLAMP2(rows, c0, c1, c2, c3, done); CLAMP(c2)
#define CLAMP4(rows, c0, c1, c2, c3, done) CLAMP3(rows, c0, c1, c2, c3, done); CLAMP(c3)
#define GATE(mask, k, c) VCMP $GREATER_OR_EQUAL, mask, ZEROS, k, K3; VXOR c, c, K3, c
#define BACKWARD2(rows, c0, c1, c2, c3, done) \
	GATE((SI), K2, c0); GATE(64(SI), K1, c1); NEXT(rows, SI, done)
#define BACKWARD3(rows, c0, c1, c2, c3, done) \
	GATE((SI), K2, c0); GATE(64(SI), K2, c1); GATE(128(SI), K1, c2); NEXT(rows, SI, done)
#define BACKWARD4(rows, c0, c1, c2, c3, done) \
	GATE((SI), K2, c0); GATE(64(SI), K2, c1); GATE(128(SI), K2, c2); GATE(192(SI), K1, c3); \
	NEXT(rows, SI, done)
#define AXPY2(rows, c0, c1, c2, c3, done) \
	VFMA213 (SI), SLOPE, c0; VFMA213 64(SI), SLOPE, K1, c1; NEXT(rows, SI, done)
#define AXPY3(rows, c0, c1, c2, c3, done) \
	VFMA213 (SI), SLOPE, c0; VFMA213 64(SI), SLOPE, c1; VFMA213 128(SI), SLOPE, K1, c2; \
	NEXT(rows, SI, done)
#define AXPY4(rows, c0, c1, c2, c3, done) \
	VFMA213 (SI), SLOPE, c0; VFMA213 64(SI), SLOPE, c1; VFMA213 128(SI), SLOPE, c2; \
	VFMA213 192(SI), SLOPE, K1, c3; NEXT(rows, SI, done)

// A row of the tile to C.
#define FINAL2(rows, c0, c1, c2, c3, done) \
	VMOVU c0, (DX); VMOVU c1, K1, 64(DX); NEXT(rows, DX, done)
#define FINAL3(rows, c0, c1, c2, c3, done) \
	VMOVU c0, (DX); VMOVU c1, 64(DX); VMOVU c2, K1, 128(DX); NEXT(rows, DX, done)
#define FINAL4(rows, c0, c1, c2, c3, done) \
	VMOVU c0, (DX); VMOVU c1, 64(DX); VMOVU c2, 128(DX); VMOVU c3, K1, 192(DX); \
	NEXT(rows, DX, done)

// A tile: an odd number of steps before the last is made even, then there are two per iteration.
// Only the last row of B is loaded with a mask, which occupies one of the FMA units' ports: behind
// the end of another row stands the next.
#define TILE(CLEARS, B, LAST, ROWS, STORES, chains, two, even, last, finish, stored) \
	CLEARS; \
chains: \
	DECQ CX; \
	SHRQ $1, CX; \
	JCC even; \
	B; ROWS; \
even: \
	TESTQ CX, CX; \
	JEQ last; \
two: \
	B; ROWS; \
	B; ROWS; \
	DECQ CX; \
	JNE two; \
last: \
	LAST; ROWS; \
	CMPQ epilogue+48(FP), $0; \
	JNE finish; \
	STORES; \
	JMP stored

// HEIGHT sets AX to the rows of the next tile, all of those left, or half of them, or the limit;
// and CX to its steps, but to C if its chains start there.
#define HEIGHT(limit, all, full, resume) \
	MOVQ R14, AX; \
	CMPQ AX, $limit; \
	JLE all; \
	MOVL $limit, AX; \
	CMPQ R14, $(2*limit); \
	JGE full; \
	LEAQ 1(R14), AX; \
	SHRQ $1, AX; \
full: \
all: \
	MOVQ R15, SI; \
	MOVQ panelB-16(SP), DI; \
	MOVQ DX, CX; \
	CMPB accumulate+40(FP), $0; \
	JNE resume; \
	MOVQ layout+32(FP), CX; \
	MOVQ Layout_K(CX), CX

// BELOW_TILE goes on to the rows below a tile, or behind their end to the next panel.
#define BELOW_TILE(block, registers, panel) \
	SUBQ AX, R14; \
	JLE panel; \
	IMULQ R8, AX; \
	ADDQ AX, R15; \
	JMP block; \
panel: \
	MOVQ columns-8(SP), AX; \
	SUBQ $(registers*LANES), AX; \
	JLE done; \
	ADDQ $(registers*64), panelB-16(SP); \
	ADDQ $(registers*64), column-24(SP); \
	MOVQ c+0(FP), DX; \
	ADDQ $(registers*64), DX; \
	JMP nextPanel

// ADD_BIASES adds the biases of the columns, which LOAD loads, to the tile.
#define ADD_BIASES(EACH, LOAD, BIAS, activate) \
	MOVQ epilogue+48(FP), CX; \
	MOVQ EPILOGUE_BIAS(CX), DI; \
	TESTQ DI, DI; \
	JEQ activate; \
	ADDQ column-24(SP), DI; \
	LOAD; \
	EACH(BIAS, activate); \
activate:

// ACTIVATE passes the tile through the activation of the epilogue at CX, and stores it.
#define ACTIVATE(EACH, RELU, LEAKY, CLAMP, BACKWARD, AXPY, FINAL, leaky, clamp, masks, axpy, store, stored) \
	VPXORQ ZEROS, ZEROS, ZEROS; \
	VBROADCAST EPILOGUE_SLOPE(CX), SLOPE; \
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluActivation; \
	JLT store; \
	JGT leaky; \
	EACH(RELU, store); \
	JMP store; \
leaky: \
	CMPB EPILOGUE_ACTIVATION(CX), $const_ClampActivation; \
	JEQ clamp; \
	CMPB EPILOGUE_ACTIVATION(CX), $const_LeakyReluActivation; \
	JGT masks; \
	EACH(LEAKY, store); \
	JMP store; \
clamp: \
	LOAD_BOUNDS; \
	EACH(CLAMP, store); \
	JMP store; \
masks: \
	MOVQ EPILOGUE_MASK(CX), SI; \
	ADDQ column-24(SP), SI; \
	ADDQ DX, SI; \
	SUBQ c+0(FP), SI; \
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluBackward; \
	JGT axpy; \
	EACH(BACKWARD, store); \
axpy: \
	EACH(AXPY, store); \
store: \
	EACH(FINAL, stored)

#include "avx512_f32.h"
#define WIDE ·wideF32AVX512
#include "gemm_wide_avx512_amd64.h"
#undef WIDE

#include "avx512_f64.h"
#define WIDE ·wideF64AVX512
#include "gemm_wide_avx512_amd64.h"
