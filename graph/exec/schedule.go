package exec

import (
	"cmp"
	"slices"

	"simdnn/graph"
)

// schedule finds the nodes that outputs and updates need, in the order of the graph, but for those
// that compute the next values of variables, which come as early as they can.
func (c *compilation) schedule() {
	needed := map[*graph.Node]bool{}
	need := func(v *graph.Value) {
		if n, _ := v.Node(); n != nil {
			needed[n] = true
		}
	}
	for _, o := range c.graph.Outputs() {
		need(o.Value)
	}
	for _, u := range c.graph.Updates() {
		need(u.Value)
	}
	nodes := c.graph.Nodes()
	for i := len(nodes) - 1; i >= 0; i-- {
		if needed[nodes[i]] {
			c.nodes = append(c.nodes, nodes[i])
			for _, v := range nodes[i].Inputs {
				need(v)
			}
		}
	}
	slices.Reverse(c.nodes)
	c.hasten()
}

// hasten moves the nodes that compute next values of variables to behind the last one that they
// wait for: the one that computes the last of their inputs, or reads the variable's old value. The
// gradient that an optimizer takes is then still in the caches, and its memory free for the next
// one. None moves before an output, where [Program.RunUntil] may end.
func (c *compilation) hasten() {
	next := map[*graph.Value]*graph.Value{} // the variable that a value is the next one of
	for _, u := range c.graph.Updates() {
		next[u.Value] = u.Variable
	}
	if len(next) == 0 {
		return
	}
	index, readers := map[*graph.Node]int{}, map[*graph.Value][]*graph.Node{}
	for i, n := range c.nodes {
		index[n] = i
		for _, v := range n.Inputs {
			readers[c.root(v)] = append(readers[c.root(v)], n)
		}
	}
	first := 0 // the last node that computes an output
	for _, o := range c.graph.Outputs() {
		if n, _ := c.root(o.Value).Node(); n != nil {
			first = max(first, index[n])
		}
	}
	behind := make([]int, len(c.nodes)) // the node behind which each comes: itself, or an earlier one
	for i, n := range c.nodes {
		behind[i] = i
		if !slices.ContainsFunc(n.Outputs, func(v *graph.Value) bool { return next[v] != nil }) {
			continue
		}
		at := first
		wait := func(m *graph.Node) {
			if m != nil && m != n {
				at = max(at, behind[index[m]])
			}
		}
		for _, v := range n.Inputs {
			m, _ := v.Node()
			wait(m)
		}
		for _, v := range n.Outputs {
			for _, m := range readers[next[v]] {
				wait(m)
			}
		}
		behind[i] = min(at, i)
	}
	slices.SortStableFunc(c.nodes, func(a, b *graph.Node) int {
		i, j := index[a], index[b]
		return cmp.Or(cmp.Compare(behind[i], behind[j]), cmp.Compare(i, j))
	})
}
