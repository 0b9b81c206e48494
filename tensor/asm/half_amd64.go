//go:build !purego

package asm

// halvesAVX2 replaces the conversions of halves by those of AVX2 and F16C.
func halvesAVX2(s *ISA) {
	s.Halves = Halves{
		WidenFloat16:   inBlocks(8, s.Halves.WidenFloat16, widenFloat16AVX2),
		NarrowFloat16:  inBlocks(8, s.Halves.NarrowFloat16, narrowFloat16AVX2),
		WidenBFloat16:  inBlocks(8, s.Halves.WidenBFloat16, widenBFloat16AVX2),
		NarrowBFloat16: inBlocks(8, s.Halves.NarrowBFloat16, narrowBFloat16AVX2),
	}
}

// halvesAVX512 replaces the conversions of halves by those of AVX-512 F.
func halvesAVX512(s *ISA) {
	s.Halves = Halves{
		WidenFloat16:   inBlocks(16, s.Halves.WidenFloat16, widenFloat16AVX512),
		NarrowFloat16:  inBlocks(16, s.Halves.NarrowFloat16, narrowFloat16AVX512),
		WidenBFloat16:  inBlocks(16, s.Halves.WidenBFloat16, widenBFloat16AVX512),
		NarrowBFloat16: inBlocks(16, s.Halves.NarrowBFloat16, narrowBFloat16AVX512),
	}
}

// The functions named AVX2 need AVX2 and F16C and take slices of 8 elements or more; those named
// AVX512 need AVX-512 F and take 16 or more. The slices are as long as dst or longer, at any
// alignment, and do not overlap: the last elements are converted again together with those before
// them.

// widenFloat16AVX2 does
//
//	for i := range dst {
//		dst[i] = FromFloat16(src[i])
//	}
//
//go:noescape
func widenFloat16AVX2(dst []float32, src []uint16)

//go:noescape
func widenFloat16AVX512(dst []float32, src []uint16)

// narrowFloat16AVX2 does
//
//	for i := range dst {
//		dst[i] = ToFloat16(src[i])
//	}
//
//go:noescape
func narrowFloat16AVX2(dst []uint16, src []float32)

//go:noescape
func narrowFloat16AVX512(dst []uint16, src []float32)

// widenBFloat16AVX2 does
//
//	for i := range dst {
//		dst[i] = FromBFloat16(src[i])
//	}
//
//go:noescape
func widenBFloat16AVX2(dst []float32, src []uint16)

//go:noescape
func widenBFloat16AVX512(dst []float32, src []uint16)

// narrowBFloat16AVX2 does
//
//	for i := range dst {
//		dst[i] = ToBFloat16(src[i])
//	}
//
//go:noescape
func narrowBFloat16AVX2(dst []uint16, src []float32)

//go:noescape
func narrowBFloat16AVX512(dst []uint16, src []float32)
