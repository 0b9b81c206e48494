package nn

import "simdnn/tensor"

// SGD is stochastic gradient descent: w ← w − lr·g.
func SGD(rate float64) Optimizer {
	return Optimizer{name: "sgd", rate: rate, f32: descend[float32], f64: descend[float64]}
}

func descend[T tensor.Float](k *tensor.Kernels[T], s *scalars[T], w, g []T, _ [][]T) {
	k.Parametric[tensor.Axpy](w, g, -s.rate)
}
