// A vector times four panels of two registers at a time: eight chains keep two FMA units busy, whose
// results come after four cycles. The two chains of one panel would take four cycles a step, half of
// what L2 can give meanwhile.
//
//	V0-V7	the columns of C
//	V8	an element of A in every lane
//
//	SI	A, R15 its first element, R11 its stride, in bytes as all strides
//	BX	B, DI its first row, R12 from one panel to the next, R13 three times that
//	DX	C
//	CX	steps of K
//	R14	groups of four panels left

// STEP makes a step of four panels.
#define STEP \
	VBROADCAST (SI), V8; \
	ADDQ R11, SI; \
	VFMA231 (BX), V8, V0; \
	VFMA231 VBYTES(BX), V8, V1; \
	VFMA231 (BX)(R12*1), V8, V2; \
	VFMA231 VBYTES(BX)(R12*1), V8, V3; \
	VFMA231 (BX)(R12*2), V8, V4; \
	VFMA231 VBYTES(BX)(R12*2), V8, V5; \
	VFMA231 (BX)(R13*1), V8, V6; \
	VFMA231 VBYTES(BX)(R13*1), V8, V7; \
	ADDQ $(2*VBYTES), BX

TEXT PANELS(SB), NOSPLIT, $0-56
	MOVQ c+0(FP), DX
	MOVQ a+8(FP), R15
	MOVQ b+16(FP), DI
	MOVQ groups+24(FP), R14
	MOVQ aCol+40(FP), R11
	SHLQ $SHIFT, R11
	MOVQ bPanel+48(FP), R12
	SHLQ $SHIFT, R12
	LEAQ (R12)(R12*2), R13

group:
	VMOVU (DX), V0
	VMOVU VBYTES(DX), V1
	VMOVU (2*VBYTES)(DX), V2
	VMOVU (3*VBYTES)(DX), V3
	VMOVU (4*VBYTES)(DX), V4
	VMOVU (5*VBYTES)(DX), V5
	VMOVU (6*VBYTES)(DX), V6
	VMOVU (7*VBYTES)(DX), V7
	MOVQ R15, SI
	MOVQ DI, BX
	MOVQ k+32(FP), CX
step:
	STEP
	DECQ CX
	JNE step
	VMOVU V0, (DX)
	VMOVU V1, VBYTES(DX)
	VMOVU V2, (2*VBYTES)(DX)
	VMOVU V3, (3*VBYTES)(DX)
	VMOVU V4, (4*VBYTES)(DX)
	VMOVU V5, (5*VBYTES)(DX)
	VMOVU V6, (6*VBYTES)(DX)
	VMOVU V7, (7*VBYTES)(DX)
	ADDQ $(8*VBYTES), DX
	LEAQ (DI)(R12*4), DI
	DECQ R14
	JNE group
	VZEROUPPER
	RET

#undef STEP
