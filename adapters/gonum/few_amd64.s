//go:build !purego

// Matrices of up to 16 rows and columns, times vectors and plus outer products: what the kernels of
// package asm, which are for more, take longer to begin than to compute. Results have their bits.
// few_amd64.h is the text for each element type, and says what is in which register.

#include "textflag.h"

// All ones and then zeros, 32 bytes of each: from byte 32−b on they are the mask of b bytes.
DATA masks<>+0(SB)/8, $-1
DATA masks<>+8(SB)/8, $-1
DATA masks<>+16(SB)/8, $-1
DATA masks<>+24(SB)/8, $-1
DATA masks<>+32(SB)/8, $0
DATA masks<>+40(SB)/8, $0
DATA masks<>+48(SB)/8, $0
DATA masks<>+56(SB)/8, $0
GLOBL masks<>(SB), RODATA|NOPTR, $64

// BETA_IS sets BX to whether beta is anything but 0: a NaN is.
#define BETA_IS \
	VXORPS X13, X13, X13; \
	VUCOMI X13, X15; \
	SETNE BX; \
	SETPS AX; \
	ORB AX, BX

// GATHER copies R12 elements R13 apart from P to R11, one after the other.
#define GATHER(P, copy) \
	SHLQ $SHIFT, R13; \
copy: \
	VMOVS (P), X0; \
	VMOVS X0, (R11); \
	ADDQ R13, P; \
	ADDQ $ELEM, R11; \
	DECQ R12; \
	JNE copy

// GATHER_Y does so with N elements of y, unless they are neighbours, and SCATTER_Y puts them back.
#define GATHER_Y(N, copy, gathered) \
	MOVQ yStep+56(FP), R13; \
	CMPQ R13, $1; \
	JEQ gathered; \
	LEAQ ys-384(SP), R11; \
	MOVQ N, R12; \
	GATHER(DI, copy); \
	LEAQ ys-384(SP), DI; \
gathered:
#define SCATTER_Y(N, copy, end) \
	MOVQ yStep+56(FP), R13; \
	CMPQ R13, $1; \
	JEQ end; \
	SHLQ $SHIFT, R13; \
	LEAQ ys-384(SP), SI; \
	MOVQ y+0(FP), DI; \
	MOVQ N, R12; \
copy: \
	VMOVS (SI), X0; \
	VMOVS X0, (DI); \
	ADDQ $ELEM, SI; \
	ADDQ R13, DI; \
	DECQ R12; \
	JNE copy; \
end: \
	RET

// ROW1 to ROW4 set V to the lanes of the row at P, of so many registers of which the last is
// masked: what is added is what virtual lanes of 256 bytes add up.
#define ROW1(P, V) \
	VMASKMOVPS (P), Y12, V; \
	VMUL Y8, V, V
#define ROW2(P, V) \
	VMUL (P), Y8, V; \
	VMASKMOVPS 32(P), Y12, Y4; \
	VMUL Y9, Y4, Y4; \
	VADD Y4, V, V
#define ROW3(P, V) \
	VMUL (P), Y8, V; \
	VMASKMOVPS 64(P), Y12, Y5; \
	VMUL 32(P), Y9, Y4; \
	VMUL Y10, Y5, Y5; \
	VADD Y5, V, V; \
	VADD Y4, V, V
#define ROW4(P, V) \
	VMUL (P), Y8, V; \
	VMASKMOVPS 96(P), Y12, Y6; \
	VMUL 32(P), Y9, Y4; \
	VMUL 64(P), Y10, Y5; \
	VMUL Y11, Y6, Y6; \
	VADD Y5, V, V; \
	VADD Y6, Y4, Y4; \
	VADD Y4, V, V

// PRODUCTS sets y to the products of four rows at a time, and then of one. Sums of zeros are +0,
// since lanes begin there.
#define PRODUCTS(ROW, four, fourStore, one, oneStore) \
	SUBQ $4, R8; \
	JLT one; \
four: \
	LEAQ (DX)(R9*2), R11; \
	ROW(DX, Y0); \
	ADDQ R9, DX; \
	ROW(DX, Y1); \
	ROW(R11, Y2); \
	ADDQ R9, R11; \
	ROW(R11, Y3); \
	LEAQ (R11)(R9*1), DX; \
	FOLD_ROWS; \
	VADD SUMS, OF_ZERO, SUMS; \
	VMUL OF_ALPHA, SUMS, SUMS; \
	TESTB BX, BX; \
	JEQ fourStore; \
	VMUL (DI), OF_BETA, OF_Y; \
	VADD SUMS, OF_Y, SUMS; \
fourStore: \
	VMOVUPS SUMS, (DI); \
	ADDQ $(4*ELEM), DI; \
	SUBQ $4, R8; \
	JGE four; \
one: \
	ADDQ $4, R8; \
	JEQ done; \
	ROW(DX, Y0); \
	ADDQ R9, DX; \
	FOLD_ROW; \
	VADDS X13, X0, X0; \
	VMULS X14, X0, X0; \
	TESTB BX, BX; \
	JEQ oneStore; \
	VMULS (DI), X15, X1; \
	VADDS X0, X1, X0; \
oneStore: \
	VMOVS X0, (DI); \
	ADDQ $ELEM, DI; \
	SUBQ $5, R8; \
	JMP one

