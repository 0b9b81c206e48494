//go:build !purego

package asm

// elementwiseAVX2 replaces the element-wise functions of plain arithmetic by AVX2 and FMA kernels.
func elementwiseAVX2(s *ISA) {
	s.F32.Binary[Add], s.F64.Binary[Add] = addF32AVX2, addF64AVX2
	s.F32.Binary[Sub], s.F64.Binary[Sub] = subF32AVX2, subF64AVX2
	s.F32.Binary[Mul], s.F64.Binary[Mul] = mulF32AVX2, mulF64AVX2
	s.F32.Binary[Div], s.F64.Binary[Div] = divF32AVX2, divF64AVX2
	s.F32.Binary[Minimum], s.F64.Binary[Minimum] = minimumF32AVX2, minimumF64AVX2
	s.F32.Binary[Maximum], s.F64.Binary[Maximum] = maximumF32AVX2, maximumF64AVX2
	s.F32.Clamp, s.F64.Clamp = clampF32AVX2, clampF64AVX2
	s.F32.HardGate, s.F64.HardGate = hardGateF32AVX2, hardGateF64AVX2
	s.F32.Unary[Sqrt], s.F64.Unary[Sqrt] = sqrtF32AVX2, sqrtF64AVX2
	s.F32.Parametric[Scale], s.F64.Parametric[Scale] = scaleF32AVX2, scaleF64AVX2
	s.F32.Parametric[Axpy], s.F64.Parametric[Axpy] = axpyF32AVX2, axpyF64AVX2
	s.F32.Unary[Relu], s.F64.Unary[Relu] = reluF32AVX2, reluF64AVX2
	s.F32.UnaryGradient[Relu], s.F64.UnaryGradient[Relu] = reluGradF32AVX2, reluGradF64AVX2
	s.F32.Parametric[LeakyRelu], s.F64.Parametric[LeakyRelu] = leakyReluF32AVX2, leakyReluF64AVX2
	s.F32.ParametricGradient[LeakyRelu], s.F64.ParametricGradient[LeakyRelu] =
		leakyReluGradF32AVX2, leakyReluGradF64AVX2
	s.F32.UnaryGradient[Tanh], s.F64.UnaryGradient[Tanh] = tanhGradF32AVX2, tanhGradF64AVX2
	s.F32.UnaryGradient[Sigmoid], s.F64.UnaryGradient[Sigmoid] = sigmoidGradF32AVX2, sigmoidGradF64AVX2
}

// elementwiseAVX512 replaces the element-wise functions of plain arithmetic by AVX-512 kernels.
func elementwiseAVX512(s *ISA) {
	s.F32.Binary[Add], s.F64.Binary[Add] = addF32AVX512, addF64AVX512
	s.F32.Binary[Sub], s.F64.Binary[Sub] = subF32AVX512, subF64AVX512
	s.F32.Binary[Mul], s.F64.Binary[Mul] = mulF32AVX512, mulF64AVX512
	s.F32.Binary[Div], s.F64.Binary[Div] = divF32AVX512, divF64AVX512
	s.F32.Binary[Minimum], s.F64.Binary[Minimum] = minimumF32AVX512, minimumF64AVX512
	s.F32.Binary[Maximum], s.F64.Binary[Maximum] = maximumF32AVX512, maximumF64AVX512
	s.F32.Clamp, s.F64.Clamp = clampF32AVX512, clampF64AVX512
	s.F32.HardGate, s.F64.HardGate = hardGateF32AVX512, hardGateF64AVX512
	s.F32.Unary[Sqrt], s.F64.Unary[Sqrt] = sqrtF32AVX512, sqrtF64AVX512
	s.F32.Parametric[Scale], s.F64.Parametric[Scale] = scaleF32AVX512, scaleF64AVX512
	s.F32.Parametric[Axpy], s.F64.Parametric[Axpy] = axpyF32AVX512, axpyF64AVX512
	s.F32.Unary[Relu], s.F64.Unary[Relu] = reluF32AVX512, reluF64AVX512
	s.F32.UnaryGradient[Relu], s.F64.UnaryGradient[Relu] = reluGradF32AVX512, reluGradF64AVX512
	s.F32.Parametric[LeakyRelu], s.F64.Parametric[LeakyRelu] = leakyReluF32AVX512, leakyReluF64AVX512
	s.F32.ParametricGradient[LeakyRelu], s.F64.ParametricGradient[LeakyRelu] =
		leakyReluGradF32AVX512, leakyReluGradF64AVX512
	s.F32.UnaryGradient[Tanh], s.F64.UnaryGradient[Tanh] = tanhGradF32AVX512, tanhGradF64AVX512
	s.F32.UnaryGradient[Sigmoid], s.F64.UnaryGradient[Sigmoid] =
		sigmoidGradF32AVX512, sigmoidGradF64AVX512
}

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All
// take slices of any length, empty ones included, at any alignment of their elements. Operands are
// at least as long as the destination, the first argument; a destination may be the very same slice
// as an operand, other overlap is not allowed.

