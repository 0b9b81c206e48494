package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// group notes what stands for a value whose channels are taken for groups of them, with the groups
// and their channels last, and folds such groups into images that are moved, as front ends do with
// real and imaginary parts; it reports whether it replaced the node.
//
//	x ─ reshape (n, g, c, …) ─ mul ─ reduce_sum 1   →
//	x' ─ reshape (n, …, g, c) ─ mul ─ reduce_sum ─ permute
func (l *layout) group(r *graph.Rebuilding, n *graph.Node) bool {
	switch o, isFold := n.Operator.(op.Reduce); {
	case isView(n) && l.isMoved(n.Inputs[0]):
		l.regroup(r, n)
	case isFold && l.groups[n.Inputs[0]] != nil:
		return l.foldGroups(r, n, o)
	case isElementwise(n) && len(l.consumers.Of(n.Outputs[0])) == 1: // or it would be done twice
		l.betweenGroups(r, n)
	}
	return false
}

// regroup notes what stands for a view that splits the channels of images.
func (l *layout) regroup(r *graph.Rebuilding, n *graph.Node) {
	from, to := n.Inputs[0].Shape(), n.Outputs[0].Shape()
	shape, known := to.Ints()
	if !known || len(to) != len(from)+1 || len(from) < 3 || from[0] != to[0] ||
		!from[2:].Equal(to[3:]) {
		return
	}
	last := append([]int{shape[0]}, shape[3:]...)
	l.groups[n.Outputs[0]] = op.Reshape(r.Builder, l.last[n.Inputs[0]],
		append(last, shape[1], shape[2])...)
}

// betweenGroups notes what stands for what is computed element by element from groups alone, and
// from single numbers.
func (l *layout) betweenGroups(r *graph.Rebuilding, n *graph.Node) {
	images := moving(n)
	if len(images) == 0 || slices.ContainsFunc(images, func(i int) bool {
		return l.groups[n.Inputs[i]] == nil
	}) {
		return
	}
	inputs := r.All(n.Inputs)
	for _, i := range images {
		inputs[i] = l.groups[n.Inputs[i]]
	}
	l.groups[n.Outputs[0]] = r.Apply(n.Operator, inputs...)
}

// foldGroups replaces a reduction over the groups, which folds them in the same order where they
// stand before the channels.
func (l *layout) foldGroups(r *graph.Rebuilding, n *graph.Node, o op.Reduce) bool {
	if !slices.Equal(o.Axes.Values(), []int{1}) || o.KeepDims {
		return false
	}
	rank := len(n.Outputs[0].Shape())
	y := r.Apply(op.Reduce{By: o.By, Axes: op.IntsOf(rank - 1)}, l.groups[n.Inputs[0]])
	l.last[n.Outputs[0]] = y
	r.Replace(n, op.Permute(r.Builder, y, axes(rank, false)...))
	return true
}
