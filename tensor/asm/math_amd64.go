//go:build !purego

package asm

// mathAVX2 replaces the elementary functions and what is built on them by AVX2 and FMA kernels.
func mathAVX2(s *ISA) {
	s.F32.Unary[Exp], s.F64.Unary[Exp] = expF32AVX2, expF64AVX2
	s.F32.Parametric[ExpSub], s.F64.Parametric[ExpSub] = expSubF32AVX2, expSubF64AVX2
	s.F32.Unary[Log], s.F64.Unary[Log] = logF32AVX2, logF64AVX2
	s.F32.Unary[Tanh], s.F64.Unary[Tanh] = tanhF32AVX2, tanhF64AVX2
	s.F32.Unary[Sigmoid], s.F64.Unary[Sigmoid] = sigmoidF32AVX2, sigmoidF64AVX2
	s.F32.Unary[Silu], s.F64.Unary[Silu] = siluF32AVX2, siluF64AVX2
	s.F32.UnaryGradient[Silu], s.F64.UnaryGradient[Silu] = siluGradF32AVX2, siluGradF64AVX2
	s.F32.Unary[Gelu], s.F64.Unary[Gelu] = geluF32AVX2, geluF64AVX2
	s.F32.UnaryGradient[Gelu], s.F64.UnaryGradient[Gelu] = geluGradF32AVX2, geluGradF64AVX2
	s.F32.Unary[GeluTanh], s.F64.Unary[GeluTanh] = geluTanhF32AVX2, geluTanhF64AVX2
	s.F32.UnaryGradient[GeluTanh], s.F64.UnaryGradient[GeluTanh] =
		geluTanhGradF32AVX2, geluTanhGradF64AVX2
	s.F32.Unary[Erf], s.F64.Unary[Erf] = erfF32AVX2, erfF64AVX2
	s.F32.UnaryGradient[Erf], s.F64.UnaryGradient[Erf] =
		erfGradF32AVX2, erfGradF64AVX2
	s.F32.Unary[Softplus], s.F64.Unary[Softplus] = softplusF32AVX2, softplusF64AVX2
	s.F32.UnaryGradient[Softplus], s.F64.UnaryGradient[Softplus] =
		softplusGradF32AVX2, softplusGradF64AVX2
	s.F32.Unary[Hardswish], s.F64.Unary[Hardswish] = hardswishF32AVX2, hardswishF64AVX2
	s.F32.UnaryGradient[Hardswish], s.F64.UnaryGradient[Hardswish] =
		hardswishGradF32AVX2, hardswishGradF64AVX2
	s.F32.Unary[Mish], s.F64.Unary[Mish] = mishF32AVX2, mishF64AVX2
	s.F32.UnaryGradient[Mish], s.F64.UnaryGradient[Mish] =
		mishGradF32AVX2, mishGradF64AVX2
	s.F32.Parametric[Elu], s.F64.Parametric[Elu] = eluF32AVX2, eluF64AVX2
	s.F32.ParametricGradient[Elu], s.F64.ParametricGradient[Elu] =
		eluGradF32AVX2, eluGradF64AVX2
}

// mathAVX512 replaces the elementary functions and what is built on them by AVX-512 kernels.
func mathAVX512(s *ISA) {
	s.F32.Unary[Exp], s.F64.Unary[Exp] = expF32AVX512, expF64AVX512
	s.F32.Parametric[ExpSub], s.F64.Parametric[ExpSub] = expSubF32AVX512, expSubF64AVX512
	s.F32.Unary[Log], s.F64.Unary[Log] = logF32AVX512, logF64AVX512
	s.F32.Unary[Tanh], s.F64.Unary[Tanh] = tanhF32AVX512, tanhF64AVX512
	s.F32.Unary[Sigmoid], s.F64.Unary[Sigmoid] = sigmoidF32AVX512, sigmoidF64AVX512
	s.F32.Unary[Silu], s.F64.Unary[Silu] = siluF32AVX512, siluF64AVX512
	s.F32.UnaryGradient[Silu], s.F64.UnaryGradient[Silu] = siluGradF32AVX512, siluGradF64AVX512
	s.F32.Unary[Gelu], s.F64.Unary[Gelu] = geluF32AVX512, geluF64AVX512
	s.F32.UnaryGradient[Gelu], s.F64.UnaryGradient[Gelu] = geluGradF32AVX512, geluGradF64AVX512
	s.F32.Unary[GeluTanh], s.F64.Unary[GeluTanh] = geluTanhF32AVX512, geluTanhF64AVX512
	s.F32.UnaryGradient[GeluTanh], s.F64.UnaryGradient[GeluTanh] =
		geluTanhGradF32AVX512, geluTanhGradF64AVX512
	s.F32.Unary[Erf], s.F64.Unary[Erf] = erfF32AVX512, erfF64AVX512
	s.F32.UnaryGradient[Erf], s.F64.UnaryGradient[Erf] =
		erfGradF32AVX512, erfGradF64AVX512
	s.F32.Unary[Softplus], s.F64.Unary[Softplus] = softplusF32AVX512, softplusF64AVX512
	s.F32.UnaryGradient[Softplus], s.F64.UnaryGradient[Softplus] =
		softplusGradF32AVX512, softplusGradF64AVX512
	s.F32.Unary[Hardswish], s.F64.Unary[Hardswish] = hardswishF32AVX512, hardswishF64AVX512
	s.F32.UnaryGradient[Hardswish], s.F64.UnaryGradient[Hardswish] =
		hardswishGradF32AVX512, hardswishGradF64AVX512
	s.F32.Unary[Mish], s.F64.Unary[Mish] = mishF32AVX512, mishF64AVX512
	s.F32.UnaryGradient[Mish], s.F64.UnaryGradient[Mish] =
		mishGradF32AVX512, mishGradF64AVX512
	s.F32.Parametric[Elu], s.F64.Parametric[Elu] = eluF32AVX512, eluF64AVX512
	s.F32.ParametricGradient[Elu], s.F64.ParametricGradient[Elu] =
		eluGradF32AVX512, eluGradF64AVX512
}

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All
// take slices of any length, empty ones included, at any alignment of their elements. Operands are
// at least as long as the destination, the first argument; a destination may be the very same slice
// as an operand, other overlap is not allowed.

