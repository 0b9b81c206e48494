//go:build !purego

// A row added to every row of a matrix (addRow), and the rows of a matrix added up (addColumns).
// Networks add biases this way and sum their gradients, so that rows are often narrow and there are
// always many: the row's width is settled once, outside the loop over rows.
//
// What is done in whole registers stands here, in macros for both ISAs. The texts in
// rows_avx2_amd64.h and rows_avx512_amd64.h differ in what is done to the last register of a row:
// AVX2 overlaps it with the one before, AVX-512 masks it.

#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"

#define ADD_ROW_VECTOR(A, T) VADD V15, A, A

// ADD_REGISTERS adds the row at SI to the one at DI in the registers before the last.
//
//	AX	offset in a row
//	R8	that of its last register
//	R9	offsets below it begin four registers that all stand before the last
#define ADD_REGISTERS \
	XORL AX, AX; \
	CMPQ AX, R9; \
	JGE registers; \
fourRegisters: \
	VMOVU (SI)(AX*1), V0; \
	VMOVU VBYTES(SI)(AX*1), V1; \
	VMOVU (2*VBYTES)(SI)(AX*1), V2; \
	VMOVU (3*VBYTES)(SI)(AX*1), V3; \
	VADD (DI)(AX*1), V0, V0; \
	VADD VBYTES(DI)(AX*1), V1, V1; \
	VADD (2*VBYTES)(DI)(AX*1), V2, V2; \
	VADD (3*VBYTES)(DI)(AX*1), V3, V3; \
	VMOVU V0, (DI)(AX*1); \
	VMOVU V1, VBYTES(DI)(AX*1); \
	VMOVU V2, (2*VBYTES)(DI)(AX*1); \
	VMOVU V3, (3*VBYTES)(DI)(AX*1); \
	ADDQ $QUAD, AX; \
	CMPQ AX, R9; \
	JLT fourRegisters; \
registers: \
	CMPQ AX, R8; \
	JGE lastRegister; \
oneRegister: \
	VMOVU (SI)(AX*1), V0; \
	VADD (DI)(AX*1), V0, V0; \
	VMOVU V0, (DI)(AX*1); \
	ADDQ $VBYTES, AX; \
	CMPQ AX, R8; \
	JLT oneRegister

// ADD_BLOCKS is addColumns with blocks of eight registers, then with one of four, and leaves less
// than that many columns.
//
//	DI	dst, the columns at hand
//	SI	x, the columns at hand of the first row
//	BX	bytes from one row of x to the next
//	R8	end of x
//	R9	x, the columns at hand of the current row
//	CX	bytes of dst that are left, from the columns at hand on
//	V0-V7	sums
//
// The sums of a block of columns stay in registers on the way down the rows. Each is one chain of
// additions, as the contract has it, so that a block of few columns waits for the latency of an
// addition at every row; the last block therefore takes all columns that are left at once.
#define ADD_BLOCKS \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ x_base+24(FP), SI; \
	MOVQ x_len+32(FP), R8; \
	MOVQ xRow+48(FP), BX; \
	SHLQ $SHIFT, CX; \
	JEQ columnsDone; \
	SHLQ $SHIFT, BX; \
	SHLQ $SHIFT, R8; \
	JEQ columnsDone; \
	ADDQ SI, R8; \
	SUBQ $(2*QUAD), CX; \
	JLT below8Registers; \
block8: \
	LOAD8(DI); \
	MOVQ SI, R9; \
row8: \
	ADD8(R9); \
	ADDQ BX, R9; \
	CMPQ R9, R8; \
	JCS row8; \
	STORE8(DI); \
	ADDQ $(2*QUAD), DI; \
	ADDQ $(2*QUAD), SI; \
	SUBQ $(2*QUAD), CX; \
	JGE block8; \
below8Registers: \
	ADDQ $QUAD, CX; \
	JLT below4Registers; \
	LOAD4(DI, V0, V1, V2, V3); \
	MOVQ SI, R9; \
row4: \
	ADD4(R9, V0, V1, V2, V3); \
	ADDQ BX, R9; \
	CMPQ R9, R8; \
	JCS row4; \
	STORE4(VMOVU, V0, V1, V2, V3, DI); \
	ADDQ $QUAD, DI; \
	ADDQ $QUAD, SI; \
	SUBQ $QUAD, CX; \
below4Registers: \
	ADDQ $QUAD, CX; \
	JEQ columnsDone; \
	CMPQ CX, $VBYTES; \
	JLE atMost1Register; \
	CMPQ CX, $(2*VBYTES); \
	JLE atMost2Registers

#include "avx2_f32.h"
#define addRowT ·broadcastAddF32AVX2
#define addColumnsT ·columnSumF32AVX2
#include "rows_avx2_amd64.h"

#include "avx2_f64.h"
#define addRowT ·broadcastAddF64AVX2
#define addColumnsT ·columnSumF64AVX2
#include "rows_avx2_amd64.h"

#include "avx512_f32.h"
#define addRowT ·broadcastAddF32AVX512
#define addColumnsT ·columnSumF32AVX512
#include "rows_avx512_amd64.h"

#include "avx512_f64.h"
#define addRowT ·broadcastAddF64AVX512
#define addColumnsT ·columnSumF64AVX512
#include "rows_avx512_amd64.h"
