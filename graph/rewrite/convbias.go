package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// ConvBias lets a convolution without a bias end with a sum with an element for each channel, which
// is its bias.
//
//	x ┐                                          x ┐
//	w ┴ conv ┐                                   w ┤
//	b (C, 1, 1) ┴ add ─ y   →   b ─ reshape (C) ─┴ conv ─ y
func ConvBias(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.OfImages); return ok }) {
		return g, nil
	}
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if o, ok := n.Operator.(op.Binary); !ok || o.Function != tensor.Add {
			return
		}
		for i, v := range n.Inputs {
			bias := n.Inputs[1-i]
			before, _ := v.Node()
			if before == nil || !f.isOnlyFor(v, n) {
				continue
			}
			c, transposed, ok := convolutionOf(before)
			if ok && !c.Bias && !c.ChannelsLast && isForChannels(bias, v) {
				channels, _ := v.Shape()[1].Value()
				b := op.Reshape(r.Builder, r.Of(bias), channels)
				r.Replace(n, convolve(r.Builder, c, transposed, r.Of(before.Inputs[0]),
					r.Of(before.Inputs[1]), b))
				return
			}
		}
	}})
}

// isForChannels reports whether a value has an element for each channel of images, of more than
// one.
func isForChannels(v, images *graph.Value) bool {
	s, of := v.Shape(), images.Shape()
	skip := len(of) - len(s)
	if skip < 0 || skip > 1 || of[1].Is(1) {
		return false
	}
	for d, n := range s {
		if d+skip == 1 && n != of[1] || d+skip != 1 && !n.Is(1) {
			return false
		}
	}
	return true
}
