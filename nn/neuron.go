package nn

import (
	"fmt"
	"slices"

	"simdnn/tensor"
)

// Neuron is one output of a [Dense] layer: z = w·x + b, a = act(z). It is a view for looking at a layer, not the way in which the
// layer computes.
type Neuron[T tensor.Float] struct {
	layer *Dense[T]
	index int
}

// NeuronGradients are the derivatives of one neuron at one input x.
type NeuronGradients[T tensor.Float] struct {
	Z, A T   // its weighted sum and its output
	DZDW []T // ∂z/∂w = x
	DZDX []T // ∂z/∂x = w
	DADZ T   // ∂a/∂z = act'(z); for softmax the diagonal element of its Jacobian
}

// LayerGradients are the derivatives of all neurons of a layer at one input x.
type LayerGradients[T tensor.Float] struct {
	Z, A []T               // (out)
	DZDW []T               // x, of shape (in), the same for each neuron
	DZDX *tensor.Tensor[T] // W, of shape (out, in)
	DADZ []T               // act'(z), of shape (out)
}

// Neuron returns a view of the neuron that gives output i. It panics if there is none.
func (d *Dense[T]) Neuron(i int) Neuron[T] {
	if i < 0 || i >= d.out {
		panic(fmt.Sprintf("nn: Neuron: no neuron %d in %s", i, d))
	}
	return Neuron[T]{d, i}
}

// Weights returns a copy of the neuron's weights, one an input.
func (n Neuron[T]) Weights() []T { return n.layer.Weights().Slice(n.index, n.index+1).Clone().Data() }

// Bias returns the neuron's bias.
func (n Neuron[T]) Bias() T { return n.layer.bias.Data()[n.index] }

// Gradients returns the neuron's derivatives at the input x. It panics if x has not one value for each input.
func (n Neuron[T]) Gradients(x []T) NeuronGradients[T] {
	g := n.layer.Gradients(x)
	return NeuronGradients[T]{Z: g.Z[n.index], A: g.A[n.index], DZDW: g.DZDW, DZDX: n.Weights(), DADZ: g.DADZ[n.index]}
}

// Gradients returns the derivatives of all neurons at the input x. It panics if x has not one value for each input.
func (d *Dense[T]) Gradients(x []T) LayerGradients[T] {
	if len(x) != d.in {
		panic(fmt.Sprintf("nn: Gradients: an input of %d values for %s", len(x), d))
	}
	x = slices.Clone(x)
	z := d.Logits().NewPass(tensor.Default[T](), 1).Forward(tensor.FromSlice(x, 1, d.in)).Data()
	return LayerGradients[T]{
		Z: z, A: Apply(d.activation, z),
		DZDW: x, DZDX: d.Weights().Clone(), DADZ: Derivative(d.activation, z),
	}
}
