//go:build !purego

package asm

// rectifyAVX2 replaces the rectify family by AVX2 and FMA kernels.
func rectifyAVX2(s *ISA) {
	s.F32.Unary[Relu], s.F64.Unary[Relu] = reluF32AVX2, reluF64AVX2
	s.F32.UnaryGradient[Relu], s.F64.UnaryGradient[Relu] = reluGradF32AVX2, reluGradF64AVX2
	s.F32.Parametric[LeakyRelu], s.F64.Parametric[LeakyRelu] = leakyReluF32AVX2, leakyReluF64AVX2
	s.F32.ParametricGradient[LeakyRelu], s.F64.ParametricGradient[LeakyRelu] = leakyReluGradF32AVX2, leakyReluGradF64AVX2
	s.F32.UnaryGradient[Tanh], s.F64.UnaryGradient[Tanh] = tanhGradF32AVX2, tanhGradF64AVX2
	s.F32.UnaryGradient[Sigmoid], s.F64.UnaryGradient[Sigmoid] = sigmoidGradF32AVX2, sigmoidGradF64AVX2
}

// rectifyAVX512 replaces the rectify family by AVX-512 kernels.
func rectifyAVX512(s *ISA) {
	s.F32.Unary[Relu], s.F64.Unary[Relu] = reluF32AVX512, reluF64AVX512
	s.F32.UnaryGradient[Relu], s.F64.UnaryGradient[Relu] = reluGradF32AVX512, reluGradF64AVX512
	s.F32.Parametric[LeakyRelu], s.F64.Parametric[LeakyRelu] = leakyReluF32AVX512, leakyReluF64AVX512
	s.F32.ParametricGradient[LeakyRelu], s.F64.ParametricGradient[LeakyRelu] = leakyReluGradF32AVX512, leakyReluGradF64AVX512
	s.F32.UnaryGradient[Tanh], s.F64.UnaryGradient[Tanh] = tanhGradF32AVX512, tanhGradF64AVX512
	s.F32.UnaryGradient[Sigmoid], s.F64.UnaryGradient[Sigmoid] = sigmoidGradF32AVX512, sigmoidGradF64AVX512
}

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All take slices of any length, empty ones
// included, at any alignment of their elements. Operands are at least as long as dst, which may be the very same slice as an operand;
// other overlap is not allowed.

// reluF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = x[i]
//		if x[i] < 0 {
//			dst[i] = 0
//		}
//	}
//
//go:noescape
func reluF32AVX2(dst, x []float32)

//go:noescape
func reluF64AVX2(dst, x []float64)

//go:noescape
func reluF32AVX512(dst, x []float32)

//go:noescape
func reluF64AVX512(dst, x []float64)

// reluGradF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = g[i]
//		if x[i] <= 0 {
//			dst[i] = 0
//		}
//	}
//
//go:noescape
func reluGradF32AVX2(dst, g, x []float32)

//go:noescape
func reluGradF64AVX2(dst, g, x []float64)

//go:noescape
func reluGradF32AVX512(dst, g, x []float32)

//go:noescape
func reluGradF64AVX512(dst, g, x []float64)

// leakyReluF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = x[i]
//		if x[i] < 0 {
//			dst[i] = slope * x[i]
//		}
//	}
//
//go:noescape
func leakyReluF32AVX2(dst, x []float32, slope float32)

//go:noescape
func leakyReluF64AVX2(dst, x []float64, slope float64)

//go:noescape
func leakyReluF32AVX512(dst, x []float32, slope float32)

//go:noescape
func leakyReluF64AVX512(dst, x []float64, slope float64)

// leakyReluGradF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = g[i]
//		if x[i] <= 0 {
//			dst[i] = slope * g[i]
//		}
//	}
//
//go:noescape
func leakyReluGradF32AVX2(dst, g, x []float32, slope float32)

//go:noescape
func leakyReluGradF64AVX2(dst, g, x []float64, slope float64)

//go:noescape
func leakyReluGradF32AVX512(dst, g, x []float32, slope float32)

//go:noescape
func leakyReluGradF64AVX512(dst, g, x []float64, slope float64)

// tanhGradF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = g[i] * fma(-a[i], a[i], 1)
//	}
//
//go:noescape
func tanhGradF32AVX2(dst, g, a []float32)

//go:noescape
func tanhGradF64AVX2(dst, g, a []float64)

//go:noescape
func tanhGradF32AVX512(dst, g, a []float32)

//go:noescape
func tanhGradF64AVX512(dst, g, a []float64)

// sigmoidGradF32AVX2 and its three kin do
//
//	for i := range dst {
//		dst[i] = g[i] * fma(-a[i], a[i], a[i])
//	}
//
//go:noescape
func sigmoidGradF32AVX2(dst, g, a []float32)

//go:noescape
func sigmoidGradF64AVX2(dst, g, a []float64)

//go:noescape
func sigmoidGradF32AVX512(dst, g, a []float32)

//go:noescape
func sigmoidGradF64AVX512(dst, g, a []float64)
