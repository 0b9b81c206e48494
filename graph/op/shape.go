package op

import (
	"cmp"
	"fmt"
	"slices"

	"simdnn/graph"
)

// ReshapeLike returns the elements of x in the shape of like, which has as many.
func ReshapeLike(b *graph.Builder, x, like *graph.Value) *graph.Value {
	if b.Err() != nil || x.Shape().Equal(like.Shape()) {
		return x
	}
	return b.Apply(AsShapeOf{}, x, like)
}

// AsShapeOf gives its first input the shape of its second, whose elements it doesn't read.
type AsShapeOf struct{}

// Name returns "reshape_like".
func (AsShapeOf) Name() string { return "reshape_like" }

// Infer returns the second input's shape.
func (AsShapeOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%d inputs, not 2", len(in))
	}
	if in[0].Shape.Size() != in[1].Shape.Size() {
		return nil, fmt.Errorf("%v has %v elements, %v has %v", in[0], in[0].Shape.Size(),
			in[1].Shape, in[1].Shape.Size())
	}
	return []graph.Type{in[0].With(in[1].Shape)}, nil
}

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (AsShapeOf) ReadsShapeOnly(input int) bool { return input == 1 }

// IsView says that no element moves.
func (AsShapeOf) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (AsShapeOf) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient gives the upstream gradient the input's shape.
func (AsShapeOf) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{ReshapeLike(b, g[0], n.Inputs[0]), nil}
}

// Flatten returns x with the dimensions from start to end, end included, as one: (n, c, h, w) with
// 1 and −1 gives (n, c·h·w). Negative axes count from the last.
func Flatten(b *graph.Builder, x *graph.Value, start, end int) *graph.Value {
	return b.Apply(FlattenAxes{start, end}, x)
}

// FlattenAxes takes the dimensions from Start to End together.
type FlattenAxes struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Name returns "flatten".
func (FlattenAxes) Name() string { return "flatten" }

// Infer returns the shape with the product of the dimensions.
func (o FlattenAxes) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	shape := in[0].Shape
	start, err1 := shape.Axis(o.Start)
	end, err2 := shape.Axis(o.End)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	if start > end {
		return nil, fmt.Errorf("axis %d of the shape %v comes after axis %d", o.Start, shape, o.End)
	}
	flat := append(slices.Clone(shape[:start]), shape[start:end+1].Size())
	return []graph.Type{in[0].With(append(flat, shape[end+1:]...))}, nil
}

// IsView says that no element moves.
func (FlattenAxes) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (FlattenAxes) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient gives the upstream gradient the input's shape.
func (FlattenAxes) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{ReshapeLike(b, g[0], n.Inputs[0])}
}
