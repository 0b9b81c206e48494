package rewrite

import (
	"slices"

	"simdnn/graph"
)

// Dead leaves out the nodes that no output and no update needs, and the constants and variables
// that no node is left to read. Inputs stay.
//
//	x ─ relu ─ y        x ─ relu ─ y
//	  └ exp        →
func Dead(g *graph.Graph) (*graph.Graph, error) {
	needed := g.NewSet()
	for _, o := range g.Outputs() {
		needed.Add(o.Value)
	}
	for _, u := range g.Updates() {
		needed.Add(u.Variable)
		needed.Add(u.Value)
	}
	nodes, dead := g.Nodes(), false
	for i := len(nodes) - 1; i >= 0; i-- {
		if !isNeeded(nodes[i], needed) {
			dead = true
			continue
		}
		for _, v := range nodes[i].Inputs {
			needed.Add(v)
		}
	}
	keep := func(v *graph.Value) bool { return v.Kind() == graph.Input || needed.Has(v) }
	if !dead && !slices.ContainsFunc(g.Sources(), func(v *graph.Value) bool { return !keep(v) }) {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{
		Keep: keep,
		Node: func(r *graph.Rebuilding, n *graph.Node) {
			if !isNeeded(n, needed) {
				r.Drop(n)
			}
		}})
}

// isNeeded reports whether one of the node's outputs is.
func isNeeded(n *graph.Node, needed graph.Set) bool {
	for _, v := range n.Outputs {
		if needed.Has(v) {
			return true
		}
	}
	return false
}
