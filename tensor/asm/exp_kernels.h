// The kernels on exp.h. Included once for each type.

// func exp(dst, x []T)
TEXT expT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	SHLQ $SHIFT, CX
	MAP_WIDE(EXP_VECTOR, EXP_WIDE)

// func expSub(dst, x []T, shift T)
TEXT expSubT(SB), NOSPLIT, $0-expSubArgs
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	VBROADCAST shift+48(FP), V12
	VBROADCAST EXP(const_expLow), V14
	VBROADCAST EXP(const_expHigh), V15
	SHLQ $SHIFT, CX
	MAP_WIDE(EXP_SUB_VECTOR, EXP_SUB_WIDE)
