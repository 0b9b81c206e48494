//go:build !purego

// The matrix product in NEON, 8 rows by three registers at a time: gemm_neon.h has the register map
// and the text, these are its steps.

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "epilogue.h"

// A row of B: three registers, the last of which may overlap the second, two, one, or (B_NARROW)
// less than one.
#define B_THREE VLD1.P (R10)(R13), [V0.B16, V1.B16]; VLD1.P (R11)(R13), [V2.B16]
#define B_TWO VLD1.P (R10)(R13), [V0.B16]; VLD1.P (R11)(R13), [V1.B16]
#define B_ONE VLD1.P (R10)(R13), [V0.B16]

// One step of one row of the tile, whose element of A comes to stand in F, which is a.
#define ROW3(A, F, a, c0, c1, c2) \
	FMOV (A)(R8), F; fmlae(a, v0, c0); fmlae(a, v1, c1); fmlae(a, v2, c2)
#define ROW2(A, F, a, c0, c1) FMOV (A)(R8), F; fmlae(a, v0, c0); fmlae(a, v1, c1)
#define ROW1(A, F, a, c0) FMOV (A)(R8), F; fmlae(a, v0, c0)

// One step of the tile's rows.
#define ROWS13 ROW3(R0, F3, v3, v8, v9, v10)
#define ROWS23 ROWS13; ROW3(R1, F4, v4, v11, v12, v13)
#define ROWS33 ROWS23; ROW3(R2, F5, v5, v14, v15, v16)
#define ROWS43 ROWS33; ROW3(R3, F6, v6, v17, v18, v19)
#define ROWS53 ROWS43; ROW3(R4, F7, v7, v20, v21, v22)
#define ROWS63 ROWS53; ROW3(R5, F3, v3, v23, v24, v25)
#define ROWS73 ROWS63; ROW3(R6, F4, v4, v26, v27, v28)
#define ROWS83 ROWS73; ROW3(R7, F5, v5, v29, v30, v31)
#define ROWS12 ROW2(R0, F3, v3, v8, v9)
#define ROWS22 ROWS12; ROW2(R1, F4, v4, v11, v12)
#define ROWS32 ROWS22; ROW2(R2, F5, v5, v14, v15)
#define ROWS42 ROWS32; ROW2(R3, F6, v6, v17, v18)
#define ROWS52 ROWS42; ROW2(R4, F7, v7, v20, v21)
#define ROWS62 ROWS52; ROW2(R5, F3, v3, v23, v24)
#define ROWS72 ROWS62; ROW2(R6, F4, v4, v26, v27)
#define ROWS82 ROWS72; ROW2(R7, F5, v5, v29, v30)
#define ROWS11 ROW1(R0, F3, v3, v8)
#define ROWS21 ROWS11; ROW1(R1, F4, v4, v11)
#define ROWS31 ROWS21; ROW1(R2, F5, v5, v14)
#define ROWS41 ROWS31; ROW1(R3, F6, v6, v17)
#define ROWS51 ROWS41; ROW1(R4, F7, v7, v20)
#define ROWS61 ROWS51; ROW1(R5, F3, v3, v23)
#define ROWS71 ROWS61; ROW1(R6, F4, v4, v26)
#define ROWS81 ROWS71; ROW1(R7, F5, v5, v29)

// All steps of K, then on to the epilogue.
#define CHAINS(step, LOADB, ROWS) \
step: \
	LOADB; ROWS; \
	NEXT_A; \
	SUBS $1, R17; \
	BNE step; \
	B finish

// DISPATCH goes to the chains of the tile's number of rows, of which the full tile's are the most
// frequent.
#define DISPATCH(one, two, three, four, five, six, seven, eight) \
	CMP $8, R16; \
	BEQ eight; \
	CMP $4, R16; \
	BEQ four; \
	CMP $2, R16; \
	BLO one; \
	BEQ two; \
	CMP $6, R16; \
	BEQ six; \
	BHI seven; \
	CMP $5, R16; \
	BEQ five; \
	B three

