//go:build !purego

package asm

// trigNEON replaces sine and cosine by those of NEON.
func trigNEON(s *ISA) { s.Trig = trigBy(trigNearNEON, s.Quant.Range) }

// trigNearNEON sets dst[i] to trigOf(x[i], phase). x is as long as dst or longer, and may be the
// very same slice; other overlap is not allowed.
//
//go:noescape
func trigNearNEON(dst, x []float32, phase float64)
