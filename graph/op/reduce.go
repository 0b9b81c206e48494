package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Reduction names how [Reduce] folds elements.
type Reduction string

// The reductions: the sum, the mean (the sum times 1/n), and the largest element, NaN if there is
// one.
const (
	SumOf  Reduction = "sum"
	MeanOf Reduction = "mean"
	MaxOf  Reduction = "max"
)

// Reduce folds a value along axes. Neighbouring axes count as one; several that are apart are
// folded from the last to the first. Sums have the order that [tensor.Engine.SumAxis] gives them.
type Reduce struct {
	By Reduction `json:"-"` // its name is the operator's
	// Axes are ascending and not negative.
	Axes     Ints `json:"axes"`
	KeepDims bool `json:"keepDims,omitempty"` // as dimensions of 1
}

// Sum returns the sums of x along axes, all if none are given. Negative axes count from the last.
func Sum(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return b.Apply(Reduce{By: SumOf, Axes: axesOf(b, x, axes)}, x)
}

// Mean returns the means of x along axes, as Sum does.
func Mean(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return b.Apply(Reduce{By: MeanOf, Axes: axesOf(b, x, axes)}, x)
}

// Max returns the largest elements of x along axes, as Sum does.
func Max(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return b.Apply(Reduce{By: MaxOf, Axes: axesOf(b, x, axes)}, x)
}

// axesOf returns axes of x from the first on, all of them for none.
func axesOf(b *graph.Builder, x *graph.Value, axes []int) Ints {
	var sorted []int
	for a := range x.Shape() {
		if len(axes) == 0 {
			sorted = append(sorted, a)
		}
	}
	for _, a := range axes {
		axis, err := x.Shape().Axis(a)
		if err != nil {
			b.Fail("a reduction along %w", err)
			return ""
		}
		sorted = append(sorted, axis)
	}
	slices.Sort(sorted)
	return IntsOf(slices.Compact(sorted)...)
}

// Name returns "reduce_sum", "reduce_mean" or "reduce_max".
func (o Reduce) Name() string { return "reduce_" + string(o.By) }

// Infer returns the type without the reduced dimensions.
func (o Reduce) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	for _, a := range o.Axes.Values() {
		if a < 0 || a >= len(in[0].Shape) {
			return nil, fmt.Errorf("axis %d of the shape %v", a, in[0].Shape)
		}
	}
	var shape graph.Shape
	for i, d := range in[0].Shape {
		switch {
		case !o.Axes.Has(i):
			shape = append(shape, d)
		case o.KeepDims:
			shape = append(shape, graph.Fixed(1))
		}
	}
	return []graph.Type{in[0].With(shape)}, nil
}

// Bind returns a step that folds one run of neighbouring axes after the other.
func (o Reduce) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindReduce[float32], bindReduce[float64])
}

func bindReduce[T tensor.Float](o Reduce, b *graph.Binding) (graph.Step, error) {
	e := graph.Engine[T](b)
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	shape, folded := runsOf(b.Inputs[0].Shape(), o.Axes.Has)
	var folds []func(dst, src []T)
	var between [][]T // the results of all folds but the last
	count := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if !folded[axis] {
			continue
		}
		outer, n, inner := product(shape[:axis]), shape[axis], product(shape[axis+1:])
		folds = append(folds, foldOf(e, o.By, outer, n, inner))
		between = append(between, make([]T, outer*inner))
		shape[axis] = 1
		count *= n
	}
	scale, kernel := T(1/float64(count)), e.Kernels().Parametric[tensor.Scale]
	return func() {
		from, to := *src, *dst
		for i, fold := range folds {
			if to = *dst; i < len(folds)-1 {
				to = between[i]
			}
			fold(to, from)
			from = to
		}
		switch {
		case len(folds) == 0:
			copy(*dst, *src)
		case o.By == MeanOf:
			kernel(to, to, scale)
		}
	}, nil
}

// runsOf takes neighbouring dimensions together that are both folded or both not.
func runsOf(shape []int, has func(axis int) bool) (dims []int, folded []bool) {
	for axis, n := range shape {
		if last := len(dims) - 1; last >= 0 && folded[last] == has(axis) {
			dims[last] *= n
			continue
		}
		dims, folded = append(dims, n), append(folded, has(axis))
	}
	return dims, folded
}

