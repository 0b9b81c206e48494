//go:build !purego

// Chains of plane rotations (Rows.Rotate). The row that meets all others stays in registers, so that
// a rotation loads a row and stores one.
//
//	DI	where the row in registers belongs
//	SI	the row that it meets
//	DX	bytes from one to the next, negative upwards
//	BX	turns
//	CX	rotations left
//	V0-V7	the row in registers; in AVX-512 V0-V3
//	V8	a part of the row that it meets
//	V9	what stays behind
//	V10, V11	the cosine and the sine

#include "textflag.h"
#include "vector_amd64.h"

#define TURN(i, P) \
	VMOVU (i*VBYTES)(SI), V8; \
	VMUL V8, V11, V9; \
	VFMA231 P, V10, V9; \
	VMUL P, V11, P; \
	VFMSUB231 V8, V10, P; \
	VMOVU V9, (i*VBYTES)(DI)
#define TURN4 TURN(0, V0); TURN(1, V1); TURN(2, V2); TURN(3, V3)
#define TURN8 TURN4; TURN(4, V4); TURN(5, V5); TURN(6, V6); TURN(7, V7)
#define LOAD_4(p) LOAD4(p, V0, V1, V2, V3)
#define STORE_4(p) STORE4(VMOVU, V0, V1, V2, V3, p)

// ROTATE is func name(a, turns []T, up bool).
#define ROTATE(name) \
TEXT name(SB), NOSPLIT, $0-49; \
	MOVQ a_base+0(FP), DI; \
	MOVQ turns_base+24(FP), BX; \
	MOVQ turns_len+32(FP), CX; \
	MOVBLZX up+48(FP), AX; \
	MOVQ $256, DX; \
	SHRQ $1, CX; \
	JEQ done; \
	TESTL AX, AX; \
	JEQ down; \
	MOVQ CX, AX; \
	SHLQ $8, AX; \
	ADDQ AX, DI; \
	NEGQ DX; \
down: \
	BY_ISA(LOAD8, LOAD_4)(DI); \
turn: \
	LEAQ (DI)(DX*1), SI; \
	VBROADCAST (BX), V10; \
	VBROADCAST ELEM(BX), V11; \
	ADDQ $(2*ELEM), BX; \
	BY_ISA(TURN8, TURN4); \
	MOVQ SI, DI; \
	DECQ CX; \
	JNE turn; \
	BY_ISA(STORE8, STORE_4)(DI); \
	VZEROUPPER; \
done: \
	RET

#include "avx2_f32.h"
ROTATE(·rotateF32AVX2)

#include "avx2_f64.h"
ROTATE(·rotateF64AVX2)

#include "avx512_f32.h"
ROTATE(·rotateF32AVX512)

#include "avx512_f64.h"
ROTATE(·rotateF64AVX512)
