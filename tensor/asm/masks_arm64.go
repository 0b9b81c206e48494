//go:build !purego

package asm

// masksNEON replaces comparisons and choices.
func masksNEON(s *ISA) {
	s.Masks = Masks{
		Select32: selectInBlocks(16, select32NEON), Select64: selectInBlocks(8, select64NEON),
		Float32: compareInBlocks(16, Comparing[float32]{equalF32NEON, notEqualF32NEON, lessF32NEON,
			lessEqualF32NEON}),
		Float64: compareInBlocks(8, Comparing[float64]{equalF64NEON, notEqualF64NEON, lessF64NEON,
			lessEqualF64NEON}),
		Int32: compareInBlocks(16, Comparing[int32]{equalI32NEON, notEqualI32NEON, lessI32NEON,
			lessEqualI32NEON}),
		Int64: compareInBlocks(8, Comparing[int64]{equalI64NEON, notEqualI64NEON, lessI64NEON,
			lessEqualI64NEON}),
	}
}

// All functions need NEON and take slices of 64 bytes of x or more, as long as the destination or
// longer, at any alignment, that do not overlap: the last elements are done again together with
// those before them.

// select32NEON and its variants are [Masks.Select32] and [Masks.Select64].
//
//go:noescape
func select32NEON(dst, yes, no []uint32, mask []uint8)

//go:noescape
func select64NEON(dst, yes, no []uint64, mask []uint8)

// equalF32NEON and its variants set mask[i] to 1 where x[i] == y[i], else to 0.
//
//go:noescape
func equalF32NEON(mask []uint8, x, y []float32)

//go:noescape
func equalF64NEON(mask []uint8, x, y []float64)

//go:noescape
func equalI32NEON(mask []uint8, x, y []int32)

//go:noescape
func equalI64NEON(mask []uint8, x, y []int64)

// notEqualF32NEON and its variants set mask[i] to 1 where x[i] != y[i], else to 0.
//
//go:noescape
func notEqualF32NEON(mask []uint8, x, y []float32)

//go:noescape
func notEqualF64NEON(mask []uint8, x, y []float64)

//go:noescape
func notEqualI32NEON(mask []uint8, x, y []int32)

//go:noescape
func notEqualI64NEON(mask []uint8, x, y []int64)

// lessF32NEON and its variants set mask[i] to 1 where x[i] < y[i], else to 0.
//
//go:noescape
func lessF32NEON(mask []uint8, x, y []float32)

//go:noescape
func lessF64NEON(mask []uint8, x, y []float64)

//go:noescape
func lessI32NEON(mask []uint8, x, y []int32)

//go:noescape
func lessI64NEON(mask []uint8, x, y []int64)

// lessEqualF32NEON and its variants set mask[i] to 1 where x[i] <= y[i], else to 0.
//
//go:noescape
func lessEqualF32NEON(mask []uint8, x, y []float32)

//go:noescape
func lessEqualF64NEON(mask []uint8, x, y []float64)

//go:noescape
func lessEqualI32NEON(mask []uint8, x, y []int32)

//go:noescape
func lessEqualI64NEON(mask []uint8, x, y []int64)
