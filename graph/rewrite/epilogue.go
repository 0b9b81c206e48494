package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Epilogue lets a product by a matrix end with the bias, another array that is added, the
// activation, or the gradient of the activation that follow it, while its elements are in registers
// or caches. What an activation got is kept as a second output where others need it, such as the
// gradient of gelu.
//
//	x ┐                                 x ┐
//	W ┴ matmul ┐                        W ┤
//	         b ┴ add ─ gelu ─ a   →     b ┴ matmul_fused ┬ a
//	                 └ others                            └ others
//
//	h ┐                                 h ┐
//	W ┴ matmul ┐                        W ┤
//	         b ┴ add ┐                  b ┤
//	               x ┴ add ─ y    →     x ┴ matmul_fused ─ y
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
	consumers graph.Consumers
}

// fuse replaces a node that can end a product.
func (f fusion) fuse(r *graph.Rebuilding, n *graph.Node) {
	switch o := n.Operator.(type) {
	case op.Unary:
		f.activate(r, n, op.FusedProduct{Activation: o.Function.String()})
	case op.Parametric:
		f.activate(r, n, op.FusedProduct{Activation: o.Function.String(), Alpha: o.Alpha})
	case op.UnaryGradient:
		f.gradient(r, n, op.FusedProduct{Activation: o.Function.String()})
	case op.ParametricGradient:
		f.gradient(r, n, op.FusedProduct{Activation: o.Function.String(), Alpha: o.Alpha})
	case op.Binary:
		if fused, inputs := f.sum(n); inputs != nil {
			r.Replace(n, r.Apply(fused, r.All(inputs)...))
		}
	}
}

// activate lets a product, perhaps with sums, end with an activation.
func (f fusion) activate(r *graph.Rebuilding, n *graph.Node, fused op.FusedProduct) {
	before := n.Inputs[0]
	keep := !f.isOnlyFor(before, n)
	var inputs []*graph.Value
	if p := f.product(before); p != nil {
		fused.Product, inputs = p.Operator.(op.Product), p.Inputs
	} else if add, _ := before.Node(); add != nil {
		var sums op.FusedProduct
		sums, inputs = f.sum(add)
		fused.Product, fused.Bias, fused.Residual = sums.Product, sums.Bias, sums.Residual
	}
	if inputs == nil || keep && fused.Residual {
		return
	}
	fused.Keep = keep
	outputs := r.ApplyAll(fused, r.All(inputs)...)
	r.Replace(n, outputs[0])
	if keep && r.Err() == nil {
		r.ReplaceValue(before, outputs[1])
	}
}

// gradient lets a product end with the gradient of an activation.
func (f fusion) gradient(r *graph.Rebuilding, n *graph.Node, fused op.FusedProduct) {
	p := f.product(n.Inputs[0])
	if p == nil || !f.isOnlyFor(n.Inputs[0], n) {
		return
	}
	fused.Product, fused.Gradient = p.Operator.(op.Product), true
	r.Replace(n, r.Apply(fused, r.All([]*graph.Value{p.Inputs[0], p.Inputs[1], n.Inputs[1]})...))
}

// sum returns the product with the bias, with another array that is added, or with both, which a
// node computes, and its inputs: nil if it does not.
func (f fusion) sum(n *graph.Node) (fused op.FusedProduct, inputs []*graph.Value) {
	if p, bias := f.biased(n); p != nil {
		return op.FusedProduct{Product: p.Operator.(op.Product), Bias: true},
			[]*graph.Value{p.Inputs[0], p.Inputs[1], bias}
	}
	if o, ok := n.Operator.(op.Binary); !ok || o.Function != tensor.Add {
		return fused, nil
	}
	for i, v := range n.Inputs {
		residual := n.Inputs[1-i]
		if !f.isOnlyFor(v, n) || !residual.Shape().Equal(v.Shape()) {
			continue
		}
		fused = op.FusedProduct{Residual: true}
		if p := f.product(v); p != nil {
			fused.Product, inputs = p.Operator.(op.Product), slices.Clone(p.Inputs)
		} else if add, _ := v.Node(); add != nil {
			if p, bias := f.biased(add); p != nil {
				fused.Product, fused.Bias = p.Operator.(op.Product), true
				inputs = []*graph.Value{p.Inputs[0], p.Inputs[1], bias}
			}
		}
		if inputs != nil {
			return fused, append(inputs, residual)
		}
	}
	return fused, nil
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
//
//go:noinline
func (f fusion) isOnlyFor(v *graph.Value, n *graph.Node) bool {
	c := f.consumers.Of(v)
	return len(c) == 1 && c[0] == n && !f.graph.IsUsedOutside(v)
}
