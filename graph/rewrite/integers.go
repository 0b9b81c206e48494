package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Integers lets a product of integers do what follows it, where nobody else needs what comes between:
// add integers of the columns, become floats, multiply by a scale, add a bias. A convolution's product
// is transposed first: what is the same for a column is then the same for a channel.
//
//	integers ─ product ─ permute ─ add b ─ cast ─ mul s ─ y   →   integers, s, b ─ product' ─ permute ─ y
func Integers(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.IntegerProduct); return ok }) {
		return g, nil
	}
	f := integerEnds{fusion{g, g.Consumers()}, map[*graph.Value]*integerEnd{}}
	return graph.Rebuild(g, graph.Rewriter{Node: f.visit})
}

// integerEnds is a graph whose products of integers are taken further.
type integerEnds struct {
	fusion
	ends map[*graph.Value]*integerEnd // by the values of the copy that one node alone needs
}

// integerEnd is a product, transposed or not, that may do more.
type integerEnd struct {
	op.IntegerProduct
	x, zero, scale, bias, addend *graph.Value
	axes                         []int // nil where it is not transposed
}

func (f integerEnds) visit(r *graph.Rebuilding, n *graph.Node) {
	if o, ok := n.Operator.(op.IntegerProduct); ok {
		if end := newIntegerEnd(o, r.All(n.Inputs)); end != nil {
			f.put(r, n, end)
		}
		return
	}
	for i, v := range n.Inputs {
		end := f.ends[r.Of(v)]
		if end == nil || len(n.Inputs) > 2 {
			continue
		}
		var other *graph.Value
		if len(n.Inputs) == 2 {
			other = r.Of(n.Inputs[1-i])
		}
		if next := end.with(n, v, other); next != nil {
			f.put(r, n, next)
			return
		}
	}
}

// put replaces a node by a product, which the next node may take further.
func (f integerEnds) put(r *graph.Rebuilding, n *graph.Node, end *integerEnd) {
	y := r.Apply(end.IntegerProduct, end.inputs()...)
	if end.axes != nil {
		y = op.Permute(r.Builder, y, end.axes...)
	}
	r.Replace(n, y)
	v := n.Outputs[0]
	if r.Err() == nil && !f.graph.IsUsedOutside(v) && len(f.consumers.Of(v)) == 1 {
		f.ends[y] = end
	}
}

// newIntegerEnd returns a product with its inputs by their names, nil if it gives codes.
func newIntegerEnd(o op.IntegerProduct, inputs []*graph.Value) *integerEnd {
	if o.To != tensor.Int32Type && o.To != tensor.Float32Type {
		return nil
	}
	e := &integerEnd{IntegerProduct: o, x: inputs[0]}
	next := inputs[1:]
	for _, in := range []struct {
		has bool
		to  **graph.Value
	}{{o.Zero, &e.zero}, {o.Scale, &e.scale}, {o.Bias, &e.bias}, {o.Addend, &e.addend}} {
		if in.has {
			*in.to, next = next[0], next[1:]
		}
	}
	return e
}

// inputs returns those of the operator.
func (e *integerEnd) inputs() []*graph.Value {
	all := []*graph.Value{e.x}
	for _, v := range []*graph.Value{e.zero, e.scale, e.bias, e.addend} {
		if v != nil {
			all = append(all, v)
		}
	}
	return all
}

// with returns the product that does what a node does with its result, v, and another value, or nil if it
// can't.
func (e *integerEnd) with(n *graph.Node, v, other *graph.Value) *integerEnd {
	next, isFloat := *e, e.To == tensor.Float32Type
	if other != nil && !n.Outputs[0].Shape().Equal(v.Shape()) {
		return nil
	}
	switch o := n.Operator; {
	case o == graph.Operator(op.CastTo{To: tensor.Float32Type}) && !isFloat:
		next.To = tensor.Float32Type
	case o == graph.Operator(op.Binary{Function: tensor.Add}) && !isFloat && !e.Addend && e.Offset == nil &&
		e.isOfColumns(other, len(v.Shape())):
		next.addend, next.Addend = other, true
	case o == graph.Operator(op.Binary{Function: tensor.Add}) && isFloat && !e.Bias &&
		e.isOfColumns(other, len(v.Shape())):
		next.bias, next.Bias = other, true
	case o == graph.Operator(op.Binary{Function: tensor.Mul}) && isFloat && !e.Scale && !e.Bias &&
		(other.Shape().Size().Is(1) || e.isOfColumns(other, len(v.Shape()))):
		next.scale, next.Scale = other, true
	default:
		if o, ok := o.(op.PermuteAxes); ok && e.axes == nil {
			next.axes = o.Axes.Values()
			return &next
		}
		return nil
	}
	return &next
}

// isOfColumns reports whether a value has a number for each column of the product, which is broadcast to
// its result.
func (e *integerEnd) isOfColumns(v *graph.Value, rank int) bool {
	at := rank - 1
	for i, axis := range e.axes {
		if axis == rank-1 {
			at = i
		}
	}
	at -= rank - len(v.Shape()) // among v's dimensions, which are the last ones
	columns := e.Weights.Shape()[1]
	return at >= 0 && v.Shape().Size().Is(columns) && v.Shape()[at].Is(columns)
}
