// The matrix product in AVX-512, for either element type: a register tile of 14 rows by two
// registers.
//
// Go calls it as a Multiply, and asm.go's Layout says what the strides mean. 28 accumulators leave
// registers for a row of B and one broadcast element of A. A step of K has 16 loads for 28 FMAs,
// and few enough instructions that a core which decodes four per cycle is still bound by its FMA
// units. Whole rows of B are loaded without a mask: a masked load also occupies one of the FMA
// units' ports.
//
// The first row block of a panel may copy the rows of B that it reads, for the blocks below it: its
// stores are free, since the store port has nothing else to do meanwhile.
//
// If the operands are far, beyond L1, tall tiles fetch ahead, and all but the lowest where there are
// several: to L1 the tile of C and A eight steps on, which are new in each row block, and to L2 the
// next panel of B, a row every other step, so that its first row block does not wait for memory; then
// the next row block of an A whose rows follow each other, of which no prefetcher keeps up with all.
// Where all is near that would only cost slots. Windows are never far: without FETCHES the text has none
// of that.
//
// Of the last columns, half a register computes in half the time where the units are as wide as that,
// and in the same where they are not.
//
//	Z0-Z27	the tile: row i in registers 2i and 2i+1
//	Z28, Z29	a row of B
//	Z30	an element of A in every lane
//	K1, K2	the columns of the tile's first and second register
//
//	SI	A, rows 0 to 6
//	BX	A, rows 7 to 13
//	DI	B
//	DX	C
//	R15	A of the row block
//	R8 R9 R10	1, 3 and 5 times A's row stride, in bytes as all strides
//	R11	A's column stride, or where the step behind the next stands in a Window
//	R12	B's row stride
//	R13	C's row stride; in convolutions, while they multiply, what lies between rows 0 and 7 of A
//	AX	rows of the tile
//	CX	steps of K, and scratch
//	R14	rows left
//	BP	where to copy a row of B to; or, less than MAX_AHEAD, how far ahead of its use to fetch it; in
//		a tile that fetches the next panel the row of that, while R13 is the distance of its rows
//
// On the stack: aPanel and bPanel, strides in bytes; columns, those left; column, the bytes from
// C's first column to the panel; panelB, B as the next row block reads it; next, the row of the
// next panel to fetch; fetching, 0 if the operands are near, else 1 more than the row blocks that
// are to fetch that panel. The pointers to B and C live in the arguments, which are the callee's to
// change.
//
// The text is another than AVX2's: the tile is of another shape, and masks of columns take the
// place of masked loads and of the way through the stack.

