package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
)

// ConvEpilogue lets a convolution end with the activation that follows it, and the gradient by its
// images with that of the activation before it, while their elements are in registers or caches.
//
//	x ┐                      x ┐
//	w ┴ conv ─ relu ─ y  →   w ┴ conv_fused ─ y
//
//	g ┐                                                g ┐
//	w ┼ conv_input_gradient ┐                          w ┤
//	x ┘                   y ┴ relu_gradient ─ d   →    x ┤
//	                                                   y ┴ conv_input_gradient_fused ─ d
func ConvEpilogue(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.OfImages); return ok }) {
		return g, nil
	}
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: f.fuseConv})
}

// fuseConv replaces a node that can end a convolution.
func (f fusion) fuseConv(r *graph.Rebuilding, n *graph.Node) {
	var activation string
	var alpha float64
	gradient := false
	switch o := n.Operator.(type) {
	case op.Unary:
		activation = o.Function.String()
	case op.Parametric:
		activation, alpha = o.Function.String(), o.Alpha
	case op.UnaryGradient:
		activation, gradient = o.Function.String(), true
	case op.ParametricGradient:
		activation, alpha, gradient = o.Function.String(), o.Alpha, true
	default:
		return
	}
	before, _ := n.Inputs[0].Node()
	if before == nil || !f.isOnlyFor(n.Inputs[0], n) {
		return
	}
	switch o := before.Operator.(type) {
	case op.Conv:
		if !gradient {
			fused := op.FusedConv{Conv: o, Activation: activation, Alpha: alpha}
			r.Replace(n, r.Apply(fused, r.All(before.Inputs)...))
		}
	case op.ConvInputGradient:
		if gradient {
			fused := op.FusedConvInputGradient{ConvInputGradient: o, Activation: activation, Alpha: alpha}
			r.Replace(n, r.Apply(fused, append(r.All(before.Inputs), r.Of(n.Inputs[1]))...))
		}
	}
}
