package quantize

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Report says what became of a graph.
type Report struct {
	Nodes []Node
	// Floats are the other nodes that read weights of 4,096 numbers or more, which stay float32 with
	// all options, as "name (operator)": transposed convolutions and recurrences, say.
	Floats []string
	// Kept are the nodes that stay as they are by [Options.KeepBelow]. Their outputs' ratios are NaN.
	Kept []Node
	// Before and After are the bytes of all variables and constants.
	Before, After int
}

// Node says what became of a node's weights. SQNR is the ratio of a signal to the noise that
// rounding makes, in decibels: 10·log₁₀(Σx²/Σ(x−x')²), +Inf where nothing was rounded.
type Node struct {
	// Name is that of the weights, if they are a variable's, else that of the scope that the node is
	// in.
	Name string
	// Operator is "matmul", "conv" or "gather".
	Operator string
	// Shape is that of the weights, and Bits are those of one of them, its share of scales included.
	Shape []int
	Bits  float64
	// Weights is the SQNR of the weights, Output that of what the node gives for the samples, with all
	// nodes before it quantised, and Alone that with the node alone quantised, which tells where an
	// error arises; NaN without samples.
	Weights, Output, Alone float64
}

// report compares the graph with what was made of it.
func (q *quantizing) report(made *graph.Graph, samples []Sample) (*Report, error) {
	r := &Report{Before: bytesOf(q.graph), Floats: q.floats()}
	outputs := map[*target]*snr{}
	for _, t := range q.targets {
		outputs[t] = &snr{}
	}
	err := q.compare(made, samples, func(t *target, want, got []float32, _ []int) {
		outputs[t].add(want, got)
	})
	if err != nil {
		return nil, err
	}
	for _, t := range q.targets {
		n := q.described(t)
		n.Output = outputs[t].decibels()
		r.Nodes = append(r.Nodes, n)
	}
	return r, nil
}

// described returns what is known of a target by itself.
func (q *quantizing) described(t *target) Node {
	return Node{Name: t.name, Operator: t.node.Operator.Name(),
		Shape: slices.Clone(q.arrayOf(t).Shape()), Bits: t.bits, Weights: t.error.decibels(),
		Output: math.NaN(), Alone: t.alone.decibels()}
}

// floats returns the nodes that can't be quantised, but read weights. What computes the weights of
// others is none.
func (q *quantizing) floats() (names []string) {
	fixed, can := q.graph.NewSet(), map[*graph.Node]bool{}
	for _, t := range q.candidates() {
		can[t.node] = true
	}
	for _, n := range q.graph.Nodes() {
		if isFixed(n, fixed) {
			for _, v := range n.Outputs {
				fixed.Add(v)
			}
			continue
		}
		for _, v := range n.Inputs {
			a := arrayOf(v)
			if !can[n] && a != nil && a.DType() == tensor.Float32Type && a.Len() >= leastTable {
				names = append(names, fmt.Sprintf("%s (%s)", nameOf(n, v), n.Operator.Name()))
				break
			}
		}
	}
	return names
}

// compare runs the graph and what was made of it on samples, and shows what each target gives in
// both.
func (q *quantizing) compare(made *graph.Graph, samples []Sample,
	show func(t *target, want, got []float32, shape []int)) error {
	var before, after []*graph.Value
	for _, t := range q.targets {
		before, after = append(before, t.node.Outputs[0]), append(after, t.made)
	}
	floats, err := newObserver(q.graph, before)
	if err != nil {
		return err
	}
	quantised, err := newObserver(made, after)
	if err != nil {
		return err
	}
	want := make([][]float32, len(q.targets))
	for n, sample := range samples {
		err := floats.run(sample, func(i int, a *tensor.Array) {
			want[i] = append(want[i][:0], tensor.Elements[float32](a)...)
		})
		if err == nil {
			err = quantised.run(sample, func(i int, a *tensor.Array) {
				show(q.targets[i], want[i], tensor.Elements[float32](a), a.Shape())
			})
		}
		if err != nil {
			return fmt.Errorf("quantize: sample %d: %w", n+1, err)
		}
	}
	return nil
}

// bytesOf returns the bytes of a graph's variables and constants.
func bytesOf(g *graph.Graph) (n int) {
	for _, a := range g.Arrays() {
		n += a.Len() * a.DType().Bytes()
	}
	return n
}