// BEGIN_ROW sets Y1 to alpha times the element of x, PLUS adds its products with Y to what stands
// at an offset in a row of A, by way of W, and END_ROW goes on to the next row, or returns.
#define BEGIN_ROW \
	VBROADCAST (SI), Y1; \
	VMUL Y14, Y1, Y1
#define PLUS(offset, Y, W) \
	VMOVUPS offset(DX), W; \
	VFMA231 Y, Y1, W; \
	VMOVUPS W, offset(DX)
#define END_ROW(row) \
	ADDQ R15, SI; \
	ADDQ R9, DX; \
	DECQ R8; \
	JNE row; \
	VZEROUPPER; \
	RET

#define VBROADCAST VBROADCASTSD
#define VMOVS VMOVSD
#define VMULS VMULSD
#define VADDS VADDSD
#define VUCOMI VUCOMISD
#define VFMA231S VFMADD231SD
#define VMUL VMULPD
#define VADD VADDPD
#define VFMA231 VFMADD231PD
#define SHIFT 3
#define ELEM 8
#define BETA beta+72(FP)
#define RANK_ONE_ALPHA alpha+80(FP)
#define SIZE_GEMV $384-80
#define SIZE_RANK_ONE $0-88
#define GEMV_ROWS ·gemvRowsF64(SB)
#define GEMV_COLUMNS ·gemvColumnsF64(SB)
#define RANK_ONE ·rankOneF64(SB)

// FOLD_ROWS makes of the lanes of four rows, in Y0 to Y3, their sums, in Y0: lane l takes l+2, then
// l+1.
#define FOLD_ROWS \
	VPERM2F128 $0x20, Y2, Y0, Y4; \
	VPERM2F128 $0x31, Y2, Y0, Y5; \
	VPERM2F128 $0x20, Y3, Y1, Y6; \
	VPERM2F128 $0x31, Y3, Y1, Y7; \
	VADDPD Y5, Y4, Y4; \
	VADDPD Y7, Y6, Y6; \
	VHADDPD Y6, Y4, Y0
#define SUMS Y0
#define OF_Y Y5
#define OF_ALPHA Y14
#define OF_BETA Y15
#define OF_ZERO Y13
#define LOAD_SCALES \
	VBROADCASTSD alpha+64(FP), Y14; \
	VBROADCASTSD BETA, Y15

// FOLD_ROW does so with one row, in Y0.
#define FOLD_ROW \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPD X1, X0, X0; \
	VHADDPD X0, X0, X0
#include "few_amd64.h"

#undef VBROADCAST
#undef VMOVS
#undef VMULS
#undef VADDS
#undef VUCOMI
#undef VFMA231S
#undef VMUL
#undef VADD
#undef VFMA231
#undef SHIFT
#undef ELEM
#undef BETA
#undef SIZE_GEMV
#undef SIZE_RANK_ONE
#undef GEMV_ROWS
#undef GEMV_COLUMNS
#undef RANK_ONE
#undef FOLD_ROWS
#undef SUMS
#undef OF_Y
#undef OF_ALPHA
#undef OF_BETA
#undef OF_ZERO
#undef LOAD_SCALES
#undef FOLD_ROW

#define VBROADCAST VBROADCASTSS
#define VMOVS VMOVSS
#define VMULS VMULSS
#define VADDS VADDSS
#define VUCOMI VUCOMISS
#define VFMA231S VFMADD231SS
#define VMUL VMULPS
#define VADD VADDPS
#define VFMA231 VFMADD231PS
#define SHIFT 2
#define ELEM 4
#define BETA beta+68(FP)
#define SIZE_GEMV $384-72
#define SIZE_RANK_ONE $0-84
#define GEMV_ROWS ·gemvRowsF32(SB)
#define GEMV_COLUMNS ·gemvColumnsF32(SB)
#define RANK_ONE ·rankOneF32(SB)

// FOLD_ROWS, of float32: lane l takes l+4, l+2, then l+1; the sums are in X0.
#define FOLD_ROWS \
	VPERM2F128 $0x20, Y2, Y0, Y4; \
	VPERM2F128 $0x31, Y2, Y0, Y5; \
	VPERM2F128 $0x20, Y3, Y1, Y6; \
	VPERM2F128 $0x31, Y3, Y1, Y7; \
	VADDPS Y5, Y4, Y4; \
	VADDPS Y7, Y6, Y6; \
	VSHUFPS $0x44, Y6, Y4, Y0; \
	VSHUFPS $0xEE, Y6, Y4, Y1; \
	VADDPS Y1, Y0, Y0; \
	VHADDPS Y0, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VUNPCKLPD X1, X0, X0
#define SUMS X0
#define OF_Y X5
#define OF_ALPHA X14
#define OF_BETA X15
#define OF_ZERO X13
#define LOAD_SCALES \
	VBROADCASTSS alpha+64(FP), Y14; \
	VBROADCASTSS BETA, Y15
#define FOLD_ROW \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPS X1, X0, X0; \
	VSHUFPS $0xEE, X0, X0, X1; \
	VADDPS X1, X0, X0; \
	VHADDPS X0, X0, X0
#include "few_amd64.h"
