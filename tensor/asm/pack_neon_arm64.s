//go:build !purego

#include "textflag.h"

// Packing moves elements and computes nothing, so that float32 and float64 differ only by the size
// of what is shuffled.

// func copyPanelNEON(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)
//
// The last register of a row overlaps the one before it, so that no row has a tail.
//
//	R0	dst, R2 its step
//	R1	src, R3 its step
//	R4	offset of the last register of a row
//	R5	rows left
//	R6	offset in the row
TEXT ·copyPanelNEON(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD dstStep+16(FP), R2
	MOVD srcStep+24(FP), R3
	MOVD row+32(FP), R4
	MOVD rows+40(FP), R5
	SUB  $16, R4

row:
	MOVD  $0, R6
	ADD   R4, R1, R7
	ADD   R4, R0, R8
	FMOVQ (R7), F1
	CBZ   R4, last
	MOVD  R1, R7
	MOVD  R0, R9

whole:
	FMOVQ.P 16(R7), F0
	FMOVQ.P F0, 16(R9)
	ADD     $16, R6
	CMP     R4, R6
	BLT     whole

last:
	FMOVQ F1, (R8)
	ADD   R3, R1
	ADD   R2, R0
	SUBS  $1, R5
	BNE   row
	RET

// func transpose4F32NEON(dst []float32, width int, src []float32, lane, k int)
//
// The last steps are done again together with those before them, so that there is no tail.
//
//	R0	dst
//	R1	a step's width
//	R2-R5	the lanes
//	R6	a lane's stride
//	R7	steps left
//	R8 R9	scratch
//	V0-V3	four steps of a lane
//	V4-V7	shuffled halfway
//	V16-V19	four lanes of a step
TEXT ·transpose4F32NEON(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD width+24(FP), R1
	LSL  $2, R1
	MOVD src_base+32(FP), R2
	MOVD lane+56(FP), R6
	LSL  $2, R6
	MOVD k+64(FP), R7
	ADD  R6, R2, R3
	ADD  R6, R3, R4
	ADD  R6, R4, R5
	SUB  $4, R7

block:
	FMOVQ.P 16(R2), F0
	FMOVQ.P 16(R3), F1
	FMOVQ.P 16(R4), F2
	FMOVQ.P 16(R5), F3
	VTRN1   V1.S4, V0.S4, V4.S4
	VTRN2   V1.S4, V0.S4, V5.S4
	VTRN1   V3.S4, V2.S4, V6.S4
	VTRN2   V3.S4, V2.S4, V7.S4
	VTRN1   V6.D2, V4.D2, V16.D2
	VTRN1   V7.D2, V5.D2, V17.D2
	VTRN2   V6.D2, V4.D2, V18.D2
	VTRN2   V7.D2, V5.D2, V19.D2
	VST1.P  [V16.B16], (R0)(R1)
	VST1.P  [V17.B16], (R0)(R1)
	VST1.P  [V18.B16], (R0)(R1)
	VST1.P  [V19.B16], (R0)(R1)
	SUBS    $4, R7
	BGE     block
	CMN     $4, R7
	BEQ     done
	LSL     $2, R7, R8 // back by the steps that the last block is short of
	ADD     R8, R2
	ADD     R8, R3
	ADD     R8, R4
	ADD     R8, R5
	MUL     R7, R1, R9
	ADD     R9, R0
	MOVD    $0, R7
	B       block

done:
	RET

// func transpose2F64NEON(dst []float64, width int, src []float64, lane, k int)
//
//	R0 dst   R1 a step's width   R2 R3 the lanes   R7 steps left
TEXT ·transpose2F64NEON(SB), NOSPLIT, $0-72
	MOVD dst_base+0(FP), R0
	MOVD width+24(FP), R1
	LSL  $3, R1
	MOVD src_base+32(FP), R2
	MOVD lane+56(FP), R6
	ADD  R6<<3, R2, R3
	MOVD k+64(FP), R7
	SUB  $2, R7

block:
	FMOVQ.P 16(R2), F0
	FMOVQ.P 16(R3), F1
	VTRN1   V1.D2, V0.D2, V4.D2
	VTRN2   V1.D2, V0.D2, V5.D2
	VST1.P  [V4.B16], (R0)(R1)
	VST1.P  [V5.B16], (R0)(R1)
	SUBS    $2, R7
	BGE     block
	CMN     $2, R7
	BEQ     done
	SUB     $8, R2 // back by one step
	SUB     $8, R3
	SUB     R1, R0
	MOVD    $0, R7
	B       block

done:
	RET

// The kernels of small elements read 8 bytes of eight lanes, or 16 of 2 bytes each. Whatever is
// exchanged in three stages are the halves of pairs, of groups of four and of the whole.
//
//	R0 dst   R1 a step's width   R2 the first lane   R6 a lane's stride   R7 steps left
//	R8 a lane, or scratch   R9 scratch   V0-V7 lanes, steps in the end   V16-V23 halfway

// EXCHANGE takes the first and the second halves of groups in A and B to C and D.
#define EXCHANGE(A, B, C, D, ARRANGEMENT) \
	VTRN1 B.ARRANGEMENT, A.ARRANGEMENT, C.ARRANGEMENT; \
	VTRN2 B.ARRANGEMENT, A.ARRANGEMENT, D.ARRANGEMENT

// EIGHT_LANES is func name(dst []T, width int, src []T, lane, k int), with 1<<shift bytes an
// element; k ≥ 8. LOAD and STORE move eight elements, SMALL, MIDDLE and LARGE are the arrangements
// of one, two and four. The last steps are done again together with those before them.
#define EIGHT_LANES(name, shift, LOAD, STORE, SMALL, MIDDLE, LARGE) \
TEXT name(SB), NOSPLIT, $0-72; \
	MOVD dst_base+0(FP), R0; \
	MOVD width+24(FP), R1; \
	LSL  $shift, R1; \
	MOVD src_base+32(FP), R2; \
	MOVD lane+56(FP), R6; \
	LSL  $shift, R6; \
	MOVD k+64(FP), R7; \
	SUB  $8, R7; \
block: \
	MOVD R2, R8; \
	LOAD(V0); \
	LOAD(V1); \
	LOAD(V2); \
	LOAD(V3); \
	LOAD(V4); \
	LOAD(V5); \
	LOAD(V6); \
	LOAD(V7); \
	EXCHANGE(V0, V1, V16, V17, SMALL); \
	EXCHANGE(V2, V3, V18, V19, SMALL); \
	EXCHANGE(V4, V5, V20, V21, SMALL); \
	EXCHANGE(V6, V7, V22, V23, SMALL); \
	EXCHANGE(V16, V18, V0, V2, MIDDLE); \
	EXCHANGE(V17, V19, V1, V3, MIDDLE); \
	EXCHANGE(V20, V22, V4, V6, MIDDLE); \
	EXCHANGE(V21, V23, V5, V7, MIDDLE); \
	EXCHANGE(V0, V4, V16, V20, LARGE); \
	EXCHANGE(V1, V5, V17, V21, LARGE); \
	EXCHANGE(V2, V6, V18, V22, LARGE); \
	EXCHANGE(V3, V7, V19, V23, LARGE); \
	STORE(V16); \
	STORE(V17); \
	STORE(V18); \
	STORE(V19); \
	STORE(V20); \
	STORE(V21); \
	STORE(V22); \
	STORE(V23); \
	ADD  $(8<<shift), R2; \
	SUBS $8, R7; \
	BGE  block; \
	CMN  $8, R7; \
	BEQ  done; \
	ADD  R7<<shift, R2; \
	MUL  R7, R1, R9; \
	ADD  R9, R0; \
	MOVD $0, R7; \
	B    block; \
done: \
	RET

#define LOAD_LANE_8(V) VLD1.P (R8)(R6), [V.B8]
#define LOAD_LANE_16(V) VLD1.P (R8)(R6), [V.B16]
#define STORE_STEP_8(V) VST1.P [V.B8], (R0)(R1)
#define STORE_STEP_16(V) VST1.P [V.B16], (R0)(R1)

EIGHT_LANES(·transpose8By8NEON, 0, LOAD_LANE_8, STORE_STEP_8, B8, H4, S2)
EIGHT_LANES(·transpose8By16NEON, 1, LOAD_LANE_16, STORE_STEP_16, H8, S4, D2)
