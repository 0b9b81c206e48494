//go:build !purego

// The gates of recurrent cells: a register of units at a time, from the products of all gates to
// what the step leaves. sigmoid_amd64.h and tanh_amd64.h have the functions and their registers,
// recurrent.go the formulas. In AVX2 float32 takes two registers at a time while there are, since a
// sigmoid by itself leaves the units idle for almost half of the time.
//
//	V0-V9 V11 V12	a pair's sigmoids
//	V9	what waits while a function takes V0 to V8
//	V12 (AVX2), K1 (AVX-512)	the mask of the last register
//	V13	1, in the gradients
//
//	SI	z; R8 is the distance of its gates in bytes, R9 three times that
//	BX	the biases, and the gradient of c
//	DI	h, or the gradient of z
//	DX	c, and what the gradient leaves
//	R10	h, c before; dh in the gradients
//	R11 R12	c, and c before, or h before, in the gradients
//	CX	bytes left
//	AX	scratch

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"
#include "math_amd64.h"
#include "sigmoid_amd64.h"
#include "tanh_amd64.h"

#define GATE_I (SI)
#define GATE_F (SI)(R8*1)
#define GATE_G (SI)(R8*2)
#define GATE_O (SI)(R9*1)

// Whole registers, and parts under the mask. AVX2's masked stores are slow on AMD processors, but
// are the last register's only.
#define LOAD_WHOLE(p, V) VMOVU p, V
#define STORE_WHOLE(V, p) VMOVU V, p
#define LOAD_PART BY_ISA(LOAD_PART_AVX2, LOAD_PART_AVX512)
#define LOAD_PART_AVX2(p, V) VMASKMOVPS p, V12, V
#define LOAD_PART_AVX512(p, V) VMOVU.Z p, K1, V
#define STORE_PART BY_ISA(STORE_PART_AVX2, STORE_PART_AVX512)
#define STORE_PART_AVX2(V, p) VMASKMOVPS V, V12, p
#define STORE_PART_AVX512(V, p) VMOVU V, K1, p

// Gradients by the result a, of which A holds a copy that they clobber: g·(a−a²), g·(1−a²).
#define OF_SIGMOID(A, G) VFNMADD213 A, A, A; VMUL A, G, G
#define OF_TANH(A, G) VFNMADD213 V13, A, A; VMUL A, G, G

// BIASED loads a gate's products and adds the biases. It clobbers V1.
#define BIASED(LOAD, z, bias, V) LOAD(z, V); LOAD(bias, V1); VADD V1, V, V

#define LSTM_STEP(LOAD, STORE) \
	SIGMOID_SETUP; \
	BIASED(LOAD, GATE_I, (BX), V0); \
	SIGMOID_VECTOR; \
	STORE(V0, GATE_I); \
	BIASED(LOAD, GATE_F, (BX)(R8*1), V0); \
	SIGMOID_VECTOR; \
	STORE(V0, GATE_F); \
	LOAD((R10), V9); \
	VMUL V0, V9, V9; \
	BIASED(LOAD, GATE_O, (BX)(R9*1), V0); \
	SIGMOID_VECTOR; \
	STORE(V0, GATE_O); \
	TANH_SETUP; \
	BIASED(LOAD, GATE_G, (BX)(R8*2), V0); \
	TANH_VECTOR; \
	STORE(V0, GATE_G); \
	LOAD(GATE_I, V1); \
	VMUL V0, V1, V0; \
	VADD V0, V9, V0; \
	STORE(V0, (DX)); \
	TANH_VECTOR; \
	LOAD(GATE_O, V1); \
	VMUL V0, V1, V0; \
	STORE(V0, (DI))

#define GRU_STEP(LOAD, STORE) \
	SIGMOID_SETUP; \
	BIASED(LOAD, GATE_I, (BX), V0); \
	SIGMOID_VECTOR; \
	STORE(V0, GATE_I); \
	BIASED(LOAD, GATE_O, (BX)(R9*1), V9); \
	STORE(V9, GATE_O); \
	VMUL V0, V9, V9; \
	BIASED(LOAD, GATE_F, (BX)(R8*1), V0); \
	SIGMOID_VECTOR; \
	STORE(V0, GATE_F); \
	TANH_SETUP; \
	BIASED(LOAD, GATE_G, (BX)(R8*2), V0); \
	VADD V9, V0, V0; \
	TANH_VECTOR; \
	STORE(V0, GATE_G); \
	LOAD((R10), V1); \
	LOAD(GATE_F, V2); \
	VSUB V0, V1, V1; \
	VMUL V2, V1, V1; \
	VADD V0, V1, V0; \
	STORE(V0, (DI))

// SIGMOIDS replaces two registers of a gate's products by their sigmoids.
#define SIGMOIDS(z, bias) \
	VMOVU z, V0; \
	VMOVU VBYTES z, V5; \
	VADD bias, V0, V0; \
	VADD VBYTES bias, V5, V5; \
	SIGMOID_WIDE; \
	VMOVU V0, z; \
	VMOVU V5, VBYTES z

