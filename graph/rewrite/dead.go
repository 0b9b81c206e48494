package rewrite

import "simdnn/graph"

// Dead leaves out the nodes that no output and no update needs, and the constants and variables
// that no node is left to read. Inputs stay.
//
//	x ─ relu ─ y        x ─ relu ─ y
//	  └ exp        →
func Dead(g *graph.Graph) (*graph.Graph, error) {
	needed := map[*graph.Value]bool{}
	for _, o := range g.Outputs() {
		needed[o.Value] = true
	}
	for _, u := range g.Updates() {
		needed[u.Variable], needed[u.Value] = true, true
	}
	nodes := g.Nodes()
	for i := len(nodes) - 1; i >= 0; i-- {
		if isNeeded(nodes[i], needed) {
			for _, v := range nodes[i].Inputs {
				needed[v] = true
			}
		}
	}
	return graph.Rebuild(g, graph.Rewriter{
		Keep: func(v *graph.Value) bool { return v.Kind() == graph.Input || needed[v] },
		Node: func(r *graph.Rebuilding, n *graph.Node) {
			if !isNeeded(n, needed) {
				r.Drop(n)
			}
		}})
}

// isNeeded reports whether one of the node's outputs is.
func isNeeded(n *graph.Node, needed map[*graph.Value]bool) bool {
	for _, v := range n.Outputs {
		if needed[v] {
			return true
		}
	}
	return false
}
