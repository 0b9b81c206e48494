package quantize

import (
	"fmt"
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
	// nodes before it quantised; NaN without samples.
	Weights, Output float64
}

// report compares the graph with what was made of it.
func (q *quantizing) report(made *graph.Graph, samples []Sample) (*Report, error) {
	r := &Report{Before: bytesOf(q.graph), Floats: q.floats()}
	outputs, err := q.outputErrors(made, samples)
	if err != nil {
		return nil, err
	}
	for i, t := range q.targets {
		r.Nodes = append(r.Nodes, Node{Name: t.name, Operator: t.node.Operator.Name(),
			Shape: slices.Clone(q.arrayOf(t).Shape()), Bits: t.bits,
			Weights: t.error.decibels(), Output: outputs[i].decibels()})
	}
	return r, nil
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

// outputErrors runs both graphs and returns the errors of what the targets give.
func (q *quantizing) outputErrors(made *graph.Graph, samples []Sample) ([]snr, error) {
	errors := make([]snr, len(q.targets))
	var before, after []*graph.Value
	for _, t := range q.targets {
		before, after = append(before, t.node.Outputs[0]), append(after, t.made)
	}
	floats, err := newObserver(q.graph, before)
	if err != nil {
		return nil, err
	}
	quantised, err := newObserver(made, after)
	if err != nil {
		return nil, err
	}
	want := make([][]float32, len(q.targets))
	for n, sample := range samples {
		err := floats.run(sample, func(i int, a *tensor.Array) {
			want[i] = append(want[i][:0], tensor.Elements[float32](a)...)
		})
		if err == nil {
			err = quantised.run(sample, func(i int, a *tensor.Array) {
				errors[i].add(want[i], tensor.Elements[float32](a))
			})
		}
		if err != nil {
			return nil, fmt.Errorf("quantize: sample %d: %w", n+1, err)
		}
	}
	return errors, nil
}

// bytesOf returns the bytes of a graph's variables and constants.
func bytesOf(g *graph.Graph) (n int) {
	for _, a := range g.Arrays() {
		n += a.Len() * a.DType().Bytes()
	}
	return n
}
