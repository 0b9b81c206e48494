//go:build !purego

package asm

// wideNEON replaces the sums in float64 by that of NEON.
func wideNEON(s *ISA) { s.Wide.SumProducts = sumProductsNEON }

// sumProductsNEON is [Wide.SumProducts]. y is as long as x or longer.
//
//go:noescape
func sumProductsNEON(x, y []float32) float64
