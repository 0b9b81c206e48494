package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// spread takes an element-wise function of what two operands of float32 give that are both
// broadcast, which nobody else needs, for one operator. It is part of [Chains], whose operators
// have an operand of the result's shape.
//
//	x (n, 1, k) ┐                              x ┐
//	y (1, m, k) ┴ add ─ tanh ─ z (n, m, k)  →  y ┴ spread ─ z
func spread(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	spreads := map[*graph.Node]op.Spread{}
	for _, n := range g.Nodes() {
		then, ok := n.Operator.(op.Unary)
		if !ok || n.Outputs[0].DType() != tensor.Float32Type {
			continue
		}
		first, _ := n.Inputs[0].Node()
		if first == nil || !f.isOnlyFor(n.Inputs[0], n) {
			continue
		}
		if both, ok := first.Operator.(op.Binary); ok && areBroadcast(first) {
			spreads[n] = op.Spread{Both: both.Function, Then: then.Function}
		}
	}
	if len(spreads) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if o, ok := spreads[n]; ok {
			first, _ := n.Inputs[0].Node()
			r.Replace(n, r.Apply(o, r.All(first.Inputs)...))
		}
	}})
}

// areBroadcast reports whether both operands of a node are.
func areBroadcast(n *graph.Node) bool {
	shape := n.Outputs[0].Shape()
	return !n.Inputs[0].Shape().Equal(shape) && !n.Inputs[1].Shape().Equal(shape)
}
