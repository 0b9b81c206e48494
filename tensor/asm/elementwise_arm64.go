//go:build !purego

package asm

// elementwiseNEON replaces the element-wise functions of plain arithmetic by NEON kernels.
func elementwiseNEON(s *ISA) {
	s.F32.Binary[Add], s.F64.Binary[Add] = addF32NEON, addF64NEON
	s.F32.Binary[Sub], s.F64.Binary[Sub] = subF32NEON, subF64NEON
	s.F32.Binary[Mul], s.F64.Binary[Mul] = mulF32NEON, mulF64NEON
	s.F32.Binary[Div], s.F64.Binary[Div] = divF32NEON, divF64NEON
	s.F32.Binary[Minimum], s.F64.Binary[Minimum] = minimumF32NEON, minimumF64NEON
	s.F32.Binary[Maximum], s.F64.Binary[Maximum] = maximumF32NEON, maximumF64NEON
	s.F32.Clamp, s.F64.Clamp = clampF32NEON, clampF64NEON
	s.F32.HardGate, s.F64.HardGate = hardGateF32NEON, hardGateF64NEON
	s.F32.Unary[Sqrt], s.F64.Unary[Sqrt] = sqrtF32NEON, sqrtF64NEON
	s.F32.Parametric[Scale], s.F64.Parametric[Scale] = scaleF32NEON, scaleF64NEON
	s.F32.Parametric[Axpy], s.F64.Parametric[Axpy] = axpyF32NEON, axpyF64NEON
	s.F32.Unary[Relu], s.F64.Unary[Relu] = reluF32NEON, reluF64NEON
	s.F32.UnaryGradient[Relu], s.F64.UnaryGradient[Relu] = reluGradF32NEON, reluGradF64NEON
	s.F32.Parametric[LeakyRelu], s.F64.Parametric[LeakyRelu] = leakyReluF32NEON, leakyReluF64NEON
	s.F32.ParametricGradient[LeakyRelu], s.F64.ParametricGradient[LeakyRelu] =
		leakyReluGradF32NEON, leakyReluGradF64NEON
	s.F32.UnaryGradient[Tanh], s.F64.UnaryGradient[Tanh] = tanhGradF32NEON, tanhGradF64NEON
	s.F32.UnaryGradient[Sigmoid], s.F64.UnaryGradient[Sigmoid] = sigmoidGradF32NEON, sigmoidGradF64NEON
}

// All functions need NEON and take slices of any length, empty ones included, at any alignment of
// their elements. Operands are at least as long as the destination, the first argument; a
// destination may be the very same slice as an operand, other overlap is not allowed.

// addF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = x[i] + y[i]
//	}
//
//go:noescape
func addF32NEON(dst, x, y []float32)

//go:noescape
func addF64NEON(dst, x, y []float64)

// subF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = x[i] - y[i]
//	}
//
//go:noescape
func subF32NEON(dst, x, y []float32)

//go:noescape
func subF64NEON(dst, x, y []float64)

// mulF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = x[i] * y[i]
//	}
//
//go:noescape
func mulF32NEON(dst, x, y []float32)

//go:noescape
func mulF64NEON(dst, x, y []float64)

// divF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = x[i] / y[i]
//	}
//
//go:noescape
func divF32NEON(dst, x, y []float32)

//go:noescape
func divF64NEON(dst, x, y []float64)

// minimumF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = min(x[i], y[i])
//	}
//
//go:noescape
func minimumF32NEON(dst, x, y []float32)

//go:noescape
func minimumF64NEON(dst, x, y []float64)

// maximumF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = max(x[i], y[i])
//	}
//
//go:noescape
func maximumF32NEON(dst, x, y []float32)

//go:noescape
func maximumF64NEON(dst, x, y []float64)

// clampF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = min(max(x[i], low), high)
//	}
//
//go:noescape
func clampF32NEON(dst, x []float32, low, high float32)

//go:noescape
func clampF64NEON(dst, x []float64, low, high float64)

// hardGateF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = x[i] * min(max(x[i]+shift, low), high) / by
//	}
//
//go:noescape
func hardGateF32NEON(dst, x []float32, shift, low, high, by float32)

//go:noescape
func hardGateF64NEON(dst, x []float64, shift, low, high, by float64)

// sqrtF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = sqrt(x[i])
//	}
//
//go:noescape
func sqrtF32NEON(dst, x []float32)

//go:noescape
func sqrtF64NEON(dst, x []float64)

// scaleF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = alpha * x[i]
//	}
//
//go:noescape
func scaleF32NEON(dst, x []float32, alpha float32)

//go:noescape
func scaleF64NEON(dst, x []float64, alpha float64)

// axpyF32NEON and its variant do
//
//	for i := range y {
//		y[i] = fma(alpha, x[i], y[i])
//	}
//
//go:noescape
func axpyF32NEON(y, x []float32, alpha float32)

//go:noescape
func axpyF64NEON(y, x []float64, alpha float64)

// reluF32NEON and its variant do
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

// reluGradF32NEON and its variant do
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

// leakyReluF32NEON and its variant do
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

// leakyReluGradF32NEON and its variant do
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

// tanhGradF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = g[i] * fma(-a[i], a[i], 1)
//	}
//
//go:noescape
func tanhGradF32NEON(dst, g, a []float32)

//go:noescape
func tanhGradF64NEON(dst, g, a []float64)

// sigmoidGradF32NEON and its variant do
//
//	for i := range dst {
//		dst[i] = g[i] * fma(-a[i], a[i], a[i])
//	}
//
//go:noescape
func sigmoidGradF32NEON(dst, g, a []float32)

//go:noescape
func sigmoidGradF64NEON(dst, g, a []float64)
