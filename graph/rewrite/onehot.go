package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// OneHot takes products of rows that are 1 in one place, which compares a number with 0, 1, …, by a
// constant matrix for the row of the matrix that they choose, and what is then computed element by
// element, with constants, for the same of the matrix, which is done once. Numbers beyond the
// matrix choose a row of zeros. The bits are the same if the matrix is finite, and else it is left.
//
//	x ─ equal 0…255 ─ cast ┐                W ─ add b ─ gelu ┐
//	                     W ┴ matmul ┐    →                 x ┴ gather ─ y
//	                              b ┴ add ─ gelu ─ y
func OneHot(g *graph.Graph) (*graph.Graph, error) {
	if !slices.ContainsFunc(g.Nodes(), func(n *graph.Node) bool {
		codes, _ := choice(n)
		return codes != nil
	}) {
		return g, nil
	}
	chosen := map[*graph.Value]rows{}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		var made rows
		if codes, w := choice(n); codes != nil {
			made = rows{r.Constant(withZeros(w.Constant())), index(r, r.Of(codes), w.Shape()[0])}
		} else if made.table = chosenTable(r, n, chosen); made.table != nil {
			made.index = indexOf(n, chosen)
		} else {
			return
		}
		r.Replace(n, op.Gather(r.Builder, made.table, made.index, 0))
		chosen[n.Outputs[0]] = made
	}})
}

// rows are those of a table that an index names.
type rows struct{ table, index *graph.Value }

// choice returns the numbers whose equals among 0 to k−1 choose rows of a finite constant of k
// rows, and that constant, or nil.
func choice(n *graph.Node) (codes, w *graph.Value) {
	if n.Operator != (op.Product{}) {
		return nil, nil
	}
	cast := nodeOf(n.Inputs[0])
	if w = n.Inputs[1]; cast == nil || w.Kind() != graph.Constant || len(w.Shape()) != 2 {
		return nil, nil
	}
	if _, ok := cast.Operator.(op.CastTo); !ok || nodeOf(cast.Inputs[0]) == nil {
		return nil, nil
	}
	equal := nodeOf(cast.Inputs[0])
	if equal.Operator != (op.Compare{By: op.IsEqual}) {
		return nil, nil
	}
	for i, steps := range equal.Inputs {
		codes = beforeExpansion(equal.Inputs[1-i])
		one := slices.Clone(n.Inputs[0].Shape())
		one[len(one)-1] = graph.Fixed(1)
		_, known := one.Ints()
		isCode := codes.DType() == tensor.Int32Type || codes.DType() == tensor.Int64Type
		if known && isCode && codes.Shape().Equal(one) && areSteps(steps, n.Inputs[0].Shape()) &&
			isFinite(w) {
			return codes, w
		}
	}
	return nil, nil
}

// beforeExpansion returns what a value was repeated of.
func beforeExpansion(v *graph.Value) *graph.Value {
	if n := nodeOf(v); n != nil {
		if _, ok := n.Operator.(op.ExpandTo); ok {
			return n.Inputs[0]
		}
	}
	return v
}

// areSteps reports whether a value is the constants 0, 1, … along the last dimension of a shape,
// and has one place along the others.
func areSteps(v *graph.Value, of graph.Shape) bool {
	if !isRow(v, of) {
		return false
	}
	switch v.DType() {
	case tensor.Int32Type:
		return ascend(tensor.Elements[int32](v.Constant()))
	case tensor.Int64Type:
		return ascend(tensor.Elements[int64](v.Constant()))
	}
	return false
}

// isRow reports whether a value is a constant along the last dimension of a shape, and has one
// place along the others.
func isRow(v *graph.Value, of graph.Shape) bool {
	s := v.Shape()
	return v.Kind() == graph.Constant && 0 < len(s) && len(s) <= len(of) &&
		s[len(s)-1] == of[len(of)-1] && s[len(s)-1].Is(v.Constant().Len())
}

func ascend[I int32 | int64](numbers []I) bool {
	for i, v := range numbers {
		if v != I(i) {
			return false
		}
	}
	return true
}

// isFinite reports whether a constant's elements are finite floats.
func isFinite(w *graph.Value) bool {
	switch w.DType() {
	case tensor.Float32Type:
		return areFinite(tensor.Elements[float32](w.Constant()))
	case tensor.Float64Type:
		return areFinite(tensor.Elements[float64](w.Constant()))
	}
	return false
}

func areFinite[T tensor.Float](numbers []T) bool {
	return !slices.ContainsFunc(numbers, func(v T) bool { return v-v != 0 })
}

// withZeros returns a matrix with a row of zeros below, and +0 for −0, as sums that begin with +0
// have it.
func withZeros(w *tensor.Array) *tensor.Array {
	shape := w.Shape()
	table := tensor.NewArray(w.DType(), shape[0]+1, shape[1])
	if w.DType() == tensor.Float32Type {
		addZero(tensor.Elements[float32](table), tensor.Elements[float32](w))
	} else {
		addZero(tensor.Elements[float64](table), tensor.Elements[float64](w))
	}
	return table
}

func addZero[T tensor.Float](dst, x []T) {
	for i, v := range x {
		dst[i] = v + 0
	}
}

// index returns the numbers without their last dimension, of length 1, as an index of rows: those
// beyond k are k.
func index(r *graph.Rebuilding, codes *graph.Value, k graph.Dim) *graph.Value {
	shape, _ := codes.Shape().Ints()
	rows, _ := k.Value()
	number := func(v int) *graph.Value { return op.Scalar(r.Builder, codes.DType(), float64(v)) }
	codes = op.Reshape(r.Builder, codes, shape[:len(shape)-1]...)
	codes = op.Where(r.Builder, op.Less(r.Builder, codes, number(rows)), codes, number(rows))
	return op.Where(r.Builder, op.Less(r.Builder, codes, number(0)), number(rows), codes)
}

// chosenTable returns what a node makes of the tables that its inputs are rows of, nil unless it is
// element-wise and all of its inputs are rows of one index, or constants that are the same for all
// rows.
func chosenTable(r *graph.Rebuilding, n *graph.Node, chosen map[*graph.Value]rows) *graph.Value {
	switch n.Operator.(type) {
	case op.Unary, op.Parametric, op.Clamp, op.Mapping, op.Binary:
	default:
		return nil
	}
	of := indexOf(n, chosen)
	if of == nil {
		return nil
	}
	inputs := make([]*graph.Value, len(n.Inputs))
	shape := n.Outputs[0].Shape()
	for i, v := range n.Inputs {
		switch made, isRows := chosen[v]; {
		case isRows && made.index == of:
			inputs[i] = made.table
		case numberOf(v) != nil && len(v.Shape()) <= len(shape):
			inputs[i] = r.Constant(v.Constant().Reshape())
		case isRow(v, shape):
			inputs[i] = r.Constant(v.Constant().Reshape(v.Constant().Len()))
		default:
			return nil
		}
	}
	return r.Apply(n.Operator, inputs...)
}

// indexOf returns the index of the first input that is rows of a table, nil if there is none.
func indexOf(n *graph.Node, chosen map[*graph.Value]rows) *graph.Value {
	for _, v := range n.Inputs {
		if made, ok := chosen[v]; ok {
			return made.index
		}
	}
	return nil
}
