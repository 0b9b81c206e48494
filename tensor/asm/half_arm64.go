//go:build !purego

package asm

// halvesNEON replaces the conversions of halves by those of NEON.
func halvesNEON(s *ISA) {
	s.Halves = Halves{
		WidenFloat16:   inBlocks(8, s.Halves.WidenFloat16, widenFloat16NEON),
		NarrowFloat16:  inBlocks(8, s.Halves.NarrowFloat16, narrowFloat16NEON),
		WidenBFloat16:  inBlocks(8, s.Halves.WidenBFloat16, widenBFloat16NEON),
		NarrowBFloat16: inBlocks(8, s.Halves.NarrowBFloat16, narrowBFloat16NEON),
	}
}

// All functions need NEON and take slices of 8 elements or more, as long as dst or longer, at any
// alignment, that do not overlap: the last elements are converted again together with those before
// them.

// widenFloat16NEON does
//
//	for i := range dst {
//		dst[i] = FromFloat16(src[i])
//	}
//
//go:noescape
func widenFloat16NEON(dst []float32, src []uint16)

// narrowFloat16NEON does
//
//	for i := range dst {
//		dst[i] = ToFloat16(src[i])
//	}
//
//go:noescape
func narrowFloat16NEON(dst []uint16, src []float32)

// widenBFloat16NEON does
//
//	for i := range dst {
//		dst[i] = FromBFloat16(src[i])
//	}
//
//go:noescape
func widenBFloat16NEON(dst []float32, src []uint16)

// narrowBFloat16NEON does
//
//	for i := range dst {
//		dst[i] = ToBFloat16(src[i])
//	}
//
//go:noescape
func narrowBFloat16NEON(dst []uint16, src []float32)
