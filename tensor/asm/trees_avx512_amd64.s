//go:build !purego

// The tops of trees (Trees.Tops). No node waits for its parent: all 64 of a tree are compared at once,
// with columns that two registers hold, which takes as long as a walk of four steps. What they say is
// a bit each, and the walk goes through the bits, in eight trees side by side.
//
//	DI	at, the trees at hand
//	CX	trees left
//	SI	values; DX columns
//	BX	exits of the trees at hand
//	R8	masks, the trees at hand
//	R9-R13	where rows leave trees
//	Z0	columns of nodes
//	Z3	places of these
//	Z1 Z2	nodes of eight trees; their bits
//	Z28	1 in each lane
//	Z29	TopNodes·(lane − 1), from a node below the last level to its exit
//	Z30 Z31	the columns

#include "textflag.h"

DATA ·treeTopExits+0(SB)/8, $-64
DATA ·treeTopExits+8(SB)/8, $0
DATA ·treeTopExits+16(SB)/8, $64
DATA ·treeTopExits+24(SB)/8, $128
DATA ·treeTopExits+32(SB)/8, $192
DATA ·treeTopExits+40(SB)/8, $256
DATA ·treeTopExits+48(SB)/8, $320
DATA ·treeTopExits+56(SB)/8, $384
GLOBL ·treeTopExits(SB), RODATA|NOPTR, $64

#define GREATER 0x1E

// COMPARE compares a quarter of a tree's nodes. Of the places that stand in Z3 only the lowest five bits
// count.
#define COMPARE(i) \
	VMOVDQA64 Z3, Z0; \
	VPERMI2PS Z31, Z30, Z0; \
	VCMPPS $GREATER, (64*i)(SI), Z0, K1; \
	KMOVW K1, (2*i)(R8)

// STEP takes eight walks to the children that their nodes' bits say.
#define STEP \
	VPSRLVQ Z1, Z0, Z2; \
	VPANDQ Z28, Z2, Z2; \
	VPADDQ Z1, Z1, Z1; \
	VPORQ Z2, Z1, Z1

// EXIT looks up where walk i leaves its tree.
#define EXIT(i, R) \
	MOVQ (8*i)(R8), R; \
	MOVL (BX)(R*4), R; \
	MOVL R, (4*i)(DI)

TEXT ·treeTopsF32AVX512(SB), NOSPLIT, $0-144
	MOVQ at_len+8(FP), CX
	TESTQ CX, CX
	JEQ done
	MOVQ x_base+24(FP), AX
	VMOVUPS (AX), Z30
	VMOVUPS 64(AX), Z31
	MOVQ tops_Values_base+48(FP), SI
	MOVQ tops_Columns_base+72(FP), DX
	MOVQ masks_base+120(FP), R8

tree:
	VMOVDQU64 (DX), Z3
	COMPARE(0)
	VPSRLD $8, Z3, Z3
	COMPARE(1)
	VPSRLD $8, Z3, Z3
	COMPARE(2)
	VPSRLD $8, Z3, Z3
	COMPARE(3)
	ADDQ $64, DX
	ADDQ $256, SI
	ADDQ $8, R8
	DECQ CX
	JNE tree

	// The masks of the first trees have left the store buffer by now.
	MOVQ at_base+0(FP), DI
	MOVQ at_len+8(FP), CX
	MOVQ tops_Exits_base+96(FP), BX
	MOVQ masks_base+120(FP), R8
	MOVL $1, AX
	VPBROADCASTQ AX, Z28
	VMOVDQU64 ·treeTopExits(SB), Z29

walk:
	VMOVDQU64 (R8), Z0
	VMOVDQA64 Z28, Z1
	STEP
	STEP
	STEP
	STEP
	STEP
	STEP
	VPADDQ Z29, Z1, Z1
	VMOVDQU64 Z1, (R8)
	EXIT(0, R9)
	EXIT(1, R10)
	EXIT(2, R11)
	EXIT(3, R12)
	EXIT(4, R13)
	EXIT(5, R9)
	EXIT(6, R10)
	EXIT(7, R11)
	ADDQ $64, R8
	ADDQ $32, DI
	ADDQ $(8*64*4), BX
	SUBQ $8, CX
	JNE walk
	VZEROUPPER

done:
	RET
