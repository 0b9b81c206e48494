package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Chains takes element-wise operators of floats that follow each other for one that computes them
// block by block, and those that repeat an operand, for which that is faster too. It is no part of
// [Passes]: the blocks pay for large arrays, such as images, not for small networks.
//
//	x ┬ add 3 ─ clip ┐                   x ┐
//	  └──────────────┴ mul ─ y     →     3 ┤
//	                                     x ┴ chain ─ y
func Chains(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	chains := map[*graph.Node]*link{} // by their last node
	for _, n := range g.Nodes() {
		l := f.linkOf(n, chains)
		if l == nil {
			continue
		}
		if l.before != nil {
			delete(chains, l.before.node)
		}
		chains[n] = l
	}
	for n, l := range chains {
		if l.before == nil && !l.repeats() {
			delete(chains, n)
		}
	}
	if len(chains) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if l := chains[n]; l != nil {
			steps := []op.ChainStep{}
			inputs := l.collect(&steps, nil)
			r.Replace(n, r.Apply(op.Chain{Steps: &steps}, r.All(inputs)...))
		}
	}})
}

// link is a node of a chain.
type link struct {
	before *link
	node   *graph.Node
	main   int // the input that the chain goes through
}

// repeats reports whether the node's other operand is broadcast.
func (l *link) repeats() bool {
	return len(l.node.Inputs) == 2 &&
		!l.node.Inputs[1-l.main].Shape().Equal(l.node.Outputs[0].Shape())
}

// collect returns the inputs of the chain up to a link, and adds its steps.
func (l *link) collect(steps *[]op.ChainStep, inputs []*graph.Value) []*graph.Value {
	if l.before != nil {
		inputs = l.before.collect(steps, inputs)
	} else {
		inputs = append(inputs, l.node.Inputs[l.main])
	}
	if len(l.node.Inputs) == 2 {
		inputs = append(inputs, l.node.Inputs[1-l.main])
	}
	*steps = append(*steps, op.ChainStep{Operator: l.node.Operator, Swapped: l.main == 1})
	return inputs
}

// linkOf returns a node as the end of a chain, of the one that its input ends if only the node needs
// that; nil if it can be in none.
func (f fusion) linkOf(n *graph.Node, chains map[*graph.Node]*link) *link {
	if len(n.Outputs) != 1 || !n.Outputs[0].DType().IsFloat() {
		return nil
	}
	shape := n.Outputs[0].Shape()
	if _, known := shape.Ints(); !known {
		return nil
	}
	var found *link
	for i := range n.Inputs {
		if !canChain(n, i) {
			continue
		}
		before, _ := n.Inputs[i].Node()
		if l := chains[before]; before != nil && l != nil && f.isOnlyFor(n.Inputs[i], n) {
			return &link{l, n, i}
		}
		if found == nil {
			found = &link{nil, n, i}
		}
	}
	return found
}

// chainPeriod is the largest number of elements that a chain repeats.
const chainPeriod = 2048

// canChain reports whether a chain can go through an input of a node: one of the output's shape, while
// another one has it, too, or repeats along the first dimensions.
func canChain(n *graph.Node, input int) bool {
	shape := n.Outputs[0].Shape()
	if !n.Inputs[input].Shape().Equal(shape) {
		return false
	}
	switch o := n.Operator.(type) {
	case op.Unary, op.Clamp:
		return true
	case op.Parametric:
		return o.Function != tensor.Axpy
	case op.Binary:
		other := n.Inputs[1-input].Shape()
		n, known := other.Size().Value()
		return other.Equal(shape) || known && n <= chainPeriod && op.IsTail(other, shape)
	}
	return false
}
