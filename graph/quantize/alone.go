package quantize

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// drift is the sum of the errors that rounding makes in a column or at a filter.
type drift struct {
	sum   float64
	count int
}

// measureAlone finds out what rounding costs at each target by itself: the values that come from
// the nodes before it are those of floats.
func (q *quantizing) measureAlone(samples []Sample) error {
	if len(samples) == 0 {
		if q.options.KeepBelow > 0 || q.options.CorrectBias {
			return errors.New("quantize: what rounding costs is found with samples, and there are none")
		}
		return nil
	}
	made, err := q.eachTarget(func(r *graph.Rebuilding, t *target) {
		t.made, t.alone, t.drift = q.quantized(r, t, nil), snr{}, nil
	})
	if err != nil {
		return fmt.Errorf("quantize: %w", err)
	}
	return q.compare(made, samples, func(t *target, want, got []float32, shape []int) {
		t.alone.add(want, got)
		t.addDrift(want, got, shape)
	})
}

// addDrift adds the errors of what a node gives to the drifts of its columns or filters.
func (t *target) addDrift(want, got []float32, shape []int) {
	if t.kind == table {
		return
	}
	axis := len(shape) - 1
	if o, ok := t.node.Operator.(op.Conv); ok && !o.ChannelsLast {
		axis = 1
	}
	if t.drift == nil {
		t.drift = make([]drift, shape[axis])
	}
	stretch := 1
	for _, d := range shape[axis+1:] {
		stretch *= d
	}
	for i, v := range want {
		d := &t.drift[i/stretch%len(t.drift)]
		d.sum += float64(v) - float64(got[i])
		d.count++
	}
}

// correction returns what is added to each column or filter of what a node gives, nil for nothing.
func (q *quantizing) correction(t *target) []float32 {
	if !q.options.CorrectBias || t.drift == nil {
		return nil
	}
	by := make([]float32, len(t.drift))
	for c, d := range t.drift {
		by[c] = float32(d.sum / float64(d.count))
	}
	return by
}

// convolved returns the convolution of a target by quantised weights, to whose bias numbers are
// added, if there are any.
func (t *target) convolved(r *graph.Rebuilding, inputs []*graph.Value, by []float32) *graph.Value {
	o := t.node.Operator.(op.Conv)
	if by == nil {
		return r.Apply(o, inputs...)
	}
	if !o.Bias {
		o.Bias = true
		return r.Apply(o, append(inputs, r.Constant(tensor.ArrayOf(by, len(by))))...)
	}
	bias := arrayOf(t.node.Inputs[2])
	if bias == nil { // computed
		return r.Apply(o, inputs...)
	}
	sum := slices.Clone(tensor.Elements[float32](bias))
	for c, v := range by {
		sum[c] += v
	}
	inputs[2] = r.Constant(tensor.ArrayOf(sum, len(sum)))
	return r.Apply(o, inputs...)
}

// keepBelow leaves out the targets whose ratio of signal to noise by themselves is below the bound,
// and returns them.
func (q *quantizing) keepBelow() (kept []Node) {
	q.targets = slices.DeleteFunc(q.targets, func(t *target) bool {
		isBelow := t.alone.decibels() < q.options.KeepBelow
		if isBelow {
			n := q.described(t)
			n.Bits = 32
			kept = append(kept, n)
		}
		return isBelow
	})
	return kept
}
