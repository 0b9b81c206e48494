//go:build !purego

package asm

func optimizerAVX2(s *Set) {
	s.F32.Momentum, s.F64.Momentum = momentumF32AVX2, momentumF64AVX2
	s.F32.Nesterov, s.F64.Nesterov = nesterovF32AVX2, nesterovF64AVX2
	s.F32.Adam, s.F64.Adam = adamF32AVX2, adamF64AVX2
}

func optimizerAVX512(s *Set) {
	s.F32.Momentum, s.F64.Momentum = momentumF32AVX512, momentumF64AVX512
	s.F32.Nesterov, s.F64.Nesterov = nesterovF32AVX512, nesterovF64AVX512
	s.F32.Adam, s.F64.Adam = adamF32AVX512, adamF64AVX512
}

//go:noescape
func momentumF32AVX2(w, v, g []float32, lr, mu float32)

//go:noescape
func momentumF64AVX2(w, v, g []float64, lr, mu float64)

//go:noescape
func nesterovF32AVX2(w, v, g []float32, lr, mu float32)

//go:noescape
func nesterovF64AVX2(w, v, g []float64, lr, mu float64)

//go:noescape
func adamF32AVX2(w, m, v, g []float32, p AdamStep[float32])

//go:noescape
func adamF64AVX2(w, m, v, g []float64, p AdamStep[float64])

//go:noescape
func momentumF32AVX512(w, v, g []float32, lr, mu float32)

//go:noescape
func momentumF64AVX512(w, v, g []float64, lr, mu float64)

//go:noescape
func nesterovF32AVX512(w, v, g []float32, lr, mu float32)

//go:noescape
func nesterovF64AVX512(w, v, g []float64, lr, mu float64)

//go:noescape
func adamF32AVX512(w, m, v, g []float32, p AdamStep[float32])

//go:noescape
func adamF64AVX512(w, m, v, g []float64, p AdamStep[float64])
