//go:build !purego

package asm

// dotsNEON replaces the products of rows of signed bytes by those of NEON.
func dotsNEON(s *ISA) { s.Dots = Dots{Rows: 1, Mul: mulDotsNEON} }

// mulDotsNEON is a [Dots.Mul] for panels of 32 columns.
//
//go:noescape
func mulDotsNEON(c *float32, a *Run, b *uint8, l *DotsLayout)
