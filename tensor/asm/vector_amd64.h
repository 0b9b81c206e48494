// The instructions, registers and tails of a kernel, by the type of its elements and by its ISA.
//
// Most kernels are one text for float32 and float64, AVX2 and AVX-512. A text is written with the
// names below and stands in a source four times, each time after one of avx2_f32.h, avx2_f64.h,
// avx512_f32.h and avx512_f64.h, which say what BY_TYPE and BY_ISA choose. The assembler expands a
// macro where it is used, so that all of its names follow that choice. Operands stand in the order
// of Go's assembler: the destination last.

// The element: its bytes, their logarithm, and the bits of its fraction. The register: its bytes
// and its elements.
#define ELEM BY_TYPE(4, 8)
#define SHIFT BY_TYPE(2, 3)
#define MANTISSA BY_TYPE(23, 52)
#define VBYTES BY_ISA(32, 64)
#define LANES (VBYTES/ELEM)

// Bytes of a kernel's arguments: slices and scalars. The assembler wants a number there, no
// expression.
#define SLICES1_SCALAR1 BY_TYPE(28, 32)
#define SLICES2_SCALAR1 BY_TYPE(52, 56)
#define SLICES2_SCALAR2 BY_TYPE(56, 64)
#define SLICES2_SCALAR4 BY_TYPE(64, 80)
#define SLICES3_SCALAR1 BY_TYPE(76, 80)
#define SLICES3_SCALAR2 BY_TYPE(80, 88)
#define SLICES4_SCALAR8 BY_TYPE(128, 160)

// NONE is what a macro is given that has nothing to do: it can't be given nothing.
#define NONE

// Vector registers; X0 to X15 are the low 16 bytes of V0 to V15. With AVX-512 there are Z16 to Z31,
// too.
#define V0 BY_ISA(Y0, Z0)
#define V1 BY_ISA(Y1, Z1)
#define V2 BY_ISA(Y2, Z2)
#define V3 BY_ISA(Y3, Z3)
#define V4 BY_ISA(Y4, Z4)
#define V5 BY_ISA(Y5, Z5)
#define V6 BY_ISA(Y6, Z6)
#define V7 BY_ISA(Y7, Z7)
#define V8 BY_ISA(Y8, Z8)
#define V9 BY_ISA(Y9, Z9)
#define V10 BY_ISA(Y10, Z10)
#define V11 BY_ISA(Y11, Z11)
#define V12 BY_ISA(Y12, Z12)
#define V13 BY_ISA(Y13, Z13)
#define V14 BY_ISA(Y14, Z14)
#define V15 BY_ISA(Y15, Z15)

// Loads and stores: a register at any address, a store past the caches, from register to register,
// one element, one element to every lane.
#define VMOVU BY_TYPE(VMOVUPS, VMOVUPD)
#define VMOVNT BY_TYPE(VMOVNTPS, VMOVNTPD)
#define VMOVA BY_TYPE(VMOVAPS, VMOVAPD)
#define VMOVS BY_TYPE(VMOVSS, VMOVSD)
#define VBROADCAST BY_TYPE(VBROADCASTSS, VBROADCASTSD)
#define VUCOMI BY_TYPE(VUCOMISS, VUCOMISD)

// Arithmetic.
#define VADD BY_TYPE(VADDPS, VADDPD)
#define VSUB BY_TYPE(VSUBPS, VSUBPD)
#define VMUL BY_TYPE(VMULPS, VMULPD)
#define VDIV BY_TYPE(VDIVPS, VDIVPD)
#define VSQRT BY_TYPE(VSQRTPS, VSQRTPD)
#define VMAX BY_TYPE(VMAXPS, VMAXPD)
#define VMIN BY_TYPE(VMINPS, VMINPD)
#define VFMA231 BY_TYPE(VFMADD231PS, VFMADD231PD)
#define VFMA213 BY_TYPE(VFMADD213PS, VFMADD213PD)
#define VFNMADD231 BY_TYPE(VFNMADD231PS, VFNMADD231PD)
#define VFNMADD213 BY_TYPE(VFNMADD213PS, VFNMADD213PD)
#define VFMSUB231 BY_TYPE(VFMSUB231PS, VFMSUB231PD)
#define VFMSUB213 BY_TYPE(VFMSUB213PS, VFMSUB213PD)

