package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// RowNorm takes layer normalisation that is spelled out, as exporters did before ONNX had an
// operator for it, and the division by the root of the mean of the squares alone (RMS), with and
// without the factors and sums behind them, for the operator that computes them row by row.
//
// It changes bits, since the operator's moments are more accurate: so it is not among [Passes].
//
//	x ┬ reduce_mean ┐    ┌ mul ─ reduce_mean ─ add ε ─ sqrt ┐            x ┐
//	  └─────────────┴ sub ┴─────────────────────────────────┴ div ┐      γ ┤
//	                                                            γ ┴ mul ┐  β ┴ row_norm ─ y
//	                                                      →           β ┴ add ─ y
func RowNorm(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	found, inside := map[*graph.Node]*rowNorm{}, map[*graph.Node]bool{}
	for _, n := range slices.Backward(g.Nodes()) {
		if inside[n] {
			continue
		}
		if norm := f.rowNorm(n, inside); norm != nil {
			found[n] = norm
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if norm := found[n]; norm != nil {
			if outputs := r.ApplyAll(norm.operator, r.All(norm.inputs)...); r.Err() == nil {
				r.Replace(n, outputs[0])
			}
		}
	}})
}

// rowNorm is a norm that is spelled out.
type rowNorm struct {
	operator op.RowNorm
	inputs   []*graph.Value // x, gamma and beta
}

// rowNorm returns the norm that ends with a node, nil if none does, and marks the nodes before it
// that are a norm by themselves.
func (f fusion) rowNorm(n *graph.Node, inside map[*graph.Node]bool) *rowNorm {
	if len(n.Outputs) != 1 {
		return nil
	}
	if norm := quotientOf(n); norm != nil {
		return norm
	}
	o, ok := n.Operator.(op.Binary)
	if !ok || o.Function != tensor.Mul && o.Function != tensor.Add {
		return nil
	}
	for i, v := range n.Inputs {
		before, parameter := nodeOf(v), n.Inputs[1-i]
		if before == nil || !f.isOnlyFor(v, n) {
			continue
		}
		norm := f.rowNorm(before, inside)
		if norm == nil {
			continue
		}
		shape := norm.inputs[0].Shape()
		fits := parameter.Shape().Equal(shape[norm.operator.Axis:])
		switch {
		case !fits || norm.operator.Beta:
			continue
		case o.Function == tensor.Mul && !norm.operator.Gamma:
			norm.operator.Gamma = true
		case o.Function == tensor.Add && norm.operator.Gamma && !norm.operator.RMS:
			norm.operator.Beta = true
		default:
			continue
		}
		norm.inputs = append(norm.inputs, parameter)
		inside[before] = true
		return norm
	}
	return nil
}

// quotientOf returns the norm without parameters that a node computes, nil if it computes none:
// d/√(ε + mean of d²), where d may be x less its mean.
func quotientOf(n *graph.Node) *rowNorm {
	d, root := dividedBy(n)
	if root == nil || root.Operator != (op.Unary{Function: tensor.Sqrt}) {
		return nil
	}
	variance, epsilon, ok := withNumber(root.Inputs[0], tensor.Add)
	if !ok {
		return nil
	}
	square, axis, ok := meanOfRows(variance)
	if !ok {
		return nil
	}
	if mul := binaryOf(square, tensor.Mul); mul == nil || mul.Inputs[0] != d || mul.Inputs[1] != d {
		return nil
	}
	norm := &rowNorm{op.RowNorm{Axis: axis, Epsilon: epsilon, RMS: true}, []*graph.Value{d}}
	if sub := binaryOf(d, tensor.Sub); sub != nil {
		x, from, ok := meanOfRows(sub.Inputs[1])
		if ok && from == axis && x == sub.Inputs[0] {
			norm.operator.RMS, norm.inputs[0] = false, x
		}
	}
	return norm
}

// dividedBy returns what a node divides and the node that makes what it divides by, also where it
// multiplies by the reciprocal: nil if it does neither.
func dividedBy(n *graph.Node) (d *graph.Value, divisor *graph.Node) {
	switch n.Operator {
	case op.Binary{Function: tensor.Div}:
		return n.Inputs[0], nodeOf(n.Inputs[1])
	case op.Binary{Function: tensor.Mul}:
		for i, v := range n.Inputs {
			inverse := nodeOf(v)
			switch {
			case inverse == nil:
			case inverse.Operator == op.Mapping{By: op.Reciprocal}:
				return n.Inputs[1-i], nodeOf(inverse.Inputs[0])
			case inverse.Operator == op.Binary{Function: tensor.Div}:
				if one := numberOf(inverse.Inputs[0]); one != nil && *one == 1 {
					return n.Inputs[1-i], nodeOf(inverse.Inputs[1])
				}
			}
		}
	}
	return nil, nil
}

// meanOfRows returns x and the first of its last axes, over which v is its mean that keeps them.
func meanOfRows(v *graph.Value) (x *graph.Value, axis int, ok bool) {
	n := nodeOf(v)
	if n == nil {
		return nil, 0, false
	}
	o, ok := n.Operator.(op.Reduce)
	if !ok || o.By != op.MeanOf || !o.KeepDims {
		return nil, 0, false
	}
	x = n.Inputs[0]
	axes := o.Axes.Values()
	axis = len(x.Shape()) - len(axes)
	for i, a := range axes {
		if a != axis+i {
			return nil, 0, false
		}
	}
	return x, axis, len(axes) > 0
}

// binaryOf returns the node that makes a value by a function of two, nil if another one does.
func binaryOf(v *graph.Value, by tensor.Binary) *graph.Node {
	if n := nodeOf(v); n != nil && n.Operator == (op.Binary{Function: by}) {
		return n
	}
	return nil
}

// withNumber returns x and the number where v is a sum of both, or their product, or their
// quotient.
func withNumber(v *graph.Value, by tensor.Binary) (x *graph.Value, number float64, ok bool) {
	n := binaryOf(v, by)
	if n == nil {
		return nil, 0, false
	}
	for i, x := range n.Inputs {
		c := numberOf(n.Inputs[1-i])
		if c != nil && (i == 0 || by != tensor.Div) && x.Type().Equal(v.Type()) {
			return x, *c, true
		}
	}
	return nil, 0, false
}
