package nn

import (
	"fmt"
	"math"
	"strings"

	"simdnn/tensor"
)

// Optimizer describes how gradients change parameters. The state that this needs belongs to the model that uses it. Definitions
// and defaults are PyTorch's. The zero Optimizer is invalid.
type Optimizer struct {
	name                  string
	rate                  float64
	momentum              float64
	beta1, beta2, epsilon float64
	decay                 float64
	decoupled             bool // the decay acts on the parameters themselves, not through their gradients
	adaptive              bool // it is Adam or AdamW
	slots                 int  // numbers that are remembered for each parameter
	f32                   rule[float32]
	f64                   rule[float64]
}

// rule changes the parameters w by their gradients g. slots are as long as w and start as zeros.
type rule[T tensor.Float] func(k *tensor.Kernels[T], s *scalars[T], w, g []T, slots [][]T)

// scalars are what a step of an optimizer multiplies with, in the element type.
type scalars[T tensor.Float] struct {
	rate, momentum T
	adam           tensor.AdamStep[T]
}

// String returns the optimizer with its settings: "momentum(lr 0.01, momentum 0.9)".
func (o Optimizer) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s(lr %g", o.name, o.rate)
	if o.momentum != 0 {
		fmt.Fprintf(&s, ", momentum %g", o.momentum)
	}
	if o.beta1 != 0 || o.beta2 != 0 {
		fmt.Fprintf(&s, ", betas %g %g", o.beta1, o.beta2)
	}
	if o.decay != 0 {
		fmt.Fprintf(&s, ", weight decay %g", o.decay)
	}
	return s.String() + ")"
}

// Name returns the optimizer's kind: "sgd", "momentum", "nesterov", "adam" or "adamw".
func (o Optimizer) Name() string { return o.name }

// LearningRate returns the size of the steps.
func (o Optimizer) LearningRate() float64 { return o.rate }

// WithWeightDecay returns the optimizer with the given weight decay: for AdamW w ← (1 − lr·decay)·w before each step, for the
// others decay·w is added to the gradient (L2 regularisation).
func (o Optimizer) WithWeightDecay(decay float64) Optimizer {
	o.decay = decay
	return o
}

// validate says which setting can't work.
func (o Optimizer) validate() error {
	fraction := func(v float64) bool { return v >= 0 && v < 1 }
	switch {
	case o.name == "":
		return fmt.Errorf("nn: the optimizer is missing")
	case !(o.rate >= 0) || math.IsInf(o.rate, 0):
		return fmt.Errorf("nn: %s: the learning rate must be finite and not negative", o)
	case !fraction(o.momentum) || !fraction(o.beta1) || !fraction(o.beta2):
		return fmt.Errorf("nn: %s: momentum and betas must lie in [0, 1)", o)
	case !(o.decay >= 0) || !(o.epsilon >= 0):
		return fmt.Errorf("nn: %s: weight decay and epsilon must not be negative", o)
	}
	return nil
}

// validateOptimizer is validate for steps in the element type T, where a setting may round to what
// can't work: 0, infinity, or 1 for what must be less.
func validateOptimizer[T tensor.Float](o Optimizer) error {
	if err := o.validate(); err != nil {
		return err
	}
	settings := []struct {
		name  string
		value float64
	}{
		{"learning rate", o.rate}, {"momentum", o.momentum}, {"beta1", o.beta1},
		{"beta2", o.beta2}, {"epsilon", o.epsilon}, {"weight decay", o.decay},
	}
	for i, s := range settings {
		err := requireRepresentable[T](s.name, s.value)
		if fraction := i >= 1 && i <= 3; fraction && T(s.value) == 1 {
			err = fmt.Errorf("the %s %v is 1 in %s", s.name, s.value, elementType[T]())
		}
		if err != nil {
			return fmt.Errorf("nn: %s: %w", o, err)
		}
	}
	return nil
}

// optimizers returns all of them at the given learning rate.
func optimizers(rate float64) []Optimizer {
	return []Optimizer{SGD(rate), Momentum(rate, 0.9), Nesterov(rate, 0.9), Adam(rate), AdamW(rate)}
}

// Optimizers returns the names that [ParseOptimizer] understands.
func Optimizers() []string {
	var names []string
	for _, o := range optimizers(0) {
		names = append(names, o.name)
	}
	return names
}

// ParseOptimizer returns the optimizer of that name with the given learning rate and its usual settings: a momentum of 0.9, betas
// of 0.9 and 0.999, and for AdamW a weight decay of 0.01.
func ParseOptimizer(name string, rate float64) (Optimizer, error) {
	for _, o := range optimizers(rate) {
		if o.name == name {
			return o, nil
		}
	}
	return Optimizer{}, fmt.Errorf("nn: unknown optimizer %q; known: %s", name, strings.Join(Optimizers(), ", "))
}
