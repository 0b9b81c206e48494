package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Padding names what [PadBy] puts beside the elements along an axis.
type Padding string

// A constant; the elements beside the edge, mirrored at it; the element at the edge; or the
// elements from the other end on.
const (
	PadConstant Padding = "constant"
	PadReflect  Padding = "reflect"
	PadEdge     Padding = "edge"
	PadWrap     Padding = "wrap"
)

// PadBy puts elements before the first and after the last one along each axis. Where a number of
// them is negative, as many are cut off before that: they are neither mirrored nor repeated.
type PadBy struct {
	Mode   Padding `json:"mode"`
	Before Ints    `json:"before"` // a number for each axis
	After  Ints    `json:"after"`
	Value  Number  `json:"value,omitempty"` // the constant
}

// Pad returns x with a constant before the first and after the last element along each axis.
func Pad(b *graph.Builder, x *graph.Value, before, after []int, value float64) *graph.Value {
	return b.Apply(PadBy{PadConstant, IntsOf(before...), IntsOf(after...), Number(value)}, x)
}

// mostPadding on both sides is still a number of elements.
const mostPadding = math.MaxInt / 4

// Name returns "pad".
func (PadBy) Name() string { return "pad" }

// Infer returns the longer shape.
func (o PadBy) Infer(in []graph.Type) ([]graph.Type, error) {
	before, after := o.Before.Values(), o.After.Values()
	if len(in) != 1 || len(before) != len(in[0].Shape) || len(after) != len(before) {
		return nil, fmt.Errorf("a padding of %v before and %v after %v", before, after, in)
	}
	shape := slices.Clone(in[0].Shape)
	for d := range shape {
		if before[d]+after[d] != 0 {
			shape[d] = shape[d].Plus(graph.Fixed(before[d] + after[d]))
		}
		if n, known := in[0].Shape[d].Value(); known {
			if err := o.fits(n, before[d], after[d]); err != nil {
				return nil, fmt.Errorf("%w along axis %d of %v", err, d, in[0])
			}
		}
	}
	if _, err := scalarOf(in[0].DType, float64(o.Value)); o.Mode == PadConstant && err != nil {
		return nil, err
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// fits says what is wrong with paddings of n elements.
func (o PadBy) fits(n, before, after int) error {
	if before > mostPadding || after > mostPadding {
		return fmt.Errorf("a padding of %d before and %d after %d elements", before, after, n)
	}
	if before < -n || after < -n {
		return fmt.Errorf("a cut of %d before and %d after %d elements", -before, -after, n)
	}
	n += min(before, 0) + min(after, 0)
	before, after = max(before, 0), max(after, 0)
	most := n - 1
	switch o.Mode {
	case PadConstant:
		most = max(before, after)
	case PadEdge, PadWrap:
		if n > 0 {
			most = max(before, after)
		}
	case PadReflect:
	default:
		return fmt.Errorf("a padding of the mode %q", string(o.Mode))
	}
	if before > most || after > most || n < 0 {
		return fmt.Errorf("a padding by %s of %d before and %d after %d elements", string(o.Mode),
			before, after, n)
	}
	return nil
}

// blocks returns the runs of an axis of the output, which comes from n elements.
func (o PadBy) blocks(n, before, after int) (runs []block) {
	cut := max(-before, 0)
	n += min(before, 0) + min(after, 0)
	before, after = max(before, 0), max(after, 0)
	add := func(to, at, count int) {
		if at >= 0 {
			at += cut
		}
		runs = appendBlock(runs, block{to, at, count})
	}
	for i := range before {
		add(i, o.source(i-before, n), 1)
	}
	add(before, 0, n)
	for i := range after {
		add(before+n+i, o.source(n+i, n), 1)
	}
	return runs
}

// source returns which of n elements one beside them is; −1 for the constant.
func (o PadBy) source(at, n int) int {
	switch {
	case o.Mode == PadConstant:
		return -1
	case o.Mode == PadEdge:
		return min(max(at, 0), n-1)
	case o.Mode == PadWrap:
		return (at%n + n) % n
	case at < 0:
		return -at
	}
	return 2*(n-1) - at
}

// axes returns the runs of each axis of an output for an input of this shape.
func (o PadBy) axes(shape []int) [][]block {
	before, after := o.Before.Values(), o.After.Values()
	runs := make([][]block, len(shape))
	for d, n := range shape {
		runs[d] = o.blocks(n, before[d], after[d])
	}
	return runs
}

// Bind returns a step that copies runs of elements.
func (o PadBy) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindPad[uint8], bindPad[uint16], bindPad[uint32], bindPad[uint64])
}

