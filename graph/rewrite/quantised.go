package rewrite

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Quantised multiplies integers where floats were made of them, and weights are constant:
//
//	codes ─ dequantize ┐                     codes ┐
//	W ───── dequantize ┴ matmul ─ y    →   sx·sw·W ┴ integer_matmul ─ y
//
// What comes after such a product and ends in integers again becomes part of it by [Integers] and
// [Requantise]. Where only the weights are integers in blocks, or halves, they stay so in memory,
// and the product is one of floats; rows of such tables become floats when they are looked up. What
// else is made of constant integers is computed beforehand.
//
// It changes bits: sums of integers are exact, where those of floats were rounded. They are the
// same on every machine. It stands before [Fold], which would make floats of all constants.
func Quantised(g *graph.Graph) (*graph.Graph, error) {
	if !slices.ContainsFunc(g.Nodes(), isStored) {
		return g, nil
	}
	q := quantising{fusion{g, g.Consumers()}, &folding{}}
	return graph.Rebuild(g, graph.Rewriter{Node: q.visit})
}

// isStored reports whether a node makes floats of constants that have fewer bits.
func isStored(n *graph.Node) bool {
	for _, v := range n.Inputs {
		if v.Kind() != graph.Constant {
			return false
		}
	}
	switch o := n.Operator.(type) {
	case op.Dequantize, op.DequantizeBlocks:
		return true
	case op.CastTo:
		d := n.Inputs[0].DType()
		return o.To == tensor.Float32Type && (d == tensor.BFloat16Type || d == tensor.Float16Type)
	}
	return false
}

// quantising is a graph whose products become those of integers.
type quantising struct {
	fusion
	folding *folding
}

func (q quantising) visit(r *graph.Rebuilding, n *graph.Node) {
	switch n.Operator.(type) {
	case op.Product, op.Conv:
		if p := newCodesProduct(n); p != nil {
			r.Replace(n, p.floats(r))
		} else if w := compressedOf(n); w != nil {
			r.Replace(n, r.Apply(op.CompressedProduct{Weights: w}, r.Of(n.Inputs[0])))
		}
	case op.GatherAxis:
		if stored := storedTable(n); stored != nil {
			r.Replace(n, lookUp(r, stored, n.Inputs[1]))
		}
	default:
		if isStored(n) && !areAll(q.consumers.Of(n.Outputs[0]), readsStored) {
			q.folding.compute(r, n, math.MaxInt)
		}
	}
}

// readsStored reports whether a node reads its stored weights as they are.
func readsStored(n *graph.Node) bool {
	return newCodesProduct(n) != nil || compressedOf(n) != nil || storedTable(n) != nil
}

// storedTable returns the node that makes the floats of a table that a node looks up rows in, nil
// if there is none whose rows can be made floats of alone.
func storedTable(n *graph.Node) *graph.Node {
	o, ok := n.Operator.(op.GatherAxis)
	stored, _ := n.Inputs[0].Node()
	if !ok || o.Axis != 0 || stored == nil || !isStored(stored) || len(n.Inputs[0].Shape()) != 2 ||
		len(n.Inputs[1].Shape()) == 0 {
		return nil
	}
	switch d := stored.Operator.(type) {
	case op.CastTo:
		return stored
	case op.Dequantize:
		if len(stored.Inputs[1].Shape()) == 1 && d.Axis == 0 {
			return stored
		}
	}
	return nil
}

// lookUp returns rows of a table as floats.
func lookUp(r *graph.Rebuilding, stored *graph.Node, rows *graph.Value) *graph.Value {
	inputs := r.All(stored.Inputs)
	for i, v := range inputs {
		inputs[i] = op.Gather(r.Builder, v, r.Of(rows), 0)
		if i > 0 { // a scale, or a zero point, for each row
			inputs[i] = r.Apply(op.Unsqueeze{Axis: len(inputs[i].Shape())}, inputs[i])
		}
	}
	if len(inputs) == 3 {
		return r.Apply(op.Dequantize{}, inputs...)
	}
	return r.Apply(stored.Operator, inputs...)
}

// compressedOf returns the weights of a product, halves or integers in blocks, that stay so in
// memory, nil if it has none.
func compressedOf(n *graph.Node) *op.CompressedWeights {
	if !isByMatrix(n) || n.Inputs[0] == n.Inputs[1] {
		return nil
	}
	stored, _ := n.Inputs[1].Node()
	if stored == nil || !isStored(stored) {
		return nil
	}
	w := stored.Inputs[0].Constant()
	switch o := stored.Operator.(type) {
	case op.DequantizeBlocks:
		return op.CodeWeights(o.Codes(w, stored.Inputs[1].Constant(), stored.Inputs[2].Constant()))
	case op.CastTo:
		if k, n := w.Shape()[0], w.Shape()[1]; k > 0 && n > 1 { // a column is a dot
			if w.DType() == tensor.BFloat16Type {
				return op.HalfWeights(tensor.Elements[tensor.BFloat16](w), k, n, false)
			}
			return op.HalfWeights(tensor.Elements[tensor.Float16](w), k, n, false)
		}
	}
	return nil
}
