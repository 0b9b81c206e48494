package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// isBefore reports whether an element-wise node of one value, and of numbers for channels beside
// it, is for operators of images alone: then its operand is moved instead of its result, which costs
// the same, or nothing where the operand came from images that were moved back, as after norms of
// channels, and leaves numbers for channels at the end, where chains repeat them.
//
//	x ─ permute 0 3 1 2 ─ silu ─ conv   →   x ─ silu ─ conv'
func (l *layout) isBefore(n *graph.Node) bool {
	if len(n.Outputs) != 1 || len(n.Outputs[0].Shape()) < 3 || !isElementwise(n) {
		return false
	}
	var operand *graph.Value
	for _, i := range moving(n) {
		v := n.Inputs[i]
		switch {
		case isForChannels(v, n.Outputs[0]):
		case !v.Shape().Equal(n.Outputs[0].Shape()) || operand != nil && operand != v:
			return false
		default:
			operand = v
		}
	}
	return operand != nil && l.isForImages(n.Outputs[0])
}

// isForImages reports whether only operators of images that will be moved read a value, also after
// element-wise ones, and reductions over their pixels beside them.
func (l *layout) isForImages(v *graph.Value) bool {
	if is, known := l.forImages[v]; known {
		return is
	}
	readers := l.consumers.Of(v)
	is := !l.graph.IsUsedOutside(v) && slices.ContainsFunc(readers, func(n *graph.Node) bool {
		_, isFold := n.Operator.(op.Reduce)
		return !isFold
	}) && !slices.ContainsFunc(readers, func(n *graph.Node) bool { return !l.takesImages(n, v) })
	l.forImages[v] = is
	return is
}

// takesImages reports whether a node is one of those that [layout.isForImages] lets read a value.
func (l *layout) takesImages(n *graph.Node, v *graph.Value) bool {
	switch o := n.Operator.(type) {
	case op.OfImages:
		images, _ := o.Images()
		return o.ChannelsAtEnd() != n.Operator && !l.enlargesOutput(n) &&
			!slices.ContainsFunc(indexes(len(n.Inputs)), func(i int) bool {
				return n.Inputs[i] == v && !slices.Contains(images, i)
			})
	case op.Reduce:
		return l.isOverPixels(o, n)
	}
	return (isElementwise(n) && len(n.Outputs) == 1 && v.Shape().Equal(n.Outputs[0].Shape()) ||
		keepsChannels(n)) && l.isForImages(n.Outputs[0])
}

// keepsChannels reports whether a node is a view of images that gives their pixels other
// dimensions.
func keepsChannels(n *graph.Node) bool {
	if !isView(n) {
		return false
	}
	from, to := n.Inputs[0].Shape(), n.Outputs[0].Shape()
	shape, known := to.Ints()
	return known && !slices.Contains(shape, 0) && len(from) > 2 && len(to) > 2 &&
		from[:2].Equal(to[:2])
}

// reshape replaces a view that gives pixels other dimensions, of images that are moved or will be,
// by one of them where the channels are last; it reports whether it did.
//
//	x ─ conv ─ squeeze 3   →   x ─ conv' ─ squeeze 2 ─ permute
func (l *layout) reshape(r *graph.Rebuilding, n *graph.Node) bool {
	if !keepsChannels(n) || !l.isMoved(n.Inputs[0]) && !l.isForImages(n.Outputs[0]) {
		return false
	}
	shape, _ := n.Outputs[0].Shape().Ints()
	rank := len(shape)
	last := slices.Concat(shape[:1], shape[2:], shape[1:2])
	y := op.Reshape(r.Builder, l.channelsLast(r, n.Inputs[0]), last...)
	l.last[n.Outputs[0]] = y
	r.Replace(n, op.Permute(r.Builder, y, axes(rank, false)...))
	return true
}
