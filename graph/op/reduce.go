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

// The reductions: the sum, the mean (the sum times 1/n), the largest and the smallest element, NaN
// if there is one, and the product, whose factors are taken in order.
const (
	SumOf  Reduction = "sum"
	MeanOf Reduction = "mean"
	MaxOf  Reduction = "max"
	MinOf  Reduction = "min"
	ProdOf Reduction = "prod"
)

var reductions = []Reduction{SumOf, MeanOf, MaxOf, MinOf, ProdOf}

// Reduce folds a value along axes. Neighbouring axes count as one; several that are apart are
// folded from the last to the first. Sums of floats have the order that [tensor.Engine.SumAxis]
// gives them; integers wrap around, and have no mean. Over nothing the largest is the lowest number
// of the type, −∞ of floats, and the smallest its highest.
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

// Min returns the smallest elements of x along axes, as Sum does.
func Min(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return b.Apply(Reduce{By: MinOf, Axes: axesOf(b, x, axes)}, x)
}

// Prod returns the products of x along axes, as Sum does.
func Prod(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return b.Apply(Reduce{By: ProdOf, Axes: axesOf(b, x, axes)}, x)
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

// Name returns "reduce_sum" and the like.
func (o Reduce) Name() string { return "reduce_" + string(o.By) }

// Infer returns the type without the reduced dimensions.
func (o Reduce) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := numbers(1, in); err != nil {
		return nil, err
	}
	if !slices.Contains(reductions, o.By) {
		return nil, fmt.Errorf("a reduction by %q, which is none of %v", o.By, reductions)
	}
	if o.By == MeanOf && !in[0].DType.IsFloat() {
		return nil, fmt.Errorf("the mean of %v, which are no floats", in[0].DType)
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

// Scratch returns the size of integers that are widened.
func (o Reduce) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that folds one run of neighbouring axes after the other.
func (o Reduce) Bind(b *graph.Binding) (graph.Step, error) {
	r := typedReduce{o, b.Inputs[0].DType()}
	return forNumber(b, r, bindReduce[float32], bindReduce[float64], bindReduceIntegers[int32],
		bindReduceIntegers[int64], bindReduceIntegers[uint64])
}

// typedReduce is a [Reduce] of elements of a type, which may be widened.
type typedReduce struct {
	Reduce
	of tensor.DType
}

func bindReduce[T tensor.Float](o typedReduce, b *graph.Binding) (graph.Step, error) {
	e := graph.Engine[T](b)
	fold := folds(o.Reduce, b, func(outer, n, inner int, last bool) func(dst, src []T) {
		return foldOf(e, o.By, outer, n, inner, last)
	})
	if o.By != MeanOf || o.Axes == "" {
		return fold, nil
	}
	dst, kernel := tensor.Slot[T](b.Outputs[0]), e.Kernels().Parametric[tensor.Scale]
	scale := T(1 / (float64(b.Inputs[0].Len()) / float64(b.Outputs[0].Len())))
	return func() { fold(); kernel(*dst, *dst, scale) }, nil
}

func bindReduceIntegers[T integer](o typedReduce, b *graph.Binding) (graph.Step, error) {
	low, high := limitsOf[T](o.of)
	return folds(o.Reduce, b, func(outer, n, inner int, _ bool) func(dst, src []T) {
		switch o.By {
		case MaxOf:
			return chains(outer, n, inner, low, func(x, y T) T { return max(x, y) })
		case MinOf:
			return chains(outer, n, inner, high, func(x, y T) T { return min(x, y) })
		case ProdOf:
			return chains(outer, n, inner, 1, func(x, y T) T { return x * y })
		}
		return chains(outer, n, inner, 0, func(x, y T) T { return x + y })
	}), nil
}

// limitsOf returns the lowest and the highest integer of a type, as T, which has room for both.
func limitsOf[T integer](d tensor.DType) (low, high T) {
	bits := 8 * d.Bytes()
	switch d {
	case tensor.Uint8Type, tensor.Uint16Type, tensor.Uint32Type, tensor.Uint64Type:
		return 0, T(1)<<bits - 1
	}
	return ^T(0) << (bits - 1), ^(^T(0) << (bits - 1))
}

// folds returns a step that folds one run of neighbouring axes after the other. fold returns what
// folds the middle one of three dimensions, which is the last of the array or not.
func folds[T tensor.Element](o Reduce, b *graph.Binding,
	fold func(outer, n, inner int, last bool) func(dst, src []T)) graph.Step {
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	shape, folded := runsOf(b.Inputs[0].Shape(), o.Axes.Has)
	var steps []func(dst, src []T)
	var between [][]T // the results of all steps but the last
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if !folded[axis] {
			continue
		}
		outer, n, inner := product(shape[:axis]), shape[axis], product(shape[axis+1:])
		step := func(_, _ []T) {}
		if outer*inner > 0 {
			step = fold(outer, n, inner, axis == len(shape)-1)
		}
		steps = append(steps, step)
		between = append(between, make([]T, outer*inner))
		shape[axis] = 1
	}
	return func() {
		from := *src
		for i, step := range steps {
			to := *dst
			if i < len(steps)-1 {
				to = between[i]
			}
			step(to, from)
			from = to
		}
		if len(steps) == 0 {
			copy(*dst, *src)
		}
	}
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

// foldOf returns what folds the middle one of three dimensions: the last one of the array in
// virtual lanes, and others down columns, even of one, so that the length of a dimension does not
// change the order of the sum.
func foldOf[T tensor.Float](e *tensor.Engine[T], by Reduction, outer, n, inner int, last bool) func(
	dst, src []T) {
	whole := e.Kernels().Reduce.Sum
	columns := e.ColumnSums
	switch by {
	case MaxOf:
		whole, columns = e.Kernels().Reduce.Max, columnMax(e.Kernels())
	case MinOf:
		return chains(outer, n, inner, T(math.Inf(1)), func(x, y T) T { return min(x, y) })
	case ProdOf:
		return chains(outer, n, inner, 1, func(x, y T) T { return T(x * y) })
	}
	if last && n == 2 && (by == SumOf || by == MeanOf) {
		return func(dst, src []T) { sumPairs(dst[:outer], src) }
	}
	if last {
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

// sumPairs is [tensor.Kernels].Reduce.Sum of two elements each, such as the parts of complex
// numbers: lanes begin at +0, which −0 does not survive.
func sumPairs[T tensor.Float](dst, src []T) {
	src = src[:2*len(dst)]
	for i := range dst {
		dst[i] = src[2*i] + 0 + src[2*i+1]
	}
}

// chains returns what folds the middle one of three dimensions by f, in order, beginning with
// first.
//
//go:noinline
func chains[T tensor.Element](outer, n, inner int, first T, f func(x, y T) T) func(dst, src []T) {
	return func(dst, src []T) {
		for i := range outer {
			to := dst[i*inner:][:inner]
			for j := range to {
				to[j] = first
			}
			for k := range n {
				for j, v := range src[(i*n+k)*inner:][:inner] {
					to[j] = f(to[j], v)
				}
			}
		}
	}
}

// columnMax returns what sets dst to the largest elements of columns of len(dst): NaN if there is
// one, −∞ if there are no rows.
func columnMax[T tensor.Float](k *tensor.Kernels[T]) func(dst, x []T) {
	larger := k.Binary[tensor.Maximum]
	return func(dst, x []T) {
		for j := range dst {
			dst[j] = T(math.Inf(-1))
		}
		for at := 0; at < len(x); at += len(dst) {
			larger(dst, dst, x[at:][:len(dst)])
		}
	}
}

// product returns the number of elements of a shape. Where operators are bound, once for each type,
// it takes less room out of line.
//
//go:noinline
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Gradient repeats the upstream gradient along the axes, over n for the mean. That of the largest
// and the smallest element goes to all that are the same, in equal parts, as in PyTorch's amax.
// That of a product is the product of the others, also where one of them is 0.
func (o Reduce) Gradient(b *graph.Builder, n *graph.Node, upstream []*graph.Value) []*graph.Value {
	x, y := n.Inputs[0], n.Outputs[0]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil}
	}
	expand := ExpandAxes{Axes: o.Axes, Mean: o.By == MeanOf, KeepDims: o.KeepDims}
	g := b.Apply(expand, upstream[0], x)
	keep := func(by Reduction, v *graph.Value) *graph.Value {
		return b.Apply(Reduce{By: by, Axes: o.Axes, KeepDims: true}, v)
	}
	switch o.By {
	case MaxOf, MinOf:
		best := Cast(b, Equal(b, x, b.Apply(expand, y, x)), x.DType())
		g = Div(b, Mul(b, g, best), keep(SumOf, best))
	case ProdOf:
		zero, one := Scalar(b, x.DType(), 0), Scalar(b, x.DType(), 1)
		isZero := Equal(b, x, zero)
		rest := Where(b, isZero, one, x) // whose product is that of the others, but for zeros
		others := Where(b, isZero, keep(ProdOf, rest), Div(b, keep(ProdOf, rest), rest))
		zeros := Sub(b, keep(SumOf, Cast(b, isZero, x.DType())), Cast(b, isZero, x.DType()))
		g = Mul(b, g, Where(b, Equal(b, zeros, zero), others, zero))
	}
	return []*graph.Value{g}
}
