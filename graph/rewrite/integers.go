package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Integers lets a product of integers do what follows it, where nobody else needs what comes
// between: add integers of the columns, become floats, multiply by scales of the columns, or of the
// rows, add a bias. What is the same for a column is the same for a channel of a convolution.
//
//	integers ─ product ─ add b ─ cast ─ mul s ─ y   →   integers, s, b ─ product' ─ y
func Integers(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := integersOf(o); return ok }) {
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

// integerEnd is a product, or a convolution, that may do more.
type integerEnd struct {
	op.IntegerProduct
	in   op.IntegerOperands[*graph.Value]
	from graph.Operator
}

// integersOf returns the product that an operator is, or whose rows are a convolution's windows.
func integersOf(o graph.Operator) (op.IntegerProduct, bool) {
	switch o := o.(type) {
	case op.IntegerProduct:
		return o, true
	case op.IntegerConv:
		return o.IntegerProduct, true
	}
	return op.IntegerProduct{}, false
}

// operator returns what computes it.
func (e *integerEnd) operator() graph.Operator {
	if o, ok := e.from.(op.IntegerConv); ok {
		o.IntegerProduct = e.IntegerProduct
		return o
	}
	return e.IntegerProduct
}

func (f integerEnds) visit(r *graph.Rebuilding, n *graph.Node) {
	if o, ok := integersOf(n.Operator); ok {
		if o.To == tensor.Int32Type || o.To == tensor.Float32Type {
			in, _ := op.Operands(o, r.All(n.Inputs))
			f.put(r, n, &integerEnd{o, in, n.Operator})
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
	y := r.Apply(end.operator(), end.in.List(end.IntegerProduct)...)
	r.Replace(n, y)
	v := n.Outputs[0]
	if r.Err() == nil && !f.graph.IsUsedOutside(v) && len(f.consumers.Of(v)) == 1 {
		f.ends[y] = end
	}
}

// with returns the product that does what a node does with its result, v, and another value, or nil
// if it can't.
func (e *integerEnd) with(n *graph.Node, v, other *graph.Value) *integerEnd {
	next, isFloat := *e, e.To == tensor.Float32Type
	if other != nil && !n.Outputs[0].Shape().Equal(v.Shape()) {
		return nil
	}
	switch o := n.Operator; {
	case o == graph.Operator(op.CastTo{To: tensor.Float32Type}) && !isFloat:
		next.To = tensor.Float32Type
	case o == graph.Operator(op.Binary{Function: tensor.Add}) && !isFloat && !e.Addend && e.Offset == nil &&
		e.isOfColumns(other, v):
		next.in.Addend, next.Addend = other, true
	case o == graph.Operator(op.Binary{Function: tensor.Add}) && isFloat && !e.Bias &&
		e.isOfColumns(other, v):
		next.in.Bias, next.Bias = other, true
	case o == graph.Operator(op.Binary{Function: tensor.Mul}) && isFloat && !e.Scale && !e.RowScale &&
		!e.Bias && (other.Shape().Size().Is(1) || e.isOfColumns(other, v)):
		next.in.Scale, next.Scale = other, true
	case o == graph.Operator(op.Binary{Function: tensor.Mul}) && isFloat && !e.RowScale && !e.Bias &&
		e.isOfRows(other, v):
		next.in.RowScale, next.RowScale = other, true
	default:
		return nil
	}
	return &next
}

// isOfRows reports whether a value has a number for each row of the product v.
func (e *integerEnd) isOfRows(other, v *graph.Value) bool {
	s, rank := other.Shape(), len(v.Shape())
	_, isProduct := e.from.(op.IntegerProduct)
	return isProduct && rank > 1 && len(s) == rank && s[rank-1].Is(1) &&
		s[:rank-1].Equal(v.Shape()[:rank-1])
}

// isOfColumns reports whether a value has a number for each column of the product, which is
// broadcast to its result v.
func (e *integerEnd) isOfColumns(other, v *graph.Value) bool {
	rank := len(v.Shape())
	at := rank - 1
	if o, ok := e.from.(op.IntegerConv); ok && !o.ChannelsLast {
		at = 1
	}
	columns := v.Shape()[at]
	at -= rank - len(other.Shape()) // among its dimensions, which are the last ones
	return at >= 0 && other.Shape().Size() == columns && other.Shape()[at] == columns
}
