//go:build !purego

package asm

// crossEntropyNEON composes CrossEntropy from NEON's own kernels.
func crossEntropyNEON(s *ISA) {
	composeCrossEntropy(&s.F32, 0, nil)
	composeCrossEntropy(&s.F64, 0, nil)
}
