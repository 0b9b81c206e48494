package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// DescentSteps makes steps of gradient descent, and of Adam, in the products that make the
// gradients, which then needn't stand in memory. Such a step comes after the last node that needs
// the parameter as it was.
//
//	x ┐                               x ┐
//	d ┴ matmul_sums ┬ dW ┐            d ┤
//	                │  W ┴ sgd ─ W' → W ┴ descent ┬ W'
//	                └ db                          └ db
func DescentSteps(g *graph.Graph) (*graph.Graph, error) {
	index, consumers := map[*graph.Node]int{}, g.Consumers()
	for i, n := range g.Nodes() {
		index[n] = i
	}
	steps := map[*graph.Node]descent{} // by the node after which they come
	isPart := map[*graph.Node]bool{}
	for _, n := range g.Nodes() {
		if s, ok := descentOf(g, n, consumers); ok {
			after := s.product
			for _, c := range consumers.Of(s.parameter()) {
				if c != n && index[c] > index[after] {
					after = c
				}
			}
			if _, taken := steps[after]; taken || !s.isWantedAfter(index[after], index, consumers) ||
				!s.isReadyAfter(index[after], index) {
				continue
			}
			steps[after], isPart[s.product], isPart[n] = s, true, true
		}
	}
	if len(steps) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if isPart[n] {
			r.Drop(n)
		}
		s, ok := steps[n]
		if !ok {
			return
		}
		if !isPart[n] {
			r.Replace(n, r.ApplyAll(n.Operator, r.All(n.Inputs)...)...)
		}
		s.build(r)
	}})
}

// descent is a step and the product that makes its gradient.
type descent struct{ step, product *graph.Node }

// parameter returns what the step changes.
func (s descent) parameter() *graph.Value { return s.step.Inputs[1] }

// build builds the step in the product.
func (s descent) build(r *graph.Rebuilding) {
	for _, v := range s.step.Inputs {
		if n := nodeOf(v); n != nil && n != s.product && r.Of(v) == nil { // see isReadyAfter
			r.Replace(n, r.ApplyAll(n.Operator, r.All(n.Inputs)...)...)
		}
	}
	in, x, d := s.step.Inputs, s.product.Inputs[0], s.product.Inputs[1]
	var operator graph.Operator = op.Descent{}
	inputs := []*graph.Value{in[0], in[1], x, d}
	if adam, ok := s.step.Operator.(op.AdamStep); ok {
		operator = op.AdamDescent{AdamStep: adam}
		inputs = []*graph.Value{in[0], in[1], x, in[3], in[4], in[5], d}
	}
	outputs := r.ApplyAll(operator, r.All(inputs)...)
	if r.Err() != nil {
		return
	}
	for i, v := range s.step.Outputs {
		r.ReplaceValue(v, outputs[i])
	}
	r.ReplaceValue(s.product.Outputs[1], outputs[len(outputs)-1])
}

// descentOf returns the step that a node is, if nobody else needs its gradient.
func descentOf(g *graph.Graph, n *graph.Node, consumers graph.Consumers) (
	s descent, ok bool) {
	switch n.Operator.(type) {
	case op.SGDStep, op.AdamStep:
	default:
		return s, false
	}
	if len(n.Inputs) > 6 { // Adam with a β₁ that changes
		return s, false
	}
	gradient := n.Inputs[2]
	p, output := gradient.Node()
	if p == nil || p.Operator != (op.ProductSums{}) || output != 0 ||
		len(consumers.Of(gradient)) != 1 || g.IsUsedOutside(gradient) {
		return s, false
	}
	for _, v := range p.Inputs {
		for _, d := range v.Shape() {
			if d.Is(0) {
				return s, false
			}
		}
	}
	return descent{n, p}, true
}

// isWantedAfter reports whether the column sums are first needed after a node.
func (s descent) isWantedAfter(at int, index map[*graph.Node]int,
	consumers graph.Consumers) bool {
	for _, c := range consumers.Of(s.product.Outputs[1]) {
		if index[c] <= at {
			return false
		}
	}
	return true
}

// isReadyAfter reports whether what the step takes besides the gradient is there after a node, or
// is computed of what always is, such as Adam's powers, and may come earlier.
func (s descent) isReadyAfter(at int, index map[*graph.Node]int) bool {
	isComputed := func(v *graph.Value) bool { return nodeOf(v) != nil }
	for _, v := range s.step.Inputs {
		n := nodeOf(v)
		if n != nil && n != s.product && index[n] > at && slices.ContainsFunc(n.Inputs, isComputed) {
			return false
		}
	}
	return true
}
