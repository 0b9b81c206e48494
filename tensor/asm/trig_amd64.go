//go:build !purego

package asm

// trigAVX2 replaces sine and cosine by those of AVX2 and FMA.
func trigAVX2(s *ISA) { s.Trig = trigBy(trigNearAVX2, s.Quant.Range) }

// trigAVX512 replaces sine and cosine by those of AVX-512 F and DQ.
func trigAVX512(s *ISA) { s.Trig = trigBy(trigNearAVX512, s.Quant.Range) }

// trigNearAVX2 and its variant set dst[i] to trigOf(x[i], phase). x is as long as dst or longer,
// and may be the very same slice; other overlap is not allowed.
//
//go:noescape
func trigNearAVX2(dst, x []float32, phase float64)

//go:noescape
func trigNearAVX512(dst, x []float32, phase float64)
