// The product of integers, whatever multiplies them: six rows of A by some panels of B at a time.
//
// A tile's sums stay in registers while the groups of K pass: of each group B's bytes are loaded once
// and A's once a row. What is left of the rows has tiles of one to five rows, what is left of the
// panels tiles of one.
//
//	SI	A of the row block
//	DI	B, from group to group
//	DX	C of the row block
//	BX	A's group in the first row; when storing, a row of C
//	R8 R9 R10	1, 3 and 5 times A's row stride, in bytes as all strides
//	R11	the end of the steps
//	CX	minus the groups that are left
//	R12	the bytes of a panel of B, by which the next one stands behind it
//	R15	C's row stride
//	R14	rows left
//	AX	scratch
//
// On the stack: panels, those left; panelB and panelC, the current one of B and of C; groups, minus
// their number. C are sums of 4 bytes, or what a QuantTile says. Of the latter panelC and DX are where
// the columns would begin if their elements had one byte each.

// The first element of a group in the rows of a tile.
#define A0 (BX)
#define A1 (BX)(R8*1)
#define A2 (BX)(R8*2)
#define A3 (BX)(R9*1)
#define A4 (BX)(R8*4)
#define A5 (BX)(R10*1)

// TILE computes the sums of a tile: CLEAR clears them, LOADB loads a group of B and moves DI on, ROWS
// multiplies.
#define TILE(CLEAR, LOADB, ROWS, group, stores) \
	MOVQ panelB-16(SP), DI; \
	MOVQ groups-32(SP), CX; \
	CLEAR; \
group: \
	MOVLQSX (R11)(CX*4), BX; \
	ADDQ SI, BX; \
	LOADB; \
	ROWS; \
	INCQ CX; \
	JNE group; \
	JMP stores

// ROW_BLOCKS computes all rows of a panel or several by the tiles T1 to T6, of so many rows, whose first
// rows, as many as there are, STORES stores at BX. The rest are labels.
#define ROW_BLOCKS(T1, T2, T3, T4, T5, T6, STORES, block, two, three, four, five, six, stores, next, last) \
	MOVQ a+8(FP), SI; \
	MOVQ panelC-24(SP), DX; \
	MOVQ layout+24(FP), AX; \
	MOVQ QuantLayout_M(AX), R14; \
block: \
	CMPQ R14, $5; \
	JGT six; \
	JEQ five; \
	CMPQ R14, $3; \
	JGT four; \
	JEQ three; \
	CMPQ R14, $1; \
	JGT two; \
	T1; \
two: \
	T2; \
three: \
	T3; \
four: \
	T4; \
five: \
	T5; \
six: \
	T6; \
stores: \
	MOVQ DX, BX; \
	STORES(next); \
next: \
	SUBQ $6, R14; \
	JLE last; \
	LEAQ (SI)(R9*2), SI; \
	LEAQ (R15)(R15*2), AX; \
	LEAQ (DX)(AX*2), DX; \
	JMP block; \
last:

// The tiles of the sources, by their rows, and what goes over all rows with them.
#define W1 TILE(CLEAR_WIDE, LOAD_WIDE, WIDE1, wideGroup1, wideStores)
#define W2 TILE(CLEAR_WIDE, LOAD_WIDE, WIDE2, wideGroup2, wideStores)
#define W3 TILE(CLEAR_WIDE, LOAD_WIDE, WIDE3, wideGroup3, wideStores)
#define W4 TILE(CLEAR_WIDE, LOAD_WIDE, WIDE4, wideGroup4, wideStores)
#define W5 TILE(CLEAR_WIDE, LOAD_WIDE, WIDE5, wideGroup5, wideStores)
#define W6 TILE(CLEAR_WIDE, LOAD_WIDE, WIDE6, wideGroup6, wideStores)
#define TILE1 TILE(CLEAR_NARROW, LOAD_NARROW, NARROW1, group1, stores)
#define TILE2 TILE(CLEAR_NARROW, LOAD_NARROW, NARROW2, group2, stores)
#define TILE3 TILE(CLEAR_NARROW, LOAD_NARROW, NARROW3, group3, stores)
#define TILE4 TILE(CLEAR_NARROW, LOAD_NARROW, NARROW4, group4, stores)
#define TILE5 TILE(CLEAR_NARROW, LOAD_NARROW, NARROW5, group5, stores)
#define TILE6 TILE(CLEAR_NARROW, LOAD_NARROW, NARROW6, group6, stores)

#define NARROW_BLOCKS \
	ROW_BLOCKS(TILE1, TILE2, TILE3, TILE4, TILE5, TILE6, STORES_NARROW, n, n2, n3, n4, n5, n6, stores, next, last)
#define WIDE_BLOCKS \
	ROW_BLOCKS(W1, W2, W3, W4, W5, W6, STORES_WIDE, w, w2, w3, w4, w5, w6, wideStores, wideNext, wideLast)

// IF_ROWS goes on if there are so many rows.
#define IF_ROWS(rows, next) CMPQ R14, $rows; JLT next

// MUL_QUANT is func name(c *int32, a *uint8, b *int8, layout *QuantLayout) for panels of NR columns and
// GROUP bytes a group. WIDE is NONE, or what begins; panels that it leaves are computed one by one.
#define MUL_QUANT(name, NR, GROUP, WIDE) PRODUCT(name, $40-32, SUMS_ROW, 4, NR, GROUP, WIDE)
#define SUMS_ROW MOVQ QuantLayout_LDC(AX), R15; SHLQ $2, R15

// MUL_TILE is func name(c unsafe.Pointer, a *uint8, b *int8, layout *QuantLayout, tile *QuantTile).
#define MUL_TILE(name, NR, GROUP, WIDE) PRODUCT(name, $40-40, TILE_ROW, 1, NR, GROUP, WIDE)
#define TILE_ROW \
	MOVQ tile+32(FP), DI; \
	MOVQ QuantTile_LDY(DI), R15; \
	CMPB QuantTile_Result(DI), $const_QuantCodes; \
	JEQ bytes; \
	SHLQ $2, R15; \
bytes:

// PRODUCT is both: ROW sets C's row stride, SIZE is that of its elements.
#define PRODUCT(name, FRAME, ROW, SIZE, NR, GROUP, WIDE) \
TEXT name(SB), NOSPLIT, FRAME; \
	MOVQ layout+24(FP), AX; \
	MOVQ QuantLayout_ARow(AX), R8; \
	LEAQ (R8)(R8*2), R9; \
	LEAQ (R8)(R8*4), R10; \
	ROW; \
	MOVQ QuantLayout_Groups(AX), CX; \
	MOVQ QuantLayout_Steps(AX), R11; \
	LEAQ (R11)(CX*4), R11; \
	IMUL3Q $GROUP, CX, R12; \
	NEGQ CX; \
	MOVQ CX, groups-32(SP); \
	MOVQ QuantLayout_Panels(AX), AX; \
	MOVQ AX, panels-8(SP); \
	MOVQ b+16(FP), AX; \
	MOVQ AX, panelB-16(SP); \
	MOVQ c+0(FP), AX; \
	MOVQ AX, panelC-24(SP); \
	WIDE; \
narrow: \
	CMPQ panels-8(SP), $1; \
	JLT done; \
	NARROW_BLOCKS; \
	ADDQ R12, panelB-16(SP); \
	ADDQ $(SIZE*NR), panelC-24(SP); \
	DECQ panels-8(SP); \
	JMP narrow; \
done: \
	VZEROUPPER; \
	RET
