package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Layout stores images pixel by pixel, which is how the kernels take them, from the first operator
// of images to the last, and what is computed between them element by element, too. What comes from
// other operators is transposed on its way in, what they need on its way out, once.
//
//	x ─ conv ─ relu ─ max_pool ─ flatten   →
//	x ─ permute ─ conv' ─ relu' ─ max_pool' ─ permute ─ flatten
func Layout(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.OfImages); return ok }) {
		return g, nil
	}
	l := layout{last: map[*graph.Value]*graph.Value{}}
	return graph.Rebuild(g, graph.Rewriter{Node: l.move})
}

// layout is a graph whose images are moved.
type layout struct {
	last map[*graph.Value]*graph.Value // what stands for a value, with its channels last
}

// move replaces an operator of images, or one between them.
func (l *layout) move(r *graph.Rebuilding, n *graph.Node) {
	if o, ok := n.Operator.(op.OfImages); ok {
		if last := o.ChannelsAtEnd(); last != n.Operator && len(n.Inputs[imageOf(o)].Shape()) > 2 {
			inputs, outputs := o.Images()
			l.replace(r, n, last, inputs, outputs)
		}
		return
	}
	if !slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool { return l.last[v] != nil }) {
		return
	}
	rank := len(n.Outputs[0].Shape())
	switch o := n.Operator.(type) {
	case op.GatherAxis:
		if l.last[n.Inputs[0]] != nil && len(n.Inputs[1].Shape()) == 1 {
			l.replace(r, n, op.GatherAxis{Axis: axisAtEnd(o.Axis, rank)}, []int{0}, []int{0})
		}
		return
	case op.ConcatAxis:
		l.replace(r, n, op.ConcatAxis{Axis: axisAtEnd(o.Axis, rank)}, indexes(len(n.Inputs)), []int{0})
		return
	}
	if isElementwise(n) {
		l.replace(r, n, n.Operator, moving(n), indexes(len(n.Outputs)))
	}
}

// axisAtEnd returns where a dimension is once the channels are the last one.
func axisAtEnd(axis, rank int) int {
	switch axis {
	case 0:
		return 0
	case 1:
		return rank - 1
	}
	return axis - 1
}

// moving returns the inputs of an element-wise node whose elements have places: not single numbers.
func moving(n *graph.Node) []int {
	return slices.DeleteFunc(indexes(len(n.Inputs)), func(i int) bool {
		v := n.Inputs[i]
		return len(v.Shape()) != len(n.Outputs[0].Shape()) ||
			v.Kind() == graph.Constant && v.Shape().Size().Is(1)
	})
}

// imageOf returns the first input that is images.
func imageOf(o op.OfImages) int {
	inputs, _ := o.Images()
	return inputs[0]
}

// indexes returns 0 to n−1.
func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// isElementwise reports whether a node computes each element of its outputs from those in the same
// place of its inputs, which have its shape, or are broadcast to it.
func isElementwise(n *graph.Node) bool {
	switch n.Operator.(type) {
	case op.Unary, op.UnaryGradient, op.Parametric, op.ParametricGradient, op.Clamp, op.Mapping:
	case op.Quantize, op.Lookup:
		return true
	case op.Dequantize:
		return n.Inputs[1].Shape().Size().Is(1)
	case op.Binary:
		return !slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
			return len(v.Shape()) != len(n.Outputs[0].Shape()) && !v.Shape().Size().Is(1)
		})
	default:
		return false
	}
	return !slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
		return !v.Shape().Equal(n.Outputs[0].Shape())
	})
}

// replace applies an operator to inputs of which some have their channels last, and gives some of
// its outputs back with their channels where they were.
func (l *layout) replace(r *graph.Rebuilding, n *graph.Node, o graph.Operator, images,
	results []int) {
	inputs := r.All(n.Inputs)
	for _, i := range images {
		inputs[i] = l.channelsLast(r, n.Inputs[i])
	}
	outputs := r.ApplyAll(o, inputs...)
	if r.Err() != nil {
		return
	}
	stand := slices.Clone(outputs)
	for _, i := range results {
		l.last[n.Outputs[i]] = outputs[i]
		stand[i] = op.Permute(r.Builder, outputs[i], axes(len(outputs[i].Shape()), false)...)
	}
	r.Replace(n, stand...)
}

// channelsLast returns what stands for a value, with its channels last.
func (l *layout) channelsLast(r *graph.Rebuilding, v *graph.Value) *graph.Value {
	if moved := l.last[v]; moved != nil || r.Err() != nil {
		return moved
	}
	moved := op.Permute(r.Builder, r.Of(v), axes(len(v.Shape()), true)...)
	l.last[v] = moved
	return moved
}

// axes returns the order of dimensions that moves the channels to the end, or back.
func axes(rank int, last bool) []int {
	order := indexes(rank)
	if last {
		return append(slices.Delete(order, 1, 2), 1)
	}
	return slices.Insert(order[:rank-1], 1, rank-1)
}
