//go:build !purego

// The tops of trees (Trees.Tops), as trees_avx512_amd64.s computes them, but for a tree at a time:
// its seven nodes meet their columns in four registers, of which two bits of a column's number
// choose one.
//
//	DI	at, the tree at hand
//	CX	trees left
//	SI	values; DX columns
//	BX	ways through bits
//	R8	the lower block of the tree at hand
//	R10	what nodes say, and the way through it
//	R12	the first lower block of the tree at hand
//	R13	exits
//	Y0	columns of nodes
//	Y1-Y4	what each of the registers has for them
//	Y5	which of these counts
//	Y12-Y15	the columns

#include "textflag.h"

#define GREATER 0x1E

// PATH compares a block's nodes and looks up the way through it.
#define PATH(columns, values) \
	VPMOVZXBD columns, Y0; \
	VPERMPS Y12, Y0, Y1; \
	VPERMPS Y13, Y0, Y2; \
	VPERMPS Y14, Y0, Y3; \
	VPERMPS Y15, Y0, Y4; \
	VPSLLD $28, Y0, Y5; \
	VPSLLD $27, Y0, Y0; \
	VBLENDVPS Y5, Y2, Y1, Y1; \
	VBLENDVPS Y5, Y4, Y3, Y3; \
	VBLENDVPS Y0, Y3, Y1, Y1; \
	VCMPPS $GREATER, values, Y1, Y1; \
	VMOVMSKPS Y1, R10; \
	MOVBLZX (BX)(R10*1), R10

TEXT ·treeTopsF32AVX2(SB), NOSPLIT, $0-168
	MOVQ at_base+0(FP), DI
	MOVQ at_len+8(FP), CX
	TESTQ CX, CX
	JEQ done
	MOVQ x_base+24(FP), AX
	VMOVUPS (AX), Y12
	VMOVUPS 32(AX), Y13
	VMOVUPS 64(AX), Y14
	VMOVUPS 96(AX), Y15
	MOVQ tops_Upper_Values_base+48(FP), SI
	MOVQ tops_Upper_Columns_base+72(FP), DX
	LEAQ ·treePaths(SB), BX
	XORL R12, R12

upper:
	PATH((DX), (SI))
	ADDL R12, R10
	MOVL R10, (DI)
	ADDQ $8, DX
	ADDQ $32, SI
	ADDQ $4, DI
	ADDL $8, R12
	DECQ CX
	JNE upper

	MOVQ at_base+0(FP), DI
	MOVQ at_len+8(FP), CX
	MOVQ tops_Lower_Values_base+96(FP), SI
	MOVQ tops_Lower_Columns_base+120(FP), DX
	MOVQ tops_Exits_base+144(FP), R13

lower:
	MOVL (DI), R8
	SHLQ $3, R8
	PATH((DX)(R8*1), (SI)(R8*4))
	ADDQ R8, R10
	MOVL (R13)(R10*4), R10
	MOVL R10, (DI)
	ADDQ $4, DI
	DECQ CX
	JNE lower
	VZEROUPPER

done:
	RET