// Arithmetic of the lowest lane.
#define VADDS BY_TYPE(VADDSS, VADDSD)
#define VSUBS BY_TYPE(VSUBSS, VSUBSD)
#define VDIVS BY_TYPE(VDIVSS, VDIVSD)

// Bits and comparisons.
#define VAND BY_TYPE(VANDPS, VANDPD)
#define VANDN BY_TYPE(VANDNPS, VANDNPD)
#define VOR BY_TYPE(VORPS, VORPD)
#define VXOR BY_TYPE(VXORPS, VXORPD)
#define VCMP BY_TYPE(VCMPPS, VCMPPD)

// The same bits as integers of the element's width.
#define VPADD BY_TYPE(VPADDD, VPADDQ)
#define VPSUB BY_TYPE(VPSUBD, VPSUBQ)
#define VPSLL BY_TYPE(VPSLLD, VPSLLQ)
#define VPSRL BY_TYPE(VPSRLD, VPSRLQ)
#define VPSRA BY_TYPE(VPSRAD, VPSRAQ)
#define VPCMPEQ BY_TYPE(VPCMPEQD, VPCMPEQQ)
#define VPBROADCAST BY_TYPE(VPBROADCASTD, VPBROADCASTQ)

// AVX2 only.
#define VBLENDV BY_TYPE(VBLENDVPS, VBLENDVPD)
#define VMOVMSK BY_TYPE(VMOVMSKPS, VMOVMSKPD)

// AVX-512 only.
#define VBLENDM BY_TYPE(VBLENDMPS, VBLENDMPD)
#define VSCALEF BY_TYPE(VSCALEFPS, VSCALEFPD)
#define VGETMANT BY_TYPE(VGETMANTPS, VGETMANTPD)
#define VGETEXP BY_TYPE(VGETEXPPS, VGETEXPPD)
#define VEXPAND BY_TYPE(VEXPANDPS, VEXPANDPD)
#define VCOMPRESS BY_TYPE(VCOMPRESSPS, VCOMPRESSPD)
#define VPERM BY_TYPE(VPERMPS, VPERMPD)
#define VTERNLOG BY_TYPE(VPTERNLOGD, VPTERNLOGQ)
#define VPMOVSIGN BY_TYPE(VPMOVD2M, VPMOVQ2M)

// VTERNLOG's function with which D becomes D | A & B.
#define OR_AND 0xF8

// Predicates of VCMP that raise no exception for NaN.
#define EQUAL 0x00
#define UNORDERED 0x03
#define LESS 0x11
#define LESS_OR_EQUAL 0x12
#define NOT_LESS 0x15
#define NOT_LESS_OR_EQUAL 0x16
#define GREATER_OR_EQUAL 0x1D
#define GREATER 0x1E

// What the ISAs do with other instructions has a macro each, NAME_AVX2 and NAME_AVX512, between
// which NAME chooses.

// ONES sets all bits of V. NUMBER_ONE sets all lanes to 1, which has ones in all bits of its
// exponent but the first.
#define ONES BY_ISA(ONES_AVX2, ONES_AVX512)
#define ONES_AVX2(V) VPCMPEQD V, V, V
#define ONES_AVX512(V) VPTERNLOGD $0xFF, V, V, V
#define NUMBER_ONE(V) \
	ONES(V); \
	VPSRL $(MANTISSA+2), V, V; \
	VPSLL $MANTISSA, V, V

// SIGN_BIT sets the sign of all lanes, and nothing else.
#define SIGN_BIT(V) \
	ONES(V); \
	VPSLL $(8*ELEM-1), V, V

// SELECT_WHERE replaces D by S in the lanes where A compares with B as the predicate says. It uses
// T in AVX2, K2 in AVX-512.
#define SELECT_WHERE BY_ISA(SELECT_WHERE_AVX2, SELECT_WHERE_AVX512)
#define SELECT_WHERE_AVX2(A, PREDICATE, B, T, S, D) \
	VCMP $PREDICATE, B, A, T; \
	VBLENDV T, S, D, D
#define SELECT_WHERE_AVX512(A, PREDICATE, B, T, S, D) \
	VCMP $PREDICATE, B, A, K2; \
	VMOVA S, K2, D

// KEEP_WHERE replaces D by +0 in the other lanes. It uses T in AVX2, K2 in AVX-512.
#define KEEP_WHERE BY_ISA(KEEP_WHERE_AVX2, KEEP_WHERE_AVX512)
#define KEEP_WHERE_AVX2(A, PREDICATE, B, T, D) \
	VCMP $PREDICATE, B, A, T; \
	VAND T, D, D
