package nn

import (
	"sync"

	"simdnn/graph"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// Frozen is a copy of a model for predictions, which later changes of the model don't reach: so the
// weights of large layers stay packed in it, in the order that products read fastest. Its
// predictions have the bits of the model's. Any number of goroutines may use it at once.
type Frozen[T tensor.Float] struct {
	of         *prediction[T]
	weights    *frozenWeights // for generators; nil if there can't be any
	predictors sync.Pool      // of *Predictor[T], for Predict
}

// frozenWeights are copies of variables that won't change, one for all graphs where they stand, and
// what was packed of them.
type frozenWeights struct {
	mu      sync.Mutex                      // for those who build graphs
	copies  map[*tensor.Array]*tensor.Array // by what the layers hold
	packing *rewrite.Packing
}

// freeze makes copies stand for variables in the builder's graph.
func (b *Builder) freeze(weights *frozenWeights) {
	b.frozen, b.constants = weights, map[*tensor.Array]*graph.Value{}
}

// constant returns the copy of a variable.
func (b *Builder) constant(a *tensor.Array) *graph.Value {
	copied, ok := b.frozen.copies[a]
	if !ok {
		copied = tensor.NewArray(a.DType(), a.Shape()...)
		tensor.Copier(copied, a)()
		b.frozen.copies[a] = copied
	}
	v, ok := b.constants[a]
	if !ok {
		v = b.Constant(copied)
		b.constants[a] = v
	}
	return v
}

// Freeze returns a copy of the model for predictions, or an error if the model has no layers.
func (m *Model[T]) Freeze() (*Frozen[T], error) {
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	weights := &frozenWeights{copies: map[*tensor.Array]*tensor.Array{},
		packing: rewrite.NewPacking(m.engines.Float32, m.engines.Float64)}
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	b.freeze(weights)
	if err := m.build(b, graphKind{purpose: predicting}); err != nil {
		return nil, err
	}
	g, err := b.Graph()
	if err == nil {
		g, err = rewrite.All(g)
	}
	if err == nil {
		g, err = weights.packing.Run(g)
	}
	if err != nil {
		return nil, err
	}
	copied := &Model[T]{shape: m.shape, settings: m.settings, engines: m.engines, layers: m.layers,
		network: m.network, variables: newVariables()} // whose changes don't count
	f := &Frozen[T]{of: &prediction[T]{copied, g, m.engines, 0}}
	if _, err := m.stepInput(); err == nil {
		f.weights = weights
	}
	return f, nil
}

// NewPredictor returns a predictor, as [Model.NewPredictor] does. It shares the copy with all
// others.
func (f *Frozen[T]) NewPredictor() (*Predictor[T], error) { return newPredictor(f.of), nil }

// Predict returns the predictions for x, as [Model.Predict] does.
func (f *Frozen[T]) Predict(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	p, ok := f.predictors.Get().(*Predictor[T])
	if !ok {
		p = newPredictor(f.of)
	}
	defer f.predictors.Put(p)
	y, err := p.Predict(x)
	if err != nil {
		return nil, err
	}
	return y.Clone(), nil
}
