package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Identity leaves out nodes that give their input again, such as a product with 1, and those that
// undo the one before, such as a transpose of a transpose; it takes views of views together, and
// computes squares by products. NaN may change its bits, and stays NaN.
//
//	x ─ transpose ─ transpose ─ y        x ─ y
//	                                →
//	x ─ reshape ─ flatten ─ z            x ─ reshape_like ─ z
func Identity(g *graph.Graph) (*graph.Graph, error) {
	return graph.Rebuild(g, graph.Rewriter{Node: simplify})
}

// simplify replaces a node by something simpler.
func simplify(r *graph.Rebuilding, n *graph.Node) {
	if len(n.Inputs) == 0 || len(n.Outputs) != 1 {
		return
	}
	x := r.Of(n.Inputs[0])
	switch o := n.Operator.(type) {
	case op.PermuteAxes:
		simplifyPermute(r, n, o, x)
	case op.CastTo:
		if x.DType() == o.To {
			r.Replace(n, x)
		}
	case op.SliceAxis:
		if o.Start == 0 && o.Step == 1 && n.Outputs[0].Type().Equal(x.Type()) {
			r.Replace(n, x)
		}
	case op.ExpandLike, op.ExpandTo:
		if n.Outputs[0].Type().Equal(x.Type()) {
			r.Replace(n, x)
		}
	case op.Parametric:
		if o.Function == tensor.Scale && o.Alpha == 1 {
			r.Replace(n, x)
		}
	case op.Binary:
		simplifyBinary(r, n, o)
	case op.Pairwise:
		exponent := numberOf(r.Of(n.Inputs[1]))
		switch {
		case o.By != op.PowOf || exponent == nil || !keepsType(n, x):
		case *exponent == 1:
			r.Replace(n, x)
		case *exponent == 2:
			r.Replace(n, op.Mul(r.Builder, x, x))
		}
	default:
		simplifyView(r, n, x)
	}
}

// simplifyPermute takes two permutations together, and leaves out one that moves nothing.
func simplifyPermute(r *graph.Rebuilding, n *graph.Node, o op.PermuteAxes, x *graph.Value) {
	axes := o.Axes.Values()
	before, _ := x.Node()
	isSecond := false
	if before != nil {
		var first op.PermuteAxes
		if first, isSecond = before.Operator.(op.PermuteAxes); isSecond {
			from := first.Axes.Values()
			for i, a := range axes {
				axes[i] = from[a]
			}
			x = before.Inputs[0]
		}
	}
	switch {
	case slices.IsSorted(axes):
		r.Replace(n, x)
	case isSecond:
		r.Replace(n, op.Permute(r.Builder, x, axes...))
	}
}

// simplifyBinary leaves out products with and quotients by 1, and differences to 0.
func simplifyBinary(r *graph.Rebuilding, n *graph.Node, o op.Binary) {
	x, y := r.Of(n.Inputs[0]), r.Of(n.Inputs[1])
	is := func(v *graph.Value, number float64) bool {
		c := numberOf(v)
		return c != nil && *c == number
	}
	switch {
	case is(y, 1) && (o.Function == tensor.Mul || o.Function == tensor.Div) && keepsType(n, x):
		r.Replace(n, x)
	case is(x, 1) && o.Function == tensor.Mul && keepsType(n, y):
		r.Replace(n, y)
	case is(y, 0) && o.Function == tensor.Sub && keepsType(n, x) && x.DType().IsInteger():
		r.Replace(n, x)
	}
}

// simplifyView leaves out views that keep the shape, and takes a view of a view for one of what
// that shows.
func simplifyView(r *graph.Rebuilding, n *graph.Node, x *graph.Value) {
	if v, ok := n.Operator.(graph.Viewer); !ok || !v.IsView() {
		return
	}
	before, _ := x.Node()
	isSecond := false
	if before != nil {
		v, ok := before.Operator.(graph.Viewer)
		if isSecond = ok && v.IsView(); isSecond {
			x = before.Inputs[0]
		}
	}
	shape, known := n.Outputs[0].Shape().Ints()
	switch {
	case n.Outputs[0].Type().Equal(x.Type()):
		r.Replace(n, x)
	case isSecond && known && !slices.Contains(shape, 0):
		r.Replace(n, op.Reshape(r.Builder, x, shape...))
	}
}

// keepsType reports whether the node's output has the type of v.
func keepsType(n *graph.Node, v *graph.Value) bool { return n.Outputs[0].Type().Equal(v.Type()) }

// numberOf returns the number that a constant float or integer repeats, nil for other values.
func numberOf(v *graph.Value) *float64 {
	if v.Kind() != graph.Constant || v.Constant().Len() != 1 {
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
