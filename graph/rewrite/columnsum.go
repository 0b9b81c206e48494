package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// ColumnSum takes the gradients of a layer's weights and of its bias together, so that the gradient
// of what the layer gave is read once for both.
//
//	x ┐                        x ┐
//	d ┼ matmul (xᵀ·d) ─ dW     d ┴ matmul_sums ┬ dW
//	  └ reduce_sum ─ db    →                   └ db
func ColumnSum(g *graph.Graph) (*graph.Graph, error) {
	consumers := g.Consumers()
	fused := map[*graph.Node]*graph.Value{} // what stands for nodes that are yet to come
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if v, ok := fused[n]; ok {
			r.Replace(n, v)
			return
		}
		d := n.Inputs[len(n.Inputs)-1]
		of := consumers.Of(d)
		product, sum := partner(of, d, isWeightGradient), partner(of, d, isColumnSum)
		if product == nil || sum == nil || n != product && n != sum || r.Of(product.Inputs[0]) == nil {
			return
		}
		outputs := r.ApplyAll(op.ProductSums{}, r.Of(product.Inputs[0]), r.Of(d))
		if r.Err() != nil {
			return
		}
		fused[product], fused[sum] = outputs[0], outputs[1]
		r.Replace(n, fused[n])
	}})
}

// partner returns the first consumer of d that is wanted, nil if there is none.
func partner(consumers []*graph.Node, d *graph.Value,
	isWanted func(n *graph.Node, d *graph.Value) bool) *graph.Node {
	i := slices.IndexFunc(consumers, func(n *graph.Node) bool { return isWanted(n, d) })
	if i < 0 {
		return nil
	}
	return consumers[i]
}

// isWeightGradient reports whether a node computes xᵀ·d for matrices of more than one column.
func isWeightGradient(n *graph.Node, d *graph.Value) bool {
	return n.Operator == op.Product{TransposeA: true} && n.Inputs[1] == d && len(d.Shape()) == 2 &&
		len(n.Inputs[0].Shape()) == 2 && !d.Shape()[1].Is(1)
}

// isColumnSum reports whether a node adds up the rows of d.
func isColumnSum(n *graph.Node, d *graph.Value) bool {
	return n.Operator == op.Reduce{By: op.SumOf, Axes: op.IntsOf(0)} && len(d.Shape()) == 2
}
