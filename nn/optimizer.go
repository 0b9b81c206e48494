package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Optimizer describes how gradients change parameters. The state that this needs belongs to the
// model that uses it. Definitions and defaults are PyTorch's. The zero Optimizer is invalid.
type Optimizer struct {
	name                  string
	rate                  float64
	momentum              float64
	beta1, beta2, epsilon float64
	decay                 float64
	decoupled             bool // the decay acts on the parameters themselves, not through their gradients
	clipNorm, clipValue   float64
	operator              op.Optimizer // of those with a step size for each element
	lbfgs                 *lbfgsSettings
	whole                 bool         // its step may not be one of each element for itself
	scheduled             *graph.Value // the momentum in the graph at hand, nil unless it changes
	apply                 func(b *graph.Builder, o Optimizer, rate *graph.Value, parameters, gradients []*graph.Value)
}

// SGD is stochastic gradient descent: w ← w − lr·g.
func SGD(rate float64) Optimizer {
	return Optimizer{name: "sgd", rate: rate,
		apply: func(b *graph.Builder, _ Optimizer, lr *graph.Value, w, g []*graph.Value) {
			for i, p := range w {
				if indices, rows, ok := op.SparseGradient(g[i]); ok { // the same bits, of fewer rows
					op.SparseSGD(b, lr, p, indices, rows)
				} else {
					op.SGD(b, lr, w[i:i+1], g[i:i+1])
				}
			}
		}}
}

// SparseAdam is Adam for embeddings of many rows, of which it touches only those that a batch has
// used, as PyTorch's SparseAdam does: see [op.SparseAdamStep]. It is for a [Group] of parameters
// that nothing but an [Embedding] uses, without weight decay and clipped gradients.
func SparseAdam(rate float64) Optimizer {
	return Optimizer{name: "sparse_adam", rate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
		apply: func(b *graph.Builder, o Optimizer, lr *graph.Value, w, g []*graph.Value) {
			for i, p := range w {
				indices, rows, ok := op.SparseGradient(g[i])
				if !ok && g[i] != nil && b.Err() == nil {
					b.Fail("%v: its gradient is not one of rows: sparse_adam is for embeddings, without decay "+
						"and clipped gradients", p)
				}
				if ok {
					op.SparseAdam(b, op.SparseAdamStep{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon}, lr, p,
						indices, rows)
				}
			}
		}}
}

// Momentum is gradient descent with momentum mu: v ← mu·v + g, w ← w − lr·v, v starting at 0.
func Momentum(rate, mu float64) Optimizer {
	return Optimizer{name: "momentum", rate: rate, momentum: mu, apply: applyMomentum}
}

// Nesterov is gradient descent with Nesterov's momentum mu: v ← mu·v + g, w ← w − lr·(g + mu·v), v
// starting at 0.
func Nesterov(rate, mu float64) Optimizer {
	return Optimizer{name: "nesterov", rate: rate, momentum: mu, apply: applyMomentum}
}

func applyMomentum(b *graph.Builder, o Optimizer, lr *graph.Value, w, g []*graph.Value) {
	step := op.MomentumStep{Momentum: o.momentum, Nesterov: o.name == "nesterov"}
	op.MomentumFrom(b, step, lr, o.scheduled, w, g)
}

// Adam is the optimizer of Kingma and Ba (2015), with betas 0.9 and 0.999 and epsilon 1e-8: in step
// t = 1, 2, …
//
//	m ← β₁·m + (1−β₁)·g, v ← β₂·v + (1−β₂)·g²
//	w ← w − lr·m̂/(√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
func Adam(rate float64) Optimizer {
	return Optimizer{name: "adam", rate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
		apply: applyAdam}
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019), 0.01 unless changed:
// w ← (1 − lr·decay)·w before each step.
func AdamW(rate float64) Optimizer {
	o := Adam(rate)
	o.name, o.decay, o.decoupled = "adamw", 0.01, true
	return o
}

func applyAdam(b *graph.Builder, o Optimizer, lr *graph.Value, w, g []*graph.Value) {
	step := op.AdamStep{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon}
	if o.decoupled {
		step.Decay = o.decay
	}
	if o.scheduled != nil {
		op.AdamFrom(b, step, lr, o.scheduled, w, g)
	} else {
		op.Adam(b, step, lr, w, g)
	}
}

// adaptive returns an optimizer whose step is an operator.
func adaptive(rate float64, step op.Optimizer) Optimizer {
	return Optimizer{name: step.Name(), rate: rate, operator: step,
		apply: func(b *graph.Builder, o Optimizer, lr *graph.Value, w, g []*graph.Value) {
			op.Optimize(b, o.operator, lr, w, g)
		}}
}

// RMSprop divides by a running root mean square of the gradient (Tieleman and Hinton 2012), with
// PyTorch's defaults: see [op.RMSprop]. PyTorch adds ε to the root; Keras adds it to the square.
func RMSprop(rate float64) Optimizer {
	return adaptive(rate, op.RMSprop{Alpha: 0.99, Epsilon: 1e-8})
}

// Adagrad divides by the root of the sum of the gradient's squares (Duchi, Hazan and Singer 2011):
// see [op.Adagrad]. The sum begins at 0 as PyTorch's does; Keras begins at 0.1.
func Adagrad(rate float64) Optimizer { return adaptive(rate, op.Adagrad{Epsilon: 1e-10}) }

// Adadelta sets the step by running mean squares of the gradient and of the steps (Zeiler 2012):
// see [op.Adadelta]. Its learning rate is as a rule 1.
func Adadelta(rate float64) Optimizer {
	return adaptive(rate, op.Adadelta{Rho: 0.9, Epsilon: 1e-6})
}

