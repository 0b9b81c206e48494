// Softmax and cross entropy of rows that fill one register and a part of a second, in AVX2. Included once for each type; softmax.h and
// softmax_avx2_amd64.s have the macros.
//
//	V0 V5	the row; the lanes of V5 behind it are 0 in the exponentials
//	V11	the mask of its second register
//	V12	its largest element, in every lane
//	BX	bytes of the row in the second register

// SECOND_MASK sets BX from a number of columns, and V11.
#define SECOND_MASK \
	SHLQ $SHIFT, BX; \
	SUBQ $32, BX; \
	TAIL_MASK(BX, AX, V11)

// SOFTMAX_PAIR loads the row at SI and replaces it by its softmax. It leaves the sum of the exponentials in V1. Lanes meet as in
// [Kernels.Sum]: first those a register apart.
#define SOFTMAX_PAIR \
	VMOVU (SI), V0; \
	VMASKMOVPS 32(SI), V11, V5; \
	VSUBC(LOG_INFINITY, V13, V1); \
	VBLENDV V11, V5, V1, V12; \
	VMAX V0, V12, V12; \
	FOLD_ALL(VMAX, V12, V1); \
	EXP_SUB_WIDE; \
	VAND V11, V5, V5; \
	VADD V5, V0, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VDIV V1, V0, V0; \
	VDIV V1, V5, V5

// func softmaxPairs(dst, x []T, columns int)
TEXT softmaxPairsT(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ columns+48(FP), BX
	SECOND_MASK
	SHLQ $SHIFT, CX
	VXOR V13, V13, V13
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	TESTQ CX, CX
	JEQ done
row:
	SOFTMAX_PAIR
	VMOVU V0, (DI)
	ADDQ $32, DI
	STORE_ROW(V5, X5, DI, below16, below8, stored, partial)
	ADDQ BX, DI
	LEAQ 32(SI)(BX*1), SI
	SUBQ $32, CX
	SUBQ BX, CX
	JGT row
done:
	VZEROUPPER
	RET

// func crossEntropyPairs(g, p, top, peak, z []T, columns int, class []int, weight, scale []T)
//
//	DI DX	g and p, the row at hand
//	R9-R13	top, peak, class, weight and scale of the row
//	CX	rows left
//	V2	weight, then scale, in every lane
//	V3	the class in every lane
//	V4 V6	the gradient
TEXT crossEntropyPairsT(SB), NOSPLIT, $0-200
	MOVQ columns+120(FP), BX
	SECOND_MASK
	CROSS_ENTROPY_ROWS
	MOVQ class_len+136(FP), CX
	VXOR V13, V13, V13
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	TESTQ CX, CX
	JEQ done
row:
	SOFTMAX_PAIR

	// As in crossEntropyRows.
	VBROADCAST EXP(const_expOne), V2
	VDIVS X1, X2, X2
	VMOVS X2, (R10)
	VSUBS X1, X1, X1
	VADDS X1, X12, X12
	VMOVS X12, (R9)

	VBROADCAST (R12), V2
	VPBROADCAST (R11), V3
	VPCMPEQ LANE_NUMBERS(0), V3, V4
	VPCMPEQ LANE_NUMBERS(32), V3, V6
	VAND V2, V4, V4
	VAND V2, V6, V6
	VMUL V2, V0, V7
	VMUL V2, V5, V8
	VSUB V4, V7, V4
	VSUB V6, V8, V6
	VBROADCAST (R13), V2
	VMUL V2, V4, V4
	VMUL V2, V6, V6

	VMOVU V0, (DX)
	VMOVU V4, (DI)
	ADDQ $32, DX
	ADDQ $32, DI
	STORE_ROW(V5, X5, DX, below16, below8, stored, partial)
	STORE_ROW(V6, X6, DI, gradientBelow16, gradientBelow8, gradientStored, gradientPartial)
	ADDQ BX, DX
	ADDQ BX, DI
	LEAQ 32(SI)(BX*1), SI
	ADDQ $ELEM, R9
	ADDQ $ELEM, R10
	ADDQ $8, R11
	ADDQ $ELEM, R12
	ADDQ $ELEM, R13
	DECQ CX
	JNE row
done:
	VZEROUPPER
	RET

#undef SECOND_MASK
#undef SOFTMAX_PAIR