// LSTM_STATE makes of a register of the gates, of which the sigmoids stand in their places, the
// rest of a step. GRU_STATE does so as well.
#define LSTM_STATE(at) \
	VMOVU at GATE_G, V0; \
	VADD at (BX)(R8*2), V0, V0; \
	TANH_VECTOR; \
	VMOVU V0, at GATE_G; \
	VMOVU at (R10), V9; \
	VMUL at GATE_F, V9, V9; \
	VMOVU at GATE_I, V1; \
	VMUL V0, V1, V0; \
	VADD V0, V9, V0; \
	VMOVU V0, at (DX); \
	TANH_VECTOR; \
	VMOVU at GATE_O, V1; \
	VMUL V0, V1, V0; \
	VMOVU V0, at (DI)

#define LSTM_PAIR \
	SIGMOID_SETUP; \
	SIGMOIDS(GATE_I, (BX)); \
	SIGMOIDS(GATE_F, (BX)(R8*1)); \
	SIGMOIDS(GATE_O, (BX)(R9*1)); \
	TANH_SETUP; \
	LSTM_STATE(0); \
	LSTM_STATE(VBYTES)

#define GRU_STATE(at) \
	VMOVU at GATE_O, V9; \
	VADD at (BX)(R9*1), V9, V9; \
	VMOVU V9, at GATE_O; \
	VMUL at GATE_I, V9, V9; \
	VMOVU at GATE_G, V0; \
	VADD at (BX)(R8*2), V0, V0; \
	VADD V9, V0, V0; \
	TANH_VECTOR; \
	VMOVU V0, at GATE_G; \
	VMOVU at (R10), V1; \
	VSUB V0, V1, V1; \
	VMUL at GATE_F, V1, V1; \
	VADD V0, V1, V0; \
	VMOVU V0, at (DI)

#define GRU_PAIR \
	SIGMOID_SETUP; \
	SIGMOIDS(GATE_I, (BX)); \
	SIGMOIDS(GATE_F, (BX)(R8*1)); \
	TANH_SETUP; \
	GRU_STATE(0); \
	GRU_STATE(VBYTES)

// LSTM_GRADIENT_STEP:
//	V0	tanh(c)
//	V1	dh, then the gradient of c
//	V2 V3 V4	copies of results
//	V5	a gradient
#define LSTM_GRADIENT_STEP(LOAD, STORE) \
	LOAD((R11), V0); \
	TANH_VECTOR; \
	LOAD((R10), V1); \
	LOAD(GATE_O, V2); \
	VMUL V0, V1, V5; \
	VMUL V2, V1, V1; \
	OF_SIGMOID(V2, V5); \
	STORE(V5, (DI)(R9*1)); \
	OF_TANH(V0, V1); \
	LOAD((BX), V4); \
	VADD V1, V4, V1; \
	LOAD(GATE_I, V2); \
	LOAD(GATE_G, V3); \
	VMUL V3, V1, V5; \
	VMUL V2, V1, V4; \
	OF_SIGMOID(V2, V5); \
	STORE(V5, (DI)); \
	OF_TANH(V3, V4); \
	STORE(V4, (DI)(R8*2)); \
	LOAD((R12), V5); \
	LOAD(GATE_F, V2); \
	VMUL V1, V5, V5; \
	VMUL V2, V1, V1; \
	OF_SIGMOID(V2, V5); \
	STORE(V5, (DI)(R8*1)); \
	STORE(V1, (DX))

// GRU_GRADIENT_STEP:
//	V0	the gradient of n
//	V1 V2 V3	copies of results
//	V5 V6	gradients
#define GRU_GRADIENT_STEP(LOAD, STORE) \
	LOAD((R10), V5); \
	LOAD(GATE_F, V1); \
	LOAD(GATE_G, V2); \
	LOAD((R12), V6); \
	VSUB V2, V6, V6; \
	VMUL V5, V6, V6; \
	VMUL V1, V5, V0; \
	STORE(V0, (DX)); \
	VSUB V0, V5, V0; \
	OF_SIGMOID(V1, V6); \
	STORE(V6, (DI)(R8*1)); \
	OF_TANH(V2, V0); \
	STORE(V0, (DI)(R8*2)); \
	LOAD(GATE_I, V1); \
	LOAD(GATE_O, V3); \
	VMUL V1, V0, V5; \
	STORE(V5, (DI)(R9*1)); \
	VMUL V3, V0, V0; \
	OF_SIGMOID(V1, V0); \
	STORE(V0, (DI))

// LOOP makes a step of all registers, and of the part that is left, and moves the pointers on.
// LOOP_PAIRS takes pairs of registers first, where that pays.
#define LOOP(STEP, NEXT) DISTANCES; SINGLES(STEP, NEXT)
#define LOOP_PAIRS(PAIR, STEP, NEXT) \
	DISTANCES; \
	BY_TYPE(BY_ISA(PAIRS(PAIR, NEXT), NONE), NONE); \
	SINGLES(STEP, NEXT)
