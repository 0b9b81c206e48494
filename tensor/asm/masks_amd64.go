//go:build !purego

package asm

// masksAVX2 replaces comparisons and choices.
func masksAVX2(s *ISA) {
	s.Masks = Masks{
		Select32: selectInBlocks(8, select32AVX2), Select64: selectInBlocks(4, select64AVX2),
		Float32: compareInBlocks(8, Comparing[float32]{equalF32AVX2, notEqualF32AVX2, lessF32AVX2,
			lessEqualF32AVX2}),
		Float64: compareInBlocks(4, Comparing[float64]{equalF64AVX2, notEqualF64AVX2, lessF64AVX2,
			lessEqualF64AVX2}),
		Int32: compareInBlocks(8, Comparing[int32]{equalI32AVX2, notEqualI32AVX2, lessI32AVX2,
			lessEqualI32AVX2}),
		Int64: compareInBlocks(4, Comparing[int64]{equalI64AVX2, notEqualI64AVX2, lessI64AVX2,
			lessEqualI64AVX2}),
	}
}

// masksAVX512 replaces comparisons and choices.
func masksAVX512(s *ISA) {
	s.Masks = Masks{
		Select32: selectInBlocks(16, select32AVX512), Select64: selectInBlocks(8, select64AVX512),
		Float32: compareInBlocks(16, Comparing[float32]{equalF32AVX512, notEqualF32AVX512, lessF32AVX512,
			lessEqualF32AVX512}),
		Float64: compareInBlocks(8, Comparing[float64]{equalF64AVX512, notEqualF64AVX512, lessF64AVX512,
			lessEqualF64AVX512}),
		Int32: compareInBlocks(16, Comparing[int32]{equalI32AVX512, notEqualI32AVX512, lessI32AVX512,
			lessEqualI32AVX512}),
		Int64: compareInBlocks(8, Comparing[int64]{equalI64AVX512, notEqualI64AVX512, lessI64AVX512,
			lessEqualI64AVX512}),
	}
}

// The functions named AVX2 need AVX2 and take slices of 32 bytes of x or more, those named AVX512
// need AVX-512 F, BW and VL and take 64 or more. The slices are as long as the destination or
// longer, at any alignment, and do not overlap: the last elements are done again together with
// those before them.

// select32AVX2 and its variants are [Masks.Select32] and [Masks.Select64].
//
//go:noescape
func select32AVX2(dst, yes, no []uint32, mask []uint8)

//go:noescape
func select32AVX512(dst, yes, no []uint32, mask []uint8)

//go:noescape
func select64AVX2(dst, yes, no []uint64, mask []uint8)

//go:noescape
func select64AVX512(dst, yes, no []uint64, mask []uint8)

// equalF32AVX2 and its variants set mask[i] to 1 where x[i] == y[i], else to 0.
//
//go:noescape
func equalF32AVX2(mask []uint8, x, y []float32)

//go:noescape
func equalF32AVX512(mask []uint8, x, y []float32)

//go:noescape
func equalF64AVX2(mask []uint8, x, y []float64)

//go:noescape
func equalF64AVX512(mask []uint8, x, y []float64)

//go:noescape
func equalI32AVX2(mask []uint8, x, y []int32)

//go:noescape
func equalI32AVX512(mask []uint8, x, y []int32)

//go:noescape
func equalI64AVX2(mask []uint8, x, y []int64)

//go:noescape
func equalI64AVX512(mask []uint8, x, y []int64)

// notEqualF32AVX2 and its variants set mask[i] to 1 where x[i] != y[i], else to 0.
//
//go:noescape
func notEqualF32AVX2(mask []uint8, x, y []float32)

//go:noescape
func notEqualF32AVX512(mask []uint8, x, y []float32)

//go:noescape
func notEqualF64AVX2(mask []uint8, x, y []float64)

//go:noescape
func notEqualF64AVX512(mask []uint8, x, y []float64)

//go:noescape
func notEqualI32AVX2(mask []uint8, x, y []int32)

//go:noescape
func notEqualI32AVX512(mask []uint8, x, y []int32)

//go:noescape
func notEqualI64AVX2(mask []uint8, x, y []int64)

//go:noescape
func notEqualI64AVX512(mask []uint8, x, y []int64)

// lessF32AVX2 and its variants set mask[i] to 1 where x[i] < y[i], else to 0.
//
//go:noescape
func lessF32AVX2(mask []uint8, x, y []float32)

//go:noescape
func lessF32AVX512(mask []uint8, x, y []float32)

//go:noescape
func lessF64AVX2(mask []uint8, x, y []float64)

//go:noescape
func lessF64AVX512(mask []uint8, x, y []float64)

//go:noescape
func lessI32AVX2(mask []uint8, x, y []int32)

//go:noescape
func lessI32AVX512(mask []uint8, x, y []int32)

//go:noescape
func lessI64AVX2(mask []uint8, x, y []int64)

//go:noescape
func lessI64AVX512(mask []uint8, x, y []int64)

// lessEqualF32AVX2 and its variants set mask[i] to 1 where x[i] <= y[i], else to 0.
//
//go:noescape
func lessEqualF32AVX2(mask []uint8, x, y []float32)

//go:noescape
func lessEqualF32AVX512(mask []uint8, x, y []float32)

//go:noescape
func lessEqualF64AVX2(mask []uint8, x, y []float64)

//go:noescape
func lessEqualF64AVX512(mask []uint8, x, y []float64)

//go:noescape
func lessEqualI32AVX2(mask []uint8, x, y []int32)

//go:noescape
func lessEqualI32AVX512(mask []uint8, x, y []int32)

//go:noescape
func lessEqualI64AVX2(mask []uint8, x, y []int64)

//go:noescape
func lessEqualI64AVX512(mask []uint8, x, y []int64)
