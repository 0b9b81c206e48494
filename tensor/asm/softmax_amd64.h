// Softmax and its gradient for rows that fit a register, and what all kernels of softmax and cross
// entropy share: softmax.go has the methods, math_amd64.h the registers. With a row come
//
//	V11	in AVX2 the mask of its columns; in AVX-512 that is K1
//	V12	−∞
//	V13	0

#define LOG_INFINITY BY_TYPE(·log32, ·log64)+(const_logInfinity*ELEM)(SB)
#define LANE_NUMBERS(offset) BY_TYPE(·laneNumbers32, ·laneNumbers64)+(offset)(SB)

// WHERE_ROW sets D to A in the lanes of the row, and to B behind.
#define WHERE_ROW BY_ISA(WHERE_ROW_AVX2, WHERE_ROW_AVX512)
#define WHERE_ROW_AVX2(A, B, D) VBLENDV V11, A, B, D
#define WHERE_ROW_AVX512(A, B, D) VBLENDM A, B, K1, D

// FOLD_ALL folds the lanes of V with OP and leaves the result in every lane: two sums that meet in
// a pair of lanes have the same two terms. FOLD_32 and FOLD_16 do so within each 32 or 16 bytes.
#define FOLD_ALL BY_ISA(FOLD_ALL_AVX2, FOLD_ALL_AVX512)
#define FOLD_ALL_AVX2(OP, V, T) \
	VPERM2F128 $1, V, V, T; \
	OP T, V, V; \
	FOLD_16(OP, V, T)
#define FOLD_ALL_AVX512(OP, V, T) \
	VSHUFF64X2 $0x4e, V, V, T; \
	OP T, V, V; \
	FOLD_32(OP, V, T)
#define FOLD_32(OP, V, T) \
	VSHUFF64X2 $0xb1, V, V, T; \
	OP T, V, V; \
	FOLD_16(OP, V, T)
#define FOLD_16 BY_TYPE(FOLD_16_F32, FOLD_16_F64)
#define FOLD_16_F64(OP, V, T) \
	VPERMILPD $BY_ISA(0x05, 0x55), V, T; \
	OP T, V, V
#define FOLD_16_F32(OP, V, T) \
	FOLD_16_F64(OP, V, T); \
	VPERMILPS $0xb1, V, T; \
	OP T, V, V

// SOFTMAX_ROW replaces the row in V0 by its softmax, with FOLD one of those above. It leaves the
// largest element in TOP and the sum of the exponentials in V1, each in every lane, and clobbers V2
// to V4. The lanes behind the row are −∞ for the maximum and 0 for the sum. A NaN in the row may
// escape the maximum, but not the sum.
#define SOFTMAX_ROW(FOLD, TOP) \
	WHERE_ROW(V0, V12, TOP); \
	FOLD(VMAX, TOP, V2); \
	VSUB TOP, V0, V0; \
	EXP_VECTOR; \
	WHERE_ROW(V0, V13, V0); \
	VMOVA V0, V1; \
	FOLD(VADD, V1, V2); \
	VDIV V1, V0, V0

// CROSS_ENTROPY_ROWS loads the pointers that are arguments of a cross entropy: g, p and z to DI, DX
// and SI, and top, peak, class, weight and scale to R9 to R13.
#define CROSS_ENTROPY_ROWS \
	MOVQ g_base+0(FP), DI; \
	MOVQ p_base+24(FP), DX; \
	MOVQ top_base+48(FP), R9; \
	MOVQ peak_base+72(FP), R10; \
	MOVQ z_base+96(FP), SI; \
	MOVQ class_base+128(FP), R11; \
	MOVQ weight_base+152(FP), R12; \
	MOVQ scale_base+176(FP), R13

// TOP_AND_PEAK stores a row's largest element, from TOP, and its largest probability, from the sum
// in X1. It clobbers X1 and X2. The sum's difference to itself is 0, or NaN where softmax is: it
// makes a largest −0 to +0.
#define TOP_AND_PEAK(TOP) \
	VBROADCAST EXP(const_expOne), V2; \
	VDIVS X1, X2, X2; \
	VMOVS X2, (R10); \
	VSUBS X1, X1, X1; \
	VADDS X1, TOP, TOP; \
	VMOVS TOP, (R9)

// STORE_ROW stores the row of BX bytes in V, whose low part is X, at p. AVX2 clobbers both, and R8.
#define STORE_ROW BY_ISA(STORE_ROW_AVX2, STORE_ROW_AVX512)
#define STORE_ROW_AVX2(V, X, p, below16, below8, stored, partial) \
	MOVQ p, R8; \
	CMPQ BX, $VBYTES; \
	JNE partial; \
	VMOVU V, (R8); \
	JMP stored; \
partial: \
	STORE_TAIL(V, X, R8, BX, below16, below8, stored)
#define STORE_ROW_AVX512(V, X, p, below16, below8, stored, partial) VMOVU V, K1, (p)
