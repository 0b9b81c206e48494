// The matrix product in AVX2, for either element type: a register tile of 6 rows by two registers.
//
// Go calls it as a Multiply, and asm.go's Layout says what the strides mean. Twelve accumulators
// hide the latency of the two FMA units (4 to 5 cycles each), one step of K reads two registers of
// B and broadcasts six elements of A: 8 loads for 12 FMAs, so that the FMA units are the limit.
//
// The first row block of a panel may copy the rows of B that it reads, for the blocks below it: its
// stores are nearly free, since the store port has nothing else to do meanwhile.
//
// If the operands are far, beyond L1, whole tiles fetch ahead, as in AVX-512: their part of C and
// the columns of A eight steps on to L1, and to L2 the next panel of B, a row every four steps.
//
//	Y0-Y11	the tile: row i in registers 2i and 2i+1
//	Y12, Y13	a row of B
//	Y14	an element of A in every lane
//	Y15	the mask of the last register of a narrow tile
//
//	SI	A
//	DI	B
//	DX	C, all of the tile
//	R15	A of the row block
//	R8 R9 R10	1, 3 and 5 times A's row stride, in bytes as all strides
//	R11	A's column stride, or where the step behind the next stands in a Window
//	R12	B's row stride
//	R13	C's row stride
//	AX	rows of the tile
//	BX	bytes of a row of the tile
//	CX	steps of K, and scratch
//	R14	rows left
//	BP	where to copy a row of B to; or, less than MAX_AHEAD, how far ahead of its use to fetch it; in
//		a tile that fetches the next panel the row of that, while R13 is the distance of its rows
//
// On the stack: a tile on its way to C; aPanel and bPanel, strides in bytes, aPanel 0 if all rows of
// A are equally far apart; columns, the bytes of those left; column, the bytes from C's first column
// to the panel; panelB, B as the next row block reads it; next, the row of the next panel to fetch;
// fetching, 0 if the operands are near, else 1 more than the row blocks that are to fetch that panel;
// second, the distance of B's next register. The pointers to B and C live in the arguments, which are
// the callee's to change.
//
// Some columns take a tile of 4 rows by three registers: see gemm_three_avx2_amd64.h.

