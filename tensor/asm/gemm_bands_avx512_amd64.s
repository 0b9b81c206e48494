//go:build !purego

// A few rows times a band of a matrix that no cache holds, in AVX-512, for either element type.
//
// Go calls it as
//
//	func(c, a, b *T, l *Layout)
//
// with K = 8: c[i·LDC+j] ← fma(a[i·ARow+p·ACol], b[p·BRow+j], c[i·LDC+j]) over ascending p < 8. The
// eight rows of B are read side by side from end to end, once for all rows of A. What comes next of
// each is fetched: eight streams beside those of C are more than the prefetchers follow, and with the
// FMAs of some rows of A between two loads of B too few of them are under way. Loads under masks,
// though these are full, keep the prefetchers from fetching what others drive out of L1. Two registers
// of C share an element of A in every lane, so that 96 loads meet 128 FMAs of eight rows.
//
//	Z0-Z7, Z8-Z15	two registers of each row of the band
//	Z16, Z17	two registers of a row of C
//	Z18, Z19	elements of A in every lane
//	K1 K2	the columns of the two registers
//
//	SI AX	a row of A and its fifth element, R11 and R14 1 and 3 times its column stride, in bytes as
//		all strides
//	R8	A's row stride
//	DI BX	rows 0 and 4 of the band, R12 and R13 1 and 3 times its row stride
//	DX	a row of C
//	R9	C's row stride
//	R10	the first row of C
//	R15	columns left
//	CX	rows left

#include "go_asm.h"
#include "textflag.h"
#include "vector_amd64.h"

// AHEAD is how many bytes further on a row of B is fetched.
#define AHEAD 512

// LOAD_PAIR loads two registers of a row of the band, STEP makes a step of a row of C.
#define LOAD_PAIR(at, V, W) \
	PREFETCHT0 AHEAD at; PREFETCHT0 (AHEAD+64) at; VMOVU.Z at, K1, V; VMOVU.Z 64 at, K2, W
#define STEP(at, E, V, W) VBROADCAST at, E; VFMA231 V, E, Z16; VFMA231 W, E, Z17

#include "avx512_f32.h"
#define BANDS ·bandRowsF32AVX512
#include "gemm_bands_avx512_amd64.h"
#undef BANDS

#include "avx512_f64.h"
#define BANDS ·bandRowsF64AVX512
#include "gemm_bands_avx512_amd64.h"
#undef BANDS