func bindPad[U tensor.Word](o PadBy, b *graph.Binding) graph.Step {
	value := wordOf[U](b.Inputs[0].DType(), o.Value)
	return pull(b, o.axes(b.Inputs[0].Shape()), value)
}

// Gradient adds the upstream gradient up where the elements came from.
func (o PadBy) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	if !n.Inputs[0].DType().IsFloat() {
		return []*graph.Value{nil}
	}
	return []*graph.Value{b.Apply(PadGradient{o}, g[0], n.Inputs[0])}
}

// PadGradient adds the elements of its first input up where [PadBy] took them from, in the shape of
// its second, whose elements it doesn't read.
type PadGradient struct{ PadBy }

// Name returns "pad_gradient".
func (PadGradient) Name() string { return "pad_gradient" }

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (PadGradient) ReadsShapeOnly(input int) bool { return input == 1 }

// Infer returns the second input's type.
func (o PadGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	return pushed(in, o.PadBy)
}

// Bind returns a step that adds element after element.
func (o PadGradient) Bind(b *graph.Binding) (graph.Step, error) {
	from := o.axes(b.Outputs[0].Shape())
	if b.Inputs[0].DType() == tensor.Float32Type {
		return push[float32](b, from), nil
	}
	return push[float64](b, from), nil
}

// Gradient pads, with zeros if with a constant.
func (o PadGradient) Gradient(b *graph.Builder, _ *graph.Node, g []*graph.Value) []*graph.Value {
	o.Value = 0
	return []*graph.Value{b.Apply(o.PadBy, g[0]), nil}
}

// TileBy repeats the whole of its input so many times along each axis.
type TileBy struct {
	Repeats Ints `json:"repeats"`
}

// Tile returns x repeated so many times along each axis.
func Tile(b *graph.Builder, x *graph.Value, repeats ...int) *graph.Value {
	return b.Apply(TileBy{IntsOf(repeats...)}, x)
}

// Name returns "tile".
func (TileBy) Name() string { return "tile" }

// Infer returns the longer shape.
func (o TileBy) Infer(in []graph.Type) ([]graph.Type, error) {
	repeats := o.Repeats.Values()
	if len(in) != 1 || len(repeats) != len(in[0].Shape) {
		return nil, fmt.Errorf("%v repeats of %v", repeats, in)
	}
	shape := slices.Clone(in[0].Shape)
	for d, n := range repeats {
		if n < 0 {
			return nil, fmt.Errorf("%d repeats along axis %d of %v", n, d, in[0])
		}
		shape[d] = shape[d].Times(graph.Fixed(n))
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// axes returns the runs of each axis of an output for an input of this shape.
func (o TileBy) axes(shape []int) [][]block {
	runs := make([][]block, len(shape))
	for d, times := range o.Repeats.Values() {
		for i := range times {
			runs[d] = appendBlock(runs[d], block{i * shape[d], 0, shape[d]})
		}
	}
	return runs
}

// Bind returns a step that copies runs of elements.
func (o TileBy) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindTile[uint8], bindTile[uint16], bindTile[uint32], bindTile[uint64])
}

func bindTile[U tensor.Word](o TileBy, b *graph.Binding) graph.Step {
	return pull[U](b, o.axes(b.Inputs[0].Shape()), 0)
}

// Gradient adds the upstream gradients of the repeats up.
func (o TileBy) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	if !n.Inputs[0].DType().IsFloat() {
		return []*graph.Value{nil}
	}
	return []*graph.Value{b.Apply(TileGradient{o}, g[0], n.Inputs[0])}
}

// TileGradient adds the repeats of its first input up, in the shape of its second, whose elements
// it doesn't read.
type TileGradient struct{ TileBy }

// Name returns "tile_gradient".
func (TileGradient) Name() string { return "tile_gradient" }

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (TileGradient) ReadsShapeOnly(input int) bool { return input == 1 }

