package nn

import (
	"fmt"
	"strconv"

	"simdnn/graph"
	"simdnn/tensor"
)

// DivergedError reports a loss that is infinite or not a number, which ends a training: as a rule
// the learning rate is too high, or the data hold a value that is not a number.
type DivergedError struct {
	Epoch int // counted from 0
	Step  int // the step within the epoch, counted from 0; −1 for the evaluation at its end
	// Layer is the index of the first layer whose output holds a value that is not finite, −1 if
	// all outputs are finite and the loss alone is not.
	Layer int
	Name  string // of the layer, or of the loss
	Loss  float64
}

// Error says where the values stopped being finite.
func (e *DivergedError) Error() string {
	where := "the loss " + e.Name
	if e.Layer >= 0 {
		where = fmt.Sprintf("layer %d (%s)", e.Layer+1, e.Name)
	}
	when := fmt.Sprintf("step %d", e.Step)
	if e.Step < 0 {
		when = "the evaluation at its end"
	}
	return fmt.Sprintf("nn: training diverged: the loss is %g in epoch %d, %s; the first value that is not finite came from %s; "+
		"try a lower learning rate or scaled data", e.Loss, e.Epoch, when, where)
}

// diverged finds the first layer whose output for x is not finite.
func (m *Model[T]) diverged(x tensors[T], epoch, step int, loss float64) error {
	e := &DivergedError{Epoch: epoch, Step: step, Layer: -1, Name: m.lossNames(), Loss: loss}
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	if m.network != nil {
		return e
	}
	_, _, err := m.applyLayers(b, m.layers,
		func(i int, y *graph.Value) { b.Output(strconv.Itoa(i), y) })
	if err != nil {
		return err
	}
	g, err := b.Graph()
	if err != nil {
		return err
	}
	p := newProgram[T](g, m.engines)
	if err := p.bind(batch[T]{x: x}); err != nil {
		return err
	}
	if err := p.run(); err != nil {
		return err
	}
	for i, l := range m.layers {
		if !allFinite(p.output(strconv.Itoa(i)).Data()) {
			e.Layer, e.Name = i, describe(l)
			break
		}
	}
	return e
}

// allFinite reports whether no value is infinite or NaN.
func allFinite[T tensor.Float](values []T) bool {
	for _, v := range values {
		if !finite(float64(v)) {
			return false
		}
	}
	return true
}
