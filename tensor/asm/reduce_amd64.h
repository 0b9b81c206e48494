// The virtual lanes of reductions, 256 bytes: eight registers of AVX2, V0 to V7, or four of AVX-512, V0
// to V3.
//
//	SI DX	operands
//	CX	bytes left of them
//	V8 V9	what is loaded of them
//	V15	in AVX2 the mask of the tail
//	AX	in AVX-512 the mask of the tail, one bit per element, LANES of them for the
//		register at hand
//	K1	in AVX-512 the mask of that register
//
// Lanes that the tail does not reach must stay as they are: adding a product +0 would turn a lane
// that underflowed to −0 into +0. AVX2 therefore blends, and finds the tail's last register by
// jumping; masks of AVX-512 merge by themselves, and select the registers, too.

// LANES_OF applies F(V, offset) to each register of lanes and its place in a block of 256 bytes.
#define LANES_OF BY_ISA(LANES_OF_AVX2, LANES_OF_AVX512)
#define LANES_OF_AVX2(F) \
	F(V0, 0); F(V1, 32); F(V2, 64); F(V3, 96); \
	F(V4, 128); F(V5, 160); F(V6, 192); F(V7, 224)
#define LANES_OF_AVX512(F) \
	F(V0, 0); F(V1, 64); F(V2, 128); F(V3, 192)

#define CLEAR(V, offset) VXOR V, V, V
#define ADD(V, offset) VADD offset(SI), V, V

// FOLD_LANES adds the lanes in halves; the sum comes to stand in X0.
#define FOLD_LANES BY_ISA(FOLD_LANES_AVX2, FOLD_LANES_AVX512)
#define FOLD_LANES_AVX2 \
	VADD V4, V0, V0; \
	VADD V5, V1, V1; \
	VADD V6, V2, V2; \
	VADD V7, V3, V3; \
	FOLD_LANES_AVX512
#define FOLD_LANES_AVX512 \
	VADD V2, V0, V0; \
	VADD V3, V1, V1; \
	VADD V1, V0, V0; \
	FOLD(VADD, V0, Y0, X0, Y1, X1)

// Tails of AVX2. WHOLE(OF, V, offset, part) adds to the lanes in V from a whole register of
// operands at the offset, as OF does, or leaves for part if less than that is left. There PART adds
// what is left to the lowest lanes. A tail is shorter than a block, so that the last register is
// never whole.
#define TAIL_OF_AVX2(OF, PART_OF) \
	WHOLE(OF, V0, 0, part0); \
	WHOLE(OF, V1, 32, part1); \
	WHOLE(OF, V2, 64, part2); \
	WHOLE(OF, V3, 96, part3); \
	WHOLE(OF, V4, 128, part4); \
	WHOLE(OF, V5, 160, part5); \
	WHOLE(OF, V6, 192, part6); \
	SUBQ $32, CX; \
	PART(PART_OF, V7, 224, part7)
#define WHOLE(OF, V, offset, part) \
	SUBQ $32, CX; \
	JLT part; \
	OF(V, offset)
#define PART(OF, V, offset, part) \
part: \
	ADDQ $32, CX; \
	JEQ fold; \
	TAIL_MASK(CX, AX, V15); \
	VMASKMOVPS offset(SI), V15, V8; \
	OF(V, offset); \
	JMP fold
#define PARTS(OF) \
	PART(OF, V0, 0, part0); \
	PART(OF, V1, 32, part1); \
	PART(OF, V2, 64, part2); \
	PART(OF, V3, 96, part3); \
	PART(OF, V4, 128, part4); \
	PART(OF, V5, 160, part5); \
	PART(OF, V6, 192, part6)

#define DOT_WHOLE(V, offset) \
	VMOVU offset(SI), V8; \
	VFMA231 offset(DX), V8, V
#define DOT_PART(V, offset) \
	VMASKMOVPS offset(DX), V15, V9; \
	VFMA213 V, V9, V8; \
	VBLENDV V15, V8, V, V

// Lanes that start at +0 never become −0 by additions, so that sums may add +0.
#define SUM_PART(V, offset) VADD V8, V, V

// Tails of AVX-512: under K1, which NEXT_MASK makes the mask of the next register, or folds the
// lanes if the tail ends before it.
#define TAIL_OF_AVX512(OF) \
	TAIL(AX, V15); \
	OF(V0, 0); \
	NEXT_MASK; \
	OF(V1, 64); \
	NEXT_MASK; \
	OF(V2, 128); \
	NEXT_MASK; \
	OF(V3, 192)
#define NEXT_MASK \
	SHRQ $LANES, AX; \
	JEQ fold; \
	KMOVW AX, K1
#define DOT_MASKED(V, offset) \
	VMOVU.Z offset(SI), K1, V8; \
	VFMA231 offset(DX), V8, K1, V
#define SUM_MASKED(V, offset) VADD offset(SI), V, K1, V
