//go:build !purego

// The product of integers by AMX's tiles, of up to 16 rows of 64 bytes: a block of C are two tiles of
// rows by two panels of B, or one by four. Panels that are left go one by one.
//
//	T0-T3	the sums: of two tiles of rows T0 and T1 of the upper, T2 and T3 of the lower one; of one
//		tile T0 to T3
//	T4	a chunk of A; T5 that of the lower tile, or of B
//	T6, T7	chunks of B
//
//	SI	A of the block, and R9 from there to that of its lower tile
//	DX	C of the block, and R10 the same
//	DI	B, from chunk to chunk
//	R8 R15	A's and C's row strides in bytes
//	R11	the end of the steps
//	CX	minus the groups that are left
//	R12	the bytes of a panel of B
//	BX R14	the bytes, and the groups, of a chunk of B
//	R13	64, the row stride of B
//	AX	scratch
//
// On the stack: panels, those left; panelB and panelC, the current one of B and of C; groups, minus
// their number; unit and blocks, the tiles of the current block and the number of those left; offset,
// what the columns of the panels begin with.
//
// Tiles are configured and released in each call: a thread that keeps them in use is slower to switch.

#include "go_asm.h"
#include "textflag.h"

// The assembler has no names for these. The numbers are those of tiles and of registers, of which
// R13 and BP are no base, SP no index.
#define rAX 0
#define rCX 1
#define rDX 2
#define rBX 3
#define rSI 6
#define rDI 7
#define r8 8
#define r13 13
#define r15 15
// PREFIX begins an instruction of the second map, to whose prefix and register VEX's third byte belongs.
#define PREFIX(base, index) BYTE $0xC4; BYTE $(0xE2 - (index)/8*0x40 - (base)/8*0x20)
#define SIB(tile, base, index) BYTE $(4 + 8*(tile)); BYTE $((index)%8*8 + (base)%8)
// LDTILECFG (base)
#define LDTILECFG(base) PREFIX(base, 0); BYTE $0x78; BYTE $0x49; BYTE $(base)
// TILERELEASE
#define TILERELEASE PREFIX(0, 0); BYTE $0x78; BYTE $0x49; BYTE $0xC0
// TILELOADD (base)(index*1), tile
#define TILELOADD(base, index, tile) PREFIX(base, index); BYTE $0x7B; BYTE $0x4B; SIB(tile, base, index)
// TILESTORED tile, (base)(index*1)
#define TILESTORED(tile, base, index) PREFIX(base, index); BYTE $0x7A; BYTE $0x4B; SIB(tile, base, index)
// TDPBUSD b, a, c: unsigned bytes of A by signed ones of B
#define TDPBUSD(b, a, c) PREFIX(0, 0); BYTE $(0x79 - 8*(b)); BYTE $0x5E; BYTE $(0xC0 + 8*(c) + (a))
// TDPBSSD b, a, c: signed bytes of both
#define TDPBSSD(b, a, c) PREFIX(0, 0); BYTE $(0x7B - 8*(b)); BYTE $0x5E; BYTE $(0xC0 + 8*(c) + (a))

// LOADA loads a chunk of A of the upper or of the only tile, LOADB that of the panel at a register.
#define LOADA TILELOADD(rAX, r8, 4)
#define LOADLOWER ADDQ R9, AX; TILELOADD(rAX, r8, 5)
#define LOADB(base, tile) TILELOADD(base, r13, tile)

// Chunks of the blocks, by their tiles of rows and panels.
#define CHUNK2x2(DOT) \
	LOADB(rDI, 6); LOADA; DOT(6, 4, 0); \
	LOADLOWER; DOT(6, 5, 2); \
	LEAQ (DI)(R12*1), AX; LOADB(rAX, 7); DOT(7, 4, 1); DOT(7, 5, 3)
#define CHUNK2x1(DOT) LOADB(rDI, 6); LOADA; DOT(6, 4, 0); LOADLOWER; DOT(6, 5, 2)
#define CHUNK1x4(DOT) \
	LOADA; LOADB(rDI, 6); DOT(6, 4, 0); \
	LEAQ (DI)(R12*1), AX; LOADB(rAX, 7); DOT(7, 4, 1); \
	ADDQ R12, AX; LOADB(rAX, 5); DOT(5, 4, 2); \
	ADDQ R12, AX; LOADB(rAX, 6); DOT(6, 4, 3)
#define CHUNK1x1(DOT) LOADA; LOADB(rDI, 6); DOT(6, 4, 0)

// What sums begin with is the same in all rows: the row stride CX is 0. AX leads to the columns.
#define BEGIN(tile) TILELOADD(rAX, rCX, tile)
#define BEGIN2x2 BEGIN(0); BEGIN(2); ADDQ offsetStep-64(SP), AX; BEGIN(1); BEGIN(3)
#define BEGIN2x1 BEGIN(0); BEGIN(2)
#define BEGIN1x4 \
	BEGIN(0); ADDQ offsetStep-64(SP), AX; BEGIN(1); ADDQ offsetStep-64(SP), AX; BEGIN(2); \
	ADDQ offsetStep-64(SP), AX; BEGIN(3)
#define BEGIN1x1 BEGIN(0)

