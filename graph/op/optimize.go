package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// SGDStep is one step of gradient descent: it computes fma(−rate, g, w) of the parameter w, its
// gradient g and the learning rate, which has one element.
type SGDStep struct{}

// SGD lets each parameter take its next value by gradient descent when a run ends. rate is a value
// of one element; a nil gradient leaves its parameter as it is.
func SGD(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value) {
	for i, w := range parameters {
		if g := gradients[i]; g != nil {
			b.Update(w, b.Apply(SGDStep{}, w, g, rate))
		}
	}
}

// Name returns "sgd".
func (SGDStep) Name() string { return "sgd" }

// Infer returns the parameter's type.
func (SGDStep) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(3, in); err != nil {
		return nil, err
	}
	if !in[0].Equal(in[1]) || in[2].Shape.Size() != graph.Fixed(1) {
		return nil, fmt.Errorf("a parameter %v, a gradient %v and a rate %v", in[0], in[1], in[2])
	}
	return in[:1], nil
}

// Overwrites says that the next value may stand in the parameter.
func (SGDStep) Overwrites(int) []int { return []int{0} }

// Bind returns a step that runs the kernel.
func (o SGDStep) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSGD[float32], bindSGD[float64])
}

func bindSGD[T tensor.Float](_ SGDStep, b *graph.Binding) (graph.Step, error) {
	axpy := graph.Engine[T](b).Kernels().Parametric[tensor.Axpy]
	next, w := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	g, rate := tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Inputs[2])
	return func() {
		if len(*w) > 0 && &(*next)[0] != &(*w)[0] {
			copy(*next, *w)
		}
		axpy(*next, *g, -(*rate)[0])
	}, nil
}
