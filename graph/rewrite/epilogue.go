package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Epilogue lets a product by a matrix end with the bias, the activation, or the gradient of the
// activation that follow it, while its elements are in registers or caches. What an activation got
// is kept as a second output where others need it, such as the gradient of gelu.
//
//	x ┐                                 x ┐
//	W ┴ matmul ┐                        W ┤
//	         b ┴ add ─ gelu ─ a   →     b ┴ matmul_fused ┬ a
//	                 └ others                            └ others
//
//	g ┐                                 g ┐
//	W ┴ matmul ┐                        W ┤
//	         a ┴ relu_gradient ─ d  →   a ┴ matmul_fused ─ d
func Epilogue(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: f.fuse})
}

// fusion is a graph whose products are fused.
type fusion struct {
	graph     *graph.Graph
	consumers map[*graph.Value][]*graph.Node
}

// fuse replaces a node that can end a product.
func (f fusion) fuse(r *graph.Rebuilding, n *graph.Node) {
	fused, inputs := op.FusedProduct{}, []*graph.Value(nil)
	before := n.Inputs[0]
	switch o := n.Operator.(type) {
	case op.Unary:
		fused.Activation = o.Function.String()
	case op.Parametric:
		fused.Activation, fused.Alpha = o.Function.String(), o.Alpha
	case op.UnaryGradient:
		fused.Activation, fused.Gradient = o.Function.String(), true
	case op.ParametricGradient:
		fused.Activation, fused.Alpha, fused.Gradient = o.Function.String(), o.Alpha, true
	case op.Binary:
		if p, bias := f.biased(n); p != nil {
			fused.Product, fused.Bias = p.Operator.(op.Product), true
			r.Replace(n, r.Apply(fused, r.All([]*graph.Value{p.Inputs[0], p.Inputs[1], bias})...))
		}
		return
	default:
		return
	}
	p := f.product(before)
	if p == nil && !fused.Gradient {
		if add, _ := before.Node(); add != nil {
			var bias *graph.Value
			if p, bias = f.biased(add); p != nil {
				fused.Bias, inputs = true, []*graph.Value{bias}
			}
		}
	}
	if p == nil {
		return
	}
	fused.Product = p.Operator.(op.Product)
	fused.Keep = !f.isOnlyFor(before, n)
	inputs = append([]*graph.Value{p.Inputs[0], p.Inputs[1]}, inputs...)
	if fused.Gradient {
		if fused.Keep {
			return
		}
		inputs = append(inputs, n.Inputs[1])
	}
	outputs := r.ApplyAll(fused, r.All(inputs)...)
	r.Replace(n, outputs[0])
	if fused.Keep && r.Err() == nil {
		r.ReplaceValue(before, outputs[1])
	}
}

// product returns the node of a product that can end with something, else nil.
func (f fusion) product(v *graph.Value) *graph.Node {
	n, _ := v.Node()
	if n == nil {
		return nil
	}
	o, ok := n.Operator.(op.Product)
	if !ok {
		return nil
	}
	a, b := n.Inputs[0].Shape(), n.Inputs[1].Shape()
	if len(b) != 2 || o.TransposeA && len(a) != 2 {
		return nil
	}
	depth := b[0]
	if o.TransposeB {
		depth = b[1]
	}
	if k, known := depth.Value(); !known || k == 0 {
		return nil
	}
	return n
}

// biased returns the product and the bias that a node adds up, else nil.
func (f fusion) biased(n *graph.Node) (p *graph.Node, bias *graph.Value) {
	if o, ok := n.Operator.(op.Binary); !ok || o.Function != tensor.Add {
		return nil, nil
	}
	for i, v := range n.Inputs {
		bias = n.Inputs[1-i]
		columns := v.Shape()[max(len(v.Shape())-1, 0):]
		if p = f.product(v); p != nil && f.isOnlyFor(v, n) && bias.Shape().Equal(columns) {
			return p, bias
		}
	}
	return nil, nil
}

// isOnlyFor reports whether nobody needs a value but a node, once.
func (f fusion) isOnlyFor(v *graph.Value, n *graph.Node) bool {
	c := f.consumers[v]
	return len(c) == 1 && c[0] == n && !f.graph.IsUsedOutside(v)
}
