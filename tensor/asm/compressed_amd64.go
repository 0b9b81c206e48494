//go:build !purego

package asm

// compressedAVX2 replaces the products by weights of few bits by those of AVX2, FMA and F16C.
func compressedAVX2(s *ISA) {
	s.Compressed = Compressed{NR: 32, Rows: 2, Pairs: true,
		Direct: [Codings]int{BFloat16Coding: 4, Float16Coding: 20, Int8Coding: 4, Int4Coding: 4},
		Mul: [Codings]CompressedMultiply{
			BFloat16Coding: mulBFloat16AVX2, Float16Coding: mulFloat16AVX2,
			Int8Coding: mulInt8AVX2, Int4Coding: mulInt4AVX2,
		}}
}

// compressedAVX512 replaces them by those of AVX-512 F.
func compressedAVX512(s *ISA) {
	s.Compressed = Compressed{NR: 64, Rows: 4, Pairs: true,
		Direct: [Codings]int{BFloat16Coding: 20, Float16Coding: 20, Int8Coding: 8, Int4Coding: 8},
		Mul: [Codings]CompressedMultiply{
			BFloat16Coding: mulBFloat16AVX512, Float16Coding: mulFloat16AVX512, Int8Coding: mulInt8AVX512,
			Int4Coding: func(c, a *float32, b *uint8, l *CompressedLayout) {
				if l.Uniform {
					mulInt4UniformAVX512(c, a, b, l)
					return
				}
				mulInt4AVX512(c, a, b, l)
			},
		}}
}

// mulBFloat16AVX2 is a [CompressedMultiply] for panels of 32 columns and up to two rows, in AVX2
// and FMA.
//
//go:noescape
func mulBFloat16AVX2(c, a *float32, b *uint8, l *CompressedLayout)

// mulFloat16AVX2 is one that needs F16C, too.
//
//go:noescape
func mulFloat16AVX2(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulInt8AVX2(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulInt4AVX2(c, a *float32, b *uint8, l *CompressedLayout)

// mulBFloat16AVX512 is a [CompressedMultiply] for panels of 64 columns and up to four rows, in
// AVX-512 F.
//
//go:noescape
func mulBFloat16AVX512(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulFloat16AVX512(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulInt8AVX512(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulInt4AVX512(c, a *float32, b *uint8, l *CompressedLayout)

// mulInt4UniformAVX512 is mulInt4AVX512 for one zero in all columns of all blocks.
//
//go:noescape
func mulInt4UniformAVX512(c, a *float32, b *uint8, l *CompressedLayout)
