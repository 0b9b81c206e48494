package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// The operators of this file move elements of any type, and compute nothing.

// forSize binds an operator by the size of the elements of its first input.
func forSize[O any](b *graph.Binding, o O, f8, f16, f32, f64 func(O, *graph.Binding) graph.Step) (
	graph.Step, error) {
	switch b.Inputs[0].DType().Bytes() {
	case 1:
		return f8(o, b), nil
	case 2:
		return f16(o, b), nil
	case 4:
		return f32(o, b), nil
	}
	return f64(o, b), nil
}

// strides returns the distances between neighbours in an array of this shape in row-major order.
//
//go:noinline
func strides(shape []int) []int {
	s := make([]int, len(shape))
	stride := 1
	for d := len(shape) - 1; d >= 0; d-- {
		s[d] = stride
		stride *= shape[d]
	}
	return s
}

// stridesOf returns the distances between neighbours in an array, which may have gaps.
func stridesOf(a *tensor.Array) []int {
	shape := a.Shape()
	s := strides(shape)
	row, step := a.Rows()
	if row == step {
		return s
	}
	for d, inner := range s {
		if inner >= row {
			s[d] = inner / row * step
		}
	}
	return s
}

// Permute returns x with its dimensions in another order: the first one is x's dimension axes[0].
func Permute(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return b.Apply(PermuteAxes{IntsOf(axes...)}, x)
}

// Transpose returns x with two axes exchanged. Negative axes count from the last.
func Transpose(b *graph.Builder, x *graph.Value, axis1, axis2 int) *graph.Value {
	axes := make([]int, len(x.Shape()))
	for i := range axes {
		axes[i] = i
	}
	a1, err := x.Shape().Axis(axis1)
	if err == nil {
		var a2 int
		if a2, err = x.Shape().Axis(axis2); err == nil {
			axes[a1], axes[a2] = a2, a1
			return Permute(b, x, axes...)
		}
	}
	b.Fail("a transpose of %w", err)
	return x
}

// PermuteAxes gives the dimensions another order.
type PermuteAxes struct {
	Axes Ints `json:"axes"`
}

// Name returns "transpose".
func (PermuteAxes) Name() string { return "transpose" }

// Infer returns the dimensions in their new order.
func (o PermuteAxes) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	axes := o.Axes.Values()
	if len(axes) != len(in[0].Shape) {
		return nil, fmt.Errorf("axes %v of the shape %v", axes, in[0].Shape)
	}
	sorted := slices.Sorted(slices.Values(axes))
	shape := make(graph.Shape, len(axes))
	for i, a := range axes {
		if sorted[i] != i {
			return nil, fmt.Errorf("axes %v of the shape %v", axes, in[0].Shape)
		}
		shape[i] = in[0].Shape[a]
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// Bind returns a step that copies tile by tile.
func (o PermuteAxes) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindPermute[uint8], bindPermute[uint16], bindPermute[uint32],
		bindPermute[uint64])
}

func bindPermute[U tensor.Word](o PermuteAxes, b *graph.Binding) graph.Step {
	from := strides(b.Inputs[0].Shape())
	src := make([]int, len(from))
	for i, a := range o.Axes.Values() {
		src[i] = from[a]
	}
	return move[U](b, b.Outputs[0].Shape(), strides(b.Outputs[0].Shape()), 0, src, 0)
}

// move returns a step that copies a block from the first input to the first output.
func move[U tensor.Word](b *graph.Binding, shape, dst []int, to int, src []int,
	from int) graph.Step {
	out, in := b.Outputs[0], b.Inputs[0]
	m := tensor.NewMove[U](shape, dst, src)
	return func() { m.RunAt(tensor.Words[U](out), to, tensor.Words[U](in), from) }
}

// Gradient gives the dimensions their old order.
func (o PermuteAxes) Gradient(b *graph.Builder, _ *graph.Node, g []*graph.Value) []*graph.Value {
	axes := o.Axes.Values()
	back := make([]int, len(axes))
	for i, a := range axes {
		back[a] = i
	}
	return []*graph.Value{Permute(b, g[0], back...)}
}

// Slice returns the elements of x whose index along axis is one of start, start+step, … before end.
// As in Python, negative starts and ends count from the length, and what lies beyond is cut off;
// steps may be negative, and then an end of [BeforeFirst] includes the first element.
func Slice(b *graph.Builder, x *graph.Value, axis, start, end, step int) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("a slice along %w", err)
		return x
	}
	return b.Apply(SliceAxis{a, start, end, step}, x)
}

// ToEnd and BeforeFirst are the ends of slices that go on to the last element, or to the first.
const (
	ToEnd       = math.MaxInt32
	BeforeFirst = math.MinInt32
)

// SliceAxis takes some elements along an axis.
type SliceAxis struct {
	Axis  int `json:"axis"`
	Start int `json:"start"`
	End   int `json:"end"`
	Step  int `json:"step"`
}

// Name returns "slice".
func (SliceAxis) Name() string { return "slice" }