// Infer returns the second input's type.
func (o TileGradient) Infer(in []graph.Type) ([]graph.Type, error) { return pushed(in, o.TileBy) }

// Bind returns a step that adds element after element.
func (o TileGradient) Bind(b *graph.Binding) (graph.Step, error) {
	from := o.axes(b.Outputs[0].Shape())
	if b.Inputs[0].DType() == tensor.Float32Type {
		return push[float32](b, from), nil
	}
	return push[float64](b, from), nil
}

// Gradient tiles.
func (o TileGradient) Gradient(b *graph.Builder, _ *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o.TileBy, g[0]), nil}
}

// pushed returns the second of two inputs' types, if an operator makes the first of it.
func pushed(in []graph.Type, o graph.Operator) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	out, err := o.Infer(in[1:])
	if err == nil && !out[0].Equal(in[0]) {
		err = fmt.Errorf("%v is not %s of %v, which is %v", in[0], o.Name(), in[1], out[0])
	}
	return in[1:], err
}

// block is a run of n consecutive places along an axis of an output that come from consecutive
// places of an input, or, if from is −1, from none.
type block struct{ to, from, n int }

// appendBlock adds a run behind others, to the last one if that goes on.
func appendBlock(runs []block, b block) []block {
	if b.n == 0 {
		return runs
	}
	if last := len(runs) - 1; last >= 0 {
		r := &runs[last]
		if b.from < 0 && r.from < 0 || b.from >= 0 && r.from >= 0 && b.from == r.from+r.n {
			r.n += b.n
			return runs
		}
	}
	return append(runs, b)
}

// lastMoved returns the last axis along which not all elements of an input of this shape keep their
// places: what lies behind it moves as a whole.
func lastMoved(axes [][]block, shape []int) int {
	last := len(axes) - 1
	for last > 0 && len(axes[last]) == 1 && axes[last][0] == (block{0, 0, shape[last]}) {
		last--
	}
	return last
}

// pull returns a step that sets each element of the first output to that of the first input where
// the runs of each axis say that it comes from, or to value where from nowhere.
func pull[U tensor.Word](b *graph.Binding, axes [][]block, value U) graph.Step {
	out, in := b.Outputs[0], b.Inputs[0]
	if len(axes) == 0 {
		return func() { copy(tensor.Words[U](out), tensor.Words[U](in)) }
	}
	last := lastMoved(axes, in.Shape())
	dst, src := strides(out.Shape()), strides(in.Shape())
	var to, x []U
	var fill func(axis, at, source int)
	fill = func(axis, at, source int) {
		step := dst[axis]
		for _, r := range axes[axis] {
			switch row := to[at+r.to*step:][:r.n*step]; {
			case r.from < 0:
				set(row, value)
			case axis == last:
				copy(row, x[source+r.from*step:])
			default:
				for i := range r.n {
					fill(axis+1, at+(r.to+i)*step, source+(r.from+i)*src[axis])
				}
			}
		}
	}
	return func() {
		to, x = tensor.Words[U](out), tensor.Words[U](in)
		fill(0, 0, 0)
	}
}

// set sets all elements to v.
func set[U any](to []U, v U) {
	for i := range to {
		to[i] = v
	}
}

// push returns a step that is pull's transpose: it adds each element of the first input to that of
// the first output where it comes from, beginning with zeros.
func push[T tensor.Float](b *graph.Binding, axes [][]block) graph.Step {
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	if len(axes) == 0 {
		return func() { copy(*dst, *src) }
	}
	last := lastMoved(axes, b.Outputs[0].Shape())
	to, at := strides(b.Outputs[0].Shape()), strides(b.Inputs[0].Shape())
	kernel := graph.Engine[T](b).Kernels().Binary[tensor.Add]
	var add func(axis, target, source int)
	add = func(axis, target, source int) {
		step := to[axis]
		for _, r := range axes[axis] {
			switch {
			case r.from < 0:
			case axis == last:
				row := (*dst)[target+r.from*step:][:r.n*step]
				kernel(row, row, (*src)[source+r.to*step:][:r.n*step])
			default:
				for i := range r.n {
					add(axis+1, target+(r.from+i)*step, source+(r.to+i)*at[axis])
				}
			}
		}
	}
	return func() { clear(*dst); add(0, 0, 0) }
}
