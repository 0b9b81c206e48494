package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// codesEarlier quantises floats before they are moved or joined, if nobody else needs what comes of
// that, so that codes are, which are fewer bytes, and what made the floats can end in codes:
//
//	x ─ gather ┐                          x ─ quantize ─ gather ┐
//	y ─────────┴ concat ─ quantize ─ z →  y ─ quantize ─────────┴ concat ─ z
//
// It changes no bits.
func codesEarlier(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	isAfterMove := func(n *graph.Node) bool {
		_, ok := n.Operator.(op.Quantize)
		return ok && hasOneScale(n) && f.movedFor(n.Inputs[0], n) != nil
	}
	if !slices.ContainsFunc(g.Nodes(), isAfterMove) {
		return g, nil
	}
	moved, err := graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if isAfterMove(n) {
			r.Replace(n, f.codesOf(r, n.Inputs[0], n, n))
		}
	}})
	if err != nil {
		return nil, err
	}
	return Dead(moved) // the floats' moves, which would look like others that need them
}

// codesOf returns the codes by n of a value that another node takes.
func (f fusion) codesOf(r *graph.Rebuilding, v *graph.Value, taker, n *graph.Node) *graph.Value {
	m := f.movedFor(v, taker)
	if m == nil {
		return r.Apply(n.Operator, r.Of(v), r.Of(n.Inputs[1]), r.Of(n.Inputs[2]))
	}
	inputs := r.All(m.Inputs)
	for i, from := range m.Inputs {
		if from.DType().IsFloat() {
			inputs[i] = f.codesOf(r, from, m, n)
		}
	}
	return r.Apply(m.Operator, inputs...)
}

// movedFor returns the node that gives a value to a node alone, and takes all its floats from its
// inputs, nil if there is none, or it leaves out some.
func (f fusion) movedFor(v *graph.Value, n *graph.Node) *graph.Node {
	m := nodeOf(v)
	if m == nil || !f.isOnlyFor(v, n) {
		return nil
	}
	switch m.Operator.(type) {
	case op.GatherAxis:
		from, known := m.Inputs[0].Shape().Size().Value()
		if to, ok := v.Shape().Size().Value(); !known || !ok || to < from {
			return nil
		}
	case op.ConcatAxis, op.PermuteAxes, op.ReshapeTo, op.FlattenAxes, op.SqueezeAxis, op.Unsqueeze:
	default:
		return nil
	}
	return m
}
