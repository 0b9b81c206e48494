package nn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"simdnn/tensor"
)

var errNoForward = errors.New("nn: no Forward on this workspace yet")

// Forward runs the layers in order on a batch x of shape (rows, inputs) and returns the predictions (rows, outputs). They belong
// to the workspace and are valid until its next Forward. x is read again by Backward.
func (m *Model[T]) Forward(w *Workspace[T], x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	if err := w.forward(m, x); err != nil {
		return nil, err
	}
	if w.probabilities != nil {
		logits := w.outputs[len(w.outputs)-1]
		w.activation.forward(m.engine.Kernels(), w.prediction.Data(), logits.Data(), logits.Dim(1))
	}
	return w.prediction, nil
}

// forward is Forward up to what the loss takes: where the last activation is fused with the loss, evaluate completes the prediction.
func (w *Workspace[T]) forward(m *Model[T], x *tensor.Tensor[T]) error {
	if err := w.check(m, x); err != nil {
		return err
	}
	if w.tunesThreads() {
		w.beginStep(x.Dim(0))
	}
	for i, p := range w.passes {
		x = p.Forward(x)
		w.outputs[i] = x
	}
	w.prediction = x
	if w.probabilities != nil {
		w.prediction = w.probabilities.rows(x.Dim(0))
	}
	w.ready = false
	return nil
}

// Evaluate returns the loss of the last Forward against the target y, (rows, outputs) or for cross entropy also (rows, 1).
// weights hold one weight a row, or nothing.
func (m *Model[T]) Evaluate(w *Workspace[T], y *tensor.Tensor[T], weights ...T) (float64, error) {
	sum, weight, err := w.evaluate(y, weights)
	if err != nil {
		return 0, err
	}
	return sum / weight, nil
}

// Backward returns the loss of the last Forward as Evaluate does and sets the gradients of all parameters, from dL/dŷ through the
// layers in reverse.
func (m *Model[T]) Backward(w *Workspace[T], y *tensor.Tensor[T], weights ...T) (float64, error) {
	loss, err := m.Evaluate(w, y, weights...)
	if err != nil {
		return 0, err
	}
	w.backward(w.loss.gradient.rows(w.prediction.Dim(0)))
	return loss, nil
}

// BackwardFrom sets the gradients of all parameters from upstream = dL/dŷ of shape (rows, outputs), for a loss L of the caller's
// own. It overwrites upstream.
func (m *Model[T]) BackwardFrom(w *Workspace[T], upstream *tensor.Tensor[T]) error {
	if w.prediction == nil {
		return errNoForward
	}
	if !upstream.IsContiguous() || !slices.Equal(upstream.Shape(), w.prediction.Shape()) {
		return fmt.Errorf("nn: an upstream gradient of shape %v for predictions of shape %v; it must be contiguous and of the same shape",
			upstream.Shape(), w.prediction.Shape())
	}
	if w.probabilities != nil {
		d, logits := upstream.Data(), w.outputs[len(w.outputs)-1]
		w.activation.backward(m.engine.Kernels(), d, d, logits.Data(), w.prediction.Data(), upstream.Dim(1))
	}
	w.backward(upstream)
	return nil
}

// Update lets the optimizer change the parameters by the gradients of the last Backward. These need no clearing: the next
// Backward overwrites them.
func (m *Model[T]) Update(w *Workspace[T]) error {
	if w.model != m || !w.ready {
		return errors.New("nn: Update without a Backward of this model before it")
	}
	threads := m.engine.Threads()
	if w.alone {
		threads = 1
	}
	if w.descends {
		m.updater().step(threads, w.Gradients(), w.descended)
		clear(w.descended)
		w.descends = false
	} else {
		m.updater().step(threads, w.Gradients(), nil)
	}
	if w.tunesThreads() {
		w.endStep()
	}
	w.ready = false
	return nil
}

// Step makes one step of training: Forward, Backward and, if the loss is finite, Update. It returns
// the loss before the update. Gradients that it can do without it does not store.
func (m *Model[T]) Step(w *Workspace[T], x, y *tensor.Tensor[T], weights ...T) (float64, error) {
	sum, weight, err := m.step(w, x, y, weights)
	return sum / weight, err
}

// step makes one step of training and returns the weighted sum of the loss and the weight to divide it by.
func (m *Model[T]) step(w *Workspace[T], x, y *tensor.Tensor[T], weights []T) (sum, weight float64, err error) {
	if err := w.forward(m, x); err != nil {
		return 0, 1, err
	}
	sum, weight, err = w.evaluate(y, weights)
	if err != nil || !finite(sum/weight) {
		return sum, weight, err
	}
	d := w.loss.gradient.rows(w.prediction.Dim(0))
	if u := m.updater(); u.isDescent() {
		w.descend(d, T(u.rate))
	} else {
		w.backward(d)
	}
	return sum, weight, m.Update(w)
}

// evaluate computes the loss of the last forward pass and its gradient, and the probabilities of a loss of logits.
func (w *Workspace[T]) evaluate(y *tensor.Tensor[T], weights []T) (sum, weight float64, err error) {
	if w.prediction == nil {
		return 0, 1, errNoForward
	}
	if w.probabilities == nil {
		return w.loss.run(w.prediction, nil, y, weights)
	}
	return w.loss.run(w.outputs[len(w.outputs)-1], w.prediction, y, weights)
}

// descend is backward that makes the steps of descent of those weights at once whose passes can, in the place of their gradients.
func (w *Workspace[T]) descend(d *tensor.Tensor[T], rate T) {
	for i := len(w.passes) - 1; i >= 0; i-- {
		if p, ok := w.passes[i].(*densePass[T]); ok && p.canDescend() {
			d = p.descend(d, i > 0, rate)
			w.descended[w.first[i]], w.descends = true, true
		} else {
			d = w.passes[i].Backward(d, i > 0)
		}
	}
	w.ready = true
}

// backward runs the passes in reverse from d, the gradient of the loss with respect to the last pass's output.
func (w *Workspace[T]) backward(d *tensor.Tensor[T]) {
	for i := len(w.passes) - 1; i >= 0; i-- {
		d = w.passes[i].Backward(d, i > 0)
	}
	w.ready = true
}

// finite tells whether v is neither infinite nor NaN.
func finite(v float64) bool { return !math.IsInf(v, 0) && v == v }
