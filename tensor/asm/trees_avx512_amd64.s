//go:build !purego

// The tops of trees (Trees.Tops). No node of three levels waits for its parent: the seven of two trees
// are compared at once, with columns that two registers hold. What they say is a bit each, and a table
// has the way through the bits. The first loop takes a row through the upper three levels of all trees,
// the second through the lower three: so many trees are under way at once.
//
//	DI	at, two trees at hand
//	CX	trees left
//	SI	values; DX columns
//	BX	ways through bits
//	R8 R9	blocks of the two trees; R10 R11 what is to be looked up for them
//	R12	the first lower block of the trees at hand
//	R13	exits
//	Z0	columns of nodes
//	Z1	values of nodes
//	Z30 Z31	the columns

#include "textflag.h"

// treePaths has for the bits of seven nodes, that of node i set if its column is greater, at which of
// the eight children of the last level a walk ends that goes from node i to 2i+1, or to 2i+2.
DATA ·treePaths+0(SB)/8, $0x0602060004020400
DATA ·treePaths+8(SB)/8, $0x0602060104020401
DATA ·treePaths+16(SB)/8, $0x0603060004030400
DATA ·treePaths+24(SB)/8, $0x0603060104030401
DATA ·treePaths+32(SB)/8, $0x0602060005020500
DATA ·treePaths+40(SB)/8, $0x0602060105020501
DATA ·treePaths+48(SB)/8, $0x0603060005030500
DATA ·treePaths+56(SB)/8, $0x0603060105030501
DATA ·treePaths+64(SB)/8, $0x0702070004020400
DATA ·treePaths+72(SB)/8, $0x0702070104020401
DATA ·treePaths+80(SB)/8, $0x0703070004030400
DATA ·treePaths+88(SB)/8, $0x0703070104030401
DATA ·treePaths+96(SB)/8, $0x0702070005020500
DATA ·treePaths+104(SB)/8, $0x0702070105020501
DATA ·treePaths+112(SB)/8, $0x0703070005030500
DATA ·treePaths+120(SB)/8, $0x0703070105030501
GLOBL ·treePaths(SB), RODATA|NOPTR, $128

#define GREATER 0x1E

// PATHS compares two trees' nodes, whose columns are in Z0 and values in V, and looks up the ways of the
// first to R10 and of the second to R11.
#define PATHS(V) \
	VPERMI2PS Z31, Z30, Z0; \
	VCMPPS $GREATER, V, Z0, K1; \
	KMOVW K1, R11; \
	MOVBLZX R11, R10; \
	SHRL $8, R11; \
	MOVBLZX (BX)(R10*1), R10; \
	MOVBLZX (BX)(R11*1), R11

TEXT ·treeTopsF32AVX512(SB), NOSPLIT, $0-240
	MOVQ at_base+0(FP), DI
	MOVQ at_len+8(FP), CX
	TESTQ CX, CX
	JEQ done
	MOVQ x_base+24(FP), AX
	VMOVUPS (AX), Z30
	VMOVUPS 64(AX), Z31
	MOVQ tops_Upper_Values_base+48(FP), SI
	MOVQ tops_Upper_Columns_base+72(FP), DX
	LEAQ ·treePaths(SB), BX
	XORL R12, R12

upper:
	VPMOVZXBD (DX), Z0
	PATHS((SI))
	ADDL R12, R10
	LEAL 8(R12)(R11*1), R11
	MOVL R10, (DI)
	MOVL R11, 4(DI)
	ADDQ $16, DX
	ADDQ $64, SI
	ADDQ $8, DI
	ADDL $16, R12
	SUBQ $2, CX
	JNE upper

	MOVQ at_base+0(FP), DI
	MOVQ at_len+8(FP), CX
	MOVQ tops_Lower_Values_base+96(FP), SI
	MOVQ tops_Lower_Columns_base+120(FP), DX
	MOVQ tops_Exits_base+144(FP), R13

lower:
	MOVL (DI), R8
	MOVL 4(DI), R9
	VMOVQ (DX)(R8*8), X0
	VPINSRQ $1, (DX)(R9*8), X0, X0
	VPMOVZXBD X0, Z0
	SHLQ $3, R8
	SHLQ $3, R9
	VMOVUPS (SI)(R8*4), Y1
	VINSERTF64X4 $1, (SI)(R9*4), Z1, Z1
	PATHS(Z1)
	ADDQ R8, R10
	ADDQ R9, R11
	MOVL (R13)(R10*4), R10
	MOVL (R13)(R11*4), R11
	MOVL R10, (DI)
	MOVL R11, 4(DI)
	ADDQ $8, DI
	SUBQ $2, CX
	JNE lower
	VZEROUPPER

done:
	RET
