package quantize

import (
	"errors"
	"fmt"
	"maps"
	"math"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// ranged is how a value is quantised.
type ranged struct {
	scale float32
	zero  *tensor.Array // one number of the codes' type
	from  *graph.Value  // that is quantised instead of a value that rounds it, or nil
}

// trainedRange returns how a value is quantised that [op.FakeQuantize] rounds to 8 bits within one
// range, which a training has found, or says that it isn't.
func trainedRange(v *graph.Value) (r ranged, ok bool) {
	n, _ := v.Node()
	if n == nil {
		return r, false
	}
	o, ok := n.Operator.(op.FakeQuantize)
	if !ok {
		return r, false
	}
	scale, zero := n.Inputs[1].Constant(), n.Inputs[2].Constant()
	if o.High-o.Low != 255 || o.Low != 0 && o.Low != math.MinInt8 || scale == nil || zero == nil ||
		scale.DType() != tensor.Float32Type || scale.Len() != 1 {
		return r, false
	}
	r = ranged{scale: tensor.Elements[float32](scale)[0], from: n.Inputs[0]}
	z := int(tensor.Elements[float32](zero)[0])
	if z < o.Low || z > o.High {
		return r, false
	}
	if o.Low == 0 {
		r.zero = tensor.ArrayOf([]uint8{uint8(z)})
	} else {
		r.zero = tensor.ArrayOf([]int8{int8(z)})
	}
	return r, true
}

// calibrate finds the ranges of what the targets multiply by, which a training may have found.
func (q *quantizing) calibrate(samples []Sample) error {
	histograms := map[*graph.Value]*histogram{}
	var values []*graph.Value
	for _, t := range q.targets {
		v := t.node.Inputs[0]
		if t.kind == table || histograms[v] != nil {
			continue
		}
		if r, ok := trainedRange(v); ok {
			q.ranges[v] = r
			continue
		}
		histograms[v] = &histogram{}
		values = append(values, v)
	}
	if len(values) == 0 {
		return nil
	}
	if len(samples) == 0 {
		return errors.New("quantize: static ranges are found with samples, and there are none")
	}
	o, err := newObserver(q.graph, values)
	if err != nil {
		return err
	}
	for i, sample := range samples {
		err := o.run(sample, func(i int, a *tensor.Array) {
			histograms[values[i]].add(tensor.Elements[float32](a))
		})
		if err != nil {
			return fmt.Errorf("quantize: sample %d: %w", i+1, err)
		}
	}
	for v, h := range histograms {
		q.ranges[v] = q.rangeOf(h)
	}
	return nil
}

// rangeOf returns how numbers of a histogram are quantised.
func (q *quantizing) rangeOf(h *histogram) ranged {
	lowest, highest := h.lowest, h.highest
	switch q.options.Calibration {
	case Percentile:
		lowest, highest = h.percentile(q.options.Percentile)
	case MSE:
		lowest, highest = h.leastError(q.options.Symmetric)
	}
	if !q.options.Symmetric {
		scale, zero := scaleOf(lowest, highest, 0, 255)
		return ranged{scale: scale, zero: tensor.ArrayOf([]uint8{uint8(zero)})}
	}
	most := max(-lowest, highest)
	scale, _ := scaleOf(-most, most, -127, 127)
	return ranged{scale: scale, zero: tensor.ArrayOf([]int8{0})}
}

// observer runs a graph and shows some of its values.
type observer struct {
	graph   *graph.Graph
	session *exec.Session
	names   []string // of the values, as outputs
}

// newObserver returns an observer of values of a graph.
func newObserver(g *graph.Graph, values []*graph.Value) (*observer, error) {
	o := &observer{}
	for i := range values {
		o.names = append(o.names, fmt.Sprintf("value.%d", i))
	}
	var err error
	if o.graph, err = computing(g.Inputs(), values, o.names); err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	o.session = exec.NewSession(o.graph, exec.NewEngines(tensor.ActiveISA(), 0), 1)
	return o, nil
}

// run runs the graph on a sample and shows each value.
func (o *observer) run(sample Sample, show func(i int, a *tensor.Array)) error {
	p, err := borrow(o.session, o.graph, sample)
	if err != nil {
		return err
	}
	defer o.session.Return(p)
	if err := p.Run(); err != nil {
		return err
	}
	for i, name := range o.names {
		a, err := p.Output(name)
		if err != nil {
			return err
		}
		show(i, a)
	}
	return nil
}

// borrow returns a session's program whose inputs are those of a sample.
func borrow(s *exec.Session, g *graph.Graph, sample Sample) (*exec.Program, error) {
	var shapes [][]int
	rest := maps.Clone(sample)
	for _, v := range g.Inputs() {
		a := sample[v.Name()]
		if a == nil {
			return nil, fmt.Errorf("the input %q is missing", v.Name())
		}
		if a.DType() != v.DType() {
			return nil, fmt.Errorf("the input %q is %v, not %v", v.Name(), a.DType(), v.DType())
		}
		shapes = append(shapes, a.Shape())
		delete(rest, v.Name())
	}
	for name := range rest {
		return nil, fmt.Errorf("%q is no input of the graph", name)
	}
	p, err := s.Borrow(shapes...)
	if err != nil {
		return nil, err
	}
	for _, v := range g.Inputs() {
		to, err := p.Input(v.Name())
		if err != nil {
			return nil, err
		}
		copy(to.Bytes(), sample[v.Name()].Bytes())
	}
	return p, nil
}

// snr is a signal and the noise in it.
type snr struct{ signal, noise float64 }

// add adds what should be and what is.
func (s *snr) add(want, got []float32) {
	for i, v := range want {
		d := float64(v) - float64(got[i])
		s.signal += float64(float64(v) * float64(v))
		s.noise += float64(d * d)
	}
}

// decibels returns 10·log₁₀(signal/noise), +∞ without noise, and NaN without either.
func (s snr) decibels() float64 { return 10 * math.Log10(s.signal/s.noise) }
