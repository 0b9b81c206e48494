// The transposing kernels of pack_avx2_amd64.s read lanes, each a run of k elements, and write steps, each a run of as many elements as there are lanes.
// Half of the lanes go into the lower half of each register and half into the upper, by loading 16 bytes of each: shuffles
// within the halves then suffice. The last steps are done again together with those before them, so that there is no tail.
//
//	SI the first half of the lanes   DI the second half   R8 a lane's stride   R9 three times that
//	DX dst                           R10 a step's width   R11 three times that  CX steps left
#define PROLOGUE(SHIFT) \
	MOVQ dst_base+0(FP), DX; \
	MOVQ width+24(FP), R10; \
	SHLQ $SHIFT, R10; \
	LEAQ (R10)(R10*2), R11; \
	MOVQ src_base+32(FP), SI; \
	MOVQ lane+56(FP), R8; \
	SHLQ $SHIFT, R8; \
	LEAQ (R8)(R8*2), R9; \
	MOVQ k+64(FP), CX

// STEP_BACK moves the pointers so that the last block ends at step k, given that CX−block of its steps are left (CX in −block+1 … 0).
#define STEP_BACK(SHIFT) \
	MOVQ CX, AX; \
	SHLQ $SHIFT, AX; \
	ADDQ AX, SI; \
	ADDQ AX, DI; \
	IMULQ R10, CX; \
	ADDQ CX, DX

// Shuffles of four runs of four float32 into four steps, in each half: a0 b0 a1 b1, then a0 b0 c0 d0.
#define TRANSPOSE4(A, B, C, D, T0, T1, T2, T3) \
	VUNPCKLPS B, A, T0; \
	VUNPCKHPS B, A, T1; \
	VUNPCKLPS D, C, T2; \
	VUNPCKHPS D, C, T3; \
	VUNPCKLPD T2, T0, A; \
	VUNPCKHPD T2, T0, B; \
	VUNPCKLPD T3, T1, C; \
	VUNPCKHPD T3, T1, D

#define STORE4(A, B, C, D) \
	VMOVUPS A, (DX); \
	VMOVUPS B, (DX)(R10*1); \
	VMOVUPS C, (DX)(R10*2); \
	VMOVUPS D, (DX)(R11*1); \
	LEAQ (DX)(R10*4), DX
