package nn

import (
	"errors"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/tensor"
)

// predictRows is the size of the batches in which a predictor works: large enough for the products'
// full speed, small enough for the activations to stay in L2.
const predictRows = 256

// Predictor predicts with the parameters of a model, which it shares, and buffers of its own. It
// belongs to one goroutine at a time; any number of them may work on one model at once, as long as
// nothing changes the model. Once it has seen its largest number of rows, nothing is allocated.
type Predictor[T tensor.Float] struct {
	of      *prediction[T]
	program *program[T]
	results tensors[T] // of more than one batch, for as many rows as have come at most

	// Views: of the results, and of the rows at hand in the inputs and in the results.
	predictions, from, to tensors[T]
	single                [1]*tensor.Tensor[T] // the only input
}

// prediction is what predictors share.
type prediction[T tensor.Float] struct {
	model   *Model[T]
	graph   *graph.Graph
	engines exec.Engines
	changes int // of the model
}

// NewPredictor returns a predictor, or an error if the model has no layers.
func (m *Model[T]) NewPredictor() (*Predictor[T], error) {
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	g, err := m.graph(graphKind{purpose: predicting})
	if err != nil {
		return nil, err
	}
	return newPredictor(&prediction[T]{m, g, m.engines, m.changes}), nil
}

func newPredictor[T tensor.Float](of *prediction[T]) *Predictor[T] {
	p := &Predictor[T]{of: of, program: newProgram[T](of.graph, of.engines)}
	empty := func(sample []int) *tensor.Tensor[T] {
		return tensor.New[T](append([]int{0}, sample...)...)
	}
	for _, in := range of.model.shape.in {
		p.from = append(p.from, empty(in))
	}
	for _, out := range of.model.shape.out {
		p.results, p.predictions = append(p.results, empty(out)), append(p.predictions, empty(out))
		p.to = append(p.to, empty(out))
	}
	return p
}

// Predict returns the predictions (rows, outputs) for x of shape (rows, inputs), of any number of
// rows. They belong to the predictor and are valid until its next Predict. The prediction of a row
// has the same bits in whatever batch it comes.
func (p *Predictor[T]) Predict(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	p.single[0] = x
	y, err := p.PredictAll(p.single[:]...)
	if err != nil {
		return nil, err
	}
	return y[0], nil
}

// PredictAll is Predict for a model of several inputs or outputs: it takes and returns all of them.
func (p *Predictor[T]) PredictAll(x ...*tensor.Tensor[T]) ([]*tensor.Tensor[T], error) {
	m := p.of.model
	if p.of.changes != m.changes {
		return nil, errors.New("nn: the predictor was made before the model's last layer was added")
	}
	if err := checkInputs(&m.shape, x); err != nil {
		return nil, err
	}
	rows := x[0].Dim(0)
	if 0 < rows && rows <= predictRows {
		return p.predict(x)
	}
	for i, out := range m.shape.out {
		if p.results[i].Dim(0) < rows {
			p.results[i] = tensor.New[T](append([]int{rows}, out...)...)
		}
		p.predictions[i].SetSlice(p.results[i], 0, rows)
	}
	for lo := 0; lo < rows; lo += predictRows {
		hi := min(lo+predictRows, rows)
		for i, t := range x {
			p.from[i].SetSlice(t, lo, hi)
		}
		y, err := p.predict(p.from)
		if err != nil {
			return nil, err
		}
		for i, t := range y {
			p.to[i].SetSlice(p.results[i], lo, hi)
			p.to[i].CopyFrom(t)
		}
	}
	return p.predictions, nil
}

// predict predicts a batch.
func (p *Predictor[T]) predict(x tensors[T]) (tensors[T], error) {
	if rows := x[0].Dim(0); p.program.boundProgram == nil || p.program.rows != rows {
		if err := p.program.choose(rows, nil); err != nil {
			return nil, err
		}
	}
	p.program.bindInputs(x)
	if err := p.program.Run(); err != nil {
		return nil, err
	}
	return p.program.predictions, nil
}

// Predict returns the predictions (rows, outputs) for x of shape (rows, inputs), of any number of
// rows, in a tensor of their own. Many goroutines may call it at once. Where nothing is to be
// allocated use a [Predictor] a goroutine instead.
func (m *Model[T]) Predict(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	p, ok := m.predictors.Get().(*Predictor[T])
	if !ok {
		var err error
		if p, err = m.NewPredictor(); err != nil {
			return nil, err
		}
	}
	defer m.predictors.Put(p)
	y, err := p.Predict(x)
	if err != nil {
		return nil, err
	}
	return y.Clone(), nil
}
