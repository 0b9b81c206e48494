package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Compressed lets a product by weights of few bits add a bias and compute an activation, where nobody
// else needs what comes between:
//
//	x ─ matmul_compressed ─ add b ─ relu ─ y   →   x, b ─ matmul_compressed' ─ y
func Compressed(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.CompressedProduct); return ok }) {
		return g, nil
	}
	f := compressedEnds{fusion{g, g.Consumers()}, map[*graph.Value]*compressedEnd{}}
	return graph.Rebuild(g, graph.Rewriter{Node: f.visit})
}

// compressedEnds is a graph whose products by weights of few bits are taken further.
type compressedEnds struct {
	fusion
	ends map[*graph.Value]*compressedEnd // by the values that they give
}

// compressedEnd is a product that may do more.
type compressedEnd struct {
	op.CompressedProduct
	inputs []*graph.Value
}

func (f compressedEnds) visit(r *graph.Rebuilding, n *graph.Node) {
	if o, ok := n.Operator.(op.CompressedProduct); ok {
		f.ends[n.Outputs[0]] = &compressedEnd{o, n.Inputs}
		return
	}
	for i, v := range n.Inputs {
		end := f.ends[v]
		if end == nil || end.Activation != "" || !f.isOnlyFor(v, n) {
			continue
		}
		next := *end
		switch o := n.Operator.(type) {
		case op.Unary:
			next.Activation = o.Function.String()
		case op.Parametric:
			next.Activation, next.Alpha = o.Function.String(), o.Alpha
		case op.Binary:
			bias := n.Inputs[1-i]
			if o.Function != tensor.Add || end.Bias ||
				!bias.Shape().Equal(v.Shape()[len(v.Shape())-1:]) {
				continue
			}
			next.Bias, next.inputs = true, []*graph.Value{end.inputs[0], bias}
		default:
			continue
		}
		r.Replace(n, r.Apply(next.CompressedProduct, r.All(next.inputs)...))
		f.ends[n.Outputs[0]] = &next
		return
	}
}