#define STORE(tile) TILESTORED(tile, rDX, r15)
#define STORE2x2 \
	STORE(0); ADDQ $64, DX; STORE(1); ADDQ R10, DX; STORE(3); SUBQ $64, DX; STORE(2)
#define STORE2x1 STORE(0); ADDQ R10, DX; STORE(2)
#define STORE1x4 STORE(0); ADDQ $64, DX; STORE(1); ADDQ $64, DX; STORE(2); ADDQ $64, DX; STORE(3)
#define STORE1x1 STORE(0)

// BLOCKS computes all rows of the next panels. The last two are labels.
#define BLOCKS(BEGIN, CHUNK, DOT, STORE, block, chunk) \
	MOVQ order+32(FP), AX; \
	LEAQ tileOrder_units(AX), CX; \
	MOVQ CX, unit-40(SP); \
	MOVQ tileOrder_blocks(AX), CX; \
	MOVQ CX, blocks-48(SP); \
block: \
	MOVQ unit-40(SP), AX; \
	MOVQ tileUnit_a(AX), SI; \
	MOVQ (tileUnit__size+tileUnit_a)(AX), R9; \
	SUBQ SI, R9; \
	ADDQ a+8(FP), SI; \
	MOVQ tileUnit_c(AX), DX; \
	MOVQ (tileUnit__size+tileUnit_c)(AX), R10; \
	SUBQ DX, R10; \
	ADDQ panelC-24(SP), DX; \
	ADDQ $(2*tileUnit__size), unit-40(SP); \
	MOVQ offset-56(SP), AX; \
	XORL CX, CX; \
	BEGIN; \
	MOVQ panelB-16(SP), DI; \
	MOVQ groups-32(SP), CX; \
chunk: \
	MOVLQSX (R11)(CX*4), AX; \
	ADDQ SI, AX; \
	CHUNK(DOT); \
	ADDQ BX, DI; \
	ADDQ R14, CX; \
	JNE chunk; \
	STORE; \
	DECQ blocks-48(SP); \
	JNE block

// NEXT goes on to the panels after the next n.
#define NEXT(n) \
	SUBQ $n, panels-8(SP); \
	IMUL3Q $n, R12, AX; \
	ADDQ AX, panelB-16(SP); \
	ADDQ $(64*n), panelC-24(SP); \
	MOVQ offsetStep-64(SP), AX; \
	IMUL3Q $n, AX, AX; \
	ADDQ AX, offset-56(SP)

// MUL_TILES is func name(c *int32, a *uint8, b *int8, layout *QuantLayout, order *tileOrder).
#define MUL_TILES(name, DOT) \
TEXT name(SB), NOSPLIT, $64-40; \
	MOVQ layout+24(FP), AX; \
	MOVQ QuantLayout_ARow(AX), R8; \
	MOVQ QuantLayout_LDC(AX), R15; \
	SHLQ $2, R15; \
	MOVQ QuantLayout_Run(AX), R14; \
	MOVQ R14, BX; \
	SHLQ $6, BX; \
	MOVQ QuantLayout_Groups(AX), CX; \
	MOVQ QuantLayout_Steps(AX), R11; \
	LEAQ (R11)(CX*4), R11; \
	MOVQ CX, R12; \
	SHLQ $6, R12; \
	NEGQ CX; \
	MOVQ CX, groups-32(SP); \
	MOVQ QuantLayout_Panels(AX), AX; \
	MOVQ AX, panels-8(SP); \
	MOVQ b+16(FP), AX; \
	MOVQ AX, panelB-16(SP); \
	MOVQ c+0(FP), AX; \
	MOVQ AX, panelC-24(SP); \
	MOVQ $64, R13; \
	MOVQ order+32(FP), AX; \
	MOVQ tileOrder_offset(AX), CX; \
	MOVQ CX, offset-56(SP); \
	MOVQ tileOrder_offsetStep(AX), CX; \
	MOVQ CX, offsetStep-64(SP); \
	CMPQ tileOrder_single(AX), $0; \
	LDTILECFG(rAX); \
	JNE single; \
pairs: \
	CMPQ panels-8(SP), $2; \
	JLT last; \
	BLOCKS(BEGIN2x2, CHUNK2x2, DOT, STORE2x2, block2x2, chunk2x2); \
	NEXT(2); \
	JMP pairs; \
last: \
	CMPQ panels-8(SP), $1; \
	JLT done; \
	BLOCKS(BEGIN2x1, CHUNK2x1, DOT, STORE2x1, block2x1, chunk2x1); \
	JMP done; \
single: \
	CMPQ panels-8(SP), $4; \
	JLT rest; \
	BLOCKS(BEGIN1x4, CHUNK1x4, DOT, STORE1x4, block1x4, chunk1x4); \
	NEXT(4); \
	JMP single; \
rest: \
	CMPQ panels-8(SP), $1; \
	JLT done; \
	BLOCKS(BEGIN1x1, CHUNK1x1, DOT, STORE1x1, block1x1, chunk1x1); \
	NEXT(1); \
	JMP rest; \
done: \
	TILERELEASE; \
	RET

MUL_TILES(·mulTilesUnsignedAMX, TDPBUSD)
MUL_TILES(·mulTilesSignedAMX, TDPBSSD)
