//go:build !purego

// Softmax, in AVX-512, of rows that fill one register and a part of a second, or two and parts of two
// more: softmax_amd64.h has the steps, and BY_GROUP chooses between the two.
//
//	SI DI	x and the destination, the row at hand
//	CX	bytes left of all rows
//	BX	bytes of a row
//	V0 V5 Z16 Z21	the row; the lanes behind it are 0 in the exponentials
//	Z28-Z31	the next row, which is read before this one is stored: it may stand next to it
//	K1 K3	the lanes of the row in its last two registers, or K1 in the last one
//	V12	its largest element, in every lane; V1 the sum of the exponentials
//	V13	−∞

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "map_amd64.h"
#include "math_amd64.h"
#include "exp_amd64.h"
#include "softmax_amd64.h"

// The groups of math_amd64.h: as many as a row has registers.
#undef EACH
#undef COPY_P_AVX512
#define EACH BY_GROUP(EACH_AVX2, EACH_AVX512)
#define COPY_P_AVX512 BY_GROUP(COPY_P_AVX2, COPY_P_OF_4)
#define COPY_P_OF_4 COPY_P_AVX2; VMOVA V3, Z19; VMOVA V3, Z24

// ROW_MASKS makes the masks of a row of BX elements.
#define ROW_MASKS \
	MOVQ BX, CX; \
	SUBQ $(BY_GROUP(1, 2)*LANES), CX; \
	LANE_MASK(AX, K1); \
	BY_GROUP(NONE, MASK_OF_4)
#define MASK_OF_4 \
	XORL DX, DX; \
	SUBQ $LANES, CX; \
	CMOVQLT DX, CX; \
	LANE_MASK(AX, K3)

// LOAD_NEXT loads the row at SI.
#define LOAD_NEXT BY_GROUP(LOAD_2, LOAD_4)
#define LOAD_2 \
	VMOVU (SI), Z28; \
	VMOVU.Z 64(SI), K1, Z29
#define LOAD_4 \
	VMOVU (SI), Z28; \
	VMOVU 64(SI), Z29; \
	VMOVU.Z 128(SI), K1, Z30; \
	VMOVU.Z 192(SI), K3, Z31

// TAKE_NEXT turns to that row, and finds its largest element.
#define TAKE_NEXT BY_GROUP(TAKE_2, TAKE_4)
#define TAKE_2 \
	VMOVA Z28, V0; \
	VMOVA Z29, V5; \
	VBLENDM V5, V13, K1, V12; \
	VMAX V0, V12, V12; \
	FOLD_ALL(VMAX, V12, V1)
#define TAKE_4 \
	VMOVA Z28, V0; \
	VMOVA Z29, V5; \
	VMOVA Z30, Z16; \
	VMOVA Z31, Z21; \
	VBLENDM Z16, V13, K1, V12; \
	VBLENDM Z21, V13, K3, V1; \
	VMAX V0, V12, V12; \
	VMAX V5, V1, V1; \
	VMAX V1, V12, V12; \
	FOLD_ALL(VMAX, V12, V1)

// DIVIDE_BY_SUM divides the exponentials by their sum. Lanes meet as in [Kernels.Sum]: first those two
// registers apart.
#define DIVIDE_BY_SUM BY_GROUP(DIVIDE_2, DIVIDE_4)
#define DIVIDE_2 \
	VMOVA.Z V5, K1, V5; \
	VADD V5, V0, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VDIV V1, V0, V0; \
	VDIV V1, V5, V5
#define DIVIDE_4 \
	VMOVA.Z Z16, K1, Z16; \
	VMOVA.Z Z21, K3, Z21; \
	VADD Z16, V0, V1; \
	VADD Z21, V5, V2; \
	VADD V2, V1, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VDIV V1, V0, V0; \
	VDIV V1, V5, V5; \
	VDIV V1, Z16, Z16; \
	VDIV V1, Z21, Z21

#define STORE_REGISTERS BY_GROUP(STORE_2, STORE_4)
#define STORE_2 \
	VMOVU V0, (DI); \
	VMOVU V5, K1, 64(DI)
#define STORE_4 \
	VMOVU V0, (DI); \
	VMOVU V5, 64(DI); \
	VMOVU Z16, K1, 128(DI); \
	VMOVU Z21, K3, 192(DI)

// SOFTMAX_REGISTERS is func name(dst, x []T, columns int).
#define SOFTMAX_REGISTERS(name) \
TEXT name(SB), NOSPLIT, $0-56; \
	MOVQ columns+48(FP), BX; \
	ROW_MASKS; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), CX; \
	MOVQ x_base+24(FP), SI; \
	SHLQ $SHIFT, CX; \
	SHLQ $SHIFT, BX; \
	VXOR V0, V0, V0; \
	VSUBC(LOG_INFINITY, V0, V13); \
	EXP_VECTOR_BOUNDS; \
	TESTQ CX, CX; \
	JEQ done; \
	LOAD_NEXT; \
row: \
	TAKE_NEXT; \
	EXP_SUB_WIDE; \
	DIVIDE_BY_SUM; \
	SUBQ BX, CX; \
	JEQ last; \
	ADDQ BX, SI; \
	LOAD_NEXT; \
	STORE_REGISTERS; \
	ADDQ BX, DI; \
	JMP row; \
last: \
	STORE_REGISTERS; \
done: \
	VZEROUPPER; \
	RET

#include "avx512_f32.h"
#define BY_GROUP(REGISTERS2, REGISTERS4) REGISTERS2
SOFTMAX_REGISTERS(·softmax2RegisterF32AVX512)
#undef BY_GROUP
#define BY_GROUP(REGISTERS2, REGISTERS4) REGISTERS4
SOFTMAX_REGISTERS(·softmax4RegisterF32AVX512)
#undef BY_GROUP

#include "avx512_f64.h"
#define BY_GROUP(REGISTERS2, REGISTERS4) REGISTERS2
SOFTMAX_REGISTERS(·softmax2RegisterF64AVX512)
#undef BY_GROUP
#define BY_GROUP(REGISTERS2, REGISTERS4) REGISTERS4
SOFTMAX_REGISTERS(·softmax4RegisterF64AVX512)
#undef BY_GROUP
