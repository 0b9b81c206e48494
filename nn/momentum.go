package nn

import "simdnn/tensor"

// Momentum is gradient descent with momentum mu: v ← mu·v + g, w ← w − lr·v, v starting at 0.
func Momentum(rate, mu float64) Optimizer {
	return Optimizer{name: "momentum", rate: rate, momentum: mu, slots: 1, f32: roll[float32], f64: roll[float64]}
}

func roll[T tensor.Float](k *tensor.Kernels[T], s *scalars[T], w, g []T, slots [][]T) {
	k.Optimizer.Momentum(w, slots[0], g, s.rate, s.momentum)
}

// Nesterov is gradient descent with Nesterov's momentum mu: v ← mu·v + g, w ← w − lr·(g + mu·v), v starting at 0.
func Nesterov(rate, mu float64) Optimizer {
	return Optimizer{name: "nesterov", rate: rate, momentum: mu, slots: 1, f32: lookAhead[float32], f64: lookAhead[float64]}
}

func lookAhead[T tensor.Float](k *tensor.Kernels[T], s *scalars[T], w, g []T, slots [][]T) {
	k.Optimizer.Nesterov(w, slots[0], g, s.rate, s.momentum)
}
