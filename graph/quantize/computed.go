package quantize

import (
	"fmt"
	"strconv"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/tensor"
)

// computedWeights returns the weights of products, convolutions and tables that a graph makes of
// constants and variables alone, as they are now: of codes and scales, say.
func computedWeights(g *graph.Graph) (map[*graph.Value]*tensor.Array, error) {
	fixed, weights := g.NewSet(), map[*graph.Value]*tensor.Array{}
	var values []*graph.Value
	var names []string
	for _, n := range g.Nodes() {
		if isFixed(n, fixed) {
			for _, v := range n.Outputs {
				fixed.Add(v)
			}
			continue
		}
		t := targetOf(n)
		if t == nil {
			continue
		}
		v := n.Inputs[t.weight]
		if _, known := weights[v]; !known && fixed.Has(v) && v.DType() == tensor.Float32Type {
			weights[v] = nil
			names = append(names, strconv.Itoa(len(values)))
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	c, err := computing(nil, values, names)
	if err != nil {
		return nil, err
	}
	p, err := exec.Compile(c, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	if err != nil {
		return nil, err
	}
	if err := p.Run(); err != nil {
		return nil, fmt.Errorf("weights that are computed: %w", err)
	}
	for i, v := range values {
		if weights[v], err = p.Output(names[i]); err != nil {
			return nil, err
		}
	}
	return weights, nil
}

// isFixed reports whether a node depends on nothing but constants, variables and what is fixed.
func isFixed(n *graph.Node, fixed graph.Set) bool {
	for _, v := range n.Inputs {
		if arrayOf(v) == nil && !fixed.Has(v) {
			return false
		}
	}
	return true
}

// computing returns a graph of some inputs whose outputs are values of another graph, by names. Its
// variables are constants.
func computing(inputs, values []*graph.Value, names []string) (*graph.Graph, error) {
	b := graph.NewBuilder()
	of := map[*graph.Value]*graph.Value{}
	for _, v := range inputs {
		of[v] = b.Input(v.Name(), v.Type())
	}
	var copied func(v *graph.Value) *graph.Value
	copied = func(v *graph.Value) *graph.Value {
		if made := of[v]; made != nil || b.Err() != nil {
			return made
		}
		if a := arrayOf(v); a != nil {
			of[v] = b.Constant(a)
			return of[v]
		}
		n, _ := v.Node()
		in := make([]*graph.Value, len(n.Inputs))
		for i, v := range n.Inputs {
			in[i] = copied(v)
		}
		if b.Err() == nil {
			for i, y := range b.ApplyAll(n.Operator, in...) {
				of[n.Outputs[i]] = y
			}
		}
		return of[v]
	}
	for i, v := range values {
		b.Output(names[i], copied(v))
	}
	return b.Graph()
}
