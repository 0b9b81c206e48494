//go:build !purego

// Products of unsigned bytes of channels by weights of their own, of 16 bits: two taps at once, whose
// words are interleaved so that one instruction multiplies both and adds them up. A tile is four
// rows of A, or what is left of them, by a panel.
//
// Interleaved words lie in two registers: of each eight channels the first has those that stand in
// the first half of 16 bytes, so that the sums are stored 16 bytes at a time.
//
//	V0-V7	the sums: row i in registers 2i and 2i+1
//	V8, V9	weights of two taps
//	V10-V13	words of A, and products
//
//	SI	A of the tile
//	DI	C of the tile
//	AX BX	A at the two taps
//	R8 R9	1 and 3 times A's row stride, in bytes as all strides
//	R10	C's row stride
//	R11	the steps of the taps
//	R12	their weights
//	R13	groups of taps left
//	R14	rows left
//	R15	panels left
//	CX DX	scratch
//
// The pointers to A, B and C of the panel live in the arguments, which are the callee's to change.

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

#define ZERO(V) VPXOR_BITS V, V, V
#define VPXOR_BITS BY_ISA(VPXOR, VPXORD)
#define VMOVDQU_BITS BY_ISA(VMOVDQU, VMOVDQU32)

// ROW adds the products of a row at two taps to its sums.
#define ROW(a, b, S0, S1) \
	VPMOVZXBW a, V10; \
	VPMOVZXBW b, V11; \
	VPUNPCKLWD V11, V10, V12; \
	VPUNPCKHWD V11, V10, V13; \
	VPMADDWD V8, V12, V12; \
	VPMADDWD V9, V13, V13; \
	VPADDD V12, S0, S0; \
	VPADDD V13, S1, S1
#define ROWS1 ROW((AX), (BX), V0, V1)
#define ROWS2 ROWS1; ROW((AX)(R8*1), (BX)(R8*1), V2, V3)
#define ROWS3 ROWS2; ROW((AX)(R8*2), (BX)(R8*2), V4, V5)
#define ROWS4 ROWS3; ROW((AX)(R9*1), (BX)(R9*1), V6, V7)

// STORE_ROW stores the sums of a row at DX, and moves it on.
#define STORE_ROW(Y0, X0, Y1, X1) BY_ISA(STORE_ROW_AVX2, STORE_ROW_AVX512)(Y0, X0, Y1, X1)
#define STORE_ROW_AVX2(S0, X0, S1, X1) \
	VMOVDQU X0, (DX); \
	VMOVDQU X1, 16(DX); \
	VEXTRACTI128 $1, S0, 32(DX); \
	VEXTRACTI128 $1, S1, 48(DX); \
	ADDQ R10, DX
#define STORE_ROW_AVX512(S0, X0, S1, X1) \
	VMOVDQU X0, (DX); \
	VMOVDQU X1, 16(DX); \
	VEXTRACTI32X4 $1, S0, 32(DX); \
	VEXTRACTI32X4 $1, S1, 48(DX); \
	VEXTRACTI32X4 $2, S0, 64(DX); \
	VEXTRACTI32X4 $2, S1, 80(DX); \
	VEXTRACTI32X4 $3, S0, 96(DX); \
	VEXTRACTI32X4 $3, S1, 112(DX); \
	ADDQ R10, DX
#define STORE_ROWS1 STORE_ROW(V0, X0, V1, X1)
#define STORE_ROWS2 STORE_ROWS1; STORE_ROW(V2, X2, V3, X3)
#define STORE_ROWS3 STORE_ROWS2; STORE_ROW(V4, X4, V5, X5)
#define STORE_ROWS4 STORE_ROWS3; STORE_ROW(V6, X6, V7, X7)

// TILE computes the tile of so many rows.
#define TILE(ROWS, STORES, group, stored) \
group: \
	MOVLQSX (R11), AX; \
	MOVLQSX 4(R11), BX; \
	ADDQ SI, AX; \
	ADDQ SI, BX; \
	ADDQ $8, R11; \
	VMOVDQU_BITS (R12), V8; \
	VMOVDQU_BITS VBYTES(R12), V9; \
	ADDQ $(2*VBYTES), R12; \
	ROWS; \
	DECQ R13; \
	JNE group; \
	MOVQ DI, DX; \
	STORES; \
	JMP stored

// DEPTHWISE is func name(c *int32, a *uint8, b *int16, l *QuantLayout) for panels of VBYTES/2 columns.
#define DEPTHWISE(name) \
TEXT name(SB), NOSPLIT, $0-32; \
	MOVQ l+24(FP), CX; \
	MOVQ QuantLayout_ARow(CX), R8; \
	LEAQ (R8)(R8*2), R9; \
	MOVQ QuantLayout_LDC(CX), R10; \
	SHLQ $2, R10; \
	MOVQ QuantLayout_Panels(CX), R15; \
panel: \
	MOVQ c+0(FP), DI; \
	MOVQ a+8(FP), SI; \
	MOVQ l+24(FP), CX; \
	MOVQ QuantLayout_M(CX), R14; \
tile: \
	MOVQ l+24(FP), CX; \
	MOVQ QuantLayout_Steps(CX), R11; \
	MOVQ QuantLayout_Groups(CX), R13; \
	MOVQ b+16(FP), R12; \
	ZERO(V0); \
	ZERO(V1); \
	ZERO(V2); \
	ZERO(V3); \
	ZERO(V4); \
	ZERO(V5); \
	ZERO(V6); \
	ZERO(V7); \
	CMPQ R14, $3; \
	JGT four; \
	JEQ three; \
	CMPQ R14, $1; \
	JGT two; \
	TILE(ROWS1, STORE_ROWS1, one, stored); \
	TILE(ROWS2, STORE_ROWS2, two, stored); \
	TILE(ROWS3, STORE_ROWS3, three, stored); \
	TILE(ROWS4, STORE_ROWS4, four, stored); \
stored: \
	LEAQ (SI)(R8*4), SI; \
	MOVQ DX, DI; \
	SUBQ $4, R14; \
	JGT tile; \
	MOVQ R12, b+16(FP); \
	ADDQ $(VBYTES/2), a+8(FP); \
	ADDQ $(2*VBYTES), c+0(FP); \
	DECQ R15; \
	JNE panel; \
	VZEROUPPER; \
	RET

#include "avx2_f32.h"
DEPTHWISE(·depthwiseQuantAVX2)

#include "avx512_f32.h"
DEPTHWISE(·depthwiseQuantAVX512)
