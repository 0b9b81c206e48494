//go:build !purego

package asm

func reduceAVX2(s *Set) {
	s.F32.Dot, s.F64.Dot = dotF32AVX2, dotF64AVX2
	s.F32.Sum, s.F64.Sum = sumF32AVX2, sumF64AVX2
	s.F32.Max, s.F64.Max = maxF32AVX2, maxF64AVX2
}

func reduceAVX512(s *Set) {
	s.F32.Dot, s.F64.Dot = dotF32AVX512, dotF64AVX512
	s.F32.Sum, s.F64.Sum = sumF32AVX512, sumF64AVX512
	s.F32.Max, s.F64.Max = maxF32AVX512, maxF64AVX512
}

//go:noescape
func dotF32AVX2(x, y []float32) float32

//go:noescape
func dotF64AVX2(x, y []float64) float64

//go:noescape
func sumF32AVX2(x []float32) float32

//go:noescape
func sumF64AVX2(x []float64) float64

//go:noescape
func maxF32AVX2(x []float32) float32

//go:noescape
func maxF64AVX2(x []float64) float64

//go:noescape
func dotF32AVX512(x, y []float32) float32

//go:noescape
func dotF64AVX512(x, y []float64) float64

//go:noescape
func sumF32AVX512(x []float32) float32

//go:noescape
func sumF64AVX512(x []float64) float64

//go:noescape
func maxF32AVX512(x []float32) float32

//go:noescape
func maxF64AVX512(x []float64) float64
