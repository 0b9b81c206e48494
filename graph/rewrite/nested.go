package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Nested joins what another node has joined already with what is new, as a dense network joins the
// results of all its layers so far before each layer. The parts of the first may then stand in the
// second, where nothing of them is copied.
//
//	a ┬ concat ─ c          a ┬ concat ┬ c
//	b ┤                 →   b ┘        ├ concat ─ d
//	x ┴ concat ─ d                   x ┘
func Nested(g *graph.Graph) (*graph.Graph, error) {
	joins := map[*graph.Value][]*graph.Node{} // by their first input
	first := map[*graph.Node]*graph.Node{}    // of the others: the one that joins the most of it
	for _, n := range g.Nodes() {
		if _, ok := n.Operator.(op.ConcatAxis); !ok {
			continue
		}
		for _, m := range joins[n.Inputs[0]] {
			if beginsWith(n, m) && (first[n] == nil || len(m.Inputs) > len(first[n].Inputs)) {
				first[n] = m
			}
		}
		if len(n.Inputs) > 1 {
			joins[n.Inputs[0]] = append(joins[n.Inputs[0]], n)
		}
	}
	if len(first) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if m := first[n]; m != nil {
			in := append(r.All(m.Outputs), r.All(n.Inputs[len(m.Inputs):])...)
			r.Replace(n, r.Apply(n.Operator, in...))
		}
	}})
}

// beginsWith reports whether a node joins more than another one does, after what that does.
func beginsWith(n, m *graph.Node) bool {
	return n.Operator == m.Operator && len(n.Inputs) > len(m.Inputs) &&
		slices.Equal(n.Inputs[:len(m.Inputs)], m.Inputs)
}
