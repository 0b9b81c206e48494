// The steps of the register tile of gemm_avx2.h, which holds the register map. They serve both element types.

// The elements of one column of A in the rows of the tile.
#define A0 (SI)
#define A1 (SI)(R8*1)
#define A2 (SI)(R8*2)
#define A3 (SI)(R9*1)
#define A4 (SI)(R8*4)
#define A5 (SI)(R10*1)

// A row of B: two registers, the second one masked, or one masked.
#define WIDE   VMOVU (DI), Y12; VMOVU 32(DI), Y13; ADDQ R12, DI
#define COPY   VMOVU (DI), Y12; VMOVU 32(DI), Y13; PREFETCHT0 (DI)(R12*8); ADDQ R12, DI; VMOVU Y12, (BP); VMOVU Y13, 32(BP); ADDQ $64, BP
#define EDGE   VMOVU (DI), Y12; VMASKMOVPS 32(DI), Y15, Y13; ADDQ R12, DI
#define NARROW VMASKMOVPS (DI), Y15, Y12; ADDQ R12, DI

// One step of one row of the tile.
#define ROW2(a, c0, c1) VBROADCAST a, Y14; VFMA231 Y12, Y14, c0; VFMA231 Y13, Y14, c1
#define ROW1(a, c0) VBROADCAST a, Y14; VFMA231 Y12, Y14, c0

// One step of the tile's rows, and on to the next column of A.
#define ROWS12 ROW2(A0, Y0, Y1); ADDQ R11, SI
#define ROWS22 ROW2(A1, Y2, Y3); ROWS12
#define ROWS32 ROW2(A2, Y4, Y5); ROWS22
#define ROWS42 ROW2(A3, Y6, Y7); ROWS32
#define ROWS52 ROW2(A4, Y8, Y9); ROWS42
#define ROWS62 ROW2(A5, Y10, Y11); ROWS52
#define ROWS11 ROW1(A0, Y0); ADDQ R11, SI
#define ROWS21 ROW1(A1, Y2); ROWS11
#define ROWS31 ROW1(A2, Y4); ROWS21
#define ROWS41 ROW1(A3, Y6); ROWS31
#define ROWS51 ROW1(A4, Y8); ROWS41
#define ROWS61 ROW1(A5, Y10); ROWS51

// All steps of K, four a turn, then on to storing.
#define CHAINS(LOADB, ROWS, four, one, last, stored) \
	SUBQ $4, CX; \
	JLT last; \
four: \
	LOADB; ROWS; \
	LOADB; ROWS; \
	LOADB; ROWS; \
	LOADB; ROWS; \
	SUBQ $4, CX; \
	JGE four; \
last: \
	ADDQ $4, CX; \
	JEQ stored; \
one: \
	LOADB; ROWS; \
	DECQ CX; \
	JNE one; \
	JMP stored

// A row of the tile from or to C at p, and on to the next row; done once AX rows are.
#define LOAD2(rows, c0, c1, done) VMOVU (CX), c0; VMOVU 32(CX), c1; ADDQ R13, CX; CMPQ AX, rows; JEQ done
#define LOADE(rows, c0, c1, done) VMOVU (CX), c0; VMASKMOVPS 32(CX), Y15, c1; ADDQ R13, CX; CMPQ AX, rows; JEQ done
#define LOAD1(rows, c0, done) VMASKMOVPS (CX), Y15, c0; ADDQ R13, CX; CMPQ AX, rows; JEQ done
#define STORE2(rows, c0, c1, done) VMOVU c0, (DX); VMOVU c1, 32(DX); ADDQ R13, DX; CMPQ AX, rows; JEQ done

// The rectifiers over a register of the tile, with zeros in Y12 and the slope in Y13. VMAX returns the first operand here, the tile's, when
// one is NaN or both are zeros, which keeps NaN and −0 as the kernels Relu and LeakyRelu do. $0x11 is "less, quiet".
#define RELU(c) VMAX c, Y12, c
#define LEAKY(c) VCMP $0x11, Y12, c, Y15; VMUL c, Y13, Y14; VBLENDV Y15, Y14, c, c
