//go:build !purego

package asm

// fourierNEON replaces the passes of Fourier transforms.
func fourierNEON(s *ISA) {
	s.F32.Fourier = Fourier[float32]{Butterflies: butterfliesF32NEON, Unzip: unzipF32NEON}
	s.F64.Fourier = Fourier[float64]{Butterflies: butterfliesF64NEON, Unzip: unzipF64NEON}
}

// butterfliesF32NEON and its variant are [Fourier.Butterflies]. There is a row at least.
//
//go:noescape
func butterfliesF32NEON(dst, src, turns []float32, run int)

//go:noescape
func butterfliesF64NEON(dst, src, turns []float64, run int)

// unzipF32NEON and its variant are [Fourier.Unzip]. There is a row at least.
//
//go:noescape
func unzipF32NEON(dst, src, turns []float32, run int)

//go:noescape
func unzipF64NEON(dst, src, turns []float64, run int)
