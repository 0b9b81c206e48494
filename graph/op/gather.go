package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// GatherAxis takes slices of its first input along an axis, those that the indices of its second,
// of int64 or int32, name: of (a, n, b) by indices of the shape i it makes (a, i, b). Negative
// indices count from the length. An index out of range is an error of the run.
type GatherAxis struct {
	Axis int `json:"axis"`
}

// Gather returns the slices of x along axis that the indices name.
func Gather(b *graph.Builder, x, indices *graph.Value, axis int) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("a gather along %w", err)
		return x
	}
	return b.Apply(GatherAxis{a}, x, indices)
}

// Name returns "gather".
func (GatherAxis) Name() string { return "gather" }

// Infer returns the shape with that of the indices in place of the axis.
func (o GatherAxis) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%d inputs, not 2", len(in))
	}
	shape, indices := in[0].Shape, in[1]
	if !isIndex(indices.DType) {
		return nil, fmt.Errorf("the indices are %v, not int64 or int32", indices)
	}
	if o.Axis < 0 || o.Axis >= len(shape) {
		return nil, fmt.Errorf("axis %d of the shape %v", o.Axis, shape)
	}
	return []graph.Type{in[0].With(slices.Concat(shape[:o.Axis], indices.Shape,
		shape[o.Axis+1:]))}, nil
}

// isIndex reports whether indices may have this type.
func isIndex(d tensor.DType) bool { return d == tensor.Int64Type || d == tensor.Int32Type }

// TakesGaps says that slices of the output may stand apart.
func (o GatherAxis) TakesGaps(in []graph.Type, operand, dims int) bool {
	return operand == graph.OutputGaps && dims == len(in[0].Shape)-1-o.Axis
}

// Bind returns a step that copies slice after slice.
func (o GatherAxis) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindGather[uint8], bindGather[uint16], bindGather[uint32],
		bindGather[uint64])
}

func bindGather[U tensor.Word](o GatherAxis, b *graph.Binding) graph.Step {
	out, in := b.Outputs[0], b.Inputs[0]
	shape := in.Shape()
	outer, n, inner := product(shape[:o.Axis]), shape[o.Axis], product(shape[o.Axis+1:])
	count, step := b.Inputs[1].Len(), pixelStep(out, inner)
	if inner == 1 && step == 1 {
		return gatherInRows[U](b, n, count, 0)
	}
	index := indexer(b, b.Inputs[1], n)
	return func() {
		dst, src := tensor.Words[U](out), tensor.Words[U](in)
		for at := range outer {
			for i := range count {
				j, ok := index(i)
				if !ok {
					return
				}
				copy(dst[(at*count+i)*step:][:inner], src[(at*n+j)*inner:])
			}
		}
	}
}

// indexer returns what gives index i of an array of indices into n elements, or false if it is out
// of range, which it tells the binding.
func indexer(b *graph.Binding, indices *tensor.Array, n int) func(i int) (index int, ok bool) {
	if indices.DType() == tensor.Int32Type {
		return indexerOf(b, tensor.Slot[int32](indices), n)
	}
	return indexerOf(b, tensor.Slot[int64](indices), n)
}

func indexerOf[I int32 | int64](b *graph.Binding, indices *[]I, n int) func(i int) (int, bool) {
	return func(i int) (int, bool) {
		index := int64((*indices)[i])
		if index < 0 {
			index += int64(n)
		}
		if index < 0 || index >= int64(n) {
			b.Fail(fmt.Errorf("index %d, which is %d, is out of range for %d elements", i,
				(*indices)[i], n))
			return 0, false
		}
		return int(index), true
	}
}

// gatherInRows returns the step that takes so many columns of rows of this length: a row's indices
// stand so far after those of the row before, 0 if they are the same.
func gatherInRows[U tensor.Word](b *graph.Binding, length, columns, step int) graph.Step {
	if b.Inputs[1].DType() == tensor.Int32Type {
		return gatherInRowsBy[U, int32](b, length, columns, step)
	}
	return gatherInRowsBy[U, int64](b, length, columns, step)
}

func gatherInRowsBy[U tensor.Word, I int32 | int64](b *graph.Binding, length, columns,
	step int) graph.Step {
	out, in, indices := b.Outputs[0], b.Inputs[0], tensor.Slot[I](b.Inputs[1])
	index := indexerOf(b, indices, length)
	return func() {
		src, first := tensor.Words[U](in), 0
		for dst := tensor.Words[U](out); len(dst) > 0; dst = dst[columns:] {
			row, to := src[:length], dst[:columns]
			for j, given := range (*indices)[first:][:columns] {
				at := int64(given)
				if at < 0 {
					at += int64(length)
				}
				if uint64(at) >= uint64(len(row)) {
					index(first + j) // which tells
					return
				}
				to[j] = row[at]
			}
			src, first = src[length:], first+step
		}
	}
}

// Gradient adds the upstream gradient up where it was taken from.
func (o GatherAxis) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(ScatterAdd(o), g[0], n.Inputs[1], n.Inputs[0]), nil}
}

// ScatterAdd adds slices of its first input to zeros in the shape of its third, whose elements it
// doesn't read, along an axis where the indices of its second say: in the order of the indices, so
// that several additions to one place always give the same bits. It is the gradient of
// [GatherAxis].
type ScatterAdd struct {
	Axis int `json:"axis"`
}

// Name returns "scatter_add".
func (ScatterAdd) Name() string { return "scatter_add" }

// ReadsShapeOnly says that it is the third input of which only the shape matters.
func (ScatterAdd) ReadsShapeOnly(input int) bool { return input == 2 }

// Infer returns the third input's type.
func (o ScatterAdd) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, not 3", len(in))
	}
	gathered, err := GatherAxis(o).Infer([]graph.Type{in[2], in[1]})
	switch {
	case err != nil:
		return nil, err
	case !gathered[0].Equal(in[0]) || !in[0].DType.IsFloat():
		return nil, fmt.Errorf("%v can't be added to %v by the indices %v", in[0], in[2], in[1])
	}
	return in[2:], nil
}

// Bind returns a step that adds slice after slice.
func (o ScatterAdd) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindScatterAdd[float32], bindScatterAdd[float64])
}

func bindScatterAdd[T tensor.Float](o ScatterAdd, b *graph.Binding) (graph.Step, error) {
	add := graph.Engine[T](b).Kernels().Binary[tensor.Add]
	dst, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	shape := b.Outputs[0].Shape()
	outer, n, inner := product(shape[:o.Axis]), shape[o.Axis], product(shape[o.Axis+1:])
	index := indexer(b, b.Inputs[1], n)
	count := b.Inputs[1].Len()
	return func() {
		clear(*dst)
		for at := range outer {
			for i := range count {
				j, ok := index(i)
				if !ok {
					return
				}
				to := (*dst)[(at*n+j)*inner:][:inner]
				add(to, to, (*src)[(at*count+i)*inner:])
			}
		}
	}, nil
}

// Gradient gathers.
func (o ScatterAdd) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(GatherAxis(o), g[0], n.Inputs[1]), nil, nil}
}
