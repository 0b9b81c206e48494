package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Chains takes element-wise operators of floats that follow each other, also in branches that meet
// again, for one that computes them block by block, and those that repeat an operand, for which that is
// faster too. It is no part of [Passes]: the blocks pay for large arrays, such as images, not for small
// networks.
//
//	x ┬ add 3 ─ clip ┐                   x ┐
//	  └──────────────┴ mul ─ y     →     3 ┴ chain ─ y
func Chains(g *graph.Graph) (*graph.Graph, error) {
	f := chaining{fusion{g, g.Consumers()}, map[*graph.Node]int{}}
	for i, n := range g.Nodes() {
		f.order[n] = i
	}
	chains, taken := map[*graph.Node][]*graph.Node{}, map[*graph.Node]bool{}
	for _, n := range slices.Backward(g.Nodes()) {
		if taken[n] || !canChain(n) {
			continue
		}
		chain := f.chainTo(n, taken)
		if len(chain) > 1 || repeats(n) {
			chains[n] = chain
		}
	}
	if len(chains) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if chain := chains[n]; chain != nil {
			o, inputs := program(chain)
			r.Replace(n, r.Apply(o, r.All(inputs)...))
		}
	}})
}

// chaining is a graph whose element-wise nodes are put together.
type chaining struct {
	fusion
	order map[*graph.Node]int
}

// chainTo returns, in the graph's order, the nodes that a node needs and nobody else does, itself
// included, and marks them as taken.
func (f chaining) chainTo(end *graph.Node, taken map[*graph.Node]bool) []*graph.Node {
	inside := map[*graph.Node]bool{end: true}
	chain := []*graph.Node{end}
	for i := 0; i < len(chain); i++ {
		for _, v := range chain[i].Inputs {
			n, _ := v.Node()
			if n == nil || inside[n] || taken[n] || !canChain(n) || f.graph.IsUsedOutside(v) ||
				!n.Outputs[0].Shape().Equal(end.Outputs[0].Shape()) ||
				slices.ContainsFunc(f.consumers.Of(v), func(c *graph.Node) bool { return !inside[c] }) {
				continue // one whose other consumers come to be inside is met again there
			}
			inside[n] = true
			chain = append(chain, n)
		}
	}
	for _, n := range chain {
		taken[n] = true
	}
	slices.SortFunc(chain, func(a, b *graph.Node) int { return f.order[a] - f.order[b] })
	return chain
}

// program returns nodes as one operator, and its inputs, the first one of the output's shape.
func program(chain []*graph.Node) (op.Chain, []*graph.Value) {
	p, inputs := &op.ChainProgram{}, []*graph.Value{}
	arguments := map[*graph.Value]int{}
	for s, n := range chain {
		arguments[n.Outputs[0]] = ^s
	}
	shape := chain[0].Outputs[0].Shape()
	for _, isWhole := range []bool{true, false} {
		for _, n := range chain {
			for _, v := range n.Inputs {
				if _, known := arguments[v]; known || v.Shape().Equal(shape) != isWhole {
					continue
				}
				arguments[v] = len(inputs)
				inputs = append(inputs, v)
				p.Fixed = append(p.Fixed, v.Kind() == graph.Constant)
			}
		}
	}
	for _, n := range chain {
		step := op.ChainStep{Operator: n.Operator}
		for _, v := range n.Inputs {
			step.Arguments = append(step.Arguments, arguments[v])
		}
		p.Steps = append(p.Steps, step)
	}
	return op.Chain{ChainProgram: p}, inputs
}

// repeats reports whether an operand of a node is broadcast.
func repeats(n *graph.Node) bool {
	return slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
		return !v.Shape().Equal(n.Outputs[0].Shape())
	})
}

// chainPeriod is the largest number of elements that a chain repeats.
const chainPeriod = 2048

// canChain reports whether a node can be in a chain: one of an element-wise operator of floats, with an
// input of the output's shape; others have it, too, or repeat along the first dimensions.
func canChain(n *graph.Node) bool {
	if len(n.Outputs) != 1 || !n.Outputs[0].DType().IsFloat() {
		return false
	}
	switch o := n.Operator.(type) {
	case op.Unary, op.Clamp, op.Mapping, op.Binary:
	case op.Parametric:
		if o.Function == tensor.Axpy {
			return false
		}
	default:
		return false
	}
	shape := n.Outputs[0].Shape()
	if _, known := shape.Ints(); !known {
		return false
	}
	isWhole := func(v *graph.Value) bool { return v.Shape().Equal(shape) }
	return slices.ContainsFunc(n.Inputs, isWhole) &&
		!slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
			size, known := v.Shape().Size().Value()
			return !isWhole(v) && (!known || size > chainPeriod || !op.IsTail(v.Shape(), shape))
		})
}