// expF32AVX2 and its variants set dst[i] to exp(x[i]), as expOf computes it.
//
//go:noescape
func expF32AVX2(dst, x []float32)

//go:noescape
func expF64AVX2(dst, x []float64)

//go:noescape
func expF32AVX512(dst, x []float32)

//go:noescape
func expF64AVX512(dst, x []float64)

// expSubF32AVX2 and its variants set dst[i] to exp(x[i] − shift), as expOf computes it.
//
//go:noescape
func expSubF32AVX2(dst, x []float32, shift float32)

//go:noescape
func expSubF64AVX2(dst, x []float64, shift float64)

//go:noescape
func expSubF32AVX512(dst, x []float32, shift float32)

//go:noescape
func expSubF64AVX512(dst, x []float64, shift float64)

// logF32AVX2 and its variants set dst[i] to ln(x[i]), as logOf computes it.
//
//go:noescape
func logF32AVX2(dst, x []float32)

//go:noescape
func logF64AVX2(dst, x []float64)

//go:noescape
func logF32AVX512(dst, x []float32)

//go:noescape
func logF64AVX512(dst, x []float64)

// tanhF32AVX2 and its variants set dst[i] to tanh(x[i]), as tanhOf32 and tanhOf64 compute it.
//
//go:noescape
func tanhF32AVX2(dst, x []float32)

//go:noescape
func tanhF64AVX2(dst, x []float64)

//go:noescape
func tanhF32AVX512(dst, x []float32)

//go:noescape
func tanhF64AVX512(dst, x []float64)

// sigmoidF32AVX2 and its variants set dst[i] to the sigmoid of x[i], as overOnePlusExp computes it.
//
//go:noescape
func sigmoidF32AVX2(dst, x []float32)

//go:noescape
func sigmoidF64AVX2(dst, x []float64)

//go:noescape
func sigmoidF32AVX512(dst, x []float32)

//go:noescape
func sigmoidF64AVX512(dst, x []float64)

// siluF32AVX2 and its variants set dst[i] to x[i] times its sigmoid, and to x[i] where that is
// large.
//
//go:noescape
func siluF32AVX2(dst, x []float32)

//go:noescape
func siluF64AVX2(dst, x []float64)

//go:noescape
func siluF32AVX512(dst, x []float32)

//go:noescape
func siluF64AVX512(dst, x []float64)

// siluGradF32AVX2 and its variants set dst[i] to g[i]·fma(s·x[i], 1−s, s), where s is the sigmoid
// of x[i].
//
//go:noescape
func siluGradF32AVX2(dst, g, x []float32)

//go:noescape
func siluGradF64AVX2(dst, g, x []float64)

//go:noescape
func siluGradF32AVX512(dst, g, x []float32)

//go:noescape
func siluGradF64AVX512(dst, g, x []float64)

// geluF32AVX2 and its variants set dst[i] to the gelu of x[i], as gelu computes it.
//
//go:noescape
func geluF32AVX2(dst, x []float32)

//go:noescape
func geluF64AVX2(dst, x []float64)

//go:noescape
func geluF32AVX512(dst, x []float32)

//go:noescape
func geluF64AVX512(dst, x []float64)

// geluGradF32AVX2 and its variants set dst[i] to g[i] times the derivative of gelu, as geluGrad
// computes it.
//
//go:noescape
func geluGradF32AVX2(dst, g, x []float32)

//go:noescape
func geluGradF64AVX2(dst, g, x []float64)

//go:noescape
func geluGradF32AVX512(dst, g, x []float32)

//go:noescape
func geluGradF64AVX512(dst, g, x []float64)

