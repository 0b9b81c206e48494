package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Lookup takes a table of 256 codes for what is computed of each code alone, from floats to codes
// again, and moves codes where floats were moved between:
//
//	codes ─ dequantize ─ gelu ─ permute ─ quantize ─ y   →   codes ─ lookup ─ permute ─ y
//
// Where the codes would come out as they went in, there is no table. [Fold] computes the tables.
func Lookup(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := o.(op.Dequantize); return ok }) {
		return g, nil
	}
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if _, ok := n.Operator.(op.Quantize); !ok {
			return
		}
		if from, path := f.ofCodes(n); from != nil {
			codes := r.Of(from.Inputs[0])
			if table := tableOf(r, from, path, n); table != nil {
				codes = r.Apply(op.Lookup{}, codes, table)
			}
			for _, m := range path {
				if moves(m) {
					codes = r.Apply(m.Operator, codes)
				}
			}
			r.Replace(n, codes)
		}
	}})
}

// ofCodes returns the node that makes floats of codes with one constant scale, and those between it
// and one that quantises what they compute of each float alone or move; nil if there is none.
func (f fusion) ofCodes(n *graph.Node) (from *graph.Node, path []*graph.Node) {
	if _, _, ok := codesOf(n); !ok {
		return nil, nil
	}
	v, next := n.Inputs[0], n
	for {
		m, _ := v.Node()
		if m == nil {
			return nil, nil
		}
		if _, ok := m.Operator.(op.Dequantize); ok {
			if !hasOneScale(m) || !keepsOrder(m, path) {
				return nil, nil
			}
			slices.Reverse(path)
			return m, path
		}
		if !f.isOnlyFor(v, next) || !moves(m) && operandOf(m) < 0 {
			return nil, nil
		}
		path = append(path, m)
		v, next = m.Inputs[max(operandOf(m), 0)], m
	}
}

// keepsOrder reports whether codes of larger floats are not smaller, if the largest are taken on the
// way to others.
func keepsOrder(from *graph.Node, path []*graph.Node) bool {
	isPool := func(n *graph.Node) bool { _, ok := n.Operator.(op.Pool); return ok }
	return !slices.ContainsFunc(path, isPool) || areAll(path, moves) &&
		tensor.Elements[float32](from.Inputs[1].Constant())[0] > 0
}

// moves reports whether a node gives elements of its only input, in other places, or the largest
// ones.
//
//go:noinline
func moves(n *graph.Node) bool {
	switch o := n.Operator.(type) {
	case op.Pool:
		return o.By == op.MaxOf
	case op.PermuteAxes, op.SliceAxis, op.ReshapeTo, op.FlattenAxes, op.SqueezeAxis, op.Unsqueeze:
		return true
	}
	return false
}

// operandOf returns which of its inputs a node computes each float of, together with constants that
// are the same for all, or −1.
func operandOf(n *graph.Node) int {
	switch n.Operator.(type) {
	case op.Unary, op.Parametric, op.Clamp, op.Mapping:
		return 0
	case op.Binary:
		for i, v := range n.Inputs {
			other := n.Inputs[1-i]
			if other.Kind() == graph.Constant && other.Constant().Len() == 1 &&
				v.Shape().Equal(n.Outputs[0].Shape()) {
				return i
			}
		}
	}
	return -1
}

// tableOf returns the codes that come of all codes, nil if they are the same.
func tableOf(r *graph.Rebuilding, from *graph.Node, path []*graph.Node,
	to *graph.Node) *graph.Value {
	isSame := !slices.ContainsFunc(path, func(m *graph.Node) bool { return !moves(m) })
	for i := 1; i < 3; i++ {
		a, b := from.Inputs[i].Constant(), to.Inputs[i].Constant()
		isSame = isSame && a.DType() == b.DType() && slices.Equal(a.Bytes(), b.Bytes())
	}
	if isSame {
		return nil
	}
	all := tensor.NewArray(from.Inputs[0].DType(), 256)
	for i := range tensor.Words[uint8](all) {
		tensor.Words[uint8](all)[i] = uint8(i)
	}
	v := r.Apply(op.Dequantize{}, r.Constant(all), r.Of(from.Inputs[1]), r.Of(from.Inputs[2]))
	for _, m := range path {
		if !moves(m) {
			inputs := r.All(m.Inputs)
			inputs[operandOf(m)] = v
			v = r.Apply(m.Operator, inputs...)
		}
	}
	v = r.Apply(to.Operator, v, r.Of(to.Inputs[1]), r.Of(to.Inputs[2]))
	return op.Reshape(r.Builder, v, 256)
}
