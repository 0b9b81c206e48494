//go:build !purego

package asm

// wideAVX2 replaces the sums in float64 by that of AVX2, whose conversions bound wider ones, too.
func wideAVX2(s *ISA) { s.Wide.SumProducts = sumProductsAVX2 }

// sumProductsAVX2 is [Wide.SumProducts]. y is as long as x or longer.
//
//go:noescape
func sumProductsAVX2(x, y []float32) float64
