//go:build !purego

package asm

// mathNEON replaces the elementary functions and what is built on them by NEON kernels.
func mathNEON(s *ISA) {
	s.F32.Unary[Exp], s.F64.Unary[Exp] = expF32NEON, expF64NEON
	s.F32.Parametric[ExpSub], s.F64.Parametric[ExpSub] = expSubF32NEON, expSubF64NEON
	s.F32.Unary[Log], s.F64.Unary[Log] = logF32NEON, logF64NEON
	s.F32.Unary[Tanh], s.F64.Unary[Tanh] = tanhF32NEON, tanhF64NEON
	s.F32.Unary[Sigmoid], s.F64.Unary[Sigmoid] = sigmoidF32NEON, sigmoidF64NEON
	s.F32.Unary[Silu], s.F64.Unary[Silu] = siluF32NEON, siluF64NEON
	s.F32.UnaryGradient[Silu], s.F64.UnaryGradient[Silu] = siluGradF32NEON, siluGradF64NEON
	s.F32.Unary[Gelu], s.F64.Unary[Gelu] = geluF32NEON, geluF64NEON
	s.F32.UnaryGradient[Gelu], s.F64.UnaryGradient[Gelu] = geluGradF32NEON, geluGradF64NEON
	s.F32.Unary[GeluTanh], s.F64.Unary[GeluTanh] = geluTanhF32NEON, geluTanhF64NEON
	s.F32.UnaryGradient[GeluTanh], s.F64.UnaryGradient[GeluTanh] =
		geluTanhGradF32NEON, geluTanhGradF64NEON
	s.F32.Unary[Erf], s.F64.Unary[Erf] = erfF32NEON, erfF64NEON
	s.F32.UnaryGradient[Erf], s.F64.UnaryGradient[Erf] =
		erfGradF32NEON, erfGradF64NEON
	s.F32.Unary[Softplus], s.F64.Unary[Softplus] = softplusF32NEON, softplusF64NEON
	s.F32.UnaryGradient[Softplus], s.F64.UnaryGradient[Softplus] =
		softplusGradF32NEON, softplusGradF64NEON
	s.F32.Unary[Hardswish], s.F64.Unary[Hardswish] = hardswishF32NEON, hardswishF64NEON
	s.F32.UnaryGradient[Hardswish], s.F64.UnaryGradient[Hardswish] =
		hardswishGradF32NEON, hardswishGradF64NEON
	s.F32.Unary[Mish], s.F64.Unary[Mish] = mishF32NEON, mishF64NEON
	s.F32.UnaryGradient[Mish], s.F64.UnaryGradient[Mish] =
		mishGradF32NEON, mishGradF64NEON
	s.F32.Parametric[Elu], s.F64.Parametric[Elu] = eluF32NEON, eluF64NEON
	s.F32.ParametricGradient[Elu], s.F64.ParametricGradient[Elu] =
		eluGradF32NEON, eluGradF64NEON
}

// tanhRows and geluRows hold tanhTables and geluTables by interval: NEON looks up an interval's
// eight constants with two loads, and transposes those of four lanes.
//
//lint:ignore U1000 read by tanh_neon_arm64.s
var tanhRows = byInterval(&tanhTables)

//lint:ignore U1000 read by gelu_neon_arm64.s
var geluRows = byInterval(&geluTables)

//lint:ignore U1000 read by math_neon_arm64.s
var erfRows = byInterval(&erfTables)

func byInterval(tables *[8][16]float32) (rows [16][8]float32) {
	for c, constants := range tables {
		for interval, v := range constants {
			rows[interval][c] = v
		}
	}
	return rows
}

// All functions need NEON and take slices of any length, empty ones included, at any alignment of
// their elements. Operands are at least as long as the destination, the first argument; a
// destination may be the very same slice as an operand, other overlap is not allowed.

// expF32NEON and its variants set dst[i] to exp(x[i]), as expOf computes it.
//
//go:noescape
func expF32NEON(dst, x []float32)

//go:noescape
func expF64NEON(dst, x []float64)

// expSubF32NEON and its variants set dst[i] to exp(x[i] − shift), as expOf computes it.
//
//go:noescape
func expSubF32NEON(dst, x []float32, shift float32)

//go:noescape
func expSubF64NEON(dst, x []float64, shift float64)

// logF32NEON and its variants set dst[i] to ln(x[i]), as logOf computes it.
//
//go:noescape
func logF32NEON(dst, x []float32)

//go:noescape
func logF64NEON(dst, x []float64)

