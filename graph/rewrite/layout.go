package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// Layout stores images pixel by pixel, which is how the kernels take them, from the first operator
// of images to the last, and what is computed between them, or for them alone, element by element,
// too. What comes from other operators is transposed on its way in, what they need on its way out,
// once.
//
//	x ─ conv ─ relu ─ max_pool ─ flatten   →
//	x ─ permute ─ conv' ─ relu' ─ max_pool' ─ permute ─ flatten
func Layout(g *graph.Graph) (*graph.Graph, error) {
	if !hasImages(g) {
		return g, nil
	}
	return newLayout(g).rebuild()
}

// LayoutOfImported is [Layout] that takes sums, means and the largest elements over all pixels
// where the channels stand last, too, by columns, in the order that [op.Reduce] has for those, and
// normalises whole images in the order that they then have: which changes their bits.
//
//	x ─ conv ─ reduce_mean 2 3   →   x ─ permute ─ conv' ─ reduce_mean 1 2 ─ permute
func LayoutOfImported(g *graph.Graph) (*graph.Graph, error) {
	if !hasImages(g) {
		return g, nil
	}
	l := newLayout(g)
	l.folds = true
	return l.rebuild()
}

// layout is a graph whose images are moved.
type layout struct {
	fusion
	last   map[*graph.Value]*graph.Value // what stands for a value, with its channels last
	groups map[*graph.Value]*graph.Value // what stands for groups of channels, with both last
	folds  bool                          // over pixels move, too

	forImages map[*graph.Value]bool // what isForImages found
}

func newLayout(g *graph.Graph) *layout {
	return &layout{fusion: fusion{g, g.Consumers()}, last: map[*graph.Value]*graph.Value{},
		groups: map[*graph.Value]*graph.Value{}, forImages: map[*graph.Value]bool{}}
}

// rebuild returns the graph with its images moved.
func (l *layout) rebuild() (*graph.Graph, error) {
	return graph.Rebuild(l.graph, graph.Rewriter{Node: l.move})
}

// hasImages reports whether a graph has operators of images.
func hasImages(g *graph.Graph) bool {
	return contains(g, func(o graph.Operator) bool { _, ok := o.(op.OfImages); return ok })
}

// move replaces an operator of images, or one between them.
func (l *layout) move(r *graph.Rebuilding, n *graph.Node) {
	if o, ok := n.Operator.(op.OfImages); ok {
		if last := o.ChannelsAtEnd(); last != n.Operator && len(n.Inputs[imageOf(o)].Shape()) > 2 &&
			!l.enlargesOutput(n) {
			inputs, outputs := o.Images()
			l.replace(r, n, last, inputs, outputs)
		}
		return
	}
	if l.shuffle(r, n) || l.group(r, n) || l.folds && l.normalise(r, n) || l.reshape(r, n) ||
		!slices.ContainsFunc(n.Inputs, l.isMoved) && !l.isBefore(n) {
		return
	}
	if o, images := l.between(n); o != nil {
		l.replace(r, n, o, images, []int{0})
	} else if isElementwise(n) {
		l.replace(r, n, n.Operator, moving(n), indexes(len(n.Outputs)))
	} else if o, ok := n.Operator.(op.Reduce); ok && l.isOverPixels(o, n) {
		l.reduce(r, n, o)
	}
}

// isMoved reports whether something stands for a value that has its channels last.
func (l *layout) isMoved(v *graph.Value) bool { return l.last[v] != nil }

// enlargesOutput reports whether a node resizes images for nobody in the graph: what it comes from
// has its channels moved back with less work.
func (l *layout) enlargesOutput(n *graph.Node) bool {
	_, ok := n.Operator.(op.Resize)
	return ok && len(l.consumers.Of(n.Outputs[0])) == 0
}

// between returns an operator that moves elements of images, as it is where the channels are last,
// and the inputs that are images; nil if the node has none.
func (l *layout) between(n *graph.Node) (o graph.Operator, images []int) {
	rank := len(n.Outputs[0].Shape())
	switch o := n.Operator.(type) {
	case op.GatherAxis:
		if l.isMoved(n.Inputs[0]) && len(n.Inputs[1].Shape()) == 1 {
			return op.GatherAxis{Axis: axisAtEnd(o.Axis, rank)}, []int{0}
		}
	case op.ConcatAxis:
		return op.ConcatAxis{Axis: axisAtEnd(o.Axis, rank)}, indexes(len(n.Inputs))
	case op.SliceAxis:
		o.Axis = axisAtEnd(o.Axis, rank)
		return o, []int{0}
	case op.PadBy:
		before, after := o.Before.Values(), o.After.Values()
		for i, a := range axes(rank, true) {
			before[i], after[i] = o.Before.Values()[a], o.After.Values()[a]
		}
		o.Before, o.After = op.IntsOf(before...), op.IntsOf(after...)
		return o, []int{0}
	}
	return nil, nil
}

