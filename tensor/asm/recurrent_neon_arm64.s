//go:build !purego

// The gates of recurrent cells in NEON: a register of units at a time, from the products of all
// gates to what the step leaves, then one element in the lowest lane. sigmoid_neon.h and
// tanh_neon.h have the functions and their registers, recurrent.go the formulas.
//
//	V10	what waits while a function takes the other registers
//	V11	1, in the gradients
//
//	R1-R4	the gates
//	R13-R16	their biases, or the gradients of their products
//	R0	h, or what the gradient leaves
//	R17	c
//	R19	h or c before
//	R20	dh
//	R21	the gradient of c
//	R22	bytes of a gate, then bytes left
//	R23	bytes of a step
//	R5 R6 R8-R12	the functions' own

#include "go_asm.h"
#include "textflag.h"
#include "neon.h"
#include "math_neon.h"
#include "sigmoid_neon.h"
#include "tanh_neon.h"

// Gradients by the result a, in the register A, of an upstream gradient in G: g·(a−a²), g·(1−a²).
// They clobber V9.
#define OF_SIGMOID(A, G) mov(A, v9); fmls(A, A, v9); fmul(v9, G, G)
#define OF_TANH(A, G) mov(v11, v9); fmls(A, A, v9); fmul(v9, G, G)

// BIASED loads a gate's products to V0 and adds the biases. It clobbers V1.
#define BIASED(LOAD, z, bias) LOAD (z), F0; LOAD (bias), F1; fadd(v1, v0, v0)

#define LSTM_STEP(LOAD) \
	SIGMOID_SETUP; \
	BIASED(LOAD, R1, R13); \
	SIGMOID_VECTOR; \
	LOAD F0, (R1); \
	BIASED(LOAD, R4, R16); \
	SIGMOID_VECTOR; \
	LOAD F0, (R4); \
	BIASED(LOAD, R2, R14); \
	SIGMOID_VECTOR; \
	LOAD F0, (R2); \
	LOAD (R19), F10; \
	fmul(v0, v10, v10); \
	TANH_CONSTANTS; \
	BIASED(LOAD, R3, R15); \
	TANH_VECTOR; \
	LOAD F0, (R3); \
	LOAD (R1), F1; \
	fmul(v0, v1, v0); \
	fadd(v0, v10, v0); \
	LOAD F0, (R17); \
	TANH_VECTOR; \
	LOAD (R4), F1; \
	fmul(v0, v1, v0); \
	LOAD F0, (R0)

#define GRU_STEP(LOAD) \
	SIGMOID_SETUP; \
	BIASED(LOAD, R2, R14); \
	SIGMOID_VECTOR; \
	LOAD F0, (R2); \
	BIASED(LOAD, R1, R13); \
	SIGMOID_VECTOR; \
	LOAD F0, (R1); \
	mov(v0, v10); \
	BIASED(LOAD, R4, R16); \
	LOAD F0, (R4); \
	fmul(v0, v10, v10); \
	TANH_CONSTANTS; \
	BIASED(LOAD, R3, R15); \
	fadd(v10, v0, v0); \
	TANH_VECTOR; \
	LOAD F0, (R3); \
	LOAD (R19), F1; \
	LOAD (R2), F2; \
	fsub(v0, v1, v1); \
	fmul(v2, v1, v1); \
	fadd(v0, v1, v0); \
	LOAD F0, (R0)

// LSTM_GRADIENT_STEP:
//	V0	tanh(c)
//	V1	dh, then the gradient of c
//	V2 V3	results
//	V4 V5	gradients
#define LSTM_GRADIENT_STEP(LOAD) \
	LOAD (R17), F0; \
	TANH_VECTOR; \
	LOAD (R20), F1; \
	LOAD (R4), F2; \
	fmul(v0, v1, v5); \
	fmul(v2, v1, v1); \
	OF_SIGMOID(v2, v5); \
	LOAD F5, (R16); \
	OF_TANH(v0, v1); \
	LOAD (R21), F4; \
	fadd(v1, v4, v1); \
	LOAD (R1), F2; \
	LOAD (R3), F3; \
	fmul(v3, v1, v5); \
	fmul(v2, v1, v4); \
	OF_SIGMOID(v2, v5); \
	LOAD F5, (R13); \
	OF_TANH(v3, v4); \
	LOAD F4, (R15); \
	LOAD (R19), F5; \
	LOAD (R2), F2; \
	fmul(v1, v5, v5); \
	fmul(v2, v1, v1); \
	OF_SIGMOID(v2, v5); \
	LOAD F5, (R14); \
	LOAD F1, (R0)

