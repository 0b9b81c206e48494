package export

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// shapeForms are those of operators that move elements.
var shapeForms = []entry{
	on(func(t *Translation, o op.ReshapeTo, n *graph.Node, in []string) string {
		return t.reshape(in[0], t.Integers(o.Shape.Values()...))
	}),
	on(func(t *Translation, _ op.AsShapeOf, n *graph.Node, in []string) string {
		return t.reshape(in[0], t.shapeLike(n.Inputs[1].Shape(), n.Inputs[1]))
	}),
	on(func(t *Translation, o op.FlattenAxes, n *graph.Node, in []string) string {
		return t.reshape(in[0], t.merged(o, n))
	}),
	on(func(t *Translation, o op.Unsqueeze, _ *graph.Node, in []string) string {
		return t.Node("Unsqueeze", []string{in[0], t.Integers(o.Axis)})
	}),
	on(func(t *Translation, o op.SqueezeAxis, _ *graph.Node, in []string) string {
		return t.Node("Squeeze", []string{in[0], t.Integers(o.Axis)})
	}),
	same("Transpose", func(o op.PermuteAxes) []Attribute {
		return []Attribute{Ints("perm", o.Axes.Values()...)}
	}),
	on(func(t *Translation, _ op.ExpandLike, n *graph.Node, in []string) string {
		return t.Node("Expand", []string{in[0], t.shapeLike(n.Inputs[1].Shape(), n.Inputs[1])})
	}),
	on(func(t *Translation, o op.ExpandTo, _ *graph.Node, in []string) string {
		lengths := o.Shape.Values()
		for i, d := range lengths {
			lengths[i] = max(d, 1) // by 1 a dimension stays as it is
		}
		return t.Node("Expand", []string{in[0], t.Integers(lengths...)})
	}),
	same("Concat", func(o op.ConcatAxis) []Attribute { return []Attribute{Int("axis", o.Axis)} }),
	on(sliceAxis),
	on(func(t *Translation, o op.TileBy, _ *graph.Node, in []string) string {
		return t.Node("Tile", []string{in[0], t.Integers(o.Repeats.Values()...)})
	}),
	on(padBy),
	on(func(t *Translation, _ op.DimsOf, _ *graph.Node, in []string) string {
		return t.Node("Shape", in)
	}),
	on(func(t *Translation, o op.CountAlong, n *graph.Node, in []string) string {
		dims := t.Node("Gather", []string{t.Node("Shape", in), t.Integers(o.Axes.Values()...)})
		return t.Cast(t.Node("ReduceProd", []string{dims}, Int("keepdims", 0)), n.Outputs[0].DType())
	}),
	same("Gather", func(o op.GatherAxis) []Attribute { return []Attribute{Int("axis", o.Axis)} }),
	same("GatherElements", func(o op.GatherEach) []Attribute {
		return []Attribute{Int("axis", o.Axis)}
	}),
	same("GatherND", func(o op.GatherBlocks) []Attribute {
		return []Attribute{Int("batch_dims", o.BatchDims)}
	}),
	on(func(t *Translation, o op.ScatterEach, _ *graph.Node, in []string) string {
		return t.Node("ScatterElements", in, Int("axis", o.Axis), t.scattering(o.By))
	}),
	on(func(t *Translation, o op.ScatterBlocks, _ *graph.Node, in []string) string {
		if o.BatchDims != 0 {
			t.Fail("ScatterND has no dimensions of a batch")
		}
		return t.Node("ScatterND", in, t.scattering(o.By))
	}),
	on(oneHot),
}

// reshape gives a value a shape.
func (t *Translation) reshape(x, shape string) string {
	return t.Node("Reshape", []string{x, shape})
}

// shapeLike returns the name of a shape: of numbers where it has no symbols, else that of the value
// like when the model runs.
func (t *Translation) shapeLike(s graph.Shape, like *graph.Value) string {
	if dims, ok := s.Ints(); ok {
		return t.Integers(dims...)
	}
	return t.Node("Shape", []string{t.names[like]})
}

// merged returns the shape of a value whose dimensions from Start to End became one. A dimension
// before is 0, which says that it stays.
func (t *Translation) merged(o op.FlattenAxes, n *graph.Node) string {
	x, to := n.Inputs[0].Shape(), n.Outputs[0].Shape()
	start, _ := x.Axis(o.Start) // which the operator has checked
	end, _ := x.Axis(o.End)
	head := append(make([]int, start), -1)
	if tail, known := to[start+1:].Ints(); known {
		return t.Integers(append(head, tail...)...)
	}
	dims := t.Node("Shape", []string{t.names[n.Inputs[0]]})
	return t.Node("Concat", []string{t.Integers(head...), t.slice(dims, 0, end+1, len(x), 1)},
		Int("axis", 0))
}

func sliceAxis(t *Translation, o op.SliceAxis, _ *graph.Node, in []string) string {
	return t.slice(in[0], o.Axis, o.Start, o.End, o.Step)
}

// slice takes elements along an axis.
func (t *Translation) slice(x string, axis, start, end, step int) string {
	return t.Node("Slice", []string{x, t.Integers(start), t.Integers(end), t.Integers(axis),
		t.Integers(step)})
}

func padBy(t *Translation, o op.PadBy, n *graph.Node, in []string) string {
	pads := t.Integers(slices.Concat(o.Before.Values(), o.After.Values())...)
	if o.Mode == op.PadWrap {
		t.Needs(19, "Pad of the mode wrap")
	}
	if o.Mode == op.PadConstant {
		return t.Node("Pad", []string{in[0], pads, t.Number(n.Inputs[0].DType(), float64(o.Value))})
	}
	return t.Node("Pad", []string{in[0], pads}, Text("mode", string(o.Mode)))
}

// scattering is what becomes of elements where others are scattered to.
func (t *Translation) scattering(by op.Scattering) Attribute {
	switch by {
	case op.Replaced:
		return Attribute{}
	case op.ScatteredMax, op.ScatteredMin:
		t.Needs(18, "a scattering of the reduction "+string(by))
	default:
		t.Needs(16, "a scattering of the reduction "+string(by))
	}
	return Text("reduction", string(by))
}

// oneHot is OneHot, of which an index from −depth on counts from the end in both.
func oneHot(t *Translation, o op.OneHotOf, n *graph.Node, in []string) string {
	values := t.Node("Concat", []string{t.reshape(t.Number(o.To, float64(o.Off)), t.Integers(1)),
		t.reshape(t.Number(o.To, float64(o.On)), t.Integers(1))}, Int("axis", 0))
	indices := in[0]
	if n.Inputs[0].DType() != tensor.Int64Type {
		indices = t.Cast(indices, tensor.Int64Type)
	}
	return t.Node("OneHot", []string{indices, t.Integers(o.Depth), values}, Int("axis", o.Axis))
}
