package nn

import (
	"math"

	"simdnn/tensor"
)

// optimizerState is what an optimizer remembers of a model's parameters from step to step.
type optimizerState[T tensor.Float] struct {
	Optimizer
	rule           rule[T]
	steps          int
	power1, power2 float64 // β₁ᵗ and β₂ᵗ after t steps
	slots          [][][]T // for each parameter tensor, Optimizer.slots slices
	scalars        scalars[T]
}

func newOptimizerState[T tensor.Float](o Optimizer, parameters []Parameter[T]) *optimizerState[T] {
	s := &optimizerState[T]{Optimizer: o, rule: instance[rule[T]](o.f32, o.f64), power1: 1, power2: 1}
	s.slots = make([][][]T, len(parameters))
	for i, p := range parameters {
		for range o.slots {
			s.slots[i] = append(s.slots[i], make([]T, len(p.Data)))
		}
	}
	return s
}

// advance computes the scalars of the next step.
func (s *optimizerState[T]) advance() {
	s.steps++
	s.power1 = float64(s.power1 * s.beta1) // rounded, lest a processor with fused operations subtract the product from 1 in one
	s.power2 = float64(s.power2 * s.beta2)
	s.scalars.rate, s.scalars.momentum = T(s.rate), T(s.momentum)
	if !s.adaptive {
		return
	}
	s.scalars.adam = tensor.AdamStep[T]{
		Decay:             1,
		Beta1:             T(s.beta1),
		OneMinusBeta1:     T(1 - s.beta1),
		Beta2:             T(s.beta2),
		OneMinusBeta2:     T(1 - s.beta2),
		InvSqrtCorrection: T(1 / math.Sqrt(1-s.power2)),
		Epsilon:           T(s.epsilon),
		Step:              T(s.rate / (1 - s.power1)),
	}
	if s.decoupled {
		s.scalars.adam.Decay = T(1 - float64(s.rate*s.decay))
	}
}
