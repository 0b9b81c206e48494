//go:build !purego

package asm

// compressedNEON replaces the products by weights of few bits by those of NEON.
func compressedNEON(s *ISA) {
	s.Compressed = Compressed{NR: 32, Rows: 2, Direct: [Codings]int{4, 4, 4, 4},
		Mul: [Codings]CompressedMultiply{
			BFloat16Coding: mulBFloat16NEON, Float16Coding: mulFloat16NEON,
			Int8Coding: mulInt8NEON, Int4Coding: mulInt4NEON,
		}}
}

// mulBFloat16NEON is a [CompressedMultiply] for panels of 32 columns and up to two rows, in NEON.
//
//go:noescape
func mulBFloat16NEON(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulFloat16NEON(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulInt8NEON(c, a *float32, b *uint8, l *CompressedLayout)

//go:noescape
func mulInt4NEON(c, a *float32, b *uint8, l *CompressedLayout)