// A row of the tile as zeros, and done once R16 rows are.
#define CLEAR3(rows, c0, c1, c2, done) \
	VEOR c0.B16, c0.B16, c0.B16; \
	VEOR c1.B16, c1.B16, c1.B16; \
	VEOR c2.B16, c2.B16, c2.B16; \
	CMP rows, R16; \
	BEQ done

// A row of the tile through parts of the epilogue, all three registers whether they are in use or
// not, and done once R16 rows are. V0 to V2 hold the biases of the columns, V3 the slope, or V3
// and V2 the bounds; V4 to V7 are scratch.
#define BIAS3(rows, c0, c1, c2, done) \
	fadd(v0, c0, c0); \
	fadd(v1, c1, c1); \
	fadd(v2, c2, c2); \
	CMP rows, R16; \
	BEQ done
#define RELU3(rows, c0, c1, c2, done) \
	fcmlt0(c0, v4); \
	fcmlt0(c1, v5); \
	fcmlt0(c2, v6); \
	bic(v4, c0, c0); \
	bic(v5, c1, c1); \
	bic(v6, c2, c2); \
	CMP rows, R16; \
	BEQ done
#define LEAKY3(rows, c0, c1, c2, done) \
	LEAKY(c0); \
	LEAKY(c1); \
	LEAKY(c2); \
	CMP rows, R16; \
	BEQ done
#define CLAMP3(rows, c0, c1, c2, done) \
	CLAMP(c0); \
	CLAMP(c1); \
	CLAMP(c2); \
	CMP rows, R16; \
	BEQ done
#define CLAMP(c) \
	fmax(v3, c, c); \
	fmin(v2, c, c)
#define LEAKY(c) \
	fcmlt0(c, v4); \
	fmul(c, v3, v5); \
	bit(v4, v5, c)

// A row of the tile through its masks at R24, and on to the next row: an element becomes zero where
// its mask is at most zero.
#define BACKWARD3(rows, c0, c1, c2, done) \
	VLD1 (R24), [V4.B16, V5.B16]; ADD R23, R24, R25; VLD1 (R25), [V6.B16]; \
	RELU_BACKWARD(v4, c0); RELU_BACKWARD(v5, c1); RELU_BACKWARD(v6, c2); NEXT(rows, R24, done)
#define BACKWARD2(rows, c0, c1, c2, done) \
	VLD1 (R24), [V4.B16]; ADD R23, R24, R25; VLD1 (R25), [V5.B16]; \
	RELU_BACKWARD(v4, c0); RELU_BACKWARD(v5, c1); NEXT(rows, R24, done)
#define BACKWARD1(rows, c0, c1, c2, done) VLD1 (R24), [V4.B16]; RELU_BACKWARD(v4, c0); NEXT(rows, R24, done)
#define BACKWARD_NARROW(rows, c0, c1, c2, done) NARROW(R24, V4); RELU_BACKWARD(v4, c0); NEXT(rows, R24, done)
#define RELU_BACKWARD(mask, c) \
	fcmle0(mask, mask); \
	bic(mask, c, c)

// The same for the tile times the slope, added to its masks.
#define AXPY3(rows, c0, c1, c2, done) \
	VLD1 (R24), [V4.B16, V5.B16]; ADD R23, R24, R25; VLD1 (R25), [V6.B16]; \
	AXPY(v4, c0); AXPY(v5, c1); AXPY(v6, c2); NEXT(rows, R24, done)
#define AXPY2(rows, c0, c1, c2, done) \
	VLD1 (R24), [V4.B16]; ADD R23, R24, R25; VLD1 (R25), [V5.B16]; \
	AXPY(v4, c0); AXPY(v5, c1); NEXT(rows, R24, done)
#define AXPY1(rows, c0, c1, c2, done) VLD1 (R24), [V4.B16]; AXPY(v4, c0); NEXT(rows, R24, done)
#define AXPY_NARROW(rows, c0, c1, c2, done) NARROW(R24, V4); AXPY(v4, c0); NEXT(rows, R24, done)
#define AXPY(mask, c) \
	fmla(c, v3, mask); \
	mov(mask, c)

