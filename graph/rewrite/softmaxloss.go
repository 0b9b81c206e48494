package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// SoftmaxLoss takes cross entropy that is written by log-softmax and the elements at the classes
// for the operator that computes it with its gradient, softmax less 1 at the classes. The loss
// keeps its bits; the gradient at the classes, a difference of products, is rounded otherwise.
//
//	z ─ log_softmax ┐                        z ┐
//	        classes ┴ gather_elements ─ l    c ┴ cross_entropy ┬ neg ─ l
//	                                      →                    └┐
//	z ─ softmax ─ mul ┐                                    −dl ┴ mul ─ dz
//	dl ─ scatter ┬ sum┘ ┐
//	             └──────┴ sub ─ dz
func SoftmaxLoss(g *graph.Graph) (*graph.Graph, error) {
	losses := map[*graph.Node]*softmaxLoss{} // by the nodes that make l and dz
	for _, n := range g.Nodes() {
		if l := softmaxLossOf(n, g); l != nil {
			losses[l.picked], losses[n] = l, l
		}
	}
	if len(losses) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if l := losses[n]; l != nil {
			l.replace(r, n)
		}
	}})
}

// softmaxLoss is a loss that is written by log-softmax.
type softmaxLoss struct {
	logits, classes *graph.Value
	picked          *graph.Node // that makes the elements at the classes
	upstream        *graph.Value
	outputs         []*graph.Value // of cross_entropy, when it has been built
}

// replace builds what stands for the elements at the classes, or for the gradient of the logits.
func (l *softmaxLoss) replace(r *graph.Rebuilding, n *graph.Node) {
	if l.outputs == nil {
		l.outputs = r.ApplyAll(op.CrossEntropyRows{}, r.Of(l.logits), r.Of(l.classes))
	}
	if r.Err() != nil {
		return
	}
	if n == l.picked {
		r.Replace(n, r.Apply(op.Unsqueeze{Axis: 1}, op.Map(r.Builder, op.Neg, l.outputs[0])))
		return
	}
	r.Replace(n, op.Mul(r.Builder, l.outputs[1], op.Map(r.Builder, op.Neg, r.Of(l.upstream))))
}

// softmaxLossOf returns the loss for whose logits a node makes the gradient, nil if it is none.
func softmaxLossOf(n *graph.Node, g *graph.Graph) *softmaxLoss {
	if n.Operator != (op.Binary{Function: tensor.Sub}) {
		return nil
	}
	scatter, mul := nodeOf(n.Inputs[0]), nodeOf(n.Inputs[1])
	if scatter == nil || mul == nil || mul.Operator != (op.Binary{Function: tensor.Mul}) ||
		scatter.Operator != (op.ScatterEach{Axis: 1, By: op.ScatteredSum}) {
		return nil
	}
	softmax, sum, zeros := nodeOf(mul.Inputs[0]), nodeOf(mul.Inputs[1]), nodeOf(scatter.Inputs[0])
	along := op.Reduce{By: op.SumOf, Axes: op.IntsOf(1), KeepDims: true}
	if softmax == nil || softmax.Operator != (op.SoftmaxRows{}) || sum == nil ||
		sum.Operator != along || sum.Inputs[0] != n.Inputs[0] || !isZeros(zeros) {
		return nil
	}
	l := &softmaxLoss{logits: softmax.Inputs[0], upstream: scatter.Inputs[2]}
	column := scatter.Inputs[1]
	if l.classes = shownBy(column); l.classes == nil || !column.Shape()[1].Is(1) {
		return nil
	}
	// The scatter comes from the gradient of a gather by the same indices.
	for _, c := range g.Consumers().Of(column) {
		if c.Operator == (op.GatherEach{Axis: 1}) && c.Inputs[1] == column {
			log := nodeOf(c.Inputs[0])
			if log != nil && log.Operator == (op.LogSoftmaxRows{}) && log.Inputs[0] == l.logits {
				l.picked = c
				return l
			}
		}
	}
	return nil
}

// nodeOf returns the node that computes a value, nil if none does.
func nodeOf(v *graph.Value) *graph.Node {
	n, _ := v.Node()
	return n
}

// isZeros reports whether a node repeats a 0.
func isZeros(n *graph.Node) bool {
	if n == nil || n.Operator != (op.ExpandLike{}) {
		return false
	}
	zero := numberOf(n.Inputs[0])
	return zero != nil && *zero == 0
}

// shownBy returns the vector whose elements a matrix of one column shows, nil if there is none.
func shownBy(column *graph.Value) *graph.Value {
	n := nodeOf(column)
	if n == nil || !isView(n) || len(n.Inputs[0].Shape()) != 1 {
		return nil
	}
	return n.Inputs[0]
}
