// Package op holds the operators of graphs: each is a small struct of its attributes with its shape
// rule, its gradient and its way to the kernels. Beside it stands the function that applies it to
// values of a [graph.Builder]; most are linear algebra and calculus as every framework has them,
// and their doc comments give the shapes.
package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// forFloat binds an operator by the element type of its last input.
func forFloat[O any](b *graph.Binding, o O, f32, f64 func(O, *graph.Binding) (graph.Step, error)) (
	graph.Step, error) {
	switch d := b.Inputs[len(b.Inputs)-1].DType(); d {
	case tensor.Float32Type:
		return f32(o, b)
	case tensor.Float64Type:
		return f64(o, b)
	default:
		return nil, fmt.Errorf("op: %T of %v elements", o, d)
	}
}

// Gradients adds the nodes that compute dL/dv for each value in of, L being the sum of all elements
// of loss: nil where L does not depend on v.
func Gradients(b *graph.Builder, loss *graph.Value, of ...*graph.Value) []*graph.Value {
	if b.Err() != nil {
		return make([]*graph.Value, len(of))
	}
	seed := Expand(b, Scalar(b, loss.DType(), 1), loss)
	return graph.Gradients(b, []*graph.Value{loss}, []*graph.Value{seed}, of, Binary{tensor.Add})
}

// Scalar returns a constant of no dimensions.
func Scalar(b *graph.Builder, d tensor.DType, v float64) *graph.Value {
	switch d {
	case tensor.Float32Type:
		return b.Constant(tensor.ArrayOf([]float32{float32(v)}))
	case tensor.Float64Type:
		return b.Constant(tensor.ArrayOf([]float64{v}))
	}
	b.Fail("a scalar %v of type %v", v, d)
	return nil
}
