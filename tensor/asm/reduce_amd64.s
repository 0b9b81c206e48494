//go:build !purego

// Dot products, sums and maxima. The virtual lanes of Dot and Sum, 256 bytes, are eight registers
// of AVX2, V0 to V7, or four of AVX-512, V0 to V3: reduce_amd64.h has what is done with them.
//
// Registers:
//	SI	x
//	DX	y
//	CX	bytes left, biased while a loop counts down by its step
//	V0-V7	lanes
//	V8-V15	operands; V15 in AVX2 the mask of the tail
//	AX K1	those of a tail
//
// Operands of at least STREAM_BYTES have a loop of their own, which fetches ahead.

#include "textflag.h"
#include "vector_amd64.h"
#include "reduce_amd64.h"

// LOAD_X loads a block of x, and MUL_Y adds its products with one of y to the lanes.
#define LOAD_X BY_ISA(LOAD_X_AVX2, LOAD_X_AVX512)
#define LOAD_X_AVX512 LOAD4(SI, V8, V9, V10, V11)
#define LOAD_X_AVX2 \
	LOAD_X_AVX512; \
	VMOVU 128(SI), V12; \
	VMOVU 160(SI), V13; \
	VMOVU 192(SI), V14; \
	VMOVU 224(SI), V15
#define MUL_Y BY_ISA(MUL_Y_AVX2, MUL_Y_AVX512)
#define MUL_Y_AVX512 \
	VFMA231 (DX), V8, V0; \
	VFMA231 VBYTES(DX), V9, V1; \
	VFMA231 (2*VBYTES)(DX), V10, V2; \
	VFMA231 (3*VBYTES)(DX), V11, V3
#define MUL_Y_AVX2 \
	MUL_Y_AVX512; \
	VFMA231 128(DX), V12, V4; \
	VFMA231 160(DX), V13, V5; \
	VFMA231 192(DX), V14, V6; \
	VFMA231 224(DX), V15, V7

// DOT_BLOCK is one iteration.
#define DOT_BLOCK \
	LOAD_X; \
	MUL_Y; \
	ADDQ $256, SI; \
	ADDQ $256, DX; \
	SUBQ $256, CX

// DOTS is func name(dst, x []T, xRow int, y []T).
//
//	DI	dst
//	R8	rows left
//	R9	the row of x
//	R10	bytes from row to row of x
#define DOTS(name) \
TEXT name(SB), NOSPLIT, $0-80; \
	MOVQ dst_base+0(FP), DI; \
	MOVQ dst_len+8(FP), R8; \
	MOVQ x_base+24(FP), R9; \
	MOVQ xRow+48(FP), R10; \
	SHLQ $SHIFT, R10; \
	TESTQ R8, R8; \
	JEQ done; \
row: \
	MOVQ R9, SI; \
	MOVQ y_base+56(FP), DX; \
	MOVQ y_len+64(FP), CX; \
	SHLQ $SHIFT, CX; \
	LANES_OF(CLEAR); \
	SUBQ $256, CX; \
	JLT rest; \
	CMPQ CX, $STREAM_BYTES; \
	JGE large; \
block: \
	DOT_BLOCK; \
	JGE block; \
rest: \
	ADDQ $256, CX; \
	JEQ fold; \
	BY_ISA(TAIL_OF_AVX2(DOT_WHOLE, DOT_PART), TAIL_OF_AVX512(DOT_MASKED)); \
fold: \
	FOLD_LANES; \
	VMOVS X0, (DI); \
	ADDQ $ELEM, DI; \
	ADDQ R10, R9; \
	DECQ R8; \
	JNE row; \
done: \
	VZEROUPPER; \
	RET; \
large: \
	PREFETCH2(SI); \
	PREFETCH2(DX); \
	DOT_BLOCK; \
	JGE large; \
	JMP rest; \
	BY_ISA(PARTS(DOT_PART), NONE)

// SUM_BLOCK is one iteration.
#define SUM_BLOCK \
	LANES_OF(ADD); \
	ADDQ $256, SI; \
	SUBQ $256, CX

// SUM is func name(x []T) T.
#define SUM(name) \
TEXT name(SB), NOSPLIT, $0-SLICES1_SCALAR1; \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	SHLQ $SHIFT, CX; \
	LANES_OF(CLEAR); \
	SUBQ $256, CX; \
	JLT rest; \
	CMPQ CX, $STREAM_BYTES; \
	JGE large; \
block: \
	SUM_BLOCK; \
	JGE block; \
rest: \
	ADDQ $256, CX; \
	JEQ fold; \
	BY_ISA(TAIL_OF_AVX2(ADD, SUM_PART), TAIL_OF_AVX512(SUM_MASKED)); \
fold: \
	FOLD_LANES; \
	VMOVS X0, ret+24(FP); \
	VZEROUPPER; \
	RET; \
large: \
	PREFETCH2(SI); \
	SUM_BLOCK; \
	JGE large; \
	JMP rest; \
	BY_ISA(PARTS(SUM_PART), NONE)