// tanhF32NEON and its variants set dst[i] to tanh(x[i]), as tanhOf32 and tanhOf64 compute it.
//
//go:noescape
func tanhF32NEON(dst, x []float32)

//go:noescape
func tanhF64NEON(dst, x []float64)

// sigmoidF32NEON and its variants set dst[i] to the sigmoid of x[i], as overOnePlusExp computes it.
//
//go:noescape
func sigmoidF32NEON(dst, x []float32)

//go:noescape
func sigmoidF64NEON(dst, x []float64)

// siluF32NEON and its variants set dst[i] to x[i] times its sigmoid, and to x[i] where that is
// large.
//
//go:noescape
func siluF32NEON(dst, x []float32)

//go:noescape
func siluF64NEON(dst, x []float64)

// siluGradF32NEON and its variants set dst[i] to g[i]·fma(s·x[i], 1−s, s), where s is the sigmoid
// of x[i].
//
//go:noescape
func siluGradF32NEON(dst, g, x []float32)

//go:noescape
func siluGradF64NEON(dst, g, x []float64)

// geluF32NEON and its variants set dst[i] to the gelu of x[i], as gelu computes it.
//
//go:noescape
func geluF32NEON(dst, x []float32)

//go:noescape
func geluF64NEON(dst, x []float64)

// geluGradF32NEON and its variants set dst[i] to g[i] times the derivative of gelu, as geluGrad
// computes it.
//
//go:noescape
func geluGradF32NEON(dst, g, x []float32)

//go:noescape
func geluGradF64NEON(dst, g, x []float64)

// geluTanhF32NEON and its variants set dst[i] to gelu's approximation by tanh, as geluTanh computes
// it.
//
//go:noescape
func geluTanhF32NEON(dst, x []float32)

//go:noescape
func geluTanhF64NEON(dst, x []float64)

// geluTanhGradF32NEON and its variants set dst[i] to g[i] times its derivative, as geluTanhGrad
// computes it.
//
//go:noescape
func geluTanhGradF32NEON(dst, g, x []float32)

//go:noescape
func geluTanhGradF64NEON(dst, g, x []float64)

// erfF32NEON and its variants set dst[i] to the error function of x[i], as erfOf32 and erfOf64
// compute it.
//
//go:noescape
func erfF32NEON(dst, x []float32)

// erfGradF32NEON and its variants set dst[i] to g[i] times the derivative of erf at x[i].
//
//go:noescape
func erfGradF32NEON(dst, g, x []float32)

//go:noescape
func erfF64NEON(dst, x []float64)

//go:noescape
func erfGradF64NEON(dst, g, x []float64)

// softplusF32NEON and its variants set dst[i] to softplus of x[i], as softplus computes it.
//
//go:noescape
func softplusF32NEON(dst, x []float32)

// softplusGradF32NEON and its variants set dst[i] to g[i] times the derivative of softplus at x[i].
//
//go:noescape
func softplusGradF32NEON(dst, g, x []float32)

//go:noescape
func softplusF64NEON(dst, x []float64)

//go:noescape
func softplusGradF64NEON(dst, g, x []float64)

// hardswishF32NEON and its variants set dst[i] to hardswish of x[i], as hardswish computes it.
//
//go:noescape
func hardswishF32NEON(dst, x []float32)

// hardswishGradF32NEON and its variants set dst[i] to g[i] times the derivative of hardswish at
// x[i].
//
//go:noescape
func hardswishGradF32NEON(dst, g, x []float32)

//go:noescape
func hardswishF64NEON(dst, x []float64)

//go:noescape
func hardswishGradF64NEON(dst, g, x []float64)

// mishF32NEON and its variants set dst[i] to mish of x[i], as mish computes it.
//
//go:noescape
func mishF32NEON(dst, x []float32)

// mishGradF32NEON and its variants set dst[i] to g[i] times the derivative of mish at x[i].
//
//go:noescape
func mishGradF32NEON(dst, g, x []float32)

//go:noescape
func mishF64NEON(dst, x []float64)

//go:noescape
func mishGradF64NEON(dst, g, x []float64)

// eluF32NEON and its variants set dst[i] to elu of x[i], as elu computes it.
//
//go:noescape
func eluF32NEON(dst, x []float32, alpha float32)

// eluGradF32NEON and its variants set dst[i] to g[i] times the derivative of elu at x[i].
//
//go:noescape
func eluGradF32NEON(dst, g, x []float32, alpha float32)

//go:noescape
func eluF64NEON(dst, x []float64, alpha float64)

//go:noescape
func eluGradF64NEON(dst, g, x []float64, alpha float64)