#define DISTANCES \
	SHLQ $SHIFT, CX; \
	MOVQ CX, R8; \
	LEAQ (R8)(R8*2), R9
#define PAIRS(PAIR, NEXT) \
	SUBQ $(2*VBYTES), CX; \
	JLT singles; \
pairs: \
	PAIR; \
	NEXT; \
	NEXT; \
	SUBQ $(2*VBYTES), CX; \
	JGE pairs; \
singles: \
	ADDQ $(2*VBYTES), CX
#define SINGLES(STEP, NEXT) \
	SUBQ $VBYTES, CX; \
	JLT part; \
whole: \
	STEP(LOAD_WHOLE, STORE_WHOLE); \
	NEXT; \
	SUBQ $VBYTES, CX; \
	JGE whole; \
part: \
	ADDQ $VBYTES, CX; \
	JEQ done; \
	TAIL(AX, V12); \
	STEP(LOAD_PART, STORE_PART); \
done: \
	VZEROUPPER; \
	RET

#define NEXT_GRU \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, BX; \
	ADDQ $VBYTES, DI; \
	ADDQ $VBYTES, R10
#define NEXT_LSTM NEXT_GRU; ADDQ $VBYTES, DX
#define NEXT_GRU_GRADIENT \
	ADDQ $VBYTES, SI; \
	ADDQ $VBYTES, DX; \
	ADDQ $VBYTES, DI; \
	ADDQ $VBYTES, R10; \
	ADDQ $VBYTES, R12
#define NEXT_LSTM_GRADIENT NEXT_GRU_GRADIENT; ADDQ $VBYTES, BX; ADDQ $VBYTES, R11

#define LSTM(name) \
TEXT name(SB), NOSPLIT, $0-120; \
	MOVQ h_base+0(FP), DI; \
	MOVQ h_len+8(FP), CX; \
	MOVQ c_base+24(FP), DX; \
	MOVQ z_base+48(FP), SI; \
	MOVQ bias_base+72(FP), BX; \
	MOVQ last_base+96(FP), R10; \
	LOOP_PAIRS(LSTM_PAIR, LSTM_STEP, NEXT_LSTM)

#define GRU(name) \
TEXT name(SB), NOSPLIT, $0-96; \
	MOVQ h_base+0(FP), DI; \
	MOVQ h_len+8(FP), CX; \
	MOVQ z_base+24(FP), SI; \
	MOVQ bias_base+48(FP), BX; \
	MOVQ last_base+72(FP), R10; \
	LOOP_PAIRS(GRU_PAIR, GRU_STEP, NEXT_GRU)

#define LSTM_GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-168; \
	MOVQ dz_base+0(FP), DI; \
	MOVQ dc_base+24(FP), DX; \
	MOVQ dc_len+32(FP), CX; \
	MOVQ carry_base+48(FP), BX; \
	MOVQ dh_base+72(FP), R10; \
	MOVQ z_base+96(FP), SI; \
	MOVQ c_base+120(FP), R11; \
	MOVQ last_base+144(FP), R12; \
	NUMBER_ONE(V13); \
	TANH_SETUP; \
	LOOP(LSTM_GRADIENT_STEP, NEXT_LSTM_GRADIENT)

#define GRU_GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-120; \
	MOVQ dz_base+0(FP), DI; \
	MOVQ kept_base+24(FP), DX; \
	MOVQ kept_len+32(FP), CX; \
	MOVQ dh_base+48(FP), R10; \
	MOVQ z_base+72(FP), SI; \
	MOVQ last_base+96(FP), R12; \
	NUMBER_ONE(V13); \
	LOOP(GRU_GRADIENT_STEP, NEXT_GRU_GRADIENT)

#include "avx2_f32.h"
LSTM(·lstmF32AVX2)
LSTM_GRADIENT(·lstmGradientF32AVX2)
GRU(·gruF32AVX2)
GRU_GRADIENT(·gruGradientF32AVX2)

#include "avx2_f64.h"
LSTM(·lstmF64AVX2)
LSTM_GRADIENT(·lstmGradientF64AVX2)
GRU(·gruF64AVX2)
GRU_GRADIENT(·gruGradientF64AVX2)

#include "avx512_f32.h"
LSTM(·lstmF32AVX512)
LSTM_GRADIENT(·lstmGradientF32AVX512)
GRU(·gruF32AVX512)
GRU_GRADIENT(·gruGradientF32AVX512)

#include "avx512_f64.h"
LSTM(·lstmF64AVX512)
LSTM_GRADIENT(·lstmGradientF64AVX512)
GRU(·gruF64AVX512)
GRU_GRADIENT(·gruGradientF64AVX512)