// geluTanhF32AVX2 and its variants set dst[i] to gelu's approximation by tanh, as geluTanh computes
// it.
//
//go:noescape
func geluTanhF32AVX2(dst, x []float32)

//go:noescape
func geluTanhF64AVX2(dst, x []float64)

//go:noescape
func geluTanhF32AVX512(dst, x []float32)

//go:noescape
func geluTanhF64AVX512(dst, x []float64)

// geluTanhGradF32AVX2 and its variants set dst[i] to g[i] times its derivative, as geluTanhGrad
// computes it.
//
//go:noescape
func geluTanhGradF32AVX2(dst, g, x []float32)

//go:noescape
func geluTanhGradF64AVX2(dst, g, x []float64)

//go:noescape
func geluTanhGradF32AVX512(dst, g, x []float32)

//go:noescape
func geluTanhGradF64AVX512(dst, g, x []float64)

// erfF32AVX2 and its variants set dst[i] to the error function of x[i], as erfOf32 and erfOf64
// compute it.
//
//go:noescape
func erfF32AVX2(dst, x []float32)

// erfGradF32AVX2 and its variants set dst[i] to g[i] times the derivative of erf at x[i].
//
//go:noescape
func erfGradF32AVX2(dst, g, x []float32)

//go:noescape
func erfF64AVX2(dst, x []float64)

//go:noescape
func erfGradF64AVX2(dst, g, x []float64)

//go:noescape
func erfF32AVX512(dst, x []float32)

//go:noescape
func erfGradF32AVX512(dst, g, x []float32)

//go:noescape
func erfF64AVX512(dst, x []float64)

//go:noescape
func erfGradF64AVX512(dst, g, x []float64)

// softplusF32AVX2 and its variants set dst[i] to softplus of x[i], as softplus computes it.
//
//go:noescape
func softplusF32AVX2(dst, x []float32)

// softplusGradF32AVX2 and its variants set dst[i] to g[i] times the derivative of softplus at x[i].
//
//go:noescape
func softplusGradF32AVX2(dst, g, x []float32)

//go:noescape
func softplusF64AVX2(dst, x []float64)

//go:noescape
func softplusGradF64AVX2(dst, g, x []float64)

//go:noescape
func softplusF32AVX512(dst, x []float32)

//go:noescape
func softplusGradF32AVX512(dst, g, x []float32)

//go:noescape
func softplusF64AVX512(dst, x []float64)

//go:noescape
func softplusGradF64AVX512(dst, g, x []float64)

// hardswishF32AVX2 and its variants set dst[i] to hardswish of x[i], as hardswish computes it.
//
//go:noescape
func hardswishF32AVX2(dst, x []float32)

// hardswishGradF32AVX2 and its variants set dst[i] to g[i] times the derivative of hardswish at
// x[i].
//
//go:noescape
func hardswishGradF32AVX2(dst, g, x []float32)

//go:noescape
func hardswishF64AVX2(dst, x []float64)

//go:noescape
func hardswishGradF64AVX2(dst, g, x []float64)

//go:noescape
func hardswishF32AVX512(dst, x []float32)

//go:noescape
func hardswishGradF32AVX512(dst, g, x []float32)

//go:noescape
func hardswishF64AVX512(dst, x []float64)

//go:noescape
func hardswishGradF64AVX512(dst, g, x []float64)

// mishF32AVX2 and its variants set dst[i] to mish of x[i], as mish computes it.
//
//go:noescape
func mishF32AVX2(dst, x []float32)

// mishGradF32AVX2 and its variants set dst[i] to g[i] times the derivative of mish at x[i].
//
//go:noescape
func mishGradF32AVX2(dst, g, x []float32)

//go:noescape
func mishF64AVX2(dst, x []float64)

//go:noescape
func mishGradF64AVX2(dst, g, x []float64)

//go:noescape
func mishF32AVX512(dst, x []float32)

//go:noescape
func mishGradF32AVX512(dst, g, x []float32)

//go:noescape
func mishF64AVX512(dst, x []float64)

//go:noescape
func mishGradF64AVX512(dst, g, x []float64)

// eluF32AVX2 and its variants set dst[i] to elu of x[i], as elu computes it.
//
//go:noescape
func eluF32AVX2(dst, x []float32, alpha float32)

// eluGradF32AVX2 and its variants set dst[i] to g[i] times the derivative of elu at x[i].
//
//go:noescape
func eluGradF32AVX2(dst, g, x []float32, alpha float32)

//go:noescape
func eluF64AVX2(dst, x []float64, alpha float64)

//go:noescape
func eluGradF64AVX2(dst, g, x []float64, alpha float64)

//go:noescape
func eluF32AVX512(dst, x []float32, alpha float32)

//go:noescape
func eluGradF32AVX512(dst, g, x []float32, alpha float32)

//go:noescape
func eluF64AVX512(dst, x []float64, alpha float64)

//go:noescape
func eluGradF64AVX512(dst, g, x []float64, alpha float64)