#define KEEP_WHERE_AVX512(A, PREDICATE, B, T, D) \
	VCMP $PREDICATE, B, A, K2; \
	VMOVA.Z D, K2, D

// MUL_WHERE multiplies D by F in the lanes where the comparison holds. It uses T and S in AVX2,
// where S may be A, and K2 in AVX-512.
#define MUL_WHERE BY_ISA(MUL_WHERE_AVX2, MUL_WHERE_AVX512)
#define MUL_WHERE_AVX2(A, PREDICATE, B, T, F, S, D) \
	VCMP $PREDICATE, B, A, T; \
	VMUL D, F, S; \
	VBLENDV T, S, D, D
#define MUL_WHERE_AVX512(A, PREDICATE, B, T, F, S, D) \
	VCMP $PREDICATE, B, A, K2; \
	VMUL D, F, K2, D

// Blocks of memory at p: LOAD4 loads four registers, ADD4 adds to them, STORE4 stores them with the
// instruction MOVE. QUAD is their bytes. LOAD8, ADD8 and STORE8 do so with V0 to V7.
#define QUAD (4*VBYTES)
#define LOAD4(p, A, B, C, D) \
	VMOVU (p), A; \
	VMOVU VBYTES(p), B; \
	VMOVU (2*VBYTES)(p), C; \
	VMOVU (3*VBYTES)(p), D
#define ADD4(p, A, B, C, D) \
	VADD (p), A, A; \
	VADD VBYTES(p), B, B; \
	VADD (2*VBYTES)(p), C, C; \
	VADD (3*VBYTES)(p), D, D
#define STORE4(MOVE, A, B, C, D, p) \
	MOVE A, (p); \
	MOVE B, VBYTES(p); \
	MOVE C, (2*VBYTES)(p); \
	MOVE D, (3*VBYTES)(p)
#define LOAD8(p) \
	LOAD4(p, V0, V1, V2, V3); \
	VMOVU (4*VBYTES)(p), V4; \
	VMOVU (5*VBYTES)(p), V5; \
	VMOVU (6*VBYTES)(p), V6; \
	VMOVU (7*VBYTES)(p), V7
#define ADD8(p) \
	ADD4(p, V0, V1, V2, V3); \
	VADD (4*VBYTES)(p), V4, V4; \
	VADD (5*VBYTES)(p), V5, V5; \
	VADD (6*VBYTES)(p), V6, V6; \
	VADD (7*VBYTES)(p), V7, V7
#define STORE8(p) \
	STORE4(VMOVU, V0, V1, V2, V3, p); \
	VMOVU V4, (4*VBYTES)(p); \
	VMOVU V5, (5*VBYTES)(p); \
	VMOVU V6, (6*VBYTES)(p); \
	VMOVU V7, (7*VBYTES)(p)

// STREAM_BYTES is the size from which on memory is the limit of a kernel that passes over its
// operands once. PREFETCH_AHEAD fetches a line that it needs four pages later: most processors'
// own prefetchers stop at the end of a page. Those of Zen 5 don't, and fetchDistance is shorter there;
// it clobbers R11. One line in two is enough for them to fetch the others, and
// twice as many requests would only be in the way of these. They go to L2, which has several times
// as many in flight as L1; PREFETCHNTA, which goes by L2 on Intel, halves the speed there. Behind
// the end of the operand it does nothing. AVX2 leaves it to the processor: on Zen 3 any such request
// is in the way, most of all one line in two. docs/tuning.md has the measurements.
#define STREAM_BYTES (16 << 20)
#define PREFETCH_AHEAD BY_ISA(PREFETCH_AHEAD_AVX2, PREFETCH_AHEAD_AVX512)
#define PREFETCH_AHEAD_AVX2(offset, p) NONE
#define PREFETCH_AHEAD_AVX512(offset, p) MOVQ ·fetchDistance(SB), R11; PREFETCHT1 offset(p)(R11*1)
#define PREFETCH1(p) PREFETCH_AHEAD(0, p)
#define PREFETCH2(p) PREFETCH_AHEAD(0, p); PREFETCH_AHEAD(128, p)

