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

// Transpose returns x with two axes exchanged.
func Transpose(b *graph.Builder, x *graph.Value, axis1, axis2 int) *graph.Value {
	if b.Err() != nil {
		return x
	}
	a1, err1 := x.Shape().Axis(axis1)
	a2, err2 := x.Shape().Axis(axis2)
	if err := cmp.Or(err1, err2); err != nil {
		b.Fail("a transpose of %w", err)
		return x
	}
	return b.Apply(Swap{min(a1, a2), max(a1, a2)}, x)
}

// Swap exchanges two axes, the first of which is the smaller.
type Swap struct {
	Axis1 int `json:"axis1"`
	Axis2 int `json:"axis2"`
}

// Name returns "transpose".
func (Swap) Name() string { return "transpose" }

// Infer returns the shape with the two dimensions exchanged.
func (o Swap) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	if o.Axis1 < 0 || o.Axis1 > o.Axis2 || o.Axis2 >= len(in[0].Shape) {
		return nil, fmt.Errorf("axes %d and %d of the shape %v", o.Axis1, o.Axis2, in[0].Shape)
	}
	shape := slices.Clone(in[0].Shape)
	shape[o.Axis1], shape[o.Axis2] = shape[o.Axis2], shape[o.Axis1]
	return []graph.Type{in[0].With(shape)}, nil
}

// Bind returns a step that copies blocks that stay in L1 either way.
func (o Swap) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSwap[float32], bindSwap[float64])
}

func bindSwap[T tensor.Float](o Swap, b *graph.Binding) (graph.Step, error) {
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	if o.Axis1 == o.Axis2 {
		return func() { copy(*dst, *src) }, nil
	}
	shape := b.Inputs[0].Shape()
	s := swapped{outer: product(shape[:o.Axis1]), rows: shape[o.Axis1],
		middle: product(shape[o.Axis1+1 : o.Axis2]), cols: shape[o.Axis2],
		inner: product(shape[o.Axis2+1:])}
	return func() { swap(s, *dst, *src) }, nil
}

// swapped is the shape (outer, rows, middle, cols, inner), whose rows and cols are exchanged.
type swapped struct{ outer, rows, middle, cols, inner int }

// swapBlock is the side of the blocks that a transposition moves: so many rows of so many cache
// lines stay in L1 whichever way they are written.
const swapBlock = 16

// swap copies src into dst with rows and cols exchanged.
func swap[T tensor.Float](s swapped, dst, src []T) {
	size := s.rows * s.middle * s.cols * s.inner
	for at := range s.outer {
		from, to := src[at*size:][:size], dst[at*size:][:size]
		for m := range s.middle {
			for i := 0; i < s.rows; i += swapBlock {
				for j := 0; j < s.cols; j += swapBlock {
					swapBlocks(s, to, from, m, i, j)
				}
			}
		}
	}
}

// swapBlocks copies the block that begins at row row and column col.
func swapBlocks[T tensor.Float](s swapped, dst, src []T, middle, row, col int) {
	for i := row; i < min(row+swapBlock, s.rows); i++ {
		for j := col; j < min(col+swapBlock, s.cols); j++ {
			x := ((i*s.middle+middle)*s.cols + j) * s.inner
			y := ((j*s.middle+middle)*s.rows + i) * s.inner
			if s.inner == 1 {
				dst[y] = src[x]
				continue
			}
			copy(dst[y:][:s.inner], src[x:])
		}
	}
}

// Gradient exchanges the axes back.
func (o Swap) Gradient(b *graph.Builder, _ *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o, g[0])}
}