TEXT GEMM(SB), NOSPLIT, $56-56
	MOVQ layout+32(FP), CX
	MOVQ Layout_LDC(CX), R13
	SHLQ $SHIFT, R13
	MOVQ Layout_ARow(CX), R8
	SHLQ $SHIFT, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	A_STRIDE
	MOVQ Layout_APanel(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, aPanel-8(SP)
	MOVQ Layout_BPanel(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, bPanel-16(SP)
	MOVQ Layout_N(CX), AX
	MOVQ AX, columns-24(SP)
	MOVQ $0, column-32(SP)

panel: // the next columns of C, at most two registers of them
	MOVQ columns-24(SP), CX
	KXNORW K1, K1, K1
	KXNORW K2, K2, K2
	CMPQ CX, $(2*LANES)
	JGE masked
	LANE_MASK(DI, K1)
	XORL BX, BX
	SUBQ $LANES, CX
	CMOVQLT BX, CX
	LANE_MASK(DI, K2)
masked:
	MOVQ a+8(FP), R15
	MOVQ c+0(FP), DX
	MOVQ b+16(FP), DI
	MOVQ DI, panelB-40(SP)
	MOVQ layout+32(FP), CX
#ifdef FETCHES
	MOVQ packed+24(FP), BP // which windows don't copy to
	TESTQ BP, BP
	JNE rows
#endif
	MOVQ Layout_Ahead(CX), BP
	SHLQ $SHIFT, BP
rows:
	MOVQ Layout_M(CX), R14
	MOVQ Layout_BRow(CX), R12
	SHLQ $SHIFT, R12
#ifdef FETCHES
	MOVBQZX Layout_Far(CX), CX
	CMPQ columns-24(SP), $(2*LANES)
	JLE last
	LEAQ (CX)(CX*2), CX
last:
	MOVQ CX, fetching-48(SP)
	MOVQ bPanel-16(SP), CX
	ADDQ DI, CX
	MOVQ CX, next-56(SP)
#endif

block: // the next rows
	MOVQ layout+32(FP), CX
	MOVQ Layout_MR(CX), AX
	CMPQ R14, AX
	CMOVQLT R14, AX
	PAIR_BLOCKS
	MOVQ Layout_K(CX), CX
	FIRST_A
	MOVQ panelB-40(SP), DI
	CMPB accumulate+40(FP), $0
	JNE resume
	CMPQ columns-24(SP), $LANES
	JLE clearNarrow
	CLEAR2(Z0, Z1)
	CLEAR2(Z2, Z3)
	CLEAR2(Z4, Z5)
	CLEAR2(Z6, Z7)
	CLEAR2(Z8, Z9)
	CLEAR2(Z10, Z11)
	CLEAR2(Z12, Z13)
	CLEAR2(Z14, Z15)
	CMPQ AX, $8
	JLE chains
	CLEAR2(Z16, Z17)
	CLEAR2(Z18, Z19)
	CLEAR2(Z20, Z21)
	CLEAR2(Z22, Z23)
	CLEAR2(Z24, Z25)
	CLEAR2(Z26, Z27)
#ifdef FETCHES
	CMPQ fetching-48(SP), $0
	JEQ chains
	MOVQ DX, CX
	PREFETCH_TILE
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
#endif

chains:
	SECOND_A
	CMPQ columns-24(SP), $LANES
	JLE narrow
	CMPQ columns-24(SP), $(2*LANES)
	JLT edge
#ifdef FETCHES
	CMPQ BP, $MAX_AHEAD
	JHS copying
	CMPQ fetching-48(SP), $1
	JGE far
#endif
wide: // a tile that isn't high has time to fetch B ahead
	HIGH(wide8, wide9, wide10, wide11, wide12, wide13, wide14)
	LOW(wide2, wide3, wide4, wide5, wide6, wide7)
	CHAINS(AHEAD, ROWS1x2, wide1x2, wide1last, store)
wide2:
	CHAINS(AHEAD, ROWS2x2, wide2x2, wide2last, store)
wide3:
	CHAINS(AHEAD, ROWS3x2, wide3x2, wide3last, store)
wide4:
	CHAINS(AHEAD, ROWS4x2, wide4x2, wide4last, store)
wide5:
	CHAINS(AHEAD, ROWS5x2, wide5x2, wide5last, store)
wide6:
	CHAINS(AHEAD, ROWS6x2, wide6x2, wide6last, store)
wide7:
	CHAINS(AHEAD, ROWS7x2, wide7x2, wide7last, store)
wide8:
	CHAINS(AHEAD, ROWS8x2, wide8x2, wide8last, store)
wide9:
	CHAINS(AHEAD, ROWS9x2, wide9x2, wide9last, store)
wide10:
	CHAINS(AHEAD, ROWS10x2, wide10x2, wide10last, store)
wide11:
	CHAINS(WIDE, ROWS11x2, wide11x2, wide11last, store)
wide12:
	CHAINS(WIDE, ROWS12x2, wide12x2, wide12last, store)
wide13:
	CHAINS(WIDE, ROWS13x2, wide13x2, wide13last, store)
wide14:
	CHAINS(WIDE, ROWS14x2, wide14x2, wide14last, store)

#ifdef FETCHES
#include "gemm_far_avx512_amd64.h"
#endif

edge:
	CMPQ columns-24(SP), $(3*LANES/2)
	JLE edgeHalf
	HIGH(edge8, edge9, edge10, edge11, edge12, edge13, edge14)
	LOW(edge2, edge3, edge4, edge5, edge6, edge7)
	CHAINS(EDGE, ROWS1x2, edge1x2, edge1last, store)
edge2:
	CHAINS(EDGE, ROWS2x2, edge2x2, edge2last, store)
edge3:
	CHAINS(EDGE, ROWS3x2, edge3x2, edge3last, store)
edge4:
	CHAINS(EDGE, ROWS4x2, edge4x2, edge4last, store)
edge5:
	CHAINS(EDGE, ROWS5x2, edge5x2, edge5last, store)
edge6:
	CHAINS(EDGE, ROWS6x2, edge6x2, edge6last, store)
edge7:
	CHAINS(EDGE, ROWS7x2, edge7x2, edge7last, store)
edge8:
	CHAINS(EDGE, ROWS8x2, edge8x2, edge8last, store)
edge9:
	CHAINS(EDGE, ROWS9x2, edge9x2, edge9last, store)
edge10:
	CHAINS(EDGE, ROWS10x2, edge10x2, edge10last, store)
edge11:
	CHAINS(EDGE, ROWS11x2, edge11x2, edge11last, store)
edge12:
	CHAINS(EDGE, ROWS12x2, edge12x2, edge12last, store)
edge13:
	CHAINS(EDGE, ROWS13x2, edge13x2, edge13last, store)
edge14:
	CHAINS(EDGE, ROWS14x2, edge14x2, edge14last, store)

narrow:
	CMPQ columns-24(SP), $(LANES/2)
	JLE half
	HIGH(narrow8, narrow9, narrow10, narrow11, narrow12, narrow13, narrow14)
	LOW(narrow2, narrow3, narrow4, narrow5, narrow6, narrow7)
	CHAINS(NARROW, ROWS1x1, narrow1x2, narrow1last, storeNarrow)
narrow2:
	CHAINS(NARROW, ROWS2x1, narrow2x2, narrow2last, storeNarrow)
narrow3:
	CHAINS(NARROW, ROWS3x1, narrow3x2, narrow3last, storeNarrow)
narrow4:
	CHAINS(NARROW, ROWS4x1, narrow4x2, narrow4last, storeNarrow)
narrow5:
	CHAINS(NARROW, ROWS5x1, narrow5x2, narrow5last, storeNarrow)
narrow6:
	CHAINS(NARROW, ROWS6x1, narrow6x2, narrow6last, storeNarrow)
narrow7:
	CHAINS(NARROW, ROWS7x1, narrow7x2, narrow7last, storeNarrow)
narrow8:
	CHAINS(NARROW, ROWS8x1, narrow8x2, narrow8last, storeNarrow)
narrow9:
	CHAINS(NARROW, ROWS9x1, narrow9x2, narrow9last, storeNarrow)
narrow10:
	CHAINS(NARROW, ROWS10x1, narrow10x2, narrow10last, storeNarrow)
narrow11:
	CHAINS(NARROW, ROWS11x1, narrow11x2, narrow11last, storeNarrow)
narrow12:
	CHAINS(NARROW, ROWS12x1, narrow12x2, narrow12last, storeNarrow)
narrow13:
	CHAINS(NARROW, ROWS13x1, narrow13x2, narrow13last, storeNarrow)
narrow14:
	CHAINS(NARROW, ROWS14x1, narrow14x2, narrow14last, storeNarrow)

edgeHalf: // the second register is half in use
	HIGH(edgeHalf8, edgeHalf9, edgeHalf10, edgeHalf11, edgeHalf12, edgeHalf13, edgeHalf14)
	LOW(edgeHalf2, edgeHalf3, edgeHalf4, edgeHalf5, edgeHalf6, edgeHalf7)
	CHAINS(EDGE_HALF, ROWS1x1H, edgeHalf1x2, edgeHalf1last, store)
edgeHalf2:
	CHAINS(EDGE_HALF, ROWS2x1H, edgeHalf2x2, edgeHalf2last, store)
edgeHalf3:
	CHAINS(EDGE_HALF, ROWS3x1H, edgeHalf3x2, edgeHalf3last, store)
edgeHalf4:
	CHAINS(EDGE_HALF, ROWS4x1H, edgeHalf4x2, edgeHalf4last, store)
edgeHalf5:
	CHAINS(EDGE_HALF, ROWS5x1H, edgeHalf5x2, edgeHalf5last, store)
edgeHalf6:
	CHAINS(EDGE_HALF, ROWS6x1H, edgeHalf6x2, edgeHalf6last, store)
edgeHalf7:
	CHAINS(EDGE_HALF, ROWS7x1H, edgeHalf7x2, edgeHalf7last, store)
edgeHalf8:
	CHAINS(EDGE_HALF, ROWS8x1H, edgeHalf8x2, edgeHalf8last, store)
edgeHalf9:
	CHAINS(EDGE_HALF, ROWS9x1H, edgeHalf9x2, edgeHalf9last, store)
edgeHalf10:
	CHAINS(EDGE_HALF, ROWS10x1H, edgeHalf10x2, edgeHalf10last, store)
edgeHalf11:
	CHAINS(EDGE_HALF, ROWS11x1H, edgeHalf11x2, edgeHalf11last, store)
edgeHalf12:
	CHAINS(EDGE_HALF, ROWS12x1H, edgeHalf12x2, edgeHalf12last, store)
edgeHalf13:
	CHAINS(EDGE_HALF, ROWS13x1H, edgeHalf13x2, edgeHalf13last, store)
edgeHalf14:
	CHAINS(EDGE_HALF, ROWS14x1H, edgeHalf14x2, edgeHalf14last, store)

half: // the only register is
	HIGH(half8, half9, half10, half11, half12, half13, half14)
	LOW(half2, half3, half4, half5, half6, half7)
	CHAINS(HALF, ROWS1xH, half1x2, half1last, storeNarrow)
half2:
	CHAINS(HALF, ROWS2xH, half2x2, half2last, storeNarrow)
half3:
	CHAINS(HALF, ROWS3xH, half3x2, half3last, storeNarrow)
half4:
	CHAINS(HALF, ROWS4xH, half4x2, half4last, storeNarrow)
half5:
	CHAINS(HALF, ROWS5xH, half5x2, half5last, storeNarrow)
half6:
	CHAINS(HALF, ROWS6xH, half6x2, half6last, storeNarrow)
half7:
	CHAINS(HALF, ROWS7xH, half7x2, half7last, storeNarrow)
half8:
	CHAINS(HALF, ROWS8xH, half8x2, half8last, storeNarrow)
half9:
	CHAINS(HALF, ROWS9xH, half9x2, half9last, storeNarrow)
half10:
	CHAINS(HALF, ROWS10xH, half10x2, half10last, storeNarrow)
half11:
	CHAINS(HALF, ROWS11xH, half11x2, half11last, storeNarrow)
half12:
	CHAINS(HALF, ROWS12xH, half12x2, half12last, storeNarrow)
half13:
	CHAINS(HALF, ROWS13xH, half13x2, half13last, storeNarrow)
half14:
	CHAINS(HALF, ROWS14xH, half14x2, half14last, storeNarrow)

clearNarrow: // the second registers are not in use
	TILE(CLEAR1, chains)
	JMP chains

resume: // the chains start at C; the rows below, where the next tile's start, are fetched meanwhile
	MOVQ AX, CX
	IMULQ R13, CX
	ADDQ DX, CX
	PREFETCH_TILE
	MOVQ DX, CX
	CMPQ columns-24(SP), $LANES
	JLE resumeNarrow
	TILE(LOAD2, resumed)
resumeNarrow:
	TILE(LOAD1, resumed)

resumed:
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
	JMP chains

store:
	C_STRIDE
	CMPQ epilogue+48(FP), $0
	JNE finish
storeTile:
	TILE(STORE2, stored)

storeNarrow:
	C_STRIDE
	CMPQ epilogue+48(FP), $0
	JNE finish
storeNarrowTile:
	TILE(STORE1, stored)

stored:
	BELOW_A
	ADDQ aPanel-8(SP), R15
	SUBQ AX, R14
	JLE below
	XORL BP, BP // the rows of B are in the caches now
	JMP block
below:
	ADDQ $128, c+0(FP)
	ADDQ $128, column-32(SP)
	MOVQ bPanel-16(SP), CX
	ADDQ CX, b+16(FP)
	SUBQ $(2*LANES), columns-24(SP)
	JGT panel
	VZEROUPPER
	RET

finish: // the epilogue, over all registers: those outside the tile do no harm
	MOVQ epilogue+48(FP), CX
	MOVQ EPILOGUE_BIAS(CX), SI
	TESTQ SI, SI
	JEQ activate
	ADDQ column-32(SP), SI
	VMOVU.Z (SI), K1, Z28
	CMPQ columns-24(SP), $LANES
	JLE biasNarrow
	VMOVU.Z 64(SI), K2, Z29
	TILE(BIAS2, activate)
	JMP activate
biasNarrow:
	TILE(BIAS1, activate)
activate:
	VPXORQ Z28, Z28, Z28
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluActivation
	JLT finished
	JGT leakyOrBackward
	TILE(RELU2, finished)
	JMP finished
leakyOrBackward:
	CMPB EPILOGUE_ACTIVATION(CX), $const_ClampActivation
	JEQ clamp
	CMPB EPILOGUE_ACTIVATION(CX), $const_LeakyReluActivation
	JGT masks
	VBROADCAST EPILOGUE_SLOPE(CX), Z29
	TILE(LEAKY2, finished)
	JMP finished
clamp:
	LOAD_BOUNDS
	TILE(CLAMP2, finished)
	JMP finished

masks: // those of the tile stand where it does in C
	MOVQ EPILOGUE_MASK(CX), SI
	ADDQ column-32(SP), SI
	ADDQ DX, SI
	SUBQ c+0(FP), SI
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluBackward
	JGT axpy
	CMPQ columns-24(SP), $LANES
	JLE gateNarrow
	TILE(BACKWARD2, finished)
gateNarrow:
	TILE(BACKWARD1, finished)
axpy:
	VBROADCAST EPILOGUE_SLOPE(CX), Z29
	CMPQ columns-24(SP), $LANES
	JLE axpyNarrow
	TILE(AXPY2, finished)
axpyNarrow:
	TILE(AXPY1, finished)

finished:
	CMPQ columns-24(SP), $LANES
	JLE storeNarrowTile
	JMP storeTile
