//go:build !purego

package asm

func binaryCrossEntropyNEON(s *ISA) {
	composeBinaryCrossEntropy(&s.F32, binaryParts[float32]{likelier: likelierF32NEON, margin: marginF32NEON})
	composeBinaryCrossEntropy(&s.F64, binaryParts[float64]{likelier: likelierF64NEON, margin: marginF64NEON})
}

// All functions take slices of any length, empty ones included, at any alignment of their elements. Operands are at least as long as dst,
// which may be the very same slice as an operand; other overlap is not allowed.

// likelierF32NEON and its kin set dst[i] to max(p[i], 1-p[i]).
//
//go:noescape
func likelierF32NEON(dst, p []float32)

//go:noescape
func likelierF64NEON(dst, p []float64)

// marginF32NEON and its kin set dst[i] to fma(-y[i], z[i], max(z[i], 0)).
//
//go:noescape
func marginF32NEON(dst, z, y []float32)

//go:noescape
func marginF64NEON(dst, z, y []float64)