// MAX is func name(x []T) T. VMAX forgets a NaN in its first operand, so that comparisons look for
// them.
//
//	V0-V3	maxima so far
//	V4, V5	in AVX2 all ones in the lanes that have met a NaN
//	V6	−∞
//	V8-V13	operands, and in AVX2 their comparisons
//	K2, K3	in AVX-512 the lanes that have met a NaN
//	K4, K5	comparisons
#define MAX(name) \
TEXT name(SB), NOSPLIT, $0-SLICES1_SCALAR1; \
	MOVQ x_base+0(FP), SI; \
	MOVQ x_len+8(FP), CX; \
	SHLQ $SHIFT, CX; \
	ONES(V6); \
	VPSLL $MANTISSA, V6, V6; \
	VMOVA V6, V0; \
	VMOVA V6, V1; \
	VMOVA V6, V2; \
	VMOVA V6, V3; \
	NAN_NONE; \
	SUBQ $QUAD, CX; \
	JLT rest; \
	CMPQ CX, $STREAM_BYTES; \
	JGE large; \
quad: \
	MAX_QUAD; \
	JGE quad; \
rest: \
	ADDQ $(QUAD-VBYTES), CX; \
	JLT tail; \
single: \
	VMOVU (SI), V8; \
	NAN_IN; \
	VMAX V8, V0, V0; \
	ADDQ $VBYTES, SI; \
	SUBQ $VBYTES, CX; \
	JGE single; \
tail: \
	ADDQ $VBYTES, CX; \
	JEQ fold; \
	TAIL(AX, V15); \
	LOAD_TAIL_OVER_V6; \
	NAN_IN; \
	VMAX V8, V0, V0; \
fold: \
	NAN_JUMP(nan); \
	VMAX V2, V0, V0; \
	VMAX V3, V1, V1; \
	VMAX V1, V0, V0; \
	FOLD(VMAX, V0, Y0, X0, Y1, X1); \
	PLUS_ZERO; \
	VMOVS X0, ret+24(FP); \
	VZEROUPPER; \
	RET; \
nan: \
	VPCMPEQD X0, X0, X0; \
	VMOVS X0, ret+24(FP); \
	VZEROUPPER; \
	RET; \
large: \
	BY_ISA(PREFETCH1, PREFETCH2)(SI); \
	MAX_QUAD; \
	JGE large; \
	JMP rest

// MAX_QUAD is one iteration.
#define MAX_QUAD \
	LOAD4(SI, V8, V9, V10, V11); \
	NAN_IN4; \
	VMAX V8, V0, V0; \
	VMAX V9, V1, V1; \
	VMAX V10, V2, V2; \
	VMAX V11, V3, V3; \
	ADDQ $QUAD, SI; \
	SUBQ $QUAD, CX

// PLUS_ZERO makes a −0 in X0 +0.
#define PLUS_ZERO \
	VXOR X1, X1, X1; \
	VADD X1, X0, X0

// NAN_IN notes the NaNs of V8; NAN_IN4 those of V8 to V11, since a comparison finds a NaN in either
// of its operands.
#define NAN_NONE BY_ISA(NAN_NONE_AVX2, NAN_NONE_AVX512)
#define NAN_NONE_AVX2 \
	VXOR V4, V4, V4; \
	VXOR V5, V5, V5
#define NAN_NONE_AVX512 \
	KXORW K2, K2, K2; \
	KXORW K3, K3, K3
#define NAN_IN4 BY_ISA(NAN_IN4_AVX2, NAN_IN4_AVX512)
#define NAN_IN4_AVX2 \
	VCMP $UNORDERED, V9, V8, V12; \
	VCMP $UNORDERED, V11, V10, V13; \
	VOR V12, V4, V4; \
	VOR V13, V5, V5
#define NAN_IN4_AVX512 \
	VCMP $UNORDERED, V9, V8, K4; \
	VCMP $UNORDERED, V11, V10, K5; \
	KORW K4, K2, K2; \
	KORW K5, K3, K3
#define NAN_IN BY_ISA(NAN_IN_AVX2, NAN_IN_AVX512)
#define NAN_IN_AVX2 \
	VCMP $UNORDERED, V8, V8, V12; \
	VOR V12, V4, V4
#define NAN_IN_AVX512 \
	VCMP $UNORDERED, V8, V8, K4; \
	KORW K4, K2, K2
#define NAN_JUMP BY_ISA(NAN_JUMP_AVX2, NAN_JUMP_AVX512)
#define NAN_JUMP_AVX2(nan) \
	VOR V5, V4, V4; \
	VMOVMSK V4, AX; \
	TESTL AX, AX; \
	JNE nan
#define NAN_JUMP_AVX512(nan) \
	KORTESTW K3, K2; \
	JNE nan

// LOAD_TAIL_OVER_V6 loads the tail to V8, and −∞ behind it.
#define LOAD_TAIL_OVER_V6 BY_ISA(LOAD_TAIL_OVER_V6_AVX2, LOAD_TAIL_OVER_V6_AVX512)
#define LOAD_TAIL_OVER_V6_AVX2 \
	VMASKMOVPS (SI), V15, V8; \
	VBLENDV V15, V8, V6, V8
#define LOAD_TAIL_OVER_V6_AVX512 \
	VMOVA V6, V8; \
	VMOVU (SI), K1, V8

#include "avx2_f32.h"
DOTS(·gemvF32AVX2)
SUM(·sumF32AVX2)
MAX(·maxF32AVX2)

#include "avx2_f64.h"
DOTS(·gemvF64AVX2)
SUM(·sumF64AVX2)
MAX(·maxF64AVX2)

#include "avx512_f32.h"
DOTS(·gemvF32AVX512)
SUM(·sumF32AVX512)
MAX(·maxF32AVX512)

#include "avx512_f64.h"
DOTS(·gemvF64AVX512)
SUM(·sumF64AVX512)
MAX(·maxF64AVX512)
