// The kernel on log.h. Included once for each type.

// func log(dst, x []T)
TEXT logT(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	SHLQ $SHIFT, CX
	MAP_WIDE(LOG_VECTOR, LOG_WIDE)
