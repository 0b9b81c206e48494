//go:build !purego

// The tops of trees (Trees.Tops). The upper blocks of a group of trees are taken column by column: its
// rank among the values that nodes compare it with says which of them it is greater than, of all trees
// at once (TreeRanks). Then each tree's lower block is as in trees_avx512_amd64.s, but for a tree at a
// time: its seven nodes meet their columns in four registers, of which two bits of a column's number
// choose one.
//
//	DI	at, the tree at hand
//	CX	trees behind the group
//	AX	x; what the group's upper blocks say of the tree at hand
//	R9	values of a column left, by registers; trees of the group left
//	R11	columns of ranks; R14 their values; R15 their ways
//	SI	values of lower blocks; DX their columns
//	BX	ways through bits
//	R8	the lower block of the tree at hand
//	R10	a rank; what nodes say, and the way through it
//	R12	the first lower block of the tree at hand
//	R13	exits
//	Y0	columns of nodes
//	Y1-Y4	what each of the registers has for them
//	Y5	which of these counts
//	Y8-Y11	what nodes of upper blocks say, a byte a tree
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

TEXT ·treeTopsF32AVX2(SB), NOSPLIT, $128-240
	MOVQ at_base+0(FP), DI
	MOVQ at_len+8(FP), CX
	TESTQ CX, CX
	JEQ done
	MOVQ x_base+24(FP), AX
	VMOVUPS (AX), Y12
	VMOVUPS 32(AX), Y13
	VMOVUPS 64(AX), Y14
	VMOVUPS 96(AX), Y15
	MOVQ tops_Lower_Values_base+96(FP), SI
	MOVQ tops_Lower_Columns_base+120(FP), DX
	MOVQ tops_Exits_base+144(FP), R13
	MOVQ tops_Ranks_Columns_base+168(FP), R11
	MOVQ tops_Ranks_Values_base+192(FP), R14
	MOVQ tops_Ranks_Ways_base+216(FP), R15
	LEAQ ·treePaths(SB), BX
	XORL R12, R12

group:
	MOVQ x_base+24(FP), AX
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	VPXOR Y10, Y10, Y10
	VPXOR Y11, Y11, Y11
	JMP next

column:
	MOVL (R11), R8
	VBROADCASTSS (AX)(R8*4), Y0
	XORL R10, R10

fill:
	VCMPPS $GREATER, (R14), Y0, Y1
	VMOVMSKPS Y1, R8
	POPCNTL R8, R8
	ADDL R8, R10
	ADDQ $32, R14
	DECL R9
	JNE fill

	SHLQ $7, R10
	ADDQ R15, R10
	VPOR (R10), Y8, Y8
	VPOR 32(R10), Y9, Y9
	VPOR 64(R10), Y10, Y10
	VPOR 96(R10), Y11, Y11
	MOVL 8(R11), R9
	ADDQ R9, R15
	ADDQ $12, R11

next:
	MOVL 4(R11), R9
	TESTL R9, R9
	JNE column

	ADDQ $12, R11
	LEAQ said-128(SP), AX
	VMOVDQU Y8, (AX)
	VMOVDQU Y9, 32(AX)
	VMOVDQU Y10, 64(AX)
	VMOVDQU Y11, 96(AX)
	MOVL $128, R9
	CMPQ CX, R9
	CMOVQLT CX, R9
	SUBQ R9, CX

lower:
	MOVBLZX (AX), R8
	MOVBLZX (BX)(R8*1), R8
	ADDQ R12, R8
	SHLQ $3, R8
	PATH((DX)(R8*1), (SI)(R8*4))
	ADDQ R8, R10
	MOVL (R13)(R10*4), R10
	MOVL R10, (DI)
	ADDQ $4, DI
	INCQ AX
	ADDQ $8, R12
	DECQ R9
	JNE lower
	TESTQ CX, CX
	JNE group
	VZEROUPPER

done:
	RET
