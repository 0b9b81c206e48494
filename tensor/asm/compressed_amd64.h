// What products by weights of few bits have in common in AVX2 and AVX-512, whose sources say what the
// macros and registers are.

// ALL makes all steps of n rows.
#define ALL(GROUP, WEIGHTS, SCALES, NEXT, ELEMENTS, CHAINS, TILE, begin, resume, block, group, label) \
begin: \
	CMPB CompressedLayout_Resume(CX), $0; \
	JNE resume; \
	TILE(CLEAR); \
	JMP block; \
resume: \
	MOVQ DX, AX; \
	TILE(LOAD); \
block: \
	SCALES; \
	MOVQ R14, CX; \
group: \
	GROUP(WEIGHTS, ELEMENTS, CHAINS, label); \
	JNE group; \
	NEXT; \
	DECQ R13; \
	JNE block; \
	MOVQ DX, AX; \
	TILE(STORE); \
	VZEROUPPER; \
	RET

// OPERANDS begins a CompressedMultiply: it finds what is to be multiplied, prepares a coding's TABLE,
// and leaves the number of rows in AX.
#define OPERANDS(TABLE) \
	MOVQ c+0(FP), DX; \
	MOVQ a+8(FP), SI; \
	MOVQ b+16(FP), DI; \
	MOVQ l+24(FP), CX; \
	MOVQ CompressedLayout_LDC(CX), BX; \
	SHLQ $2, BX; \
	MOVQ CompressedLayout_ARow(CX), R8; \
	SHLQ $2, R8; \
	LEAQ (R8)(R8*2), R9; \
	MOVQ CompressedLayout_Scales(CX), R10; \
	MOVQ CompressedLayout_Zeros(CX), R11; \
	MOVQ CompressedLayout_ZeroRow(CX), R12; \
	SHLQ $2, R12; \
	MOVQ CompressedLayout_Blocks(CX), R13; \
	MOVQ CompressedLayout_Block(CX), R14; \
	TABLE; \
	MOVQ CompressedLayout_M(CX), AX
