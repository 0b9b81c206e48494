//go:build !purego

package asm

func rectifyAVX2(s *Set) {
	s.F32.Relu, s.F64.Relu = reluF32AVX2, reluF64AVX2
	s.F32.ReluGrad, s.F64.ReluGrad = reluGradF32AVX2, reluGradF64AVX2
	s.F32.LeakyRelu, s.F64.LeakyRelu = leakyReluF32AVX2, leakyReluF64AVX2
	s.F32.LeakyReluGrad, s.F64.LeakyReluGrad = leakyReluGradF32AVX2, leakyReluGradF64AVX2
	s.F32.TanhGrad, s.F64.TanhGrad = tanhGradF32AVX2, tanhGradF64AVX2
	s.F32.SigmoidGrad, s.F64.SigmoidGrad = sigmoidGradF32AVX2, sigmoidGradF64AVX2
}

func rectifyAVX512(s *Set) {
	s.F32.Relu, s.F64.Relu = reluF32AVX512, reluF64AVX512
	s.F32.ReluGrad, s.F64.ReluGrad = reluGradF32AVX512, reluGradF64AVX512
	s.F32.LeakyRelu, s.F64.LeakyRelu = leakyReluF32AVX512, leakyReluF64AVX512
	s.F32.LeakyReluGrad, s.F64.LeakyReluGrad = leakyReluGradF32AVX512, leakyReluGradF64AVX512
	s.F32.TanhGrad, s.F64.TanhGrad = tanhGradF32AVX512, tanhGradF64AVX512
	s.F32.SigmoidGrad, s.F64.SigmoidGrad = sigmoidGradF32AVX512, sigmoidGradF64AVX512
}

//go:noescape
func reluF32AVX2(dst, x []float32)

//go:noescape
func reluF64AVX2(dst, x []float64)

//go:noescape
func reluGradF32AVX2(dst, g, x []float32)

//go:noescape
func reluGradF64AVX2(dst, g, x []float64)

//go:noescape
func leakyReluF32AVX2(dst, x []float32, slope float32)

//go:noescape
func leakyReluF64AVX2(dst, x []float64, slope float64)

//go:noescape
func leakyReluGradF32AVX2(dst, g, x []float32, slope float32)

//go:noescape
func leakyReluGradF64AVX2(dst, g, x []float64, slope float64)

//go:noescape
func tanhGradF32AVX2(dst, g, a []float32)

//go:noescape
func tanhGradF64AVX2(dst, g, a []float64)

//go:noescape
func sigmoidGradF32AVX2(dst, g, a []float32)

//go:noescape
func sigmoidGradF64AVX2(dst, g, a []float64)

//go:noescape
func reluF32AVX512(dst, x []float32)

//go:noescape
func reluF64AVX512(dst, x []float64)

//go:noescape
func reluGradF32AVX512(dst, g, x []float32)

//go:noescape
func reluGradF64AVX512(dst, g, x []float64)

//go:noescape
func leakyReluF32AVX512(dst, x []float32, slope float32)

//go:noescape
func leakyReluF64AVX512(dst, x []float64, slope float64)

//go:noescape
func leakyReluGradF32AVX512(dst, g, x []float32, slope float32)

//go:noescape
func leakyReluGradF64AVX512(dst, g, x []float64, slope float64)

//go:noescape
func tanhGradF32AVX512(dst, g, a []float32)

//go:noescape
func tanhGradF64AVX512(dst, g, a []float64)

//go:noescape
func sigmoidGradF32AVX512(dst, g, a []float32)

//go:noescape
func sigmoidGradF64AVX512(dst, g, a []float64)
