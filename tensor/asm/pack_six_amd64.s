//go:build !purego

// Packing of six lanes into steps of six, the rows of A for the tile of AVX2: whole registers are
// read and written, which the transposes of four lanes and of eight don't do with them.

#include "textflag.h"
#include "vector_amd64.h"

// PACK6 is func name(dst, src []T, lane, k int). PAIRS turns a register of each lane, in Y0 to Y5,
// into pairs of lanes, two in each 16 bytes in the order of their steps, in Y6 to Y11.
//
//	DI	dst
//	SI	src, the step at hand of the first lane
//	R8 R9 R10	1, 3 and 5 times a lane's stride
//	CX	steps left
//	R13	scratch
#define PACK6(name, shift, n, PAIRS) \
TEXT name(SB), NOSPLIT, $0-64; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ src_base+24(FP), SI; \
	MOVQ lane+48(FP), R8; \
	SHLQ $shift, R8; \
	LEAQ (R8)(R8*2), R9; \
	LEAQ (R8)(R8*4), R10; \
	MOVQ k+56(FP), CX; \
	SUBQ $n, CX; \
block: \
	VMOVUPS (SI), Y0; \
	VMOVUPS (SI)(R8*1), Y1; \
	VMOVUPS (SI)(R8*2), Y2; \
	VMOVUPS (SI)(R9*1), Y3; \
	VMOVUPS (SI)(R8*4), Y4; \
	VMOVUPS (SI)(R10*1), Y5; \
	PAIRS; \
	HALVES(0x20, 0); \
	HALVES(0x31, 96); \
	ADDQ $32, SI; \
	ADDQ $192, DI; \
	SUBQ $n, CX; \
	JGE block; \
	CMPQ CX, $-n; \
	JEQ done; \
	LEAQ (CX)(CX*2), R13; \
	SHLQ $(shift+1), R13; \
	ADDQ R13, DI; \
	SHLQ $shift, CX; \
	ADDQ CX, SI; \
	XORL CX, CX; \
	JMP block; \
done: \
	VZEROUPPER; \
	RET

// HALVES stores the low halves of the pairs or, with 0x31, the high ones.
#define HALVES(which, offset) \
	VPERM2F128 $which, Y7, Y6, Y0; \
	VPERM2F128 $which, Y9, Y8, Y1; \
	VPERM2F128 $which, Y11, Y10, Y2; \
	VMOVUPS Y0, offset(DI); \
	VMOVUPS Y1, (offset+32)(DI); \
	VMOVUPS Y2, (offset+64)(DI)

// Four steps of float64 fill a register: the pairs of a step in half of one.
#define PAIRS_F64 \
	VUNPCKLPD Y1, Y0, Y6; \
	VUNPCKLPD Y3, Y2, Y7; \
	VUNPCKLPD Y5, Y4, Y8; \
	VUNPCKHPD Y1, Y0, Y9; \
	VUNPCKHPD Y3, Y2, Y10; \
	VUNPCKHPD Y5, Y4, Y11

// Eight steps of float32 do: those of two steps are three halves, in between one of each.
#define PAIRS_F32 \
	TWO_STEPS(VUNPCKLPS, Y6, Y7, Y8); \
	TWO_STEPS(VUNPCKHPS, Y9, Y10, Y11)
#define TWO_STEPS(UNPACK, A, B, C) \
	UNPACK Y1, Y0, Y12; \
	UNPACK Y3, Y2, Y13; \
	UNPACK Y5, Y4, Y14; \
	VUNPCKLPD Y13, Y12, A; \
	VSHUFPD $0xA, Y12, Y14, B; \
	VUNPCKHPD Y14, Y13, C

PACK6(·pack6F32AVX2, 2, 8, PAIRS_F32)
PACK6(·pack6F64AVX2, 3, 4, PAIRS_F64)