// TRANSPOSE4 turns four runs of four float32 into four steps, in each 16 bytes: a0 b0 a1 b1, then
// a0 b0 c0 d0. It clobbers T0 to T3.
#define TRANSPOSE4(A, B, C, D, T0, T1, T2, T3) \
	VUNPCKLPS B, A, T0; \
	VUNPCKHPS B, A, T1; \
	VUNPCKLPS D, C, T2; \
	VUNPCKHPS D, C, T3; \
	VUNPCKLPD T2, T0, A; \
	VUNPCKHPD T2, T0, B; \
	VUNPCKLPD T3, T1, C; \
	VUNPCKHPD T3, T1, D

// FOLD folds the lanes of V in halves with OP into the lowest one; Y and X are its low parts. It
// clobbers TY and its low half TX.
#define FOLD BY_ISA(FOLD_AVX2, FOLD_AVX512)
#define FOLD_AVX2(OP, V, Y, X, TY, TX) \
	VEXTRACTF128 $1, Y, TX; \
	OP TX, X, X; \
	FOLD_X(OP, X, TX)
#define FOLD_AVX512(OP, V, Y, X, TY, TX) \
	VEXTRACTF64X4 $1, V, TY; \
	OP TY, Y, Y; \
	FOLD_AVX2(OP, V, Y, X, TY, TX)
#define FOLD_X BY_TYPE(FOLD_X_F32, FOLD_X_F64)
#define FOLD_X_F64(OP, X, T) \
	VPERMILPD $1, X, T; \
	OP T, X, X
#define FOLD_X_F32(OP, X, T) \
	FOLD_X_F64(OP, X, T); \
	VMOVSHDUP X, T; \
	OP T, X, X

// The tail is what is left after the last whole register: 1 to VBYTES-1 bytes.
//
// AVX2 loads it under a mask in a register M: VMASKMOVPS touches no memory behind a clear mask. Its
// masked stores are microcoded and slow on AMD processors, so that a tail is stored in pieces of
// 16, 8 and 4 bytes. AVX-512 loads and stores under K1.

// TAIL makes the mask of the CX bytes that are left: M, or K1 and in CX the number of elements. It
// clobbers TMP.
#define TAIL BY_ISA(TAIL_AVX2, TAIL_AVX512)
#define TAIL_AVX2(TMP, M) TAIL_MASK(CX, TMP, M)
#define TAIL_AVX512(TMP, M) \
	SHRQ $SHIFT, CX; \
	LANE_MASK(TMP, K1)

// LOAD_TAIL loads the tail at p, and +0 behind it.
#define LOAD_TAIL BY_ISA(LOAD_TAIL_AVX2, LOAD_TAIL_AVX512)
#define LOAD_TAIL_AVX2(p, M, V) VMASKMOVPS (p), M, V
#define LOAD_TAIL_AVX512(p, M, V) VMOVU.Z (p), K1, V

// STORE_TAIL stores the tail of n bytes, in V, at p. X is the low part of V; AVX2 clobbers both,
// and p. Labels are the caller's, since a macro can't make its own.
#define STORE_TAIL BY_ISA(STORE_TAIL_AVX2, STORE_TAIL_AVX512)
#define STORE_TAIL_AVX2(V, X, p, n, below16, below8, stored) \
	TESTQ $16, n; \
	JEQ below16; \
	VMOVUPS X, (p); \
	VEXTRACTF128 $1, V, X; \
	ADDQ $16, p; \
below16: \
	TESTQ $8, n; \
	JEQ below8; \
	VMOVLPS X, (p); \
	VPERMILPD $1, X, X; \
	ADDQ $8, p; \
below8: \
	TESTQ $4, n; \
	JEQ stored; \
	VMOVSS X, (p); \
stored:
#define STORE_TAIL_AVX512(V, X, p, n, below16, below8, stored) \
	VMOVU V, K1, (p); \
stored:

// TAIL_MASK sets the lowest n bytes of Y, a multiple of 4, to ones and the others to zeros: for
// AVX2. It clobbers TMP.
#define TAIL_MASK(n, TMP, Y) \
	LEAQ ·tailMask+32(SB), TMP; \
	SUBQ n, TMP; \
	VMOVDQU (TMP), Y

// LANE_MASK sets the lowest CX bits of K, all of them from LANES on: for AVX-512. CX < 64; it
// clobbers TMP.
#define LANE_MASK(TMP, K) \
	MOVQ $-1, TMP; \
	SHLQ CX, TMP; \
	NOTQ TMP; \
	KMOVW TMP, K
