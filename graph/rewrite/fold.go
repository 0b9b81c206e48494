package rewrite

import (
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
	f := &folding{}
	return graph.Rebuild(g, graph.Rewriter{Node: f.fold})
}

// foldBytes is the size up to which results may be larger than what they come from.
const foldBytes = 1 << 12

// folding is the state of [Fold].
type folding struct {
	float32 *tensor.Engine[float32] // made when first needed
	float64 *tensor.Engine[float64]
}

// fold replaces a node by constants.
func (f *folding) fold(r *graph.Rebuilding, n *graph.Node) {
	b := &graph.Binding{}
	bytes := 0
	for i, v := range n.Inputs {
		a := arrayOf(n.Operator, i, r.Of(v))
		if a == nil {
			return
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
		if !ok || size*t.DType.Bytes() > max(bytes, foldBytes) {
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

// arrayOf returns a constant's array, for an input of which only the shape matters and is known one
// of zeros, and nil for others.
func arrayOf(o graph.Operator, input int, v *graph.Value) *tensor.Array {
	if v.Kind() == graph.Constant {
		return v.Constant()
	}
	reader, ok := o.(graph.ShapeReader)
	if !ok || !reader.ReadsShapeOnly(input) {
		return nil
	}
	shape, known := v.Shape().Ints()
	if !known {
		return nil
	}
	return tensor.NewArray(v.DType(), shape...)
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
	default:
		if o, ok := n.Operator.(graph.Viewer); ok && o.IsView() {
			b.Outputs[0] = b.Inputs[0].Reshape(b.Outputs[0].Shape()...)
		}
	}
	return isDone
}
