package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// SumLike returns x summed over what y was broadcast along to get x's shape.
func SumLike(b *graph.Builder, x, y *graph.Value) *graph.Value {
	if b.Err() != nil || x.Shape().Equal(y.Shape()) {
		return x
	}
	skip := len(x.Shape()) - len(y.Shape())
	var axes []int
	for i := range x.Shape() {
		if i < skip || y.Shape()[i-skip].Is(1) && !x.Shape()[i].Is(1) {
			axes = append(axes, i)
		}
	}
	sum := b.Apply(Reduce{By: SumOf, Axes: IntsOf(axes...)}, x)
	return ReshapeLike(b, sum, y)
}

// Expand returns x broadcast to the shape of like.
func Expand(b *graph.Builder, x, like *graph.Value) *graph.Value {
	if b.Err() != nil || x.Shape().Equal(like.Shape()) {
		return x
	}
	return b.Apply(ExpandLike{}, x, like)
}

// ExpandLike broadcasts its first input to the shape of its second, whose elements it doesn't read.
type ExpandLike struct{}

// Name returns "expand_like".
func (ExpandLike) Name() string { return "expand_like" }

// Infer returns the second input's shape.
func (ExpandLike) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%d inputs, not 2", len(in))
	}
	shape, err := graph.Broadcast(in[0].Shape, in[1].Shape)
	if err == nil && !shape.Equal(in[1].Shape) {
		err = fmt.Errorf("the shape %v can't be broadcast to %v", in[0].Shape, in[1].Shape)
	}
	return []graph.Type{in[0].With(in[1].Shape)}, err
}

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (ExpandLike) ReadsShapeOnly(input int) bool { return input == 1 }

// Bind returns a step that copies row by row.
func (o ExpandLike) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindExpand[uint8, ExpandLike], bindExpand[uint16, ExpandLike],
		bindExpand[uint32, ExpandLike], bindExpand[uint64, ExpandLike])
}

// bindExpand returns a step that broadcasts the first input.
func bindExpand[U tensor.Word, O any](_ O, b *graph.Binding) graph.Step {
	out, in := b.Outputs[0], b.Inputs[0]
	w := newBlockWalk(out.Shape(), in.Shape())
	rows := newRepeated[U](w, 0)
	return func() {
		dst, src := tensor.Words[U](out), tensor.Words[U](in)
		for r := range w.rows() {
			rows.copy(dst[r*w.inner:][:w.inner], src)
			w.next()
		}
	}
}

// Gradient sums what was repeated.
func (ExpandLike) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	if !n.Inputs[0].DType().IsFloat() {
		return []*graph.Value{nil, nil}
	}
	return []*graph.Value{SumLike(b, g[0], n.Inputs[0]), nil}
}

// ExpandTo broadcasts its input to a shape, of which −1 is the length that the input has:
// dimensions are matched from the last one.
type ExpandTo struct {
	Shape Ints `json:"shape"`
}

// BroadcastTo returns x broadcast to a shape, of which −1 is the length that x has.
func BroadcastTo(b *graph.Builder, x *graph.Value, shape ...int) *graph.Value {
	return b.Apply(ExpandTo{IntsOf(shape...)}, x)
}

// Name returns "expand".
func (ExpandTo) Name() string { return "expand" }

// Infer returns the shape.
func (o ExpandTo) Infer(in []graph.Type) ([]graph.Type, error) {
	lengths := o.Shape.Values()
	if len(in) != 1 || len(lengths) < len(in[0].Shape) {
		return nil, fmt.Errorf("%v can't be broadcast to %v", in, lengths)
	}
	shape, skip := graph.ShapeOf(lengths...), len(lengths)-len(in[0].Shape)
	for d, n := range lengths {
		switch {
		case n == -1 && d >= skip:
			shape[d] = in[0].Shape[d-skip]
		case n < 0, d >= skip && in[0].Shape[d-skip] != shape[d] && !in[0].Shape[d-skip].Is(1):
			return nil, fmt.Errorf("%v can't be broadcast to %v", in[0], lengths)
		}
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// Bind returns a step that copies row by row.
func (o ExpandTo) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindExpand[uint8, ExpandTo], bindExpand[uint16, ExpandTo],
		bindExpand[uint32, ExpandTo], bindExpand[uint64, ExpandTo])
}

// Gradient sums what was repeated.
func (ExpandTo) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	if !n.Inputs[0].DType().IsFloat() {
		return []*graph.Value{nil}
	}
	return []*graph.Value{SumLike(b, g[0], n.Inputs[0])}
}

// ExpandAxes repeats its first input along the axes of its second, whose elements it doesn't read:
// what [Reduce] needs for its gradient.
type ExpandAxes struct {
	Axes     Ints `json:"axes"`
	Mean     bool `json:"mean,omitempty"` // divided by the number of copies
	KeepDims bool `json:"keepDims,omitempty"`
}

// Name returns "expand_axes".
func (ExpandAxes) Name() string { return "expand_axes" }

// Infer returns the second input's shape.
func (o ExpandAxes) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	reduced, err := Reduce{By: SumOf, Axes: o.Axes, KeepDims: o.KeepDims}.Infer(in[1:])
	if err == nil && !reduced[0].Shape.Equal(in[0].Shape) {
		err = fmt.Errorf("the shape %v is not %v without the axes", in[0].Shape, in[1].Shape)
	}
	return []graph.Type{in[1]}, err
}

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (ExpandAxes) ReadsShapeOnly(input int) bool { return input == 1 }

// Bind returns a step that copies row by row.
func (o ExpandAxes) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindExpandAxes[float32], bindExpandAxes[float64])
}

func bindExpandAxes[T tensor.Float](o ExpandAxes, b *graph.Binding) (graph.Step, error) {
	shape := slices.Clone(b.Inputs[1].Shape())
	copies := 1
	for axis, n := range shape {
		if o.Axes.Has(axis) {
			shape[axis] = 1
			copies *= n
		}
	}
	factor := T(1)
	if o.Mean {
		factor = T(1 / float64(copies))
	}
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	scale := graph.Engine[T](b).Kernels().Parametric[tensor.Scale]
	w := newBlockWalk(b.Outputs[0].Shape(), shape)
	rows := newRepeated[T](w, 0)
	return func() {
		for r := range w.rows() {
			to := (*dst)[r*w.inner:][:w.inner]
			rows.begin(*src)
			for lo := 0; lo < w.inner; lo += w.block {
				hi := min(lo+w.block, w.inner)
				scale(to[lo:hi], rows.part(lo, hi), factor)
			}
			w.next()
		}
	}, nil
}

// Gradient sums along the axes, or takes the mean.
func (o ExpandAxes) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	by := SumOf
	if o.Mean {
		by = MeanOf
	}
	return []*graph.Value{b.Apply(Reduce{By: by, Axes: o.Axes, KeepDims: o.KeepDims}, g[0]), nil}
}