// addF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = x[i] + y[i]
//	}
//
//go:noescape
func addF32AVX2(dst, x, y []float32)

//go:noescape
func addF64AVX2(dst, x, y []float64)

//go:noescape
func addF32AVX512(dst, x, y []float32)

//go:noescape
func addF64AVX512(dst, x, y []float64)

// subF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = x[i] - y[i]
//	}
//
//go:noescape
func subF32AVX2(dst, x, y []float32)

//go:noescape
func subF64AVX2(dst, x, y []float64)

//go:noescape
func subF32AVX512(dst, x, y []float32)

//go:noescape
func subF64AVX512(dst, x, y []float64)

// mulF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = x[i] * y[i]
//	}
//
//go:noescape
func mulF32AVX2(dst, x, y []float32)

//go:noescape
func mulF64AVX2(dst, x, y []float64)

//go:noescape
func mulF32AVX512(dst, x, y []float32)

//go:noescape
func mulF64AVX512(dst, x, y []float64)

// divF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = x[i] / y[i]
//	}
//
//go:noescape
func divF32AVX2(dst, x, y []float32)

//go:noescape
func divF64AVX2(dst, x, y []float64)

//go:noescape
func divF32AVX512(dst, x, y []float32)

//go:noescape
func divF64AVX512(dst, x, y []float64)

// minimumF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = min(x[i], y[i])
//	}
//
//go:noescape
func minimumF32AVX2(dst, x, y []float32)

//go:noescape
func minimumF64AVX2(dst, x, y []float64)

//go:noescape
func minimumF32AVX512(dst, x, y []float32)

//go:noescape
func minimumF64AVX512(dst, x, y []float64)

// maximumF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = max(x[i], y[i])
//	}
//
//go:noescape
func maximumF32AVX2(dst, x, y []float32)

//go:noescape
func maximumF64AVX2(dst, x, y []float64)

//go:noescape
func maximumF32AVX512(dst, x, y []float32)

//go:noescape
func maximumF64AVX512(dst, x, y []float64)

// clampF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = min(max(x[i], low), high)
//	}
//
//go:noescape
func clampF32AVX2(dst, x []float32, low, high float32)

//go:noescape
func clampF64AVX2(dst, x []float64, low, high float64)

//go:noescape
func clampF32AVX512(dst, x []float32, low, high float32)

//go:noescape
func clampF64AVX512(dst, x []float64, low, high float64)

// hardGateF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = x[i] * min(max(x[i]+shift, low), high) / by
//	}
//
//go:noescape
func hardGateF32AVX2(dst, x []float32, shift, low, high, by float32)

//go:noescape
func hardGateF64AVX2(dst, x []float64, shift, low, high, by float64)

//go:noescape
func hardGateF32AVX512(dst, x []float32, shift, low, high, by float32)

//go:noescape
func hardGateF64AVX512(dst, x []float64, shift, low, high, by float64)

// sqrtF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = sqrt(x[i])
//	}
//
//go:noescape
func sqrtF32AVX2(dst, x []float32)

//go:noescape
func sqrtF64AVX2(dst, x []float64)

//go:noescape
func sqrtF32AVX512(dst, x []float32)

//go:noescape
func sqrtF64AVX512(dst, x []float64)

// scaleF32AVX2 and its variants do
//
//	for i := range dst {
//		dst[i] = alpha * x[i]
//	}
//
//go:noescape
func scaleF32AVX2(dst, x []float32, alpha float32)

//go:noescape
func scaleF64AVX2(dst, x []float64, alpha float64)

//go:noescape
func scaleF32AVX512(dst, x []float32, alpha float32)

//go:noescape
func scaleF64AVX512(dst, x []float64, alpha float64)

// axpyF32AVX2 and its variants do
//
//	for i := range y {
//		y[i] = fma(alpha, x[i], y[i])
//	}
//
//go:noescape
func axpyF32AVX2(y, x []float32, alpha float32)

//go:noescape
func axpyF64AVX2(y, x []float64, alpha float64)

//go:noescape
func axpyF32AVX512(y, x []float32, alpha float32)

//go:noescape
func axpyF64AVX512(y, x []float64, alpha float64)

// reluF32AVX2 and its variants do
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

// reluGradF32AVX2 and its variants do
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

// leakyReluF32AVX2 and its variants do
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

// leakyReluGradF32AVX2 and its variants do
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

// tanhGradF32AVX2 and its variants do
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

// sigmoidGradF32AVX2 and its variants do
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
