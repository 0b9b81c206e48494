package nn

import "simdnn/tensor"

// Adam is the optimizer of Kingma and Ba (2015), with betas 0.9 and 0.999 and epsilon 1e-8: in step t = 1, 2, …
//
//	m ← β₁·m + (1−β₁)·g, v ← β₂·v + (1−β₂)·g²
//	w ← w − lr·m̂/(√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
func Adam(rate float64) Optimizer {
	return Optimizer{name: "adam", rate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, adaptive: true, slots: 2,
		f32: adapt[float32], f64: adapt[float64]}
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019), 0.01 unless changed: w ← (1 − lr·decay)·w before each
// step.
func AdamW(rate float64) Optimizer {
	o := Adam(rate)
	o.name, o.decay, o.decoupled = "adamw", 0.01, true
	return o
}

// WithBetas returns the optimizer with other rates of forgetting. Only Adam and AdamW use them.
func (o Optimizer) WithBetas(beta1, beta2 float64) Optimizer {
	o.beta1, o.beta2 = beta1, beta2
	return o
}

// WithEpsilon returns the optimizer with another ε. Only Adam and AdamW use it.
func (o Optimizer) WithEpsilon(epsilon float64) Optimizer {
	o.epsilon = epsilon
	return o
}

func adapt[T tensor.Float](k *tensor.Kernels[T], s *scalars[T], w, g []T, slots [][]T) {
	k.Optimizer.Adam(w, slots[0], slots[1], g, s.adam)
}