// Infer returns the shape with as many elements along the axis. A length that is not known stays
// so, unless the slice takes all of it, in either direction.
func (o SliceAxis) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	if o.Axis < 0 || o.Axis >= len(in[0].Shape) || o.Step == 0 {
		return nil, fmt.Errorf("a slice along axis %d with the step %d of the shape %v", o.Axis, o.Step,
			in[0].Shape)
	}
	shape := slices.Clone(in[0].Shape)
	n, known := shape[o.Axis].Value()
	switch {
	case known:
		_, count := o.bounds(n)
		shape[o.Axis] = graph.Fixed(count)
	case o.Start == -1 && o.End == BeforeFirst && o.Step == -1:
	case o.Start != 0 || o.End != ToEnd || o.Step != 1:
		shape[o.Axis] = graph.Symbol(fmt.Sprintf("%v[%d:%d:%d]", shape[o.Axis], o.Start, o.End, o.Step))
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// bounds returns the first index and the number of elements of a slice of n.
func (o SliceAxis) bounds(n int) (start, count int) {
	low, high := 0, n
	if o.Step < 0 {
		low, high = -1, n-1
	}
	place := func(i int) int {
		if i < 0 && i != BeforeFirst {
			i += n
		}
		return min(max(i, low), high)
	}
	start, end := place(o.Start), place(o.End)
	if o.Step < 0 {
		return start, max(0, (start-end-o.Step-1)/-o.Step)
	}
	return start, max(0, (end-start+o.Step-1)/o.Step)
}

// Cuts says that elements next to each other need not be copied.
func (o SliceAxis) Cuts(shape []int) (axis, first int, ok bool) {
	first, _ = o.bounds(shape[o.Axis])
	return o.Axis, first, o.Step == 1
}

// TakesGaps says that both sides may be parts of others.
func (SliceAxis) TakesGaps([]graph.Type, int, int) bool { return true }

// Bind returns a step that copies the elements.
func (o SliceAxis) Bind(b *graph.Binding) (graph.Step, error) {
	if step := sliceInParts(o, b); step != nil {
		return step, nil
	}
	return forSize(b, o, bindSlice[uint8], bindSlice[uint16], bindSlice[uint32], bindSlice[uint64])
}

func bindSlice[U tensor.Word](o SliceAxis, b *graph.Binding) graph.Step {
	src := stridesOf(b.Inputs[0])
	start, _ := o.bounds(b.Inputs[0].Shape()[o.Axis])
	from := start * src[o.Axis]
	src[o.Axis] *= o.Step
	return move[U](b, b.Outputs[0].Shape(), stridesOf(b.Outputs[0]), 0, src, from)
}

// sliceInParts returns a step that copies the elements beside each other row by row, on several
// threads, nil where that does not pay.
func sliceInParts(o SliceAxis, b *graph.Binding) graph.Step {
	if o.Step != 1 {
		return nil
	}
	out, in, bytes := b.Outputs[0], b.Inputs[0], b.Outputs[0].DType().Bytes()
	start, _ := o.bounds(in.Shape()[o.Axis])
	rows, n := product(out.Shape()[:o.Axis]), product(out.Shape()[o.Axis:])*bytes
	apart, step := stepOfRows(in, rows), stepOfRows(out, rows)
	if apart < 0 || step < 0 {
		return nil
	}
	first := start * product(in.Shape()[o.Axis+1:]) * bytes
	return rowsInParts(b, rows, n/bytes, func(lo, hi int) {
		to, from := out.Bytes(), in.Bytes()[first:]
		for r := lo; r < hi; r++ {
			copy(to[r*step:][:n], from[r*apart:])
		}
	})
}

// Gradient puts the upstream gradient among zeros.
func (o SliceAxis) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(UnsliceAxis{o}, g[0], n.Inputs[0])}
}

// UnsliceAxis puts its first input where [SliceAxis] took it from, among zeros, in the shape of its
// second, whose elements it doesn't read.
type UnsliceAxis struct{ SliceAxis }

// Name returns "unslice".
func (UnsliceAxis) Name() string { return "unslice" }

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (UnsliceAxis) ReadsShapeOnly(input int) bool { return input == 1 }

// TakesGaps says that the elements stand side by side.
func (UnsliceAxis) TakesGaps([]graph.Type, int, int) bool { return false }

// Cuts says that this is no part of its input.
func (UnsliceAxis) Cuts([]int) (axis, first int, ok bool) { return 0, 0, false }

// Infer returns the second input's shape.
func (o UnsliceAxis) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%d inputs, not 2", len(in))
	}
	sliced, err := o.SliceAxis.Infer(in[1:])
	if err == nil && !sliced[0].Equal(in[0]) {
		err = fmt.Errorf("%v is not the slice %v", in[0], sliced[0])
	}
	return in[1:2], err
}

// Bind returns a step that clears the output and copies the elements.
func (o UnsliceAxis) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindUnslice[uint8], bindUnslice[uint16], bindUnslice[uint32],
		bindUnslice[uint64])
}

func bindUnslice[U tensor.Word](o UnsliceAxis, b *graph.Binding) graph.Step {
	shape, dst := b.Inputs[0].Shape(), strides(b.Outputs[0].Shape())
	start, _ := o.bounds(b.Outputs[0].Shape()[o.Axis])
	to := start * dst[o.Axis]
	dst[o.Axis] *= o.Step
	place := move[U](b, shape, dst, to, strides(shape), 0)
	out := b.Outputs[0]
	return func() { clear(tensor.Words[U](out)); place() }
}

// Gradient takes the slice again.
func (o UnsliceAxis) Gradient(b *graph.Builder, _ *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o.SliceAxis, g[0]), nil}
}
