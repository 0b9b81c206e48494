//go:build !purego

// The passes of Fourier transforms: a register of columns at a time through each row.
//
//	V0-V3	the numbers: real parts of a and b, imaginary parts of a and b
//	V4-V7	products, sums and differences
//	V14, V15	the real and the imaginary part of the row's factor
//
//	SI R10 R11 R12	where V0 to V3 come from
//	DI R13 DX R15	where results go
//	BX	turns
//	CX	rows left
//	R8	bytes of a run
//	R9	bytes of it that are done
//	AX	scratch

#include "textflag.h"
#include "vector_amd64.h"

#define ARGUMENTS \
	MOVQ dst_base+0(FP), DI; \
	MOVQ src_base+24(FP), SI; \
	MOVQ turns_base+48(FP), BX; \
	MOVQ turns_len+56(FP), CX; \
	SHRQ $1, CX; \
	MOVQ run+72(FP), R8; \
	SHLQ $SHIFT, R8
#define NEXT_TURN \
	VBROADCAST (BX), V14; \
	VBROADCAST ELEM(BX), V15; \
	ADDQ $(2*ELEM), BX; \
	XORL R9, R9
#define LOAD_NUMBERS \
	VMOVU (SI)(R9*1), V0; \
	VMOVU (R10)(R9*1), V1; \
	VMOVU (R11)(R9*1), V2; \
	VMOVU (R12)(R9*1), V3

// BUTTERFLIES reads the four runs of a row in their order; results go to row k, at DI and R13, and
// row k+h, at DX and R15.
#define BUTTERFLIES(name) \
TEXT name(SB), NOSPLIT, $0-80; \
	ARGUMENTS; \
	MOVQ CX, DX; \
	IMULQ R8, DX; \
	LEAQ (DI)(DX*2), DX; \
row: \
	NEXT_TURN; \
	LEAQ (SI)(R8*1), R10; \
	LEAQ (SI)(R8*2), R11; \
	LEAQ (R10)(R8*2), R12; \
	LEAQ (DI)(R8*1), R13; \
	LEAQ (DX)(R8*1), R15; \
columns: \
	LOAD_NUMBERS; \
	VMUL V3, V15, V4; \
	VMUL V3, V14, V6; \
	VFMA231 V1, V15, V6; \
	VFMSUB213 V4, V14, V1; \
	VADD V1, V0, V4; \
	VADD V6, V2, V5; \
	VSUB V1, V0, V0; \
	VSUB V6, V2, V2; \
	VMOVU V4, (DI)(R9*1); \
	VMOVU V5, (R13)(R9*1); \
	VMOVU V0, (DX)(R9*1); \
	VMOVU V2, (R15)(R9*1); \
	ADDQ $VBYTES, R9; \
	CMPQ R9, R8; \
	JLT columns; \
	LEAQ (SI)(R8*4), SI; \
	LEAQ (DI)(R8*2), DI; \
	LEAQ (DX)(R8*2), DX; \
	DECQ CX; \
	JNE row; \
	VZEROUPPER; \
	RET

// UNZIP has a at SI and R11, and b, which goes backwards from the last row, at R10 and R12.
#define UNZIP(name) \
TEXT name(SB), NOSPLIT, $0-80; \
	ARGUMENTS; \
	LEAQ -1(CX), R10; \
	IMULQ R8, R10; \
	LEAQ (SI)(R10*2), R10; \
row: \
	NEXT_TURN; \
	LEAQ (SI)(R8*1), R11; \
	LEAQ (R10)(R8*1), R12; \
	LEAQ (DI)(R8*1), R13; \
columns: \
	LOAD_NUMBERS; \
	VADD V1, V0, V4; \
	VSUB V3, V2, V5; \
	VSUB V1, V0, V6; \
	VADD V3, V2, V7; \
	VFNMADD231 V7, V15, V4; \
	VFMA231 V6, V14, V4; \
	VFMA231 V6, V15, V5; \
	VFMA231 V7, V14, V5; \
	VMOVU V4, (DI)(R9*1); \
	VMOVU V5, (R13)(R9*1); \
	ADDQ $VBYTES, R9; \
	CMPQ R9, R8; \
	JLT columns; \
	LEAQ (SI)(R8*2), SI; \
	LEAQ (DI)(R8*2), DI; \
	MOVQ R8, AX; \
	SHLQ $1, AX; \
	SUBQ AX, R10; \
	DECQ CX; \
	JNE row; \
	VZEROUPPER; \
	RET

#include "avx2_f32.h"
BUTTERFLIES(·butterfliesF32AVX2)
UNZIP(·unzipF32AVX2)

#include "avx2_f64.h"
BUTTERFLIES(·butterfliesF64AVX2)
UNZIP(·unzipF64AVX2)

#include "avx512_f32.h"
BUTTERFLIES(·butterfliesF32AVX512)
UNZIP(·unzipF32AVX512)

#include "avx512_f64.h"
BUTTERFLIES(·butterfliesF64AVX512)
UNZIP(·unzipF64AVX512)
