//go:build !purego

package asm

import "github.com/klauspost/cpuid/v2"

// optimizerAVX2 replaces the optimizer family by AVX2 and FMA kernels.
func optimizerAVX2(s *ISA) {
	s.F32.Optimizer.Momentum, s.F64.Optimizer.Momentum = momentumF32AVX2, momentumF64AVX2
	s.F32.Optimizer.Nesterov, s.F64.Optimizer.Nesterov = nesterovF32AVX2, nesterovF64AVX2
	s.F32.Optimizer.Adam, s.F64.Optimizer.Adam = adamF32AVX2, adamF64AVX2
}

// optimizerAVX512 replaces the optimizer family by AVX-512 kernels.
func optimizerAVX512(s *ISA) {
	s.F32.Optimizer.Momentum, s.F64.Optimizer.Momentum = momentumF32AVX512, momentumF64AVX512
	s.F32.Optimizer.Nesterov, s.F64.Optimizer.Nesterov = nesterovF32AVX512, nesterovF64AVX512
	s.F32.Optimizer.Adam, s.F64.Optimizer.Adam = adamF32AVX512, adamF64AVX512
	if !hasFastRoots(cpuid.CPU.VendorID) {
		s.F32.Optimizer.Adam = adamFMAF32AVX512
	}
}

// hasFastRoots reports whether the divider takes a square root in about the time of a division, so
// that multiplications in its stead cost more: on Zen 4 a step of Adam takes 0.28 ns an element by
// the divider and 0.41 without. Intel's takes twice as long for a root.
func hasFastRoots(v cpuid.Vendor) bool { return v == cpuid.AMD || v == cpuid.Hygon }

// The functions named AVX2 need AVX2 and FMA; those named AVX512 need AVX-512 F, DQ, BW and VL. All
// take slices of any length, empty ones included, at any alignment of their elements. The slices
// are at least as long as w; those that are written do not overlap others.

// momentumF32AVX2 and its variants do
//
//	for i := range w {
//		v[i] = fma(mu, v[i], g[i])
//		w[i] = fma(-lr, v[i], w[i])
//	}
//
//go:noescape
func momentumF32AVX2(w, v, g []float32, lr, mu float32)

//go:noescape
func momentumF64AVX2(w, v, g []float64, lr, mu float64)

//go:noescape
func momentumF32AVX512(w, v, g []float32, lr, mu float32)

//go:noescape
func momentumF64AVX512(w, v, g []float64, lr, mu float64)

// nesterovF32AVX2 and its variants do
//
//	for i := range w {
//		v[i] = fma(mu, v[i], g[i])
//		w[i] = fma(-lr, fma(mu, v[i], g[i]), w[i])
//	}
//
//go:noescape
func nesterovF32AVX2(w, v, g []float32, lr, mu float32)

//go:noescape
func nesterovF64AVX2(w, v, g []float64, lr, mu float64)

//go:noescape
func nesterovF32AVX512(w, v, g []float32, lr, mu float32)

//go:noescape
func nesterovF64AVX512(w, v, g []float64, lr, mu float64)

// adamF32AVX2 and its variants do
//
//	for i := range w {
//		m[i] = fma(p.Beta1, m[i], p.OneMinusBeta1*g[i])
//		v[i] = fma(p.Beta2, v[i], p.OneMinusBeta2*g[i]*g[i])
//		w[i] = fma(-p.Step, m[i]/fma(sqrt(v[i]), p.InvSqrtCorrection, p.Epsilon), p.Decay*w[i])
//	}
//
//go:noescape
func adamF32AVX2(w, m, v, g []float32, p AdamStep[float32])

//go:noescape
func adamF64AVX2(w, m, v, g []float64, p AdamStep[float64])

//go:noescape
func adamF32AVX512(w, m, v, g []float32, p AdamStep[float32])

//go:noescape
func adamF64AVX512(w, m, v, g []float64, p AdamStep[float64])

// adamFMAF32AVX512 takes the square roots from multiplications.
//
//go:noescape
func adamFMAF32AVX512(w, m, v, g []float32, p AdamStep[float32])
