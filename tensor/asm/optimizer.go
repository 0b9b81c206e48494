package asm

import "math"

// optimizerPure fills in the pure-Go kernels of the optimizer family.
func optimizerPure[T Float](k *Kernels[T], r rounding) {
	k.Optimizer.Momentum = func(w, v, g []T, lr, mu T) { momentum(r, w, v, g, lr, mu) }
	k.Optimizer.Nesterov = func(w, v, g []T, lr, mu T) { nesterov(r, w, v, g, lr, mu) }
	k.Optimizer.Adam = func(w, m, v, g []T, p AdamStep[T]) { adam(r, w, m, v, g, p) }
}

func momentum[T Float](r rounding, w, v, g []T, lr, mu T) {
	v, g = v[:len(w)], g[:len(w)]
	for i := range w {
		v[i] = fma(r, mu, v[i], g[i])
		w[i] = fma(r, -lr, v[i], w[i])
	}
}

func nesterov[T Float](r rounding, w, v, g []T, lr, mu T) {
	v, g = v[:len(w)], g[:len(w)]
	for i := range w {
		v[i] = fma(r, mu, v[i], g[i])
		w[i] = fma(r, -lr, fma(r, mu, v[i], g[i]), w[i])
	}
}

func adam[T Float](r rounding, w, m, v, g []T, p AdamStep[T]) {
	m, v, g = m[:len(w)], v[:len(w)], g[:len(w)]
	for i := range w {
		m[i] = fma(r, p.Beta1, m[i], T(p.OneMinusBeta1*g[i]))
		v[i] = fma(r, p.Beta2, v[i], T(T(p.OneMinusBeta2*g[i])*g[i]))
		// The square root of a float32 in float64 rounds to the float32 that one rounding gives.
		root := T(math.Sqrt(float64(v[i])))
		ratio := m[i] / fma(r, root, p.InvSqrtCorrection, p.Epsilon)
		w[i] = fma(r, -p.Step, ratio, T(p.Decay*w[i]))
	}
}
