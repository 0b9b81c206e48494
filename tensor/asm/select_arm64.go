//go:build !purego

package asm

// assemblyISAs returns the NEON ISA: every arm64 processor that Go runs on has NEON. It starts from
// reference, not from generic, so that a kernel that no assembly replaces still has the contract's
// bits.
func assemblyISAs() []ISA { return []ISA{withNEON(newReference())} }

// withNEON replaces the kernels of s by those that need NEON.
func withNEON(s ISA) ISA {
	s.Name = "neon"
	gemmNEON(&s)
	convNEON(&s)
	normNEON(&s)
	rowNormNEON(&s)
	fourierNEON(&s)
	elementwiseNEON(&s)
	reduceNEON(&s)
	mathNEON(&s)
	recurrentNEON(&s)
	classifierNEON(&s)
	optimizerNEON(&s)
	movesNEON(&s)
	halvesNEON(&s)
	masksNEON(&s)
	quantNEON(&s)
	compressedNEON(&s)
	dotsNEON(&s)
	trigNEON(&s)
	wideNEON(&s)
	return s
}
