//go:build !purego

package asm

// classifierNEON replaces the classifiers' kernels by NEON kernels.
func classifierNEON(s *ISA) {
	composeSoftmax(&s.F32, softmaxParts[float32]{scaleMax: scaleMaxF32NEON, expSub: expSubRowsF32NEON,
		divide: divideRowsF32NEON, mulDifference: mulDifferenceF32NEON})
	composeSoftmax(&s.F64, softmaxParts[float64]{scaleMax: scaleMaxF64NEON, expSub: expSubRowsF64NEON,
		divide: divideRowsF64NEON, mulDifference: mulDifferenceF64NEON})
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

// scaleMaxF32NEON and its variant are [softmaxParts].scaleMax.
//
//go:noescape
func scaleMaxF32NEON(peak, dst, x []float32, columns, seen, step int, scale float32)

//go:noescape
func scaleMaxF64NEON(peak, dst, x []float64, columns, seen, step int, scale float64)

// expSubRowsF32NEON and its variant are [softmaxParts].expSub.
//
//go:noescape
func expSubRowsF32NEON(dst, peak []float32, columns, seen, step int)

//go:noescape
func expSubRowsF64NEON(dst, peak []float64, columns, seen, step int)

// divideRowsF32NEON and its variant are [softmaxParts].divide.
//
//go:noescape
func divideRowsF32NEON(dst, total []float32, columns, seen, step int)

//go:noescape
func divideRowsF64NEON(dst, total []float64, columns, seen, step int)

// mulDifferenceF32NEON and its variant are [softmaxParts].mulDifference.
//
//go:noescape
func mulDifferenceF32NEON(dst, g, p, by []float32, columns int, scale float32)

//go:noescape
func mulDifferenceF64NEON(dst, g, p, by []float64, columns int, scale float64)

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
