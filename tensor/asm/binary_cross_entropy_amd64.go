//go:build !purego

package asm

func binaryCrossEntropyAVX2(s *ISA) {
	composeBinaryCrossEntropy(&s.F32, binaryParts[float32]{likelier: likelierF32AVX2, margin: marginF32AVX2})
	composeBinaryCrossEntropy(&s.F64, binaryParts[float64]{likelier: likelierF64AVX2, margin: marginF64AVX2})
}

func binaryCrossEntropyAVX512(s *ISA) {
	composeBinaryCrossEntropy(&s.F32, binaryParts[float32]{likelier: likelierF32AVX512, margin: marginF32AVX512})
	composeBinaryCrossEntropy(&s.F64, binaryParts[float64]{likelier: likelierF64AVX512, margin: marginF64AVX512})
}

// All functions take slices of any length, empty ones included, at any alignment of their elements. Operands are at least as long as dst,
// which may be the very same slice as an operand; other overlap is not allowed.

// likelierF32AVX2 and its kin set dst[i] to max(p[i], 1-p[i]).
//
//go:noescape
func likelierF32AVX2(dst, p []float32)

//go:noescape
func likelierF64AVX2(dst, p []float64)

//go:noescape
func likelierF32AVX512(dst, p []float32)

//go:noescape
func likelierF64AVX512(dst, p []float64)

// marginF32AVX2 and its kin set dst[i] to fma(-y[i], z[i], max(z[i], 0)).
//
//go:noescape
func marginF32AVX2(dst, z, y []float32)

//go:noescape
func marginF64AVX2(dst, z, y []float64)

//go:noescape
func marginF32AVX512(dst, z, y []float32)

//go:noescape
func marginF64AVX512(dst, z, y []float64)
