//go:build !purego

package asm

// rectifyNEON replaces the rectify family by NEON kernels.
func rectifyNEON(s *ISA) {
	s.F32.Unary[Relu], s.F64.Unary[Relu] = reluF32NEON, reluF64NEON
	s.F32.UnaryGradient[Relu], s.F64.UnaryGradient[Relu] = reluGradF32NEON, reluGradF64NEON
	s.F32.Parametric[LeakyRelu], s.F64.Parametric[LeakyRelu] = leakyReluF32NEON, leakyReluF64NEON
	s.F32.ParametricGradient[LeakyRelu], s.F64.ParametricGradient[LeakyRelu] = leakyReluGradF32NEON, leakyReluGradF64NEON
	s.F32.UnaryGradient[Tanh], s.F64.UnaryGradient[Tanh] = tanhGradF32NEON, tanhGradF64NEON
	s.F32.UnaryGradient[Sigmoid], s.F64.UnaryGradient[Sigmoid] = sigmoidGradF32NEON, sigmoidGradF64NEON
}

// All functions need NEON and take slices of any length, empty ones
// included, at any alignment of their elements. Operands are at least as long as dst, which may be the very same slice as an operand;
// other overlap is not allowed.

// reluF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = x[i]
//		if x[i] < 0 {
//			dst[i] = 0
//		}
//	}
//
//go:noescape
func reluF32NEON(dst, x []float32)

//go:noescape
func reluF64NEON(dst, x []float64)

// reluGradF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = g[i]
//		if x[i] <= 0 {
//			dst[i] = 0
//		}
//	}
//
//go:noescape
func reluGradF32NEON(dst, g, x []float32)

//go:noescape
func reluGradF64NEON(dst, g, x []float64)

// leakyReluF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = x[i]
//		if x[i] < 0 {
//			dst[i] = slope * x[i]
//		}
//	}
//
//go:noescape
func leakyReluF32NEON(dst, x []float32, slope float32)

//go:noescape
func leakyReluF64NEON(dst, x []float64, slope float64)

// leakyReluGradF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = g[i]
//		if x[i] <= 0 {
//			dst[i] = slope * g[i]
//		}
//	}
//
//go:noescape
func leakyReluGradF32NEON(dst, g, x []float32, slope float32)

//go:noescape
func leakyReluGradF64NEON(dst, g, x []float64, slope float64)

// tanhGradF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = g[i] * fma(-a[i], a[i], 1)
//	}
//
//go:noescape
func tanhGradF32NEON(dst, g, a []float32)

//go:noescape
func tanhGradF64NEON(dst, g, a []float64)

// sigmoidGradF32NEON and its twin do
//
//	for i := range dst {
//		dst[i] = g[i] * fma(-a[i], a[i], a[i])
//	}
//
//go:noescape
func sigmoidGradF32NEON(dst, g, a []float32)

//go:noescape
func sigmoidGradF64NEON(dst, g, a []float64)
