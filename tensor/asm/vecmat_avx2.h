// A vector times a matrix for either element type and either width of register: a tile of one row by eight registers, then one of four.
//
// Go calls it as
//
//	func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool)
//
// with n a multiple of four registers. One row offers no reuse of B, so its elements go straight from memory into the FMAs; eight
// accumulators hide their latency.
//
// The source that includes this names the registers and WIDTH, their bytes:
//
//	C0–C7 the tile   ELEMENT one element of A in every lane
//	DX C   SI A   DI B   R11 A's column stride   R12 B's row stride, in bytes   CX steps of K   R8 bytes of C left   R9 B's columns

#define CHAIN(at, c) VFMA231 (at)(DI), ELEMENT, c

TEXT VECMAT(SB), NOSPLIT, $0-105
	MOVQ c_base+0(FP), DX
	MOVQ aCol+48(FP), R11
	SHLQ $SHIFT, R11
	MOVQ b_base+56(FP), R9
	MOVQ bRow+80(FP), R12
	SHLQ $SHIFT, R12
	MOVQ n+88(FP), R8
	SHLQ $SHIFT, R8
	SUBQ $(8*WIDTH), R8
	JLT half

columns: // eight registers of C
	MOVQ a_base+24(FP), SI
	MOVQ R9, DI
	MOVQ k+96(FP), CX
	CMPB accumulate+104(FP), $0
	JNE resume
	VXORPS C0, C0, C0
	VXORPS C1, C1, C1
	VXORPS C2, C2, C2
	VXORPS C3, C3, C3
	VXORPS C4, C4, C4
	VXORPS C5, C5, C5
	VXORPS C6, C6, C6
	VXORPS C7, C7, C7
	JMP step
resume:
	VMOVU (DX), C0
	VMOVU (1*WIDTH)(DX), C1
	VMOVU (2*WIDTH)(DX), C2
	VMOVU (3*WIDTH)(DX), C3
	VMOVU (4*WIDTH)(DX), C4
	VMOVU (5*WIDTH)(DX), C5
	VMOVU (6*WIDTH)(DX), C6
	VMOVU (7*WIDTH)(DX), C7
step:
	VBROADCAST (SI), ELEMENT
	CHAIN(0, C0)
	CHAIN(1*WIDTH, C1)
	CHAIN(2*WIDTH, C2)
	CHAIN(3*WIDTH, C3)
	CHAIN(4*WIDTH, C4)
	CHAIN(5*WIDTH, C5)
	CHAIN(6*WIDTH, C6)
	CHAIN(7*WIDTH, C7)
	ADDQ R11, SI
	ADDQ R12, DI
	DECQ CX
	JNE step
	VMOVU C0, (DX)
	VMOVU C1, (1*WIDTH)(DX)
	VMOVU C2, (2*WIDTH)(DX)
	VMOVU C3, (3*WIDTH)(DX)
	VMOVU C4, (4*WIDTH)(DX)
	VMOVU C5, (5*WIDTH)(DX)
	VMOVU C6, (6*WIDTH)(DX)
	VMOVU C7, (7*WIDTH)(DX)
	ADDQ $(8*WIDTH), DX
	ADDQ $(8*WIDTH), R9
	SUBQ $(8*WIDTH), R8
	JGE columns

half: // the last four registers of C
	ADDQ $(8*WIDTH), R8
	JEQ done
	MOVQ a_base+24(FP), SI
	MOVQ R9, DI
	MOVQ k+96(FP), CX
	CMPB accumulate+104(FP), $0
	JNE resumeHalf
	VXORPS C0, C0, C0
	VXORPS C1, C1, C1
	VXORPS C2, C2, C2
	VXORPS C3, C3, C3
	JMP stepHalf
resumeHalf:
	VMOVU (DX), C0
	VMOVU (1*WIDTH)(DX), C1
	VMOVU (2*WIDTH)(DX), C2
	VMOVU (3*WIDTH)(DX), C3
stepHalf:
	VBROADCAST (SI), ELEMENT
	CHAIN(0, C0)
	CHAIN(1*WIDTH, C1)
	CHAIN(2*WIDTH, C2)
	CHAIN(3*WIDTH, C3)
	ADDQ R11, SI
	ADDQ R12, DI
	DECQ CX
	JNE stepHalf
	VMOVU C0, (DX)
	VMOVU C1, (1*WIDTH)(DX)
	VMOVU C2, (2*WIDTH)(DX)
	VMOVU C3, (3*WIDTH)(DX)

done:
	VZEROUPPER
	RET

#undef CHAIN