// foldOf returns what folds the middle one of three dimensions.
func foldOf[T tensor.Float](e *tensor.Engine[T], by Reduction, outer, n, inner int) func(
	dst, src []T) {
	whole := e.Kernels().Reduce.Sum
	columns := e.ColumnSums
	if by == MaxOf {
		whole, columns = e.Kernels().Reduce.Max, columnMax[T]
	}
	if inner == 1 {
		return func(dst, src []T) {
			for i := range outer {
				dst[i] = whole(src[i*n:][:n])
			}
		}
	}
	return func(dst, src []T) {
		for i := range outer {
			columns(dst[i*inner:][:inner], src[i*n*inner:][:n*inner])
		}
	}
}

// columnMax sets dst to the largest elements of columns of len(dst): NaN if there is one, −∞ if
// there are no rows.
func columnMax[T tensor.Float](dst, x []T) {
	for j := range dst {
		dst[j] = T(math.Inf(-1))
	}
	for at := 0; at < len(x); at += len(dst) {
		for j, v := range x[at:][:len(dst)] {
			if v > dst[j] || v != v {
				dst[j] = v
			}
		}
	}
}

// product returns the number of elements of a shape.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Gradient repeats the upstream gradient along the axes, over n for the mean. That of the largest
// element goes to all that are as large, in equal parts, as in PyTorch's amax.
func (o Reduce) Gradient(b *graph.Builder, n *graph.Node, upstream []*graph.Value) []*graph.Value {
	x := n.Inputs[0]
	expand := ExpandAxes{Axes: o.Axes, Mean: o.By == MeanOf, KeepDims: o.KeepDims}
	g := b.Apply(expand, upstream[0], x)
	if o.By == MaxOf {
		largest := Cast(b, Equal(b, x, b.Apply(expand, n.Outputs[0], x)), x.DType())
		count := b.Apply(Reduce{By: SumOf, Axes: o.Axes, KeepDims: true}, largest)
		g = Div(b, Mul(b, g, largest), count)
	}
	return []*graph.Value{g}
}

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
	if err := floats(2, in); err != nil {
		return nil, err
	}
	shape, err := graph.Broadcast(in[0].Shape, in[1].Shape)
	if err == nil && !shape.Equal(in[1].Shape) {
		err = fmt.Errorf("the shape %v can't be broadcast to %v", in[0].Shape, in[1].Shape)
	}
	return []graph.Type{in[1]}, err
}

// ReadsShapeOnly says that it is the second input of which only the shape matters.
func (ExpandLike) ReadsShapeOnly(input int) bool { return input == 1 }

// Bind returns a step that copies row by row.
func (o ExpandLike) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindExpandLike[float32], bindExpandLike[float64])
}

func bindExpandLike[T tensor.Float](_ ExpandLike, b *graph.Binding) (graph.Step, error) {
	return expand[T](b, b.Inputs[0].Shape(), 1), nil
}

// expand returns a step that broadcasts the first input, seen as of this shape, times a factor.
func expand[T tensor.Float](b *graph.Binding, shape []int, factor T) graph.Step {
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	scale := graph.Engine[T](b).Kernels().Parametric[tensor.Scale]
	w := newWalk(b.Outputs[0].Shape(), shape)
	rows := newRepeated[T](w, 0)
	return func() {
		for r := range w.rows() {
			scale((*dst)[r*w.inner:][:w.inner], rows.row(*src), factor)
			w.next()
		}
	}
}

// Gradient sums what was repeated.
func (ExpandLike) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{SumLike(b, g[0], n.Inputs[0]), nil}
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
	return expand(b, shape, factor), nil
}

// Gradient sums along the axes, or takes the mean.
func (o ExpandAxes) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	by := SumOf
	if o.Mean {
		by = MeanOf
	}
	return []*graph.Value{b.Apply(Reduce{By: by, Axes: o.Axes, KeepDims: o.KeepDims}, g[0]), nil}
}