// TILE makes a step of one of these kinds with all rows of the tile.
#define TILE(STEP, done) \
	STEP($1, v8, v9, v10, done); \
	STEP($2, v11, v12, v13, done); \
	STEP($3, v14, v15, v16, done); \
	STEP($4, v17, v18, v19, done); \
	STEP($5, v20, v21, v22, done); \
	STEP($6, v23, v24, v25, done); \
	STEP($7, v26, v27, v28, done); \
	STEP($8, v29, v30, v31, done)

// A row of the tile from or to C at P, and on to the next row; done once R16 rows are. The last
// register stands R23 bytes behind the first.
#define LOAD3(rows, P, c0, c1, c2, done) \
	VLD1 (P), [c0.B16, c1.B16]; ADD R23, P, R25; VLD1 (R25), [c2.B16]; NEXT(rows, P, done)
#define LOAD2(rows, P, c0, c1, done) \
	VLD1 (P), [c0.B16]; ADD R23, P, R25; VLD1 (R25), [c1.B16]; NEXT(rows, P, done)
#define LOAD1(rows, P, c0, done) VLD1 (P), [c0.B16]; NEXT(rows, P, done)
#define LOAD_NARROW(rows, P, c0, done) NARROW(P, c0); NEXT(rows, P, done)
#define STORE3(rows, P, c0, c1, c2, done) \
	VST1 [c0.B16, c1.B16], (P); ADD R23, P, R25; VST1 [c2.B16], (R25); NEXT(rows, P, done)
#define STORE2(rows, P, c0, c1, done) \
	VST1 [c0.B16], (P); ADD R23, P, R25; VST1 [c1.B16], (R25); NEXT(rows, P, done)
#define STORE1(rows, P, c0, done) VST1 [c0.B16], (P); NEXT(rows, P, done)
#define NEXT(rows, P, done) ADD R15, P; CMP rows, R16; BEQ done

// Less than a register: of float32 three elements, or two or one of them again; of float64 one.
#define B_NARROW BY_TYPE(B_NARROW_F32, B_NARROW_F64)
#define NARROW BY_TYPE(NARROW_F32, NARROW_F64)
#define STORE_NARROW BY_TYPE(STORE_NARROW_F32, STORE_NARROW_F64)
#define B_NARROW_F32 \
	VLD1.P (R10)(R13), V0.S[0]; \
	VLD1.P (R11)(R13), V0.S[1]; \
	VLD1.P (R12)(R13), V0.S[2]
#define NARROW_F32(P, c) \
	ADD R22, P, R25; \
	ADD R23, P, R26; \
	VLD1 (P), c.S[0]; \
	VLD1 (R25), c.S[1]; \
	VLD1 (R26), c.S[2]
#define STORE_NARROW_F32(rows, P, c, done) \
	ADD R22, P, R25; \
	ADD R23, P, R26; \
	VST1 c.S[0], (P); \
	VST1 c.S[1], (R25); \
	VST1 c.S[2], (R26); \
	NEXT(rows, P, done)
#define B_NARROW_F64 VLD1.P (R10)(R13), V0.D[0]
#define NARROW_F64(P, c) VLD1 (P), c.D[0]
#define STORE_NARROW_F64(rows, P, c, done) VST1 c.D[0], (P); NEXT(rows, P, done)

// Where the columns of A stand: at equal distances.
#define A_STRIDE MOVD Layout_ACol(R26), R9; LSL $SHIFT, R9
#define FIRST_A MOVD $0, R8
#define NEXT_A ADD R9, R8

#include "neon_f32.h"
#define GEMM ·gemmF32NEON
#include "gemm_neon.h"
#undef GEMM

#include "neon_f64.h"
#define GEMM ·gemmF64NEON
#include "gemm_neon.h"
#undef GEMM

// Or, in convolutions, where a Window says.
#undef A_STRIDE
#undef FIRST_A
#undef NEXT_A
#define A_STRIDE NONE
#define FIRST_A MOVD Window_Steps(R26), R9; NEXT_A
#define NEXT_A MOVW.P 4(R9), R8; LSL $SHIFT, R8

#include "neon_f32.h"
#define GEMM ·convF32NEON
#include "gemm_neon.h"
#undef GEMM

#include "neon_f64.h"
#define GEMM ·convF64NEON
#include "gemm_neon.h"