TEXT GEMM(SB), NOSPLIT, $448-56
	MOVQ layout+32(FP), CX
	MOVQ Layout_LDC(CX), R13
	SHLQ $SHIFT, R13
	MOVQ Layout_ARow(CX), R8
	SHLQ $SHIFT, R8
	LEAQ (R8)(R8*2), R9
	LEAQ (R8)(R8*4), R10
	A_STRIDE
	MOVQ Layout_APanel(CX), AX
	MOVQ Layout_MR(CX), BX
	IMULQ Layout_ARow(CX), BX
	XORL DI, DI
	CMPQ AX, BX
	CMOVQEQ DI, AX
	SHLQ $SHIFT, AX
	MOVQ AX, aPanel-392(SP)
	MOVQ Layout_BPanel(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, bPanel-400(SP)
	MOVQ Layout_N(CX), AX
	SHLQ $SHIFT, AX
	MOVQ AX, columns-408(SP)
	MOVQ $0, column-416(SP)
	MOVQ $32, second-448(SP)

panel: // the next columns of C, at most two registers of them, or three
	MOVQ columns-408(SP), BX
	CMPQ BX, $64
	JGT three
two:
	LEAQ (R8)(R8*4), R10
	MOVQ $64, CX
	CMPQ second-448(SP), $32
	JEQ together
	MOVQ $32, CX
together:
	CMPQ BX, CX
	CMOVQGT CX, BX
width:
	LEAQ -1(BX), CX
	ANDQ $31, CX
	INCQ CX // bytes in the last register: 1 to 32
	TAIL_MASK(CX, DI, Y15)
	MOVQ a+8(FP), R15
	MOVQ c+0(FP), DX
	MOVQ b+16(FP), DI
	MOVQ DI, panelB-424(SP)
	MOVQ layout+32(FP), CX
	MOVQ packed+24(FP), BP
	TESTQ BP, BP
	JNE rows
	MOVQ Layout_Ahead(CX), BP
	SHLQ $SHIFT, BP
rows:
	MOVQ Layout_M(CX), R14
	MOVQ Layout_BRow(CX), R12
	SHLQ $SHIFT, R12
	MOVBQZX Layout_Far(CX), CX
	CMPQ columns-408(SP), $64
	JLE last
	LEAQ (CX)(CX*4), CX
last:
	MOVQ CX, fetching-440(SP)
	MOVQ bPanel-400(SP), CX
	ADDQ DI, CX
	MOVQ CX, next-432(SP)

block: // the next rows
	MOVQ layout+32(FP), CX
	CMPQ BX, $64
	JGT heightOfThree
	MOVQ Layout_MR(CX), AX
	LEAQ (AX)(AX*1), DI
	CMPQ R14, AX
	CMOVQLT R14, AX
	JLE height
	CMPQ R14, DI
	JGE height
	CMPQ aPanel-392(SP), $0
	JNE height
	LEAQ 1(R14), AX // the last two blocks: two of four keep the units busier than six and two
	SHRQ $1, AX
height:
	MOVQ Layout_K(CX), CX
	FIRST_A
	MOVQ panelB-424(SP), DI
	CMPB accumulate+40(FP), $0
	JNE resume
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11
	CMPQ fetching-440(SP), $0
	JEQ chains
	MOVQ DX, CX
	PREFETCH_TILE
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX

chains:
	CMPQ BX, $32
	JLE narrow
	CMPQ BX, $64
	JLT edge
	JGT chainsOfThree
	CMPQ BP, $MAX_AHEAD
	JHS copying
	CMPQ fetching-440(SP), $1
	JGE far
wide:
	CMPQ AX, $6
	JEQ wide6
	CMPQ AX, $4
	JEQ wide4
	JGT wide5
	CMPQ AX, $2
	JEQ wide2
	JGT wide3
	CHAINS(AHEAD, ROWS12, wide1x4, wide1x1, wide1last, store)
wide2:
	CHAINS(AHEAD, ROWS22, wide2x4, wide2x1, wide2last, store)
wide3:
	CHAINS(AHEAD, ROWS32, wide3x4, wide3x1, wide3last, store)
wide4:
	CHAINS(AHEAD, ROWS42, wide4x4, wide4x1, wide4last, store)
wide5:
	CHAINS(AHEAD, ROWS52, wide5x4, wide5x1, wide5last, store)
wide6:
	TESTQ BP, BP
	JNE ahead6
	CHAINS(WIDE, ROWS62, wide6x4, wide6x1, wide6last, store)
ahead6:
	CHAINS(AHEAD, ROWS62, ahead6x4, ahead6x1, ahead6last, store)

far:
	CMPQ AX, $6
	JNE wide
	MOVQ next-432(SP), BP
	MOVL $0, R13
	CMPQ fetching-440(SP), $1
	JEQ fetched
	DECQ fetching-440(SP)
	MOVQ layout+32(FP), R13
	MOVQ Layout_BRow(R13), R13
	SHLQ $SHIFT, R13
fetched:
	CHAINS4(FAR_NEXT, FAR, ROWS62, far6x4, far6x1, far6last, farDone)
farDone:
	MOVQ BP, next-432(SP)
	XORL BP, BP
	MOVQ layout+32(FP), CX
	MOVQ Layout_LDC(CX), R13
	SHLQ $SHIFT, R13
	JMP store

copying: // the first row block, if it is high enough to leave time for the stores
	CMPQ AX, $5
	JEQ copying5
	JGT copying6
	XORL BP, BP
	JMP wide
copying5:
	CHAINS(COPY, ROWS52, copying5x4, copying5x1, copying5last, panelCopied)
copying6:
	CHAINS(COPY, ROWS62, copying6x4, copying6x1, copying6last, panelCopied)
panelCopied:
	XORL BP, BP
	MOVQ packed+24(FP), CX
	MOVQ CX, panelB-424(SP)
	MOVQ $64, R12
	JMP store

edge:
	CMPQ AX, $4
	JEQ edge4
	JGT edge56
	CMPQ AX, $2
	JEQ edge2
	JGT edge3
	CHAINS(EDGE, ROWS12, edge1x4, edge1x1, edge1last, spill)
edge2:
	CHAINS(EDGE, ROWS22, edge2x4, edge2x1, edge2last, spill)
edge3:
	CHAINS(EDGE, ROWS32, edge3x4, edge3x1, edge3last, spill)
edge4:
	CHAINS(EDGE, ROWS42, edge4x4, edge4x1, edge4last, spill)
edge56:
	CMPQ AX, $6
	JEQ edge6
	CHAINS(EDGE, ROWS52, edge5x4, edge5x1, edge5last, spill)
edge6:
	CHAINS(EDGE, ROWS62, edge6x4, edge6x1, edge6last, spill)

narrow:
	CMPQ AX, $4
	JEQ narrow4
	JGT narrow56
	CMPQ AX, $2
	JEQ narrow2
	JGT narrow3
	CHAINS(NARROW, ROWS11, narrow1x4, narrow1x1, narrow1last, spill)
narrow2:
	CHAINS(NARROW, ROWS21, narrow2x4, narrow2x1, narrow2last, spill)
narrow3:
	CHAINS(NARROW, ROWS31, narrow3x4, narrow3x1, narrow3last, spill)
narrow4:
	CHAINS(NARROW, ROWS41, narrow4x4, narrow4x1, narrow4last, spill)
narrow56:
	CMPQ AX, $6
	JEQ narrow6
	CHAINS(NARROW, ROWS51, narrow5x4, narrow5x1, narrow5last, spill)
narrow6:
	CHAINS(NARROW, ROWS61, narrow6x4, narrow6x1, narrow6last, spill)

resume: // the chains start at C; the rows below, where the next tile's start, are fetched meanwhile
	MOVQ AX, CX
	IMULQ R13, CX
	ADDQ DX, CX
	PREFETCH_TILE
	MOVQ DX, CX
	CMPQ BX, $32
	JLE resumeNarrow
	CMPQ BX, $64
	JLT resumeEdge
	JGT resumeThree
	TILE(LOAD2, resumed)
resumeEdge:
	TILE(LOADE, resumed)
resumeNarrow:
	TILE(LOAD1, resumed)

resumed:
	MOVQ layout+32(FP), CX
	MOVQ Layout_K(CX), CX
	JMP chains

store: // whole registers
	CMPQ epilogue+48(FP), $0
	JNE finish
storeTile:
	TILE(STORE2, stored)

spill:
	CMPQ epilogue+48(FP), $0
	JNE finish
spillTile: // through the stack, from where each row is copied in pieces: see STORE_TAIL
	VMOVU Y0, tile-384(SP)
	VMOVU Y1, tile-352(SP)
	VMOVU Y2, tile-320(SP)
	VMOVU Y3, tile-288(SP)
	VMOVU Y4, tile-256(SP)
	VMOVU Y5, tile-224(SP)
	VMOVU Y6, tile-192(SP)
	VMOVU Y7, tile-160(SP)
	VMOVU Y8, tile-128(SP)
	VMOVU Y9, tile-96(SP)
	VMOVU Y10, tile-64(SP)
	VMOVU Y11, tile-32(SP)
	LEAQ tile-384(SP), SI
	MOVQ AX, CX

copyRow: // SI is at a row of the tile, DX at its place in C; DI counts the bytes done
	XORL DI, DI
	TESTQ $32, BX
	JEQ copy16
	VMOVU (SI), Y14
	VMOVU Y14, (DX)
	MOVQ $32, DI
copy16:
	TESTQ $16, BX
	JEQ copy8
	VMOVUPS (SI)(DI*1), X14
	VMOVUPS X14, (DX)(DI*1)
	ADDQ $16, DI
copy8:
	TESTQ $8, BX
	JEQ copy4
	VMOVSD (SI)(DI*1), X14
	VMOVSD X14, (DX)(DI*1)
	ADDQ $8, DI
copy4:
	TESTQ $4, BX
	JEQ copied
	VMOVSS (SI)(DI*1), X14
	VMOVSS X14, (DX)(DI*1)
copied:
	ADDQ $64, SI
	ADDQ R13, DX
	DECQ CX
	JNE copyRow

stored:
	MOVQ aPanel-392(SP), CX
	TESTQ CX, CX
	JNE nextBlock
	MOVQ AX, CX
	IMULQ R8, CX
nextBlock:
	ADDQ CX, R15
	SUBQ AX, R14
	JLE below
	XORL BP, BP // the rows of B are in the caches now
	JMP block
below:
	CMPQ BX, $64
	JGT belowThree
	CMPQ second-448(SP), $32
	JNE belowHalf
	ADDQ $64, c+0(FP)
	ADDQ $64, column-416(SP)
	MOVQ bPanel-400(SP), CX
	ADDQ CX, b+16(FP)
	SUBQ $64, columns-408(SP)
	JGT panel
done:
	VZEROUPPER
	RET

finish: // the epilogue, over all registers: those outside the tile do no harm
	MOVQ epilogue+48(FP), CX
	MOVQ EPILOGUE_BIAS(CX), SI
	TESTQ SI, SI
	JEQ activate
	ADDQ column-416(SP), SI
	CMPQ BX, $32
	JLE biasNarrow
	CMPQ BX, $64
	JGT biasThree
	VMOVU (SI), Y12
	CMPQ BX, $64
	JLT biasEdge
	VMOVU 32(SI), Y13
	JMP bias
biasEdge:
	VMASKMOVPS 32(SI), Y15, Y13
	JMP bias
biasNarrow:
	VMASKMOVPS (SI), Y15, Y12
bias:
	TILE(BIAS2, activate)
activate:
	VXORPS Y12, Y12, Y12
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
	VBROADCAST EPILOGUE_SLOPE(CX), Y13
	VMOVU Y15, tile-384(SP) // the mask makes room for a comparison
	TILE(LEAKY2, leaked)
leaked:
	VMOVU tile-384(SP), Y15
	JMP finished
clamp:
	LOAD_BOUNDS
	TILE(CLAMP2, finished)
	JMP finished

masks: // those of the tile stand where it does in C
	MOVQ EPILOGUE_MASK(CX), SI
	ADDQ column-416(SP), SI
	ADDQ DX, SI
	SUBQ c+0(FP), SI
	CMPB EPILOGUE_ACTIVATION(CX), $const_ReluBackward
	JGT axpy
	CMPQ BX, $32
	JLE gateNarrow
	CMPQ BX, $64
	JLT gateEdge
	TILE(BACKWARD2, finished)
gateEdge:
	TILE(BACKWARDE, finished)
gateNarrow:
	TILE(BACKWARD1, finished)
axpy:
	VBROADCAST EPILOGUE_SLOPE(CX), Y13
	CMPQ BX, $32
	JLE axpyNarrow
	CMPQ BX, $64
	JLT axpyEdge
	TILE(AXPY2, finished)
axpyEdge:
	TILE(AXPYE, finished)
axpyNarrow:
	TILE(AXPY1, finished)

finished:
	CMPQ BX, $64
	JLT spillTile
	JEQ storeTile
	JMP storeThree

#include "gemm_three_avx2_amd64.h"
