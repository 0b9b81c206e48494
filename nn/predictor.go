package nn

import (
	"errors"
	"fmt"

	"simdnn/tensor"
)

// predictRows is the size of the batches in which a predictor works: large enough for the products' full speed, small enough for the
// activations to stay in the second-level cache.
const predictRows = 256

// Predictor predicts with the parameters of a model, which it shares, and buffers of its own. It belongs to one goroutine at a time; any
// number of them may work on one model at once, as long as nothing changes the model. Once it has seen its largest number of rows,
// nothing is allocated.
type Predictor[T tensor.Float] struct {
	model     *Model[T]
	workspace *Workspace[T]
	results   *tensor.Tensor[T] // of more than one batch, for as many rows as have come at most

	// Views: of the results, and of the rows at hand in x and in the results.
	predictions, from, to *tensor.Tensor[T]
}

// NewPredictor returns a predictor, or an error if the model can't be run (see [Model.Check]).
func (m *Model[T]) NewPredictor() (*Predictor[T], error) {
	w, err := m.NewWorkspace(predictRows)
	if err != nil {
		return nil, err
	}
	empty := func() *tensor.Tensor[T] { return tensor.New[T](0, m.layers[len(m.layers)-1].Out()) }
	return &Predictor[T]{model: m, workspace: w, results: empty(), predictions: empty(), from: empty(), to: empty()}, nil
}

// Predict returns the predictions (rows, outputs) for x of shape (rows, inputs), of any number of rows. They belong to the predictor and
// are valid until its next Predict. The prediction of a row has the same bits in whatever batch it comes.
func (p *Predictor[T]) Predict(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	if x == nil {
		return nil, errors.New("nn: the input is nil")
	}
	if x.Rank() != 2 {
		return nil, fmt.Errorf("nn: an input of shape %v; the model takes (rows, inputs)", x.Shape())
	}
	rows := x.Dim(0)
	if 0 < rows && rows <= predictRows {
		if !p.workspace.tunesThreads() {
			return p.model.Forward(p.workspace, x)
		}
		return p.forward(x)
	}
	if p.results.Dim(0) < rows {
		p.results = tensor.New[T](rows, p.results.Dim(1))
	}
	p.predictions.SetSlice(p.results, 0, rows)
	for lo := 0; lo < rows; lo += predictRows {
		hi := min(lo+predictRows, rows)
		p.from.SetSlice(x, lo, hi)
		y, err := p.forward(p.from)
		if err != nil {
			return nil, err
		}
		p.to.SetSlice(p.results, lo, hi)
		p.to.CopyFrom(y)
	}
	return p.predictions, nil
}

// forward predicts a batch.
func (p *Predictor[T]) forward(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	y, err := p.model.Forward(p.workspace, x)
	if err == nil && p.workspace.tunesThreads() {
		p.workspace.endStep()
	}
	return y, err
}

// Predict returns the predictions (rows, outputs) for x of shape (rows, inputs), of any number of rows, in a tensor of their own. Many
// goroutines may call it at once. Where nothing is to be allocated use a [Predictor] a goroutine instead.
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
