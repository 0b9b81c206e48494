package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
)

// ConvEpilogue lets a convolution end with the activation that follows it, while its elements are
// in registers or caches.
//
//	x ┐                      x ┐
//	w ┴ conv ─ relu ─ y  →   w ┴ conv_fused ─ y
func ConvEpilogue(g *graph.Graph) (*graph.Graph, error) {
	return ofImages(g, fusion.fuseConv)
}

// ConvGradient lets the gradient of a convolution by its images end with that of the activation
// before it.
//
//	g ┐                                                g ┐
//	w ┼ conv_input_gradient ┐                          w ┤
//	x ┘                   y ┴ relu_gradient ─ d   →    x ┤
//	                                                   y ┴ conv_input_gradient_fused ─ d
func ConvGradient(g *graph.Graph) (*graph.Graph, error) {
	return ofImages(g, fusion.fuseConvGradient)
}

// ofImages rebuilds a graph that has operators of images.
func ofImages(
	g *graph.Graph, fuse func(f fusion, r *graph.Rebuilding, n *graph.Node),
) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.OfImages); return ok }) {
		return g, nil
	}
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		fuse(f, r, n)
	}})
}

// fuseConv replaces an activation that can end a convolution.
func (f fusion) fuseConv(r *graph.Rebuilding, n *graph.Node) {
	var fused op.FusedConv
	switch o := n.Operator.(type) {
	case op.Unary:
		fused.Activation = o.Function.String()
	case op.Parametric:
		fused.Activation, fused.Alpha = o.Function.String(), o.Alpha
	case op.Clamp:
		fused.Activation, fused.Range = o.Name(), o
	default:
		return
	}
	if before := f.onlyBefore(n); before != nil {
		var ok bool
		if fused.Conv, fused.Transposed, ok = convolutionOf(before); ok {
			r.Replace(n, r.Apply(fused, r.All(before.Inputs)...))
		}
	}
}

// fuseConvGradient replaces the gradient of an activation that can end that of a convolution.
func (f fusion) fuseConvGradient(r *graph.Rebuilding, n *graph.Node) {
	var fused op.FusedConvInputGradient
	switch o := n.Operator.(type) {
	case op.UnaryGradient:
		fused.Activation = o.Function.String()
	case op.ParametricGradient:
		fused.Activation, fused.Alpha = o.Function.String(), o.Alpha
	default:
		return
	}
	if before := f.onlyBefore(n); before != nil {
		if o, ok := before.Operator.(op.ConvInputGradient); ok {
			fused.ConvInputGradient = o
			r.Replace(n, r.Apply(fused, append(r.All(before.Inputs), r.Of(n.Inputs[1]))...))
		}
	}
}

// convolutionOf returns a node's operator as a convolution, which may be transposed.
func convolutionOf(n *graph.Node) (c op.Conv, transposed, ok bool) {
	switch o := n.Operator.(type) {
	case op.Conv:
		return o, false, true
	case op.ConvTranspose:
		return o.Conv, true, true
	}
	return c, false, false
}

// convolve returns a convolution that may be transposed.
func convolve(b *graph.Builder, c op.Conv, transposed bool, x, w, bias *graph.Value) *graph.Value {
	if transposed {
		return op.ConvolveTransposed(b, c, x, w, bias)
	}
	return op.Convolve(b, c, x, w, bias)
}

// onlyBefore returns the node of a node's first input, nil if others need that, too.
func (f fusion) onlyBefore(n *graph.Node) *graph.Node {
	before, _ := n.Inputs[0].Node()
	if before == nil || !f.isOnlyFor(n.Inputs[0], n) {
		return nil
	}
	return before
}
