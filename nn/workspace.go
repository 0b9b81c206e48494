package nn

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/tensor"
)

// Workspace holds the programs that a model runs, with all that they compute, for batches of up to
// a number of rows. It belongs to one goroutine at a time. After the first batches of each size
// nothing is allocated.
type Workspace[T tensor.Float] struct {
	model            *Model[T]
	changes, settled int // of the model when the programs were made
	maxRows          int
	programs         [purposes][2]*program[T] // by purpose, without and with weights of the rows

	x           tensors[T]           // of the last Forward, nil before it
	predictions tensors[T]           // of the last Forward or Step
	outputs     [][]int              // the shapes of predictions
	gradients   []Parameter[T]       // of the last Backward
	ready       bool                 // no Update has used them
	gathered    gathered[T]          // of several batches
	single      [2]*tensor.Tensor[T] // the only input and the only target of a batch
}

// gathered are the gradients of several batches, each times the weight of its loss.
type gathered[T tensor.Float] struct {
	sums   [][]T // by parameter
	weight float64
}

// NewWorkspace returns a workspace for batches of up to the given number of rows, or an error if
// the model can't be run (see [Model.Check]).
func (m *Model[T]) NewWorkspace(rows int) (*Workspace[T], error) {
	if rows < 1 {
		return nil, fmt.Errorf("nn: a workspace for %d rows: it needs at least 1", rows)
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m.workspace(rows), nil
}

func (m *Model[T]) workspace(rows int) *Workspace[T] {
	w := &Workspace[T]{model: m, changes: m.changes, settled: m.settled, maxRows: rows}
	for _, out := range m.shape.out {
		w.outputs = append(w.outputs, append([]int{rows}, out...))
	}
	return w
}

// Rows returns the largest number of rows of a batch.
func (w *Workspace[T]) Rows() int { return w.maxRows }

// program returns what runs a graph of the model.
func (w *Workspace[T]) program(of purpose, weights []T) (*program[T], error) {
	if w.settled != w.model.settled { // another optimizer, other parameters that are fixed
		for i := range w.programs {
			if (graphKind{purpose: purpose(i)}).trains() {
				w.programs[i] = [2]*program[T]{}
			}
		}
		w.settled = w.model.settled
	}
	kept := &w.programs[of][min(len(weights), 1)]
	if *kept != nil {
		return *kept, nil
	}
	kind := graphKind{of, len(weights) > 0}
	g, err := w.model.graph(kind)
	if err != nil {
		return nil, err
	}
	p := newProgram[T](g, w.model.engines)
	*kept = p
	return p, nil
}

// one returns a batch of one input and one target.
func (w *Workspace[T]) one(x, y *tensor.Tensor[T], weights []T) batch[T] {
	w.single = [2]*tensor.Tensor[T]{x, y}
	return batch[T]{w.single[:1], w.single[1:], weights}
}

// Forward runs the layers in order on a batch x of shape (rows, inputs) and returns the predictions
// (rows, outputs). They belong to the workspace and are valid until its next Forward. x is read
// again by Evaluate and Backward.
func (m *Model[T]) Forward(w *Workspace[T], x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	if err := w.forward(m, w.one(x, nil, nil).x); err != nil {
		return nil, err
	}
	return w.predictions[0], nil
}

func (w *Workspace[T]) forward(m *Model[T], x tensors[T]) error {
	if err := w.check(m, x); err != nil {
		return err
	}
	p, err := w.program(predicting, nil)
	if err == nil {
		err = p.bind(batch[T]{x: x})
	}
	if err == nil {
		err = p.run()
	}
	if err == nil {
		w.x, w.predictions, w.ready = x, p.predictions, false
	}
	return err
}

// Evaluate returns the loss of the batch of the last Forward against the target y, (rows, outputs)
// or for cross entropy also (rows, 1). weights hold one weight a row, or nothing.
func (m *Model[T]) Evaluate(w *Workspace[T], y *tensor.Tensor[T], weights ...T) (float64, error) {
	p, err := w.onLast(m, evaluating, y, weights)
	if err != nil {
		return 0, err
	}
	sum, weight := p.lossOf()
	return sum / weight, nil
}

// Backward returns the loss as Evaluate does and sets the gradients of all parameters, from dL/dŷ
// through the layers in reverse.
func (m *Model[T]) Backward(w *Workspace[T], y *tensor.Tensor[T], weights ...T) (float64, error) {
	p, err := w.onLast(m, gradients, y, weights)
	if err != nil {
		return 0, err
	}
	w.setGradients(p)
	sum, weight := p.lossOf()
	return sum / weight, nil
}

// onLast runs a graph on the batch of the last Forward.
func (w *Workspace[T]) onLast(m *Model[T], purpose purpose, y *tensor.Tensor[T], weights []T) (
	*program[T], error) {
	if w.x == nil || w.model != m {
		return nil, errNoForward
	}
	w.single[1] = y
	last := batch[T]{w.x, w.single[1:], weights}
	if err := w.checkTargets(last); err != nil {
		return nil, err
	}
	p, err := w.program(purpose, weights)
	if err == nil {
		err = p.bind(last)
	}
	if err == nil {
		err = p.run()
	}
	return p, err
}

// BackwardFrom sets the gradients of all parameters from upstream = dL/dŷ of shape (rows, outputs),
// for a loss L of the caller's own and the batch of the last Forward.
func (m *Model[T]) BackwardFrom(w *Workspace[T], upstream *tensor.Tensor[T]) error {
	if w.x == nil || w.model != m {
		return errNoForward
	}
	if shape := w.predictions[0].Shape(); !upstream.IsContiguous() ||
		!slices.Equal(upstream.Shape(), shape) || len(w.predictions) > 1 {
		return fmt.Errorf("nn: an upstream gradient of shape %v for predictions of shape %v; it must be "+
			"contiguous and of the same shape, of the only output", upstream.Shape(), shape)
	}
	p, err := w.program(propagating, nil)
	if err == nil {
		err = p.bind(batch[T]{x: w.x})
	}
	if err != nil {
		return err
	}
	*p.slot(upstreamName) = upstream.Data()
	if err := p.run(); err != nil {
		return err
	}
	w.setGradients(p)
	return nil
}

// setGradients takes the gradients that a program has computed.
func (w *Workspace[T]) setGradients(p *program[T]) {
	if p.gradients == nil {
		i := 0
		for _, v := range w.model.variables.ordered {
			if a, err := p.Output(gradientName(i)); err == nil && v.Role == 0 {
				p.gradients = append(p.gradients, parameterOf(v.Name, a, v.order, tensor.Elements[T](a)))
				i++
			}
		}
	}
	w.gradients, w.ready = p.gradients, true
}

// Gradients returns dL/dp for every parameter p of the model, in the order of [Model.Parameters],
// as the last Backward left them; a Step leaves none. It is empty before a Backward.
func (w *Workspace[T]) Gradients() []Parameter[T] { return w.gradients }

// Update lets the optimizer change the parameters by the gradients of the last Backward, which need
// no clearing, or by those that Accumulate has gathered since the last Update.
func (m *Model[T]) Update(w *Workspace[T]) error {
	if m.settings.optimizer.lbfgs != nil {
		return errors.New("nn: lbfgs evaluates its batch several times: use Step")
	}
	if w.model != m || !w.gathered.take(m.Engine().Kernels(), w.gradients) && !w.ready {
		return errors.New("nn: Update without a Backward of this model before it")
	}
	p, err := w.program(updating, nil)
	if err != nil {
		return err
	}
	if p.boundProgram == nil {
		if err := p.choose(0, nil); err != nil {
			return err
		}
	}
	for i, g := range w.gradients {
		if slot := p.slot(gradientName(i)); slot != nil {
			*slot = g.Data
		}
	}
	if err := p.run(); err != nil {
		return err
	}
	m.steps++
	w.ready = false
	return nil
}

// Accumulate computes the gradients of a batch, as Forward and Backward do, and gathers them with
// those of the batches before, until an Update takes the gradient of the mean over all of their
// rows: a step over a batch that is too large for memory at once. It returns the loss of the batch.
func (m *Model[T]) Accumulate(w *Workspace[T], x, y *tensor.Tensor[T],
	weights ...T) (float64, error) {
	sum, weight, err := m.accumulate(w, w.one(x, y, weights))
	return sum / weight, err
}

func (m *Model[T]) accumulate(w *Workspace[T], b batch[T]) (sum, weight float64, err error) {
	p, err := w.begin(m, gradients, b)
	if err != nil {
		return 0, 1, err
	}
	if err := p.run(); err != nil {
		return 0, 1, err
	}
	w.setGradients(p)
	w.x, w.predictions, w.ready = nil, p.predictions, false
	sum, weight = p.lossOf()
	if finite(sum / weight) {
		w.gathered.add(m.Engine().Kernels(), w.gradients, weight)
	}
	return sum, weight, nil
}

// add adds the gradients of a batch whose loss was divided by the weight.
func (g *gathered[T]) add(k *tensor.Kernels[T], gradients []Parameter[T], weight float64) {
	if g.sums == nil {
		for _, p := range gradients {
			g.sums = append(g.sums, make([]T, len(p.Data)))
		}
	}
	for i, p := range gradients {
		k.Parametric[tensor.Axpy](g.sums[i], p.Data, T(weight))
	}
	g.weight += weight
}

// take sets the gradients to those of the mean over all batches, if there are any, and forgets
// these.
func (g *gathered[T]) take(k *tensor.Kernels[T], gradients []Parameter[T]) bool {
	if g.weight == 0 {
		return false
	}
	for i, sum := range g.sums {
		k.Parametric[tensor.Scale](gradients[i].Data, sum, T(1/g.weight))
		clear(sum)
	}
	g.weight = 0
	return true
}

// Step makes one step of training, as Forward, Backward and, if the loss is finite, Update do: all
// in one program, which stores no gradient that it can do without. It returns the loss before the
// update.
func (m *Model[T]) Step(w *Workspace[T], x, y *tensor.Tensor[T], weights ...T) (float64, error) {
	sum, weight, err := m.makeStep(w, w.one(x, y, weights))
	return sum / weight, err
}

// makeStep makes one step of training and returns the weighted sum of the loss and the weight to
// divide it by.
func (m *Model[T]) makeStep(w *Workspace[T], b batch[T]) (sum, weight float64, err error) {
	if m.settings.optimizer.lbfgs != nil {
		return m.lbfgsStep(w, b)
	}
	p, err := w.begin(m, stepping, b)
	if err != nil {
		return 0, 1, err
	}
	if err := unwrapped(p.RunUntil(sumName, weightName)); err != nil {
		return 0, 1, err
	}
	w.x, w.predictions, w.ready = nil, p.predictions, false
	sum, weight = p.lossOf()
	if !finite(sum / weight) {
		return sum, weight, nil
	}
	m.steps++
	return sum, weight, unwrapped(p.Finish())
}

// measure computes the loss and the predictions of a batch.
func (m *Model[T]) measure(w *Workspace[T], b batch[T]) (sum, weight float64, err error) {
	p, err := w.begin(m, evaluating, b)
	if err != nil {
		return 0, 1, err
	}
	if err := p.run(); err != nil {
		return 0, 1, err
	}
	w.x, w.predictions, w.ready = nil, p.predictions, false
	sum, weight = p.lossOf()
	return sum, weight, nil
}

// begin returns the program of a purpose with a batch that it is to run on.
func (w *Workspace[T]) begin(m *Model[T], purpose purpose, b batch[T]) (*program[T], error) {
	if err := w.check(m, b.x); err != nil {
		return nil, err
	}
	p, err := w.program(purpose, b.weights)
	if err != nil {
		return nil, err
	}
	if err := w.checkTargets(b); err != nil {
		return nil, err
	}
	return p, p.bind(b)
}

// checkTargets says what is wrong with the targets and the weights of a batch.
func (w *Workspace[T]) checkTargets(b batch[T]) error {
	if len(b.y) != len(w.outputs) {
		return fmt.Errorf("nn: %d targets for %d outputs", len(b.y), len(w.outputs))
	}
	for i, o := range w.model.objectives {
		w.outputs[i][0] = b.x[0].Dim(0)
		if err := checkBatch(o.Loss.name, w.outputs[i], b.y[i], b.weights); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error if the workspace does not fit the model or the inputs.
func (w *Workspace[T]) check(m *Model[T], x tensors[T]) error {
	if w.model != m || w.changes != m.changes {
		return errors.New("nn: the workspace was made for another model, " +
			"or before the model's last layer was added")
	}
	if err := checkInputs(&m.shape, x); err != nil {
		return err
	}
	if n := x[0].Dim(0); n < 1 || n > w.maxRows {
		return fmt.Errorf("nn: a batch of %d rows; the workspace takes 1 to %d", n, w.maxRows)
	}
	return nil
}
