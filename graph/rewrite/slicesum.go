package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// SliceSum puts the gradients of slices that cover a value side by side, where they would be added
// up among zeros: those of queries, keys and values that one product makes, say.
//
//	a ─ unslice ┐
//	b ─ unslice ┴ add ┐             a ┐
//	c ─ unslice ──────┴ add ─ d  →  b ┤
//	                                c ┴ slices_sum ─ d
func SliceSum(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	found := map[*graph.Node][]*graph.Node{}
	for _, n := range g.Nodes() {
		if parts := f.slices(n, nil); coverAxis(parts) {
			found[n] = parts
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		parts := found[n]
		if parts == nil {
			return
		}
		inputs := make([]*graph.Value, len(parts))
		for i, part := range parts {
			inputs[i] = r.Of(part.Inputs[0])
		}
		o := op.SlicesSum{Axis: parts[0].Operator.(op.UnsliceAxis).Axis}
		r.Replace(n, r.Apply(o, inputs...))
	}})
}

// slices returns parts with those that a node adds up in the order of their places, nil if it adds
// up anything else, or what others need too.
func (f fusion) slices(n *graph.Node, parts []*graph.Node) []*graph.Node {
	if n.Operator != graph.Operator(op.Binary{Function: tensor.Add}) {
		return nil
	}
	for _, v := range n.Inputs {
		before, _ := v.Node()
		if before == nil || !f.isOnlyFor(v, n) {
			return nil
		}
		if _, ok := before.Operator.(op.UnsliceAxis); ok {
			parts = append(parts, before)
		} else if parts = f.slices(before, parts); parts == nil {
			return nil
		}
	}
	slices.SortStableFunc(parts, func(a, b *graph.Node) int {
		return a.Operator.(op.UnsliceAxis).Start - b.Operator.(op.UnsliceAxis).Start
	})
	return parts
}

// coverAxis reports whether parts in the order of their places follow one another along one axis,
// from its begin to its end.
func coverAxis(parts []*graph.Node) bool {
	at := 0
	for _, n := range parts {
		o, first := n.Operator.(op.UnsliceAxis), parts[0].Operator.(op.UnsliceAxis)
		length, known := n.Inputs[0].Shape()[o.Axis].Value()
		if !known || length == 0 || o.Step != 1 || o.Start != at || o.Axis != first.Axis {
			return false
		}
		at += length
	}
	return len(parts) > 0 && parts[0].Outputs[0].Shape()[parts[0].Operator.(op.UnsliceAxis).Axis].Is(at)
}
