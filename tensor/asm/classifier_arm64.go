//go:build !purego

package asm

// classifierNEON replaces the classifiers' kernels by NEON kernels.
func classifierNEON(s *ISA) {
	composeSoftmax(&s.F32,
		softmaxParts[float32]{divide: divideF32NEON, mulDifference: mulDifferenceF32NEON})
	composeSoftmax(&s.F64,
		softmaxParts[float64]{divide: divideF64NEON, mulDifference: mulDifferenceF64NEON})
	composeCrossEntropy(&s.F32, 0, nil)
	composeCrossEntropy(&s.F64, 0, nil)
	composeBinaryCrossEntropy(&s.F32,
		binaryParts[float32]{likelier: likelierF32NEON, margin: marginF32NEON})
	composeBinaryCrossEntropy(&s.F64,
		binaryParts[float64]{likelier: likelierF64NEON, margin: marginF64NEON})
}

// All functions need NEON and take slices of any length, empty ones included, at any alignment of
// their elements. Operands are at least as long as the destination, the first argument; a
// destination may be the very same slice as an operand, other overlap is not allowed.

// divideF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] /= by
//	}
//
//go:noescape
func divideF32NEON(dst []float32, by float32)

//go:noescape
func divideF64NEON(dst []float64, by float64)

// mulDifferenceF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = p[i] * (g[i] - by)
//	}
//
//go:noescape
func mulDifferenceF32NEON(dst, g, p []float32, by float32)

//go:noescape
func mulDifferenceF64NEON(dst, g, p []float64, by float64)

// likelierF32NEON and its variants set dst[i] to max(p[i], 1-p[i]).
//
//go:noescape
func likelierF32NEON(dst, p []float32)

//go:noescape
func likelierF64NEON(dst, p []float64)

// marginF32NEON and its variants set dst[i] to fma(-y[i], z[i], max(z[i], 0)).
//
//go:noescape
func marginF32NEON(dst, z, y []float32)

//go:noescape
func marginF64NEON(dst, z, y []float64)
