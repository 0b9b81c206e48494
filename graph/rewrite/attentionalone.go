package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
)

// AttentionAlone leaves out the weights of attention that nobody wants, as gradients would: it then
// makes those of a block of queries at a time, which stay in L2.
//
//	q, k, v ─ attention ┬ y         q, k, v ─ attention ─ y
//	                    └ weights →
func AttentionAlone(g *graph.Graph) (*graph.Graph, error) {
	consumers := g.Consumers()
	isAlone := func(n *graph.Node) bool {
		o, ok := n.Operator.(op.Attention)
		return ok && !o.Alone && len(consumers.Of(n.Outputs[1])) == 0 && !g.IsUsedOutside(n.Outputs[1])
	}
	found := false
	for _, n := range g.Nodes() {
		found = found || isAlone(n)
	}
	if !found {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if isAlone(n) {
			o := n.Operator.(op.Attention)
			o.Alone = true
			r.Replace(n, r.Apply(o, r.All(n.Inputs)...), nil)
		}
	}})
}
