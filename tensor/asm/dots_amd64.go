//go:build !purego

package asm

import "github.com/klauspost/cpuid/v2"

// dotsAVX2 replaces the products of rows of signed bytes by those of AVX2 and FMA.
func dotsAVX2(s *ISA) { s.Dots = Dots{Rows: 2, Mul: mulDotsAVX2} }

// dotsAVX512 replaces them by those of AVX-512 F, DQ and BW, and of VNNI where the processor has
// it.
func dotsAVX512(s *ISA) {
	if s.Dots.Mul = mulDotsAVX512; cpuid.CPU.Supports(cpuid.AVX512VNNI) {
		s.Dots.Mul = mulDotsAVX512VNNI
	}
}

// mulDotsAVX2 is a [Dots.Mul] for panels of 32 columns.
//
//go:noescape
func mulDotsAVX2(c *float32, a *Run, b *uint8, l *DotsLayout)

// mulDotsAVX512 is one for panels of 64 columns.
//
//go:noescape
func mulDotsAVX512(c *float32, a *Run, b *uint8, l *DotsLayout)

//go:noescape
func mulDotsAVX512VNNI(c *float32, a *Run, b *uint8, l *DotsLayout)