// GRU_GRADIENT_STEP:
//	V0	the gradient of n
//	V1 V2 V3	results
//	V5 V6	gradients
#define GRU_GRADIENT_STEP(LOAD) \
	LOAD (R20), F5; \
	LOAD (R2), F1; \
	LOAD (R3), F2; \
	LOAD (R19), F6; \
	fsub(v2, v6, v6); \
	fmul(v5, v6, v6); \
	fmul(v1, v5, v0); \
	LOAD F0, (R0); \
	fsub(v0, v5, v0); \
	OF_SIGMOID(v1, v6); \
	LOAD F6, (R14); \
	OF_TANH(v2, v0); \
	LOAD F0, (R15); \
	LOAD (R1), F1; \
	LOAD (R4), F3; \
	fmul(v1, v0, v5); \
	LOAD F5, (R16); \
	fmul(v3, v0, v0); \
	OF_SIGMOID(v1, v0); \
	LOAD F0, (R13)

// GATES sets the pointers of four gates from the first one's.
#define GATES(A, B, C, D) ADD R22, A, B; ADD R22, B, C; ADD R22, C, D

// LOOP makes a step of all registers, and of the elements that are left.
#define LOOP(STEP, NEXT) \
	MOVD $16, R23; \
	SUBS $16, R22; \
	BLT rest; \
whole: \
	STEP(FMOVQ); \
	NEXT; \
	SUBS $16, R22; \
	BGE whole; \
rest: \
	MOVD $ELEM, R23; \
	ADDS $16, R22; \
	BEQ done; \
element: \
	STEP(FMOV); \
	NEXT; \
	SUBS $ELEM, R22; \
	BNE element; \
done: \
	RET

#define NEXT_GRU \
	ADD R23, R0; ADD R23, R1; ADD R23, R2; ADD R23, R3; ADD R23, R4; \
	ADD R23, R13; ADD R23, R14; ADD R23, R15; ADD R23, R16; ADD R23, R19
#define NEXT_LSTM NEXT_GRU; ADD R23, R17
#define NEXT_GRU_GRADIENT NEXT_GRU; ADD R23, R20
#define NEXT_LSTM_GRADIENT NEXT_LSTM; ADD R23, R20; ADD R23, R21

#define LSTM(name) \
TEXT name(SB), NOSPLIT, $0-120; \
	MOVD h_base+0(FP), R0; \
	MOVD h_len+8(FP), R22; \
	LSL $SHIFT, R22; \
	MOVD c_base+24(FP), R17; \
	MOVD z_base+48(FP), R1; \
	GATES(R1, R2, R3, R4); \
	MOVD bias_base+72(FP), R13; \
	GATES(R13, R14, R15, R16); \
	MOVD last_base+96(FP), R19; \
	LOOP(LSTM_STEP, NEXT_LSTM)

#define GRU(name) \
TEXT name(SB), NOSPLIT, $0-96; \
	MOVD h_base+0(FP), R0; \
	MOVD h_len+8(FP), R22; \
	LSL $SHIFT, R22; \
	MOVD z_base+24(FP), R1; \
	GATES(R1, R2, R3, R4); \
	MOVD bias_base+48(FP), R13; \
	GATES(R13, R14, R15, R16); \
	MOVD last_base+72(FP), R19; \
	LOOP(GRU_STEP, NEXT_GRU)

#define NUMBER_ONE FMOV $(1.0), F11; dup(v11, v11)

#define LSTM_GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-168; \
	MOVD dc_base+24(FP), R0; \
	MOVD dc_len+32(FP), R22; \
	LSL $SHIFT, R22; \
	MOVD dz_base+0(FP), R13; \
	GATES(R13, R14, R15, R16); \
	MOVD carry_base+48(FP), R21; \
	MOVD dh_base+72(FP), R20; \
	MOVD z_base+96(FP), R1; \
	GATES(R1, R2, R3, R4); \
	MOVD c_base+120(FP), R17; \
	MOVD last_base+144(FP), R19; \
	NUMBER_ONE; \
	TANH_CONSTANTS; \
	LOOP(LSTM_GRADIENT_STEP, NEXT_LSTM_GRADIENT)

#define GRU_GRADIENT(name) \
TEXT name(SB), NOSPLIT, $0-120; \
	MOVD kept_base+24(FP), R0; \
	MOVD kept_len+32(FP), R22; \
	LSL $SHIFT, R22; \
	MOVD dz_base+0(FP), R13; \
	GATES(R13, R14, R15, R16); \
	MOVD dh_base+48(FP), R20; \
	MOVD z_base+72(FP), R1; \
	GATES(R1, R2, R3, R4); \
	MOVD last_base+96(FP), R19; \
	NUMBER_ONE; \
	LOOP(GRU_GRADIENT_STEP, NEXT_GRU_GRADIENT)

#include "neon_f32.h"
LSTM(·lstmF32NEON)
LSTM_GRADIENT(·lstmGradientF32NEON)
GRU(·gruF32NEON)
GRU_GRADIENT(·gruGradientF32NEON)

#include "neon_f64.h"
LSTM(·lstmF64NEON)
LSTM_GRADIENT(·lstmGradientF64NEON)
GRU(·gruF64NEON)
GRU_GRADIENT(·gruGradientF64NEON)
