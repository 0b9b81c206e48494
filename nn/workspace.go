package nn

import (
	"errors"
	"fmt"

	"simdnn/tensor"
)

// Workspace holds all that passes through one model compute, for batches of up to a number of rows. It belongs to one goroutine
// at a time. After the first batches of each size nothing is allocated.
type Workspace[T tensor.Float] struct {
	model   *Model[T]
	maxRows int
	passes  []Pass[T]
	loss    *lossPass[T]

	// Where the last activation is fused with the loss the last pass gives logits, and the activation is applied here.
	activation    activation[T]
	probabilities *rowBuffer[T] // nil if nothing is fused

	outputs    []*tensor.Tensor[T] // of every pass in the last Forward
	prediction *tensor.Tensor[T]   // of the last Forward, nil before it
	gradients  []Parameter[T]

	first     []int  // the index of each layer's first parameter
	descended []bool // by parameter: whether its step is made already
	descends  bool   // one of them is

	tuners map[int]*threadTuner // by number of rows; nil if the number of threads is fixed
	tuner  *threadTuner         // of the step at hand
	alone  bool                 // it runs on the caller's thread

	ready bool // the gradients are those of a Backward that no Update has used
}

// NewWorkspace returns a workspace for batches of up to the given number of rows, or an error if the model can't be run (see
// [Model.Check]).
func (m *Model[T]) NewWorkspace(rows int) (*Workspace[T], error) {
	if rows < 1 {
		return nil, fmt.Errorf("nn: a workspace for %d rows: it needs at least 1", rows)
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	layers, loss, activation := m.fused()
	outputs := layers[len(layers)-1].Out()
	w := &Workspace[T]{model: m, maxRows: rows, outputs: make([]*tensor.Tensor[T], len(layers))}
	for i, l := range layers {
		pass := l.NewPass(m.engine, rows)
		if p, ok := pass.(*densePass[T]); ok && i > 0 {
			p.follow(w.passes[i-1])
		}
		w.passes = append(w.passes, pass)
		w.first = append(w.first, len(w.descended))
		w.descended = append(w.descended, make([]bool, len(l.Parameters()))...)
	}
	if activation.valid() {
		w.activation, w.probabilities = activationOf[T](activation), newRowBuffer[T](rows, outputs)
	}
	w.loss = newLossPass(loss, m.engine, rows, outputs)
	if m.engine.Threads() > 1 && !m.settings.fixedPlans {
		w.tuners = map[int]*threadTuner{}
	}
	return w, nil
}

// Rows returns the largest number of rows of a batch.
func (w *Workspace[T]) Rows() int { return w.maxRows }

// Gradients returns dL/dp for every parameter p of the model, in the order of [Model.Parameters], as the last Backward left them.
// An Update may change them, and a Step leaves none.
func (w *Workspace[T]) Gradients() []Parameter[T] {
	if w.gradients == nil {
		for _, p := range w.passes {
			w.gradients = append(w.gradients, p.Gradients()...)
		}
		for i, p := range w.model.parameters {
			w.gradients[i].Name = p.Name
		}
	}
	return w.gradients
}

// check returns an error if the workspace does not fit the model or the input.
func (w *Workspace[T]) check(m *Model[T], x *tensor.Tensor[T]) error {
	if w.model != m || len(w.passes) != len(m.layers) {
		return errors.New("nn: the workspace was made for another model, or before the model's last layer was added")
	}
	if x == nil {
		return errors.New("nn: the input is nil")
	}
	if x.Rank() != 2 || x.Dim(1) != m.layers[0].In() {
		return fmt.Errorf("nn: an input of shape %v; the model takes (rows, %d)", x.Shape(), m.layers[0].In())
	}
	if n := x.Dim(0); n < 1 || n > w.maxRows {
		return fmt.Errorf("nn: a batch of %d rows; the workspace takes 1 to %d", n, w.maxRows)
	}
	return nil
}

// fit makes sure that the workspace takes the batch x.
func (m *Model[T]) fit(w **Workspace[T], x *tensor.Tensor[T]) error {
	if x == nil || x.Rank() != 2 {
		return errors.New("nn: a batch must be a matrix (rows, inputs)")
	}
	if *w != nil && (*w).maxRows >= x.Dim(0) {
		return nil
	}
	made, err := m.NewWorkspace(x.Dim(0))
	if err == nil {
		*w = made
	}
	return err
}
