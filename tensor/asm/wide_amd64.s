//go:build !purego

// Sums of float32 in float64 (Wide.SumProducts). Four elements at a time become four of float64 on
// their way to one of four registers of sums, whose additions do not wait for one another.
//
//	SI	x
//	DX	y
//	CX	elements left, biased while the loop counts down
//	Y0-Y3	lanes
//	Y4-Y7	products

#include "textflag.h"

#define PRODUCTS(offset, X, Y, SUM) \
	VMOVUPS offset(SI), X; \
	VMULPS offset(DX), X, X; \
	VCVTPS2PD X, Y; \
	VADDPD Y, SUM, SUM

TEXT ·sumProductsAVX2(SB), NOSPLIT, $0-56
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), DX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	SUBQ $16, CX
	JLT fold

block:
	PRODUCTS(0, X4, Y4, Y0)
	PRODUCTS(16, X5, Y5, Y1)
	PRODUCTS(32, X6, Y6, Y2)
	PRODUCTS(48, X7, Y7, Y3)
	ADDQ $64, SI
	ADDQ $64, DX
	SUBQ $16, CX
	JGE block

fold:
	VADDPD Y2, Y0, Y0
	VADDPD Y3, Y1, Y1
	VADDPD Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPD X1, X0, X0
	VUNPCKHPD X0, X0, X1
	VADDSD X1, X0, X0
	ADDQ $16, CX
	JEQ done

rest:
	VMOVSS (SI), X4
	VMULSS (DX), X4, X4
	VCVTSS2SD X4, X4, X4
	VADDSD X4, X0, X0
	ADDQ $4, SI
	ADDQ $4, DX
	DECQ CX
	JNE rest

done:
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET
