package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Rotary takes rotary positions that are spelled out, as exporters do it, for the operator that goes
// over memory once.
//
//	  ┌────────────────── mul cos ┐             x ┐
//	x ┼ slice d/2: ─ neg ┐        │           cos ┤
//	  └ slice :d/2 ──────┴ concat ┴ mul sin       │
//	                                 add ─ y  sin ┴ turn_halves ─ y
func Rotary(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	found := map[*graph.Node][]*graph.Value{}
	for _, n := range g.Nodes() {
		if inputs := f.turned(n); inputs != nil {
			found[n] = inputs
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if inputs := found[n]; inputs != nil {
			r.Replace(n, r.Apply(op.TurnHalves{}, r.All(inputs)...))
		}
	}})
}

// turned returns x, the cosine and the sine by which a sum turns it, nil if it does not.
func (f fusion) turned(n *graph.Node) []*graph.Value {
	if n.Operator != (op.Binary{Function: tensor.Add}) || n.Outputs[0].DType() != tensor.Float32Type {
		return nil
	}
	for i, v := range n.Inputs {
		direct, crossed := binaryOf(v, tensor.Mul), binaryOf(n.Inputs[1-i], tensor.Mul)
		if direct == nil || crossed == nil || !f.isOnlyFor(v, n) || !f.isOnlyFor(n.Inputs[1-i], n) {
			continue
		}
		for j, h := range crossed.Inputs {
			x := exchanged(h)
			at := slices.Index(direct.Inputs, x)
			if x == nil || at < 0 || !x.Type().Equal(n.Outputs[0].Type()) {
				continue
			}
			cos, sin := direct.Inputs[1-at], crossed.Inputs[1-j]
			if hasRowsOf(cos, x) && hasRowsOf(sin, x) {
				return []*graph.Value{x, cos, sin}
			}
		}
	}
	return nil
}

// hasRowsOf reports whether two values have the same last dimension.
func hasRowsOf(v, x *graph.Value) bool {
	s, of := v.Shape(), x.Shape()
	return len(s) > 0 && s[len(s)-1] == of[len(of)-1]
}

// exchanged returns x where v is x with its last dimension's halves exchanged and a minus before the
// second one, which comes first; else nil.
func exchanged(v *graph.Value) *graph.Value {
	n := nodeOf(v)
	if n == nil || len(n.Inputs) != 2 || n.Operator != (op.ConcatAxis{Axis: len(v.Shape()) - 1}) {
		return nil
	}
	minus := nodeOf(n.Inputs[0])
	if minus == nil || minus.Operator != (op.Mapping{By: op.Neg}) &&
		minus.Operator != (op.Parametric{Function: tensor.Scale, Alpha: -1}) {
		return nil
	}
	second, first := halfOf(minus.Inputs[0], 1), halfOf(n.Inputs[1], 0)
	if first != second {
		return nil
	}
	return first
}

// halfOf returns x where v is the first or second half, 0 or 1, of its last dimension; else nil.
func halfOf(v *graph.Value, half int) *graph.Value {
	n := nodeOf(v)
	if n == nil {
		return nil
	}
	o, ok := n.Operator.(op.SliceAxis)
	last := len(v.Shape()) - 1
	if !ok || o.Axis != last || o.Step != 1 {
		return nil
	}
	x := n.Inputs[0]
	d, known := x.Shape()[last].Value()
	if !known || d%2 != 0 || !v.Shape()[last].Is(d/2) || o.Start != half*d/2 && o.Start != half*(d/2-d) {
		return nil
	}
	return x
}
