// A vector times a matrix that no cache holds, for either element type and either ISA.
//
// Go calls it as
//
//	func(c, a, b *T, n, k, aCol, bRow, ahead int)
//
// with k a multiple of eight: c[j] ← fma(a[p·aCol], b[p·bRow+j], c[j]) over ascending p < k. Eight
// rows of B are read side by side from end to end, which the processor's prefetchers follow, and
// those ahead, as a rule the next eight, are fetched to L2 meanwhile: down all rows at once each
// would open a page of its own. With ahead 0 nothing is fetched, which an L3 that is near enough
// does not need. C is read and written once for eight rows.
//
//	V0-V7	eight elements of A, each in every lane
//	V8, V9	two registers of C
//	V10	a masked register of B, in AVX2
//	V15, K1	the mask of the last register of a row
//
//	SI	A, R11 its column stride, in bytes as all strides
//	R9	B's band of eight rows; R12 and R13 1 and 3 times its row stride
//	DI BX	rows 0 and 4 of the band
//	R14 R15	rows 0 and 4 of the band that is fetched
//	DX	C, R10 a column of it
//	R8	bytes of a row, AX those left
//	CX	bands left

TEXT BANDS(SB), NOSPLIT, $0-64
	MOVQ n+24(FP), R8
	SHLQ $SHIFT, R8
	MOVQ R8, CX
	ANDQ $(VBYTES-1), CX
	TAIL(AX, V15)
	MOVQ c+0(FP), DX
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), R9
	MOVQ k+32(FP), CX
	SHRQ $3, CX
	MOVQ aCol+40(FP), R11
	SHLQ $SHIFT, R11
	MOVQ bRow+48(FP), R12
	SHLQ $SHIFT, R12
	LEAQ (R12)(R12*2), R13

band:
	ELEMENT(V0); ELEMENT(V1); ELEMENT(V2); ELEMENT(V3)
	ELEMENT(V4); ELEMENT(V5); ELEMENT(V6); ELEMENT(V7)
	MOVQ R9, DI
	LEAQ (DI)(R12*4), BX
	MOVQ ahead+56(FP), R14
	LEAQ (DI)(R14*ELEM), R14
	LEAQ (R14)(R12*4), R15
	MOVQ DX, R10
	MOVQ R8, AX
	SUBQ $(2*VBYTES), AX
	JLT rest
	CMPQ ahead+56(FP), $0
	JEQ near

far: // two registers of C, and rows ahead fetched
	VMOVU (R10), V8
	VMOVU VBYTES(R10), V9
	PAIR((DI), V0)
	FETCH((R14))
	PAIR((DI)(R12*1), V1)
	FETCH((R14)(R12*1))
	PAIR((DI)(R12*2), V2)
	FETCH((R14)(R12*2))
	PAIR((DI)(R13*1), V3)
	FETCH((R14)(R13*1))
	PAIR((BX), V4)
	FETCH((R15))
	PAIR((BX)(R12*1), V5)
	FETCH((R15)(R12*1))
	PAIR((BX)(R12*2), V6)
	FETCH((R15)(R12*2))
	PAIR((BX)(R13*1), V7)
	FETCH((R15)(R13*1))
	VMOVU V8, (R10)
	VMOVU V9, VBYTES(R10)
	ADDQ $(2*VBYTES), DI
	ADDQ $(2*VBYTES), BX
	ADDQ $(2*VBYTES), R14
	ADDQ $(2*VBYTES), R15
	ADDQ $(2*VBYTES), R10
	SUBQ $(2*VBYTES), AX
	JGE far
	JMP rest

near: // two registers of C
	VMOVU (R10), V8
	VMOVU VBYTES(R10), V9
	EIGHT(PAIR)
	VMOVU V8, (R10)
	VMOVU V9, VBYTES(R10)
	ADDQ $(2*VBYTES), DI
	ADDQ $(2*VBYTES), BX
	ADDQ $(2*VBYTES), R10
	SUBQ $(2*VBYTES), AX
	JGE near

rest: // a whole register, then a masked one
	ADDQ $(2*VBYTES), AX
	JEQ next
	CMPQ AX, $VBYTES
	JLT masked
	VMOVU (R10), V8
	EIGHT(ONE)
	VMOVU V8, (R10)
	ADDQ $VBYTES, DI
	ADDQ $VBYTES, BX
	ADDQ $VBYTES, R10
	SUBQ $VBYTES, AX
	JEQ next
masked:
	LOAD_TAIL(R10, V15, V8)
	EIGHT(MASKED)
	STORE_MASKED

next:
	LEAQ (R9)(R12*8), R9
	DECQ CX
	JNE band
	VZEROUPPER
	RET
