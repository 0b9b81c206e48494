package rewrite

import (
	"fmt"

	"simdnn/graph"
)

// Common computes what several nodes compute of the same inputs once.
//
//	x ─ exp ─ a        x ─ exp ┬ a
//	  └ exp ─ b   →            └ b
func Common(g *graph.Graph) (*graph.Graph, error) {
	type key struct {
		operator graph.Operator
		inputs   string
	}
	seen := map[key]*graph.Node{}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		var inputs []byte
		for _, v := range r.All(n.Inputs) {
			inputs = fmt.Appendf(inputs, "%p ", v)
		}
		k := key{n.Operator, string(inputs)}
		first, ok := seen[k]
		if !ok {
			seen[k] = n
			return
		}
		r.Replace(n, r.All(first.Outputs)...)
	}})
}
