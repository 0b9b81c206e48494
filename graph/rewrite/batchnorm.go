package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// BatchNorm folds a batch norm by given moments into the convolution before it, which may be
// transposed: into its weights and its bias, which are then computed from the old ones, once where
// constants are folded.
//
// It changes bits, since the weights are rounded once more where the output was, and what is not
// finite: so it is not among [Passes], and for inference by graphs that are to be fast. The bits
// are still the same on every machine.
//
//	                                           w·s ┐  s = gamma/√(variance + ε)
//	x ┐                                          x ┤
//	w ┴ conv ─ batch_norm ─ y  →   (b−mean)·s+beta ┴ conv ─ y
func BatchNorm(g *graph.Graph) (*graph.Graph, error) {
	return BatchNormInto(g, func(*graph.Node) bool { return true })
}

// BatchNormInto is [BatchNorm] for those convolutions alone that may change.
func BatchNormInto(g *graph.Graph, mayChange func(convolution *graph.Node) bool) (*graph.Graph,
	error) {
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		f.foldNorm(r, n, mayChange)
	}})
}

// foldNorm replaces a batch norm behind a convolution.
func (f fusion) foldNorm(r *graph.Rebuilding, n *graph.Node, mayChange func(*graph.Node) bool) {
	norm, ok := n.Operator.(op.BatchNorm)
	if !ok {
		return
	}
	before, _ := n.Inputs[0].Node()
	if before == nil || !f.isOnlyFor(n.Inputs[0], n) {
		return
	}
	conv, transposed, ok := convolutionOf(before)
	if !ok || conv.ChannelsLast != norm.ChannelsLast || transposed && conv.Groups > 1 ||
		!mayChange(before) {
		return
	}
	b := r.Builder
	gamma, beta, mean, variance := r.Of(n.Inputs[1]), r.Of(n.Inputs[2]), r.Of(n.Inputs[3]), r.Of(n.Inputs[4])
	epsilon := op.Scalar(b, variance.DType(), norm.Epsilon)
	scale := op.Div(b, gamma, op.Apply(b, tensor.Sqrt, op.Add(b, variance, epsilon)))
	bias := op.Scale(b, mean, -1)
	if conv.Bias {
		bias = op.Sub(b, r.Of(before.Inputs[2]), mean)
	}
	bias = op.Add(b, op.Mul(b, bias, scale), beta)
	w := r.Of(before.Inputs[1])
	behind := len(w.Shape()) - 1 // the axis of filters, which is the second of transposed ones
	if transposed {
		behind--
	}
	for range behind {
		scale = b.Apply(op.Unsqueeze{Axis: len(scale.Shape())}, scale)
	}
	r.Replace(n, convolve(b, conv, transposed, r.Of(before.Inputs[0]), op.Mul(b, w, scale), bias))
}
