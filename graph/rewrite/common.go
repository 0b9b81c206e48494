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
		x, y, z  *graph.Value // the first inputs
		more     string       // and the others
	}
	seen := make(map[key]*graph.Node, len(g.Nodes()))
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		k := key{operator: n.Operator}
		var others []byte
		for i, v := range n.Inputs {
			switch v = r.Of(v); i {
			case 0:
				k.x = v
			case 1:
				k.y = v
			case 2:
				k.z = v
			default:
				others = fmt.Appendf(others, "%p ", v)
			}
		}
		k.more = string(others)
		first, ok := seen[k]
		if !ok {
			seen[k] = n
			return
		}
		r.Replace(n, r.All(first.Outputs)...)
	}})
}
