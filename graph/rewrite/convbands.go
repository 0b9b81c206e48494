package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// ConvBands computes convolutions that follow each other, where what they give in between is more than
// L2 holds, in bands of rows that it does: a depthwise convolution, say, with the one before it that
// makes its channels and the one after it. It comes after [ConvChains], for graphs whose shapes are
// known, and is no part of [Passes]: its graph is for caches like those of the packing's engines.
//
//	x ─ conv_kept ─ conv_kept ─ y    →    x ─ conv_bands ─ y
func (p *Packing) ConvBands(g *graph.Graph) (*graph.Graph, error) {
	b := banding{fusion{g, g.Consumers()}, p.f32.Tuning().Caches.L2, map[*graph.Node][]*graph.Node{}}
	for _, n := range g.Nodes() {
		b.join(n)
	}
	return graph.Rebuild(g, graph.Rewriter{Node: b.replace})
}

// banding finds convolutions for bands: with each that is the last so far those before it.
type banding struct {
	fusion
	l2    int
	bands map[*graph.Node][]*graph.Node
}

// join puts a convolution behind the one whose images it takes, where a band of them pays.
func (b *banding) join(n *graph.Node) {
	if o, ok := n.Operator.(op.KeptConv); !ok || !o.ChannelsLast {
		return
	}
	b.bands[n] = []*graph.Node{n}
	before := nodeOf(n.Inputs[0])
	if before == nil || !b.isOnlyFor(n.Inputs[0], n) {
		return
	}
	nodes := append(slices.Clip(b.bands[before]), n)
	if len(nodes) < 2 {
		return
	}
	o, inputs := bandsOf(nodes)
	types := make([]graph.Type, len(inputs))
	for i, v := range inputs {
		types[i] = v.Type()
	}
	if o.PaysWith(b.l2, types) {
		b.bands[n] = nodes
		delete(b.bands, before)
	}
}

// bandsOf returns bands of convolutions and their inputs.
func bandsOf(nodes []*graph.Node) (op.ConvBands, []*graph.Value) {
	stages, inputs := &op.ConvStages{}, nodes[0].Inputs[:1:1]
	for _, n := range nodes {
		others := n.Inputs[1:]
		stages.Convs = append(stages.Convs, n.Operator.(op.KeptConv))
		stages.Others = append(stages.Others, len(others))
		inputs = append(inputs, others...)
	}
	return op.ConvBands{Stages: stages}, inputs
}

// replace replaces the last convolution of bands.
func (b *banding) replace(r *graph.Rebuilding, n *graph.Node) {
	if nodes := b.bands[n]; len(nodes) > 1 {
		o, inputs := bandsOf(nodes)
		r.Replace(n, r.Apply(o, r.All(inputs)...))
	}
}
