//go:build !purego

package asm

// fourierAVX2 replaces the passes of Fourier transforms.
func fourierAVX2(s *ISA) {
	s.F32.Fourier = Fourier[float32]{Butterflies: butterfliesF32AVX2, Unzip: unzipF32AVX2}
	s.F64.Fourier = Fourier[float64]{Butterflies: butterfliesF64AVX2, Unzip: unzipF64AVX2}
}

// fourierAVX512 replaces the passes of Fourier transforms.
func fourierAVX512(s *ISA) {
	s.F32.Fourier = Fourier[float32]{Butterflies: butterfliesF32AVX512, Unzip: unzipF32AVX512}
	s.F64.Fourier = Fourier[float64]{Butterflies: butterfliesF64AVX512, Unzip: unzipF64AVX512}
}

// butterfliesF32AVX2 and its variants are [Fourier.Butterflies]. There is a row at least.
//
//go:noescape
func butterfliesF32AVX2(dst, src, turns []float32, run int)

//go:noescape
func butterfliesF64AVX2(dst, src, turns []float64, run int)

//go:noescape
func butterfliesF32AVX512(dst, src, turns []float32, run int)

//go:noescape
func butterfliesF64AVX512(dst, src, turns []float64, run int)

// unzipF32AVX2 and its variants are [Fourier.Unzip]. There is a row at least.
//
//go:noescape
func unzipF32AVX2(dst, src, turns []float32, run int)

//go:noescape
func unzipF64AVX2(dst, src, turns []float64, run int)

//go:noescape
func unzipF32AVX512(dst, src, turns []float32, run int)

//go:noescape
func unzipF64AVX512(dst, src, turns []float64, run int)
