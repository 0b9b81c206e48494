package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Identity leaves out nodes that give their input again, such as a product with 1, and those that
// undo the one before, such as a transpose of a transpose; it takes views of views together, and
// computes squares by products. A transpose that moves dimensions of length 1 alone is a view. NaN
// may change its bits, and stays NaN.
//
//	x ─ transpose ─ transpose ─ y        x ─ y
//	                                →
//	x ─ reshape ─ flatten ─ z            x ─ reshape_like ─ z
func Identity(g *graph.Graph) (*graph.Graph, error) {
	if !slices.ContainsFunc(g.Nodes(), func(n *graph.Node) bool {
		_, ok := simpler(n, n.Inputs)
		return ok
	}) {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		s, ok := simpler(n, r.All(n.Inputs))
		switch {
		case !ok:
		case s.operator == nil:
			r.Replace(n, s.inputs...)
		default:
			r.Replace(n, r.Apply(s.operator, s.inputs...))
		}
	}})
}

// simple is what can stand for a node: an operator of values, or one of these itself.
type simple struct {
	operator graph.Operator // nil for the value itself
	inputs   []*graph.Value
}

// itself returns the value.
func itself(v *graph.Value) (simple, bool) { return simple{nil, []*graph.Value{v}}, true }

// simpler returns what can stand for a node of these inputs, or false.
func simpler(n *graph.Node, inputs []*graph.Value) (simple, bool) {
	if len(inputs) == 0 || len(n.Outputs) != 1 {
		return simple{}, false
	}
	x := inputs[0]
	isSame := n.Outputs[0].Type().Equal(x.Type())
	switch o := n.Operator.(type) {
	case op.PermuteAxes:
		return simplerPermutation(o, x)
	case op.SliceAxis:
		isSame = isSame && o.Start == 0 && o.Step == 1
	case op.Parametric:
		isSame = isSame && o.Function == tensor.Scale && o.Alpha == 1
	case op.Binary:
		return simplerBinary(n, o, x, inputs[1])
	case op.Pairwise:
		exponent := numberOf(inputs[1])
		if o.By != op.PowOf || exponent == nil || !isSame {
			return simple{}, false
		}
		if *exponent == 2 {
			return simple{op.Binary{Function: tensor.Mul}, []*graph.Value{x, x}}, true
		}
		isSame = *exponent == 1
	case op.CastTo, op.ExpandLike, op.ExpandTo:
	default:
		return simplerView(n, x)
	}
	if !isSame {
		return simple{}, false
	}
	return itself(x)
}

// simplerPermutation takes two permutations together, leaves out one that moves nothing, and takes
// one that leaves the elements in their order for a view.
func simplerPermutation(o op.PermuteAxes, x *graph.Value) (simple, bool) {
	axes := o.Axes.Values()
	isSecond := false
	if before, _ := x.Node(); before != nil {
		var first op.PermuteAxes
		if first, isSecond = before.Operator.(op.PermuteAxes); isSecond {
			from := first.Axes.Values()
			for i, a := range axes {
				axes[i] = from[a]
			}
			x = before.Inputs[0]
		}
	}
	if slices.IsSorted(axes) {
		return itself(x)
	}
	if shape, known := x.Shape().Ints(); known && !slices.Contains(shape, 0) {
		moved := make([]int, len(axes))
		for i, a := range axes {
			moved[i] = shape[a]
		}
		long := slices.DeleteFunc(slices.Clone(axes), func(a int) bool { return shape[a] == 1 })
		if slices.IsSorted(long) {
			return simple{op.ReshapeTo{Shape: op.IntsOf(moved...)}, []*graph.Value{x}}, true
		}
	}
	return simple{op.PermuteAxes{Axes: op.IntsOf(axes...)}, []*graph.Value{x}}, isSecond
}

// simplerBinary leaves out products with and quotients by 1.
func simplerBinary(n *graph.Node, o op.Binary, x, y *graph.Value) (simple, bool) {
	for _, v := range [2][2]*graph.Value{{x, y}, {y, x}} {
		isOne := o.Function == tensor.Mul || o.Function == tensor.Div && v[0] == x
		if !isOne || !n.Outputs[0].Type().Equal(v[0].Type()) {
			continue
		}
		if one := numberOf(v[1]); one != nil && *one == 1 {
			return itself(v[0])
		}
	}
	return simple{}, false
}

// simplerView leaves out views that keep the shape, and takes a view of a view for one of what that
// shows.
func simplerView(n *graph.Node, x *graph.Value) (simple, bool) {
	if !isView(n) {
		return simple{}, false
	}
	before, _ := x.Node()
	isSecond := before != nil && isView(before)
	if isSecond {
		x = before.Inputs[0]
	}
	if n.Outputs[0].Type().Equal(x.Type()) {
		return itself(x)
	}
	shape, known := n.Outputs[0].Shape().Ints()
	if !isSecond || !known || slices.Contains(shape, 0) {
		return simple{}, false
	}
	return simple{op.ReshapeTo{Shape: op.IntsOf(shape...)}, []*graph.Value{x}}, true
}

// isView reports whether a node's output has the elements of its first input.
//
//go:noinline
func isView(n *graph.Node) bool {
	o, ok := n.Operator.(graph.Viewer)
	return ok && o.IsView()
}

// numberOf returns the number that a constant float or integer repeats, nil for other values.
func numberOf(v *graph.Value) *float64 {
	if v.Kind() != graph.Constant || v.Lazy() != nil || v.Constant().Len() != 1 {
		return nil
	}
	var number float64
	switch v.DType() {
	case tensor.Float32Type:
		number = float64(tensor.Elements[float32](v.Constant())[0])
	case tensor.Float64Type:
		number = tensor.Elements[float64](v.Constant())[0]
	case tensor.Int64Type:
		number = float64(tensor.Elements[int64](v.Constant())[0])
	case tensor.Int32Type:
		number = float64(tensor.Elements[int32](v.Constant())[0])
	default:
		return nil
	}
	return &number
}
