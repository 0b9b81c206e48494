package op

import (
	"cmp"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
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

// Unsqueeze inserts a dimension of 1.
type Unsqueeze struct {
	Axis int `json:"axis"`
}

// Name returns "unsqueeze".
func (Unsqueeze) Name() string { return "unsqueeze" }

// Infer returns the shape with a 1 at the axis.
func (o Unsqueeze) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || o.Axis < 0 || o.Axis > len(in[0].Shape) {
		return nil, fmt.Errorf("a new dimension at axis %d of %v", o.Axis, in)
	}
	s := in[0].Shape
	shape := append(append(append(graph.Shape{}, s[:o.Axis]...), graph.Fixed(1)), s[o.Axis:]...)
	return []graph.Type{in[0].With(shape)}, nil
}

// IsView says that no element moves.
func (Unsqueeze) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (Unsqueeze) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient gives the upstream gradient the input's shape.
func (Unsqueeze) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{ReshapeLike(b, g[0], n.Inputs[0])}
}

// SqueezeAxis removes a dimension of 1.
type SqueezeAxis struct {
	Axis int `json:"axis"`
}

// Squeeze returns x without an axis of one element. Negative axes count from the last.
func Squeeze(b *graph.Builder, x *graph.Value, axis int) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("a squeeze of %w", err)
		return x
	}
	return b.Apply(SqueezeAxis{a}, x)
}

// Name returns "squeeze".
func (SqueezeAxis) Name() string { return "squeeze" }

// Infer returns the shape without the axis.
func (o SqueezeAxis) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || o.Axis < 0 || o.Axis >= len(in[0].Shape) || !in[0].Shape[o.Axis].Is(1) {
		return nil, fmt.Errorf("axis %d of %v is none of one element", o.Axis, in)
	}
	return []graph.Type{in[0].With(slices.Delete(slices.Clone(in[0].Shape), o.Axis, o.Axis+1))}, nil
}

// IsView says that no element moves.
func (SqueezeAxis) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (SqueezeAxis) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient gives the upstream gradient the input's shape.
func (SqueezeAxis) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{ReshapeLike(b, g[0], n.Inputs[0])}
}

// Stack returns values of one type along a new axis.
func Stack(b *graph.Builder, axis int, values ...*graph.Value) *graph.Value {
	rows := make([]*graph.Value, len(values))
	for i, v := range values {
		rows[i] = b.Apply(Unsqueeze{axis}, v)
	}
	return Concat(b, axis, rows...)
}

// ReshapeTo gives the elements another shape, of numbers: 0 is the length that the input has along
// the same axis, and −1, once, the length that is left over.
type ReshapeTo struct {
	Shape Ints `json:"shape"`
}

// Reshape returns the elements of x in another shape, in which 0 is x's own length along the same
// axis, and −1, once, the length that is left over.
func Reshape(b *graph.Builder, x *graph.Value, shape ...int) *graph.Value {
	return b.Apply(ReshapeTo{IntsOf(shape...)}, x)
}

// Name returns "reshape".
func (ReshapeTo) Name() string { return "reshape" }

// Infer returns the shape.
func (o ReshapeTo) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	lengths := o.Shape.Values()
	shape, rest, known := make(graph.Shape, len(lengths)), -1, graph.Fixed(1)
	for d, n := range lengths {
		switch {
		case n > 0:
			shape[d] = graph.Fixed(n)
		case n == 0 && d < len(in[0].Shape):
			shape[d] = in[0].Shape[d]
		case n == -1 && rest < 0:
			rest = d
			continue
		default:
			return nil, fmt.Errorf("%v in the shape %v", in[0], lengths)
		}
		known = known.Times(shape[d])
	}
	size, ok := in[0].Shape.Size(), true
	if rest >= 0 {
		if shape[rest], ok = size.Over(known); ok {
			known = size
		}
	}
	if !ok || known != size {
		return nil, fmt.Errorf("%v elements in the shape %v", size, lengths)
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// IsView says that no element moves.
func (ReshapeTo) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (ReshapeTo) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient gives the upstream gradient the input's shape.
func (ReshapeTo) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{ReshapeLike(b, g[0], n.Inputs[0])}
}

// StopGradient returns x, with which the result does not count as changing.
func StopGradient(b *graph.Builder, x *graph.Value) *graph.Value { return b.Apply(Detached{}, x) }

// Detached shows its input, and has no gradient.
type Detached struct{}

// Name returns "detach".
func (Detached) Name() string { return "detach" }

// Infer returns the input's type.
func (Detached) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	return in, nil
}

// IsView says that no element moves.
func (Detached) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (Detached) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient is none.
func (Detached) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}

// DimsOf computes the shape of its input, whose elements it doesn't read: an int64 for each
// dimension.
type DimsOf struct{}

// Name returns "shape".
func (DimsOf) Name() string { return "shape" }

// ReadsShapeOnly says that no elements matter.
func (DimsOf) ReadsShapeOnly(int) bool { return true }

// Infer returns as many int64 as the input has dimensions.
func (DimsOf) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	return []graph.Type{graph.TypeOf[int64](graph.Fixed(len(in[0].Shape)))}, nil
}

// Bind returns a step that sets the dimensions.
func (DimsOf) Bind(b *graph.Binding) (graph.Step, error) {
	dims, out := b.Inputs[0].Shape(), tensor.Slot[int64](b.Outputs[0])
	return func() {
		for d, n := range dims {
			(*out)[d] = int64(n)
		}
	}, nil
}

// Gradient is none: a shape does not depend on elements.
func (DimsOf) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}

// CountAlong computes the number of elements along axes of its input, whose elements it doesn't
// read, as one number of its type.
type CountAlong struct {
	Axes Ints `json:"axes"`
}

// Name returns "count_along".
func (CountAlong) Name() string { return "count_along" }

// ReadsShapeOnly says that no elements matter.
func (CountAlong) ReadsShapeOnly(int) bool { return true }

// Infer returns one number of the input's type.
func (o CountAlong) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	_, err := Reduce{By: SumOf, Axes: o.Axes}.Infer(in)
	return []graph.Type{in[0].With(nil)}, err
}

// Bind returns a step that sets the number.
func (o CountAlong) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindCountAlong[float32], bindCountAlong[float64])
}

func bindCountAlong[T tensor.Float](o CountAlong, b *graph.Binding) (graph.Step, error) {
	out, count := tensor.Slot[T](b.Outputs[0]), T(1)
	for axis, n := range b.Inputs[0].Shape() {
		if o.Axes.Has(axis) {
			count *= T(n)
		}
	}
	return func() { (*out)[0] = count }, nil
}

// Gradient is none: a shape does not depend on elements.
func (CountAlong) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}