// NAdam is Adam with Nesterov's momentum (Dozat 2016): see [op.NAdam].
func NAdam(rate float64) Optimizer {
	return adaptive(rate, op.NAdam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MomentumDecay: 0.004})
}

// RAdam is Adam that begins with steps of momentum (Liu et al. 2019): see [op.RAdam].
func RAdam(rate float64) Optimizer {
	return adaptive(rate, op.RAdam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// Lion takes steps of one size by the sign of an interpolated momentum (Chen et al. 2023): see
// [op.Lion]. Its learning rate is as a rule a tenth of Adam's.
func Lion(rate float64) Optimizer { return adaptive(rate, op.Lion{Beta1: 0.9, Beta2: 0.99}) }

// WithClipNorm returns the optimizer that first makes the norm of all gradients together at most
// most, as PyTorch's clip_grad_norm_ does, within the step.
func (o Optimizer) WithClipNorm(most float64) Optimizer {
	o.clipNorm = most
	return o
}

// WithClipValue returns the optimizer that first moves each element of the gradients into the range
// from −most to most.
func (o Optimizer) WithClipValue(most float64) Optimizer {
	o.clipValue = most
	return o
}

// NewOptimizer returns an optimizer made of operators: apply lets each parameter take its next
// value by [graph.Builder.Update], where its gradient is not nil. rate is the learning rate,
// float64 of no dimensions, which a schedule changes. What it remembers it keeps in variables of
// [graph.Builder.Stored].
func NewOptimizer(name string, rate float64,
	apply func(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value)) Optimizer {
	return Optimizer{name: name, rate: rate, whole: true,
		apply: func(b *graph.Builder, _ Optimizer, lr *graph.Value, w, g []*graph.Value) {
			apply(b, lr, w, g)
		}}
}

// clip returns the gradients, clipped.
func (o Optimizer) clip(b *Builder, gradients []*graph.Value) []*graph.Value {
	if o.clipValue != 0 {
		gradients = op.ClipValues(b.Builder, gradients, o.clipValue)
	}
	if o.clipNorm != 0 {
		gradients, _ = op.ClipNorm(b.Builder, gradients, o.clipNorm)
	}
	return gradients
}

// step adds a step of the optimizer by clipped gradients to a graph.
func (o Optimizer) step(b *Builder, rate *graph.Value, parameters, gradients []*graph.Value) {
	if b.Err() != nil {
		return
	}
	if o.decay != 0 && !o.decoupled {
		gradients = slices.Clone(gradients)
		for i, g := range gradients {
			if g != nil {
				gradients[i] = b.Apply(op.WeightDecay{Decay: o.decay}, g, parameters[i])
			}
		}
	}
	o.apply(b.Builder, o, rate, parameters, gradients)
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
	if o.clipNorm != 0 {
		fmt.Fprintf(&s, ", norm clipped to %g", o.clipNorm)
	}
	if o.clipValue != 0 {
		fmt.Fprintf(&s, ", values clipped to %g", o.clipValue)
	}
	return s.String() + ")"
}

// Name returns the optimizer's kind: "sgd", "momentum", "adam" and so on.
func (o Optimizer) Name() string { return o.name }

// LearningRate returns the size of the steps.
func (o Optimizer) LearningRate() float64 { return o.rate }

// WithWeightDecay returns the optimizer with the given weight decay: for AdamW w ← (1 − lr·decay)·w
// before each step, for the others decay·w is added to the gradient (L2 regularisation).
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
	case !(o.clipNorm >= 0) || !(o.clipValue >= 0):
		return fmt.Errorf("nn: %s: gradients must not be clipped to negative numbers", o)
	case o.lbfgs != nil && (o.decay != 0 || o.clipNorm != 0 || o.clipValue != 0):
		return fmt.Errorf("nn: %s: it takes neither weight decay nor clipped gradients", o)
	case !(o.decay >= 0) || !(o.epsilon >= 0):
		return fmt.Errorf("nn: %s: weight decay and epsilon must not be negative", o)
	}
	return nil
}

// validateFor is validate for steps in an element type, where a setting may round to what can't
// work: 0, infinity, or 1 for what must be less.
func (o Optimizer) validateFor(t tensor.DType) error {
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
		err := requireRepresentable(t, s.name, s.value)
		if fraction := i >= 1 && i <= 3; fraction && rounded(t, s.value) == 1 {
			err = fmt.Errorf("the %s %v is 1 in %s", s.name, s.value, t)
		}
		if err != nil {
			return fmt.Errorf("nn: %s: %w", o, err)
		}
	}
	return nil
}

// optimizers returns all of them at the given learning rate.
func optimizers(rate float64) []Optimizer {
	return []Optimizer{SGD(rate), Momentum(rate, 0.9), Nesterov(rate, 0.9), Adam(rate), AdamW(rate),
		RMSprop(rate), Adagrad(rate), Adadelta(rate), NAdam(rate), RAdam(rate), Lion(rate), LBFGS(rate)}
}

// Optimizers returns the names that [ParseOptimizer] understands.
func Optimizers() []string {
	var names []string
	for _, o := range optimizers(0) {
		names = append(names, o.name)
	}
	return names
}

// ParseOptimizer returns the optimizer of that name with the given learning rate and its usual
// settings: a momentum of 0.9, betas of 0.9 and 0.999, and for AdamW a weight decay of 0.01.
func ParseOptimizer(name string, rate float64) (Optimizer, error) {
	for _, o := range optimizers(rate) {
		if o.name == name {
			return o, nil
		}
	}
	return Optimizer{}, fmt.Errorf("nn: unknown optimizer %q; known: %s", name,
		strings.Join(Optimizers(), ", "))
}
