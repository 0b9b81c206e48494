package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// CTC computes −ln of the probability that a sequence of classes, with blanks between and classes
// repeated, is one of the alignments of targets (Graves et al. 2006). Its inputs are logarithms of
// probabilities (time, batch, classes), targets (batch, longest) of int64, and the lengths (batch)
// of inputs and of targets, int64. Its outputs are the losses (batch) and their gradient (time,
// batch, classes), −1 times the probabilities of classes given the targets, whose sums are of
// float64.
type CTC struct {
	Blank int `json:"blank,omitempty"`
	// ZeroInfinity makes the losses of inputs that are too short for their targets 0, with their
	// gradients: else they are infinite and NaN.
	ZeroInfinity bool `json:"zeroInfinity,omitempty"`
}

// CTCLoss returns the losses, whose mean is that of each divided by the length of its target, at
// least 1.
func CTCLoss(b *graph.Builder, o CTC, logs, targets, inputLengths, targetLengths *graph.Value,
	r LossReduction) *graph.Value {
	losses := first(b.ApplyAll(o, logs, targets, inputLengths, targetLengths))
	if r == LossMean && b.Err() == nil {
		n := Maximum(b, Cast(b, targetLengths, logs.DType()), numberLike(b, logs, 1))
		losses = Div(b, losses, n)
	}
	return r.of(b, losses)
}

// Name returns "ctc".
func (CTC) Name() string { return "ctc" }

// Infer returns the shapes (batch) and (time, batch, classes).
func (o CTC) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 4 || !in[0].DType.IsFloat() || len(in[0].Shape) != 3 || len(in[1].Shape) != 2 {
		return nil, fmt.Errorf("CTC needs logarithms (time, batch, classes), targets (batch, longest), " +
			"and two lengths (batch)")
	}
	batch := in[0].Shape[1:2]
	for i, t := range in[1:] {
		if t.DType != tensor.Int64Type || t.Shape[0] != batch[0] || i > 0 && len(t.Shape) != 1 {
			return nil, fmt.Errorf("targets and lengths must be int64 of a batch of %v, not %v", batch[0],
				t)
		}
	}
	if n, ok := in[0].Shape[2].Value(); o.Blank < 0 || ok && o.Blank >= n {
		return nil, fmt.Errorf("the blank %d is none of %v classes", o.Blank, in[0].Shape[2])
	}
	return []graph.Type{in[0].With(batch), in[0]}, nil
}

// Bind returns a step that goes through the batch.
func (o CTC) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindCTC[float32](o, b), nil
	}
	return bindCTC[float64](o, b), nil
}

// ctcRun aligns one sequence after another. Its labels are those of the target with blanks around
// each.
type ctcRun[T tensor.Float] struct {
	o                    CTC
	time, batch, classes int
	logs                 []T
	labels               []int
	alpha, beta          []float64 // (time, labels)
}

func bindCTC[T tensor.Float](o CTC, b *graph.Binding) graph.Step {
	s, longest := b.Inputs[0].Shape(), b.Inputs[1].Shape()[1]
	r := &ctcRun[T]{o: o, time: s[0], batch: s[1], classes: s[2]}
	r.labels = make([]int, 0, 2*longest+1)
	r.alpha, r.beta = make([]float64, s[0]*(2*longest+1)), make([]float64, s[0]*(2*longest+1))
	losses, g := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	logs, targets := tensor.Slot[T](b.Inputs[0]), tensor.Slot[int64](b.Inputs[1])
	times, lengths := tensor.Slot[int64](b.Inputs[2]), tensor.Slot[int64](b.Inputs[3])
	return func() {
		clear(*g)
		r.logs = *logs
		for i := range r.batch {
			time, length := (*times)[i], (*lengths)[i]
			if time < 0 || time > int64(r.time) || length < 0 || length > int64(longest) {
				b.Fail(fmt.Errorf("sequence %d has the length %d and a target of %d, which are not within "+
					"%d and %d", i, time, length, r.time, longest))
				return
			}
			if err := r.label((*targets)[i*longest:][:length]); err != nil {
				b.Fail(fmt.Errorf("sequence %d: %w", i, err))
				return
			}
			(*losses)[i] = T(r.align(*g, i, int(time)))
		}
	}
}

// label sets the labels of a target.
func (r *ctcRun[T]) label(target []int64) error {
	r.labels = append(r.labels[:0], r.o.Blank)
	for _, c := range target {
		if c < 0 || c >= int64(r.classes) {
			return fmt.Errorf("the target %d is none of %d classes", c, r.classes)
		}
		r.labels = append(r.labels, int(c), r.o.Blank)
	}
	return nil
}

// at returns the logarithm of a label's probability.
func (r *ctcRun[T]) at(t, i, s int) float64 {
	return float64(r.logs[(t*r.batch+i)*r.classes+r.labels[s]])
}

// skips reports whether a label may follow the one two before it.
func (r *ctcRun[T]) skips(s int) bool {
	return s >= 2 && r.labels[s] != r.o.Blank && r.labels[s] != r.labels[s-2]
}

// align returns the loss of sequence i, and sets its gradient.
func (r *ctcRun[T]) align(g []T, i, time int) float64 {
	n := len(r.labels)
	if time == 0 {
		if n == 1 || r.o.ZeroInfinity {
			return 0
		}
		return math.Inf(1)
	}
	none := math.Inf(-1)
	for t := range time { // α: of what leads to each label
		for s := range n {
			sum := none
			switch {
			case t == 0 && s < 2:
				sum = 0
			case t > 0:
				last := r.alpha[(t-1)*n:][:n]
				sum = last[s]
				if s > 0 {
					sum = logAdd(sum, last[s-1])
				}
				if r.skips(s) {
					sum = logAdd(sum, last[s-2])
				}
			}
			r.alpha[t*n+s] = sum + r.at(t, i, s)
		}
	}
	for t := time - 1; t >= 0; t-- { // β: of what follows each
		for s := range n {
			sum := none
			if t == time-1 {
				if s >= n-2 {
					sum = 0
				}
				r.beta[t*n+s] = sum
				continue
			}
			next := r.beta[(t+1)*n:][:n]
			for to := s; to < min(s+3, n); to++ {
				if to < s+2 || r.skips(to) {
					sum = logAdd(sum, next[to]+r.at(t+1, i, to))
				}
			}
			r.beta[t*n+s] = sum
		}
	}
	end := r.alpha[(time-1)*n:][:n]
	total := end[n-1]
	if n > 1 {
		total = logAdd(total, end[n-2])
	}
	if total == none && r.o.ZeroInfinity {
		return 0
	}
	for t := range time {
		row := g[(t*r.batch+i)*r.classes:][:r.classes]
		for s, c := range r.labels {
			row[c] -= T(exp(r.alpha[t*n+s] + r.beta[t*n+s] - total))
		}
	}
	return -total
}

// exp returns exp(x), x ≤ 0, within 1e-16 of it.
func exp(x float64) float64 { return portable.Expm1(x) + 1 }

// logAdd returns ln(exp(x) + exp(y)).
func logAdd(x, y float64) float64 {
	if x < y {
		x, y = y, x
	}
	if math.IsInf(y, -1) {
		return x
	}
	return x + portable.Log1p(exp(y-x))
}

// Gradient multiplies the second output by the upstream gradient.
func (CTC) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	if up[1] != nil {
		b.Fail("%v has no gradient for its second output", n)
	}
	if b.Err() != nil {
		return make([]*graph.Value, 4)
	}
	return []*graph.Value{Mul(b, n.Outputs[1], b.Apply(Unsqueeze{1}, up[0])), nil, nil, nil}
}
