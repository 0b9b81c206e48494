package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Pack keeps constant matrices in the order in which the products of engines read them, where products
// by them are faster then. It is no part of [Passes]: its graph is for these engines and those that
// have their ISA and tuning.
//
//	x ┐                    x ─ matmul_packed ─ y
//	W ┴ matmul ─ y    →
//
// Weights of states that a recurrence reads are kept in their order, too, for single sequences.
func Pack(g *graph.Graph, f32 *tensor.Engine[float32], f64 *tensor.Engine[float64]) (
	*graph.Graph, error) {
	made := map[*graph.Value]any{} // one for all products by a matrix
	consumers := g.Consumers()
	packed := func(w *graph.Value) any {
		p, ok := made[w]
		if !ok {
			if w.DType() == tensor.Float32Type {
				p = pack(f32, w)
			} else {
				p = pack(f64, w)
			}
			made[w] = p
		}
		return p
	}
	return graph.Rebuild(g, graph.Rewriter{
		Keep: func(v *graph.Value) bool {
			return !isPackable(v, consumers.Of(v), g) || packed(v) == nil
		},
		Node: func(r *graph.Rebuilding, n *graph.Node) {
			if o, ok := n.Operator.(op.Recurrence); ok {
				if w := n.Inputs[2]; w.Kind() == graph.Constant && w.Constant().Len() > 0 {
					r.Replace(n, r.ApplyAll(packRecurrence(f32, f64, o, w), r.All(n.Inputs)...)...)
				}
				return
			}
			if len(n.Inputs) < 2 || !isPackable(n.Inputs[1], consumers.Of(n.Inputs[1]), g) {
				return
			}
			p := packed(n.Inputs[1])
			if p == nil {
				return
			}
			o, _ := fusedOf(n)
			inputs := append([]*graph.Value{n.Inputs[0]}, n.Inputs[2:]...)
			r.Replace(n, r.Apply(op.PackedProduct{FusedProduct: o, Packed: p}, r.All(inputs)...))
		}})
}

// isPackable reports whether a value is a constant by which nothing is done but to multiply by it.
func isPackable(w *graph.Value, consumers []*graph.Node, g *graph.Graph) bool {
	if w.Kind() != graph.Constant || len(w.Shape()) != 2 || g.IsUsedOutside(w) {
		return false
	}
	for _, n := range consumers {
		o, ok := fusedOf(n)
		if !ok || o.TransposeA || o.TransposeB || o.Gradient || o.Keep || n.Inputs[1] != w ||
			n.Inputs[0] == w {
			return false
		}
		for _, v := range n.Inputs[2:] {
			if v == w {
				return false
			}
		}
	}
	return len(consumers) > 0
}

// fusedOf returns a product as a fused one.
func fusedOf(n *graph.Node) (o op.FusedProduct, ok bool) {
	switch p := n.Operator.(type) {
	case op.Product:
		return op.FusedProduct{Product: p}, true
	case op.FusedProduct:
		return p, true
	}
	return o, false
}

// pack returns a matrix packed for an engine, nil if that does not pay.
func pack[T tensor.Float](e *tensor.Engine[T], w *graph.Value) any {
	a := w.Constant()
	if !e.PaysToPack(a.Shape()[0], a.Shape()[1]) {
		return nil
	}
	return e.Pack(tensor.FromSlice(tensor.Elements[T](a), a.Shape()...))
}

// packRecurrence returns a recurrence with its weights of states packed for an engine.
func packRecurrence(f32 *tensor.Engine[float32], f64 *tensor.Engine[float64], o op.Recurrence,
	w *graph.Value) graph.Operator {
	if w.DType() == tensor.Float32Type {
		return op.PackRecurrence(f32, o, w.Constant())
	}
	return op.PackRecurrence(f64, o, w.Constant())
}
