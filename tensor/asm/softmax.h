// Softmax and its gradient for rows that fit a register, math_avx2.h and math_avx512.h have the registers. With a row come
//	V11	the mask of its columns, in AVX2 (in AVX-512 that is K1)
//	V12	−∞
//	V13	0

// SOFTMAX_ROW replaces the row in V0 by its softmax. It leaves the largest element in TOP and the sum of the exponentials in V1, each in every
// lane, and clobbers V2 to V4. The lanes behind the row are −∞ for the maximum and 0 for the sum. A NaN in the row may
// escape the maximum, but not the sum. FOLD_ALL leaves its result in every lane: the two sums that meet in a pair of lanes
// have the same two terms.
#define SOFTMAX_ROW(TOP) \
	WHERE_ROW(V0, V12, TOP); \
	FOLD_ALL(VMAX, TOP, V2); \
	VSUB TOP, V0, V0; \
	EXP_VECTOR; \
	WHERE_ROW(V0, V13, V0); \
	VMOVA V0, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VDIV V1, V0, V0

// SOFTMAX_GRAD_ROW replaces the row g in V0 by p·(g − Dot(p, g)), with p in V9. The lanes behind the row are 0 in both.
#define SOFTMAX_GRAD_ROW \
	VMOVA V9, V1; \
	VFMA213 V13, V0, V1; \
	FOLD_ALL(VADD, V1, V2); \
	VSUB V1, V0, V0; \
	VMUL V0, V9, V0

// CROSS_ENTROPY_ROWS loads the pointers that are arguments of a cross entropy: g, p and z to DI, DX and SI, and top, peak, class, weight and
// scale to R9 to R13.
#define CROSS_ENTROPY_ROWS \
	MOVQ g_base+0(FP), DI; \
	MOVQ p_base+24(FP), DX; \
	MOVQ top_base+48(FP), R9; \
	MOVQ peak_base+72(FP), R10; \
	MOVQ z_base+96(FP), SI; \
	MOVQ class_base+128(FP), R11; \
	MOVQ weight_base+152(FP), R12; \
	MOVQ scale_base+176(FP), R13
