// Softmax and cross entropy of rows that fit half a register, in AVX2: four rows a turn, each in a half. Included once for each type; softmax.h
// and softmax_avx2_amd64.s have the macros.
//
//	V0 V5	rows 0 and 1, rows 2 and 3; the lanes behind a row are 0 in the exponentials
//	V11	the mask of the rows in both halves
//	V12 V13	their largest elements, each in all lanes of its half
//	V1 V6	the sums of their exponentials, likewise
//	BX	bytes of a row, R8 three times that
//
// A row is stored with all 16 bytes of its half, of which the next row's overwrite the surplus, but for the last one. For that it takes 8 bytes
// at least.

// HALF_MASK sets BX from a number of columns, R8, and V11.
#define HALF_MASK \
	SHLQ $SHIFT, BX; \
	LEAQ (BX)(BX*2), R8; \
	TAIL_MASK(BX, AX, V11); \
	VINSERTF128 $1, X11, V11, V11

// LOAD_HALVES loads the four rows at p.
#define LOAD_HALVES(p) \
	VMASKMOVPS (p), X11, X0; \
	VMASKMOVPS (p)(BX*1), X11, X1; \
	VMASKMOVPS (p)(BX*2), X11, X5; \
	VMASKMOVPS (p)(R8*1), X11, X2; \
	VINSERTF128 $1, X1, V0, V0; \
	VINSERTF128 $1, X2, V5, V5

// STORE_HALVES stores the four rows in Y and YY, whose low halves are X and XX, at p. It clobbers them, V3 and AX.
#define STORE_HALVES(Y, X, YY, XX, p, below16, below8, stored) \
	VEXTRACTF128 $1, Y, X3; \
	VMOVUPS X, (p); \
	VMOVUPS X3, (p)(BX*1); \
	VEXTRACTF128 $1, YY, X3; \
	VMOVUPS XX, (p)(BX*2); \
	LEAQ (p)(R8*1), AX; \
	STORE_TAIL(Y3, X3, AX, BX, below16, below8, stored)

// SOFTMAX_HALVES replaces the rows by their softmax, as SOFTMAX_ROW does.
#define SOFTMAX_HALVES \
	VXOR V1, V1, V1; \
	VSUBC(LOG_INFINITY, V1, V1); \
	VBLENDV V11, V0, V1, V12; \
	VBLENDV V11, V5, V1, V13; \
	FOLD_HALF(VMAX, V12, V2); \
	FOLD_HALF(VMAX, V13, V3); \
	VSUB V12, V0, V0; \
	VSUB V13, V5, V5; \
	EXP_WIDE; \
	VAND V11, V0, V0; \
	VAND V11, V5, V5; \
	VMOVA V0, V1; \
	VMOVA V5, V6; \
	FOLD_HALF(VADD, V1, V2); \
	FOLD_HALF(VADD, V6, V3); \
	VDIV V1, V0, V0; \
	VDIV V6, V5, V5

// OF_HALVES sets D, whose low half is X, to the elements of two rows at p and next to it, each in all lanes of its row's half. It clobbers V3.
#define OF_HALVES(p, next, D, X) \
	VBROADCAST p, D; \
	VBROADCAST next, V3; \
	VINSERTF128 $1, X3, D, D

// EACH_HALF stores the first element of each half of Y, whose low half is X, at p and next to it. It clobbers Y.
#define EACH_HALF(Y, X, p, next) \
	VMOVS X, p; \
	VEXTRACTF128 $1, Y, X; \
	VMOVS X, next

// func softmaxHalves(dst, x []T, columns int)
TEXT softmaxHalvesT(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ columns+48(FP), BX
	HALF_MASK
	SHLQ $SHIFT, CX
	JEQ done
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
rows:
	LOAD_HALVES(SI)
	SOFTMAX_HALVES
	STORE_HALVES(V0, X0, V5, X5, DI, below16, below8, stored)
	LEAQ (SI)(BX*4), SI
	LEAQ (DI)(BX*4), DI
	SUBQ BX, CX
	SUBQ R8, CX
	JGT rows
done:
	VZEROUPPER
	RET

// func crossEntropyHalves(g, p, top, peak, z []T, columns int, class []int, weight, scale []T)
//
//	DI DX SI	g, p and z, the rows at hand
//	R9-R13	top, peak, class, weight and scale of the first of them
//	CX	rows left
//	V2	weights, then scales
//	V4 V7	the gradients
//	V8 V9	the weights in the lanes of the rows' classes, 0 in the others
TEXT crossEntropyHalvesT(SB), NOSPLIT, $0-200
	MOVQ columns+120(FP), BX
	HALF_MASK
	CROSS_ENTROPY_ROWS
	MOVQ class_len+136(FP), CX
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	TESTQ CX, CX
	JEQ done
rows:
	LOAD_HALVES(SI)
	SOFTMAX_HALVES

	// As in crossEntropyRows.
	VBROADCAST EXP(const_expOne), V2
	VDIV V1, V2, V3
	VDIV V6, V2, V2
	EACH_HALF(V3, X3, (R10), ELEM(R10))
	EACH_HALF(V2, X2, (2*ELEM)(R10), (3*ELEM)(R10))
	VSUB V1, V1, V1
	VSUB V6, V6, V6
	VADD V1, V12, V12
	VADD V6, V13, V13
	EACH_HALF(V12, X12, (R9), ELEM(R9))
	EACH_HALF(V13, X13, (2*ELEM)(R9), (3*ELEM)(R9))

	VBROADCASTF128 LANE_NUMBERS(0), V1
	OF_HALVES((R11), 8(R11), V8, X8)
	OF_HALVES(16(R11), 24(R11), V9, X9)
	VPCMPEQ V1, V8, V8
	VPCMPEQ V1, V9, V9
	OF_HALVES((R12), ELEM(R12), V2, X2)
	VAND V2, V8, V8
	VMUL V2, V0, V4
	OF_HALVES((2*ELEM)(R12), (3*ELEM)(R12), V2, X2)
	VAND V2, V9, V9
	VMUL V2, V5, V7
	VSUB V8, V4, V4
	VSUB V9, V7, V7
	OF_HALVES((R13), ELEM(R13), V2, X2)
	VMUL V2, V4, V4
	OF_HALVES((2*ELEM)(R13), (3*ELEM)(R13), V2, X2)
	VMUL V2, V7, V7

	STORE_HALVES(V0, X0, V5, X5, DX, below16, below8, stored)
	STORE_HALVES(V4, X4, V7, X7, DI, gradientBelow16, gradientBelow8, gradientStored)
	LEAQ (SI)(BX*4), SI
	LEAQ (DX)(BX*4), DX
	LEAQ (DI)(BX*4), DI
	ADDQ $(4*ELEM), R9
	ADDQ $(4*ELEM), R10
	ADDQ $32, R11
	ADDQ $(4*ELEM), R12
	ADDQ $(4*ELEM), R13
	SUBQ $4, CX
	JGT rows
done:
	VZEROUPPER
	RET

#undef HALF_MASK
#undef LOAD_HALVES
#undef STORE_HALVES
#undef SOFTMAX_HALVES
#undef OF_HALVES
#undef EACH_HALF
