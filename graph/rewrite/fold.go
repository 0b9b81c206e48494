package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Fold computes beforehand what depends on constants alone, and on shapes that are known: with the
// kernels of the active ISA, so that graphs which then run by those of another one, "generic", may
// differ from what it would have computed. Results that are much larger than what they come from,
// such as a repeated number, are left to the run.
//
//	2 ─ exp ┐                    x ┐
//	      x ┴ mul ─ y       7.39 ┴ mul ─ y
//	                    →
//	x ─ shape ─ cast ─ n       n
func Fold(g *graph.Graph) (*graph.Graph, error) {
	if !slices.ContainsFunc(g.Nodes(), isFixed) {
		return g, nil
	}
	f := &folding{}
	return graph.Rebuild(g, graph.Rewriter{Node: f.fold})
}

// isFixed reports whether a node depends on nothing but constants and shapes.
func isFixed(n *graph.Node) bool {
	reader, ok := n.Operator.(graph.ShapeReader)
	for i, v := range n.Inputs {
		if v.Kind() == graph.Constant {
			continue
		}
		if !ok || !reader.ReadsShapeOnly(i) {
			return false
		}
		if _, known := v.Shape().Ints(); !known {
			return false
		}
	}
	return true
}

// foldBytes is the size up to which results may be larger than what they come from.
const foldBytes = 1 << 12

// folding is the state of [Fold].
type folding struct {
	float32 *tensor.Engine[float32] // made when first needed
	float64 *tensor.Engine[float64]
}

// fold replaces a node by constants that are not much larger than what they come from.
func (f *folding) fold(r *graph.Rebuilding, n *graph.Node) { f.compute(r, n, foldBytes) }

// compute replaces a node by constants of at most so many bytes, or as many as they come from.
func (f *folding) compute(r *graph.Rebuilding, n *graph.Node, most int) {
	fixed := *n
	if fixed.Inputs = r.All(n.Inputs); !isFixed(&fixed) {
		return
	}
	b := &graph.Binding{}
	bytes := 0
	for _, v := range fixed.Inputs {
		a := v.Constant()
		if a == nil { // of which only the shape matters
			shape, _ := v.Shape().Ints()
			a = tensor.NewArray(v.DType(), shape...)
		}
		b.Inputs = append(b.Inputs, a)
		bytes += a.Len() * a.DType().Bytes()
	}
	types := make([]graph.Type, len(n.Inputs))
	for i, a := range b.Inputs {
		types[i] = graph.Type{DType: a.DType(), Shape: graph.ShapeOf(a.Shape()...)}
	}
	outputs, err := n.Infer(types)
	if err != nil {
		return
	}
	for _, t := range outputs {
		shape, ok := t.Shape.Ints()
		size, _ := t.Shape.Size().Value()
		if !ok || size*t.DType.Bytes() > max(bytes, most) {
			return
		}
		b.Outputs = append(b.Outputs, tensor.NewArray(t.DType, shape...))
	}
	if f.run(b, n) {
		constants := make([]*graph.Value, len(b.Outputs))
		for i, a := range b.Outputs {
			constants[i] = r.Constant(a)
		}
		r.Replace(n, constants...)
	}
}

// run computes the outputs, and reports whether that was possible: an index out of range, say, is
// an error of the run.
func (f *folding) run(b *graph.Binding, n *graph.Node) bool {
	if f.float32 == nil {
		f.float32 = tensor.NewEngine[float32](tensor.ActiveISA(), 1)
		f.float64 = tensor.NewEngine[float64](tensor.ActiveISA(), 1)
	}
	isDone := true
	b.Float32, b.Float64 = f.float32, f.float64
	b.Fail = func(error) { isDone = false }
	step, err := n.Operator.Bind(b)
	switch {
	case err != nil:
		return false
	case step != nil:
		step()
	case isView(n):
		b.Outputs[0] = b.Inputs[0].Reshape(b.Outputs[0].Shape()...)
	}
	return isDone
}
