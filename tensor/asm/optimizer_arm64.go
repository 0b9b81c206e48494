//go:build !purego

package asm

// optimizerNEON replaces the optimizer family by NEON kernels.
func optimizerNEON(s *ISA) {
	s.F32.Optimizer.Momentum, s.F64.Optimizer.Momentum = momentumF32NEON, momentumF64NEON
	s.F32.Optimizer.Nesterov, s.F64.Optimizer.Nesterov = nesterovF32NEON, nesterovF64NEON
	s.F32.Optimizer.Adam, s.F64.Optimizer.Adam = adamF32NEON, adamF64NEON
}

// All functions need NEON and take slices of any length, empty ones included, at any alignment of
// their elements. The slices are at least as long as w; those that are written do not overlap
// others.

// momentumF32NEON and its variant do
//
//	for i := range w {
//		v[i] = fma(mu, v[i], g[i])
//		w[i] = fma(-lr, v[i], w[i])
//	}
//
//go:noescape
func momentumF32NEON(w, v, g []float32, lr, mu float32)

//go:noescape
func momentumF64NEON(w, v, g []float64, lr, mu float64)

// nesterovF32NEON and its variant do
//
//	for i := range w {
//		v[i] = fma(mu, v[i], g[i])
//		w[i] = fma(-lr, fma(mu, v[i], g[i]), w[i])
//	}
//
//go:noescape
func nesterovF32NEON(w, v, g []float32, lr, mu float32)

//go:noescape
func nesterovF64NEON(w, v, g []float64, lr, mu float64)

// adamF32NEON and its variant do
//
//	for i := range w {
//		m[i] = fma(p.Beta1, m[i], p.OneMinusBeta1*g[i])
//		v[i] = fma(p.Beta2, v[i], p.OneMinusBeta2*g[i]*g[i])
//		w[i] = fma(-p.Step, m[i]/fma(sqrt(v[i]), p.InvSqrtCorrection, p.Epsilon), p.Decay*w[i])
//	}
//
//go:noescape
func adamF32NEON(w, m, v, g []float32, p AdamStep[float32])

//go:noescape
func adamF64NEON(w, m, v, g []float64, p AdamStep[float64])
