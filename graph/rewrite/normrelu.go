package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// NormRelu lets a batch norm end with the ReLU that follows it, while its elements are in L1.
//
//	x ─ batch_norm ─ relu ─ y  →  x ─ batch_norm_relu ─ y
func NormRelu(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	for _, n := range g.Nodes() {
		if f.endsWithRelu(n) {
			return graph.Rebuild(g, graph.Rewriter{Node: f.fuseNorm})
		}
	}
	return g, nil
}

// fuseNorm replaces a batch norm before a ReLU, and the ReLU by its output.
func (f fusion) fuseNorm(r *graph.Rebuilding, n *graph.Node) {
	if f.endsWithRelu(n) {
		in := r.All(n.Inputs)
		switch o := n.Operator.(type) {
		case op.BatchNorm:
			r.Replace(n, r.Apply(op.BatchNormRelu{BatchNorm: o}, in...))
		case op.BatchNormTraining:
			r.Replace(n, r.ApplyAll(op.BatchNormTrainingRelu{BatchNormTraining: o}, in...)...)
		}
		return
	}
	if isRelu(n) {
		if before, _ := n.Inputs[0].Node(); before != nil && f.endsWithRelu(before) {
			r.Replace(n, r.Of(n.Inputs[0]))
		}
	}
}

// endsWithRelu reports whether a node is a batch norm whose elements only a ReLU reads.
func (f fusion) endsWithRelu(n *graph.Node) bool {
	switch n.Operator.(type) {
	case op.BatchNorm, op.BatchNormTraining:
	default:
		return false
	}
	readers := f.consumers.Of(n.Outputs[0])
	return len(readers) == 1 && isRelu(readers[0]) && !f.graph.IsUsedOutside(n.Outputs[0])
}

// isRelu reports whether a node is a ReLU.
func isRelu(n *graph.Node) bool {
	return n.Operator == graph.Operator(op.Unary{Function: tensor.Relu})
}
