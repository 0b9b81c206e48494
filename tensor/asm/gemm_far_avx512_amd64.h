// Tiles that fetch ahead and those that copy B, a part of gemm_avx512_amd64.h.

far: // a low tile that is the only one fetches B ahead instead
	CMPQ AX, $7
	JLT wide
	CMPQ AX, $11
	JGE fetch
	MOVQ layout+32(FP), R13
	CMPQ AX, Layout_M(R13)
	MOVQ Layout_LDC(R13), R13
	LEAQ (R13*ELEM), R13
	JEQ wide
fetch:
	MOVQ next-56(SP), BP
	MOVL $0, R13
	CMPQ fetching-48(SP), $1
	JEQ fetchA
	DECQ fetching-48(SP)
	MOVQ layout+32(FP), R13
	MOVQ Layout_BRow(R13), R13
	SHLQ $SHIFT, R13
	JMP fetched
fetchA:
	MOVQ layout+32(FP), R13
	CMPQ Layout_ACol(R13), $1
	JNE nothing
	CMPQ CX, Layout_ARow(R13)
	JNE nothing
	MOVQ aPanel-8(SP), BP
	ADDQ R15, BP
	MOVL $128, R13
	JMP fetched
nothing:
	MOVL $0, R13
fetched:
	CMPQ AX, $13
	JGT far14
	JEQ far13
	CMPQ AX, $11
	JGT far12
	JEQ far11
	CMPQ AX, $9
	JGT far10
	JEQ far9
	CMPQ AX, $7
	JGT far8
	CHAINS2(FAR, FAR_NEXT, ROWS7x2, far7x2, far7last, farDone)
far8:
	CHAINS2(FAR, FAR_NEXT, ROWS8x2, far8x2, far8last, farDone)
far9:
	CHAINS2(FAR, FAR_NEXT, ROWS9x2, far9x2, far9last, farDone)
far10:
	CHAINS2(FAR, FAR_NEXT, ROWS10x2, far10x2, far10last, farDone)
far11:
	CHAINS2(FAR, FAR_NEXT, ROWS11x2, far11x2, far11last, farDone)
far12:
	CHAINS2(FAR, FAR_NEXT, ROWS12x2, far12x2, far12last, farDone)
far13:
	CHAINS2(FAR, FAR_NEXT, ROWS13x2, far13x2, far13last, farDone)
far14:
	CHAINS2(FAR, FAR_NEXT, ROWS14x2, far14x2, far14last, farDone)
farDone:
	MOVQ BP, next-56(SP)
	XORL BP, BP
	MOVQ layout+32(FP), CX
	MOVQ Layout_LDC(CX), R13
	SHLQ $SHIFT, R13
	JMP store

copying: // the first row block, if it is high enough to leave time for the stores
	CMPQ AX, $13
	JGT copying14
	JEQ copying13
	CMPQ AX, $11
	JGT copying12
	JEQ copying11
	XORL BP, BP
	JMP wide
copying11:
	CHAINS(COPY, ROWS11x2, copying11x2, copying11last, panelCopied)
copying12:
	CHAINS(COPY, ROWS12x2, copying12x2, copying12last, panelCopied)
copying13:
	CHAINS(COPY, ROWS13x2, copying13x2, copying13last, panelCopied)
copying14:
	CHAINS(COPY, ROWS14x2, copying14x2, copying14last, panelCopied)
panelCopied:
	XORL BP, BP
	MOVQ packed+24(FP), CX
	MOVQ CX, panelB-40(SP)
	MOVQ $(2*LANES*ELEM), R12
	JMP store
