package nn

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Neurons shows a [Dense] layer neuron by neuron: each gives z = w·x + b, a = act(z). It is for
// looking at a layer, not the way in which the layer computes.
type Neurons[T tensor.Float] struct {
	layer   *Dense
	weights *tensor.Tensor[T] // (out, in)
	bias    *tensor.Tensor[T] // (out)
}

// NeuronsOf returns a view of a layer's neurons. It panics if the layer is part of no model, or its
// elements are not of type T.
func NeuronsOf[T tensor.Float](d *Dense) Neurons[T] {
	if d.weight == nil || d.weight.Value.DType() != tensor.DTypeOf[T]() {
		panic(fmt.Sprintf("nn: NeuronsOf: %s has no parameters of type %v", d, tensor.DTypeOf[T]()))
	}
	bias := tensor.New[T](d.out)
	if d.bias != nil {
		bias = logical[T](d.bias.Value, nil)
	}
	return Neurons[T]{d, logical[T](d.weight.Value, []int{1, 0}), bias}
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

// Weights returns a view of W in its shape (out, in).
func (n Neurons[T]) Weights() *tensor.Tensor[T] { return n.weights }

// Bias returns a view of b, of shape (out).
func (n Neurons[T]) Bias() *tensor.Tensor[T] { return n.bias }

// Gradients returns the derivatives of all neurons at the input x. It panics if x has not one value
// for each input.
func (n Neurons[T]) Gradients(x []T) LayerGradients[T] {
	if len(x) != n.layer.in {
		panic(fmt.Sprintf("nn: Gradients: an input of %d values for %s", len(x), n.layer))
	}
	x = slices.Clone(x)
	z := tensor.New[T](1, n.layer.out)
	e := tensor.Default[T]()
	e.MatMul(z, tensor.FromSlice(x, 1, len(x)), n.weights.T(), tensor.NN)
	e.Kernels().Binary[tensor.Add](z.Data(), z.Data(), n.bias.Data())
	return LayerGradients[T]{
		Z: z.Data(), A: Apply(n.layer.activation, z.Data()),
		DZDW: x, DZDX: n.weights.Clone(), DADZ: Derivative(n.layer.activation, z.Data()),
	}
}

// Neuron returns the neuron that gives output i. It panics if there is none.
func (n Neurons[T]) Neuron(i int) Neuron[T] {
	if i < 0 || i >= n.layer.out {
		panic(fmt.Sprintf("nn: Neuron: no neuron %d in %s", i, n.layer))
	}
	return Neuron[T]{n, i}
}

// Neuron is one output of a [Dense] layer.
type Neuron[T tensor.Float] struct {
	neurons Neurons[T]
	index   int
}

// Weights returns a copy of the neuron's weights, one an input.
func (n Neuron[T]) Weights() []T {
	return n.neurons.weights.Slice(n.index, n.index+1).Clone().Data()
}

// Bias returns the neuron's bias.
func (n Neuron[T]) Bias() T { return n.neurons.bias.At(n.index) }

// Gradients returns the neuron's derivatives at the input x. It panics if x has not one value for
// each input.
func (n Neuron[T]) Gradients(x []T) NeuronGradients[T] {
	g := n.neurons.Gradients(x)
	return NeuronGradients[T]{Z: g.Z[n.index], A: g.A[n.index], DZDW: g.DZDW, DZDX: n.Weights(),
		DADZ: g.DADZ[n.index]}
}

// Apply returns act(z) for one row z.
func Apply[T tensor.Float](act Activation, z []T) []T { return row(act, z, nil) }

// Gradient returns dL/dz for one row z, given upstream = dL/da: the product of the upstream
// gradient with the transposed Jacobian ∂a/∂z. For all activations but softmax that is
// upstream[i]·act'(z[i]).
func Gradient[T tensor.Float](act Activation, z, upstream []T) []T {
	if len(upstream) != len(z) {
		panic(fmt.Sprintf("nn: Gradient: %d upstream gradients for %d inputs", len(upstream), len(z)))
	}
	return row(act, z, upstream)
}

// Derivative returns ∂a[i]/∂z[i] for one row z: act'(z[i]), and for softmax the diagonal of its
// Jacobian.
func Derivative[T tensor.Float](act Activation, z []T) []T {
	diagonal, unit := make([]T, len(z)), make([]T, len(z))
	for i := range z {
		unit[i] = 1
		diagonal[i] = Gradient(act, z, unit)[i]
		unit[i] = 0
	}
	return diagonal
}

// row returns an activation of a row, or, if upstream is not nil, its gradient.
func row[T tensor.Float](act Activation, z, upstream []T) []T {
	m := NewModel[T](Loss{}, WithInput(len(z)), WithThreads(1))
	check := func(err error) {
		if err != nil {
			panic(err.Error())
		}
	}
	check(m.Add(act))
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	x, a, err := m.apply(b)
	check(err)
	if upstream != nil {
		seed := b.Input(upstreamName, a[0].Type())
		a = b.gradients(lossValues{at: a, seeds: []*graph.Value{seed}}, x[0])
	}
	b.outputPredictions(a)
	g, err := b.Graph()
	check(err)
	p := newProgram[T](g, m.engines)
	check(p.bind(batch[T]{x: tensors[T]{tensor.FromSlice(z, 1, len(z))}}))
	if upstream != nil {
		*p.slot(upstreamName) = upstream
	}
	check(p.run())
	return p.predictions[0].Clone().Data()
}