// normalise replaces a view as images of whole images that were normalised as rows; it reports
// whether it did.
//
//	x ─ reshape (n, c·…) ─ row_norm ─ reshape (n, c, …)
func (l *layout) normalise(r *graph.Rebuilding, n *graph.Node) bool {
	if !isView(n) {
		return false
	}
	norm := nodeOf(n.Inputs[0])
	if norm == nil || len(norm.Inputs) != 1 {
		return false
	}
	o, ok := norm.Operator.(op.RowNorm)
	rows := nodeOf(norm.Inputs[0])
	if !ok || rows == nil || !isView(rows) || !l.isMoved(rows.Inputs[0]) {
		return false
	}
	x, shape := rows.Inputs[0], norm.Inputs[0].Shape()
	if !n.Outputs[0].Shape().Equal(x.Shape()) || shape[:o.Axis].Size() != x.Shape()[:1].Size() {
		return false
	}
	o.Axis = 1
	y := r.ApplyAll(o, l.channelsLast(r, x))[0]
	l.last[n.Outputs[0]] = y
	r.Replace(n, op.Permute(r.Builder, y, axes(len(x.Shape()), false)...))
	return true
}

// isOverPixels reports whether a reduction is one over all pixels of images that are moved, and may
// be.
func (l *layout) isOverPixels(o op.Reduce, n *graph.Node) bool {
	rank := len(n.Inputs[0].Shape())
	return l.folds && rank > 2 && slices.Equal(o.Axes.Values(), indexes(rank)[2:]) &&
		slices.Contains([]op.Reduction{op.SumOf, op.MeanOf, op.MaxOf}, o.By)
}

// reduce replaces a reduction over all pixels.
func (l *layout) reduce(r *graph.Rebuilding, n *graph.Node, o op.Reduce) {
	rank := len(n.Inputs[0].Shape())
	o.Axes = op.IntsOf(indexes(rank)[1 : rank-1]...)
	if o.KeepDims {
		l.replace(r, n, o, []int{0}, []int{0})
	} else {
		r.Replace(n, r.Apply(o, l.channelsLast(r, n.Inputs[0])))
	}
}

// shuffle replaces a view that ends a shuffle of channels, which are taken for groups of them, the
// dimensions of a group exchanged, and for channels again; it reports whether it did.
//
//	x ─ reshape (n, g, c, …) ─ permute 0 2 1 … ─ reshape (n, c·g, …)
func (l *layout) shuffle(r *graph.Rebuilding, n *graph.Node) bool {
	if !isView(n) {
		return false
	}
	exchange := nodeOf(n.Inputs[0])
	if exchange == nil {
		return false
	}
	groups := nodeOf(exchange.Inputs[0])
	if groups == nil || !isView(groups) || !l.isMoved(groups.Inputs[0]) {
		return false
	}
	x := groups.Inputs[0]
	rank := len(x.Shape())
	order := indexes(rank + 1)
	order[1], order[2] = 2, 1
	shape, known := exchange.Inputs[0].Shape().Ints()
	if exchange.Operator != (op.PermuteAxes{Axes: op.IntsOf(order...)}) || !known ||
		!n.Outputs[0].Shape().Equal(x.Shape()) ||
		!x.Shape()[2:].Equal(exchange.Inputs[0].Shape()[3:]) || !x.Shape()[0].Is(shape[0]) {
		return false
	}
	pixels := append([]int{shape[0]}, shape[3:]...)
	y := op.Reshape(r.Builder, l.channelsLast(r, x), append(pixels, shape[1], shape[2])...)
	y = op.Transpose(r.Builder, y, -2, -1)
	y = op.Reshape(r.Builder, y, append(pixels, shape[1]*shape[2])...)
	l.last[n.Outputs[0]] = y
	r.Replace(n, op.Permute(r.Builder, y, axes(rank, false)...))
	return true
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

// moving returns the inputs of an element-wise node whose elements have places: not single numbers,
// nor tables.
func moving(n *graph.Node) []int {
	switch n.Operator.(type) {
	case op.Lookup:
		return []int{0}
	case op.LookupPair:
		return []int{0, 1}
	}
	return slices.DeleteFunc(indexes(len(n.Inputs)), func(i int) bool {
		v := n.Inputs[i]
		return v.Shape().Size().Is(1) &&
			(v.Kind() == graph.Constant || len(v.Shape()) != len(n.Outputs[0].Shape()))
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
	case op.Unary, op.UnaryGradient, op.Parametric, op.ParametricGradient, op.Clamp,
		op.ClampGradient, op.Mapping:
	case op.Quantize, op.Lookup, op.LookupPair, op.CastTo:
		return true
	case op.Dequantize:
		return n.Inputs[1].Shape().Size().Is(1)
	case op.Binary:
		return !slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
			return len(v.Shape()) != len(n.Outputs[0].Shape()) && !v.Shape().Size().Is(1) &&
				(len(n.Outputs[0].Shape()) < 3 || !isForChannels(v, n.Outputs[0]))
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
		if v := n.Inputs[i]; len(v.Shape()) < len(n.Outputs[0].Shape()) { // a number for each channel
			last := r.Apply(op.Unsqueeze{}, inputs[i])
			inputs[i] = op.Permute(r.Builder, last, axes(len(n.Outputs[0].Shape()), true)...)
		} else {
			inputs[i] = l.channelsLast(r, v)
		}
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
