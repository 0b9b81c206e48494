package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// PoolRelu takes the gradient of a ReLU before that of the largest elements of windows, which are
// fewer than the images' elements: the one that gets a gradient is the largest.
//
//	g ┐                                          g ┐
//	x ┼ max_pool_gradient ┐                      y ┴ relu_gradient ┐
//	y ┘                 x ┴ relu_gradient ─ d  →                 x ┤
//	                                                             y ┴ max_pool_gradient ─ d
func PoolRelu(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	if !slices.ContainsFunc(g.Nodes(), func(n *graph.Node) bool { return f.poolBefore(n) != nil }) {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if pool := f.poolBefore(n); pool != nil {
			in := r.All(pool.Inputs) // g, x and y
			r.Replace(n, r.Apply(pool.Operator, r.Apply(n.Operator, in[0], in[2]), in[1], in[2]))
		}
	}})
}

// poolBefore returns the gradient of a pool of what a ReLU gave, if the node is that ReLU's
// gradient and the only one who needs it, else nil.
func (f fusion) poolBefore(n *graph.Node) *graph.Node {
	if n.Operator != graph.Operator(op.UnaryGradient{Function: tensor.Relu}) {
		return nil
	}
	before, _ := n.Inputs[0].Node()
	if before == nil || !f.isOnlyFor(n.Inputs[0], n) {
		return nil
	}
	pool, ok := before.Operator.(op.PoolGradient)
	if !ok || pool.By != op.MaxOf || before.Inputs[1] != n.Inputs[1] {
		return nil
	}
	return before
}
