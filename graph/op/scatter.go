package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// GatherEach takes elements of its first input along an axis, each where the index at its place in
// the second, of int64 or int32, says: out[i][j] = x[index[i][j]][j] along the first axis. Along
// the others the indices may be fewer than the elements. It is PyTorch's gather and ONNX's
// GatherElements.
type GatherEach struct {
	Axis int `json:"axis"`
}

// GatherElements returns the elements of x along axis that the indices name, each for its place.
func GatherElements(b *graph.Builder, x, indices *graph.Value, axis int) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("a gather along %w", err)
		return x
	}
	return b.Apply(GatherEach{a}, x, indices)
}

// Name returns "gather_elements".
func (GatherEach) Name() string { return "gather_elements" }

// Infer returns the shape of the indices.
func (o GatherEach) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%d inputs, not 2", len(in))
	}
	if err := fitsEach(o.Axis, in[0], in[1]); err != nil {
		return nil, err
	}
	return []graph.Type{in[0].With(in[1].Shape)}, nil
}

// fitsEach says what is wrong with indices of elements of x along an axis.
func fitsEach(axis int, x, indices graph.Type) error {
	if !isIndex(indices.DType) || len(indices.Shape) != len(x.Shape) || axis < 0 ||
		axis >= len(x.Shape) {
		return fmt.Errorf("indices along axis %d of %v must be int64 or int32 and as many dimensions, "+
			"not %v", axis, x, indices)
	}
	for d, n := range indices.Shape {
		have, known1 := x.Shape[d].Value()
		want, known2 := n.Value()
		if d != axis && n != x.Shape[d] && !(known1 && known2 && want <= have) {
			return fmt.Errorf("the indices %v reach beyond %v along axis %d", indices, x, d)
		}
	}
	return nil
}

// Bind returns a step that goes through the indices.
func (o GatherEach) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindGatherEach[uint8], bindGatherEach[uint16], bindGatherEach[uint32],
		bindGatherEach[uint64])
}

func bindGatherEach[U tensor.Word](o GatherEach, b *graph.Binding) graph.Step {
	out, in := b.Outputs[0], b.Inputs[0]
	last := o.Axis == len(in.Shape())-1
	if last && slices.Equal(in.Shape()[:o.Axis], out.Shape()[:o.Axis]) {
		columns := lastOf(out.Shape())
		return gatherInRows[U](b, lastOf(in.Shape()), columns, columns)
	}
	each := eachIndex(b, o.Axis, in.Shape(), b.Inputs[1])
	var dst, src []U
	take := func(i, at int) { dst[i] = src[at] }
	return func() {
		dst, src = tensor.Words[U](out), tensor.Words[U](in)
		each(take)
	}
}

// eachIndex returns a function that calls its argument with each place in an array of indices and
// the place in an array of this shape that it names along an axis, until one is out of range.
func eachIndex(b *graph.Binding, axis int, shape []int, indices *tensor.Array) func(f func(i,
	at int)) {
	index := indexer(b, indices, shape[axis])
	dims, steps := indices.Shape(), strides(shape)
	stride := steps[axis]
	steps[axis] = 0
	counter := make([]int, len(dims))
	n := indices.Len()
	return func(f func(i, at int)) {
		clear(counter)
		at := 0
		for i := range n {
			j, ok := index(i)
			if !ok {
				return
			}
			f(i, at+j*stride)
			for d := len(dims) - 1; d >= 0; d-- {
				counter[d]++
				if at += steps[d]; counter[d] < dims[d] {
					break
				}
				at -= steps[d] * dims[d]
				counter[d] = 0
			}
		}
	}
}

// Gradient adds the upstream gradient up where the elements came from.
func (o GatherEach) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x := n.Inputs[0]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil, nil}
	}
	zeros := Expand(b, Scalar(b, x.DType(), 0), x)
	return []*graph.Value{b.Apply(ScatterEach{o.Axis, ScatteredSum}, zeros, n.Inputs[1], g[0]), nil}
}

// Scattering names what becomes of an element to which another is scattered.
type Scattering string

// The element is replaced, or it becomes the sum, the product, the larger or the smaller one of the
// two; NaN is both larger and smaller.
const (
	Replaced         Scattering = ""
	ScatteredSum     Scattering = "add"
	ScatteredProduct Scattering = "mul"
	ScatteredMax     Scattering = "max"
	ScatteredMin     Scattering = "min"
)

// ScatterEach puts the elements of its third input into a copy of its first, along an axis where
// the indices of its second say, in the order of the indices. It is PyTorch's scatter and
// scatter_reduce, and ONNX's ScatterElements.
type ScatterEach struct {
	Axis int        `json:"axis"`
	By   Scattering `json:"by,omitempty"`
}

// ScatterElements returns x with updates at the indices along axis, or combined with what is there.
func ScatterElements(b *graph.Builder, x, indices, updates *graph.Value, axis int,
	by Scattering) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("a scatter along %w", err)
		return x
	}
	return b.Apply(ScatterEach{a, by}, x, indices, updates)
}

// Name returns "scatter_elements".
func (ScatterEach) Name() string { return "scatter_elements" }

// Overwrites says that the output may stand where the first input does.
func (ScatterEach) Overwrites(int) []int { return []int{0} }

// Infer returns the first input's type.
func (o ScatterEach) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, not 3", len(in))
	}
	if err := fitsEach(o.Axis, in[0], in[1]); err != nil {
		return nil, err
	}
	if !in[2].Equal(in[0].With(in[1].Shape)) {
		return nil, fmt.Errorf("the updates are %v, not %v", in[2], in[0].With(in[1].Shape))
	}
	return in[:1], o.By.takes(in[0].DType)
}

// takes says what is wrong with elements to be scattered.
func (s Scattering) takes(d tensor.DType) error {
	switch s {
	case Replaced:
		return nil
	case ScatteredSum, ScatteredProduct, ScatteredMax, ScatteredMin:
		if d.IsFloat() || d.IsInteger() {
			return nil
		}
	}
	return fmt.Errorf("a scatter of %v by %q", d, string(s))
}

// Scratch returns the size of integers that are widened.
func (o ScatterEach) Scratch(_ *graph.Binding, in []graph.Type) int {
	if o.By == Replaced {
		return 0
	}
	return widenedBytes(o, in)
}

// Bind returns a step that copies the first input and goes through the indices.
func (o ScatterEach) Bind(b *graph.Binding) (graph.Step, error) {
	each := eachIndex(b, o.Axis, b.Inputs[0].Shape(), b.Inputs[1])
	return bindScatter(b, o.By, func(f func(to, from, n int)) func() {
		put := func(i, at int) { f(at, i, 1) }
		return func() { each(put) }
	})
}

// scatter is what to do with updates, and where: what each returns calls f with places in the
// output and in the updates, and how many elements are there.
type scatter struct {
	by   Scattering
	each func(f func(to, from, n int)) func()
}

// bindScatter returns a step that copies the first input and scatters the third to it.
func bindScatter(b *graph.Binding, by Scattering,
	each func(f func(to, from, n int)) func()) (graph.Step, error) {
	o := scatter{by, each}
	if by == Replaced {
		return forSize(b, o, replaceEach[uint8], replaceEach[uint16], replaceEach[uint32],
			replaceEach[uint64])
	}
	return forNumber(b, o, combineEach[float32], combineEach[float64], combineEach[int32],
		combineEach[int64], combineEach[uint64])
}

func replaceEach[U tensor.Word](o scatter, b *graph.Binding) graph.Step {
	out, x, updates := b.Outputs[0], b.Inputs[0], b.Inputs[2]
	var dst, src []U
	replace := o.each(func(to, from, n int) { copy(dst[to:][:n], src[from:]) })
	return func() {
		dst, src = tensor.Words[U](out), tensor.Words[U](updates)
		copy(dst, tensor.Words[U](x))
		replace()
	}
}

func combineEach[T number](o scatter, b *graph.Binding) (graph.Step, error) {
	dst, x, src := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]),
		tensor.Slot[T](b.Inputs[2])
	combine := map[Scattering]func(x, y T) T{
		ScatteredSum:     func(x, y T) T { return x + y },
		ScatteredProduct: func(x, y T) T { return T(x * y) },
		ScatteredMax:     func(x, y T) T { return max(x, y) },
		ScatteredMin:     func(x, y T) T { return min(x, y) },
	}[o.by]
	combineAll := o.each(func(to, from, n int) {
		for i, v := range (*src)[from:][:n] {
			(*dst)[to+i] = combine((*dst)[to+i], v)
		}
	})
	return func() { copy(*dst, *x); combineAll() }, nil
}

// Gradient takes the upstream gradient from where the updates went, which for elements that were
// replaced is all of it. Of the other forms, but for sums, it is not built.
func (o ScatterEach) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x, indices, updates := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	back := b.Apply(GatherEach{o.Axis}, g[0], indices)
	switch o.By {
	case Replaced:
		zeros := Expand(b, Scalar(b, x.DType(), 0), updates)
		return []*graph.Value{b.Apply(o, g[0], indices, zeros), nil, back}
	case ScatteredSum:
		return []*graph.Value{g[0], nil, back}
	}
	b.Fail("%v by %q has no gradient", n, string(o.By))
	return []*graph.Value{nil, nil, nil}
}

// GatherBlocks takes blocks of its first input, each where an index of several numbers, the last
// dimension of its second, says: of (batch…, a, b, c…) by (batch…, i…, 2) it makes (batch…, i…,
// c…). It is ONNX's GatherND.
type GatherBlocks struct {
	BatchDims int `json:"batchDims,omitempty"` // the dimensions that both inputs begin with
}

// GatherND returns the blocks of x that the indices name.
func GatherND(b *graph.Builder, x, indices *graph.Value, batchDims int) *graph.Value {
	return b.Apply(GatherBlocks{batchDims}, x, indices)
}

// Name returns "gather_nd".
func (GatherBlocks) Name() string { return "gather_nd" }

// Infer returns the shape of the indices but for their last dimension, and that of a block.
func (o GatherBlocks) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%d inputs, not 2", len(in))
	}
	depth, err := blockDepth(o.BatchDims, in[0], in[1])
	if err != nil {
		return nil, err
	}
	index := in[1].Shape[:len(in[1].Shape)-1]
	return []graph.Type{in[0].With(slices.Concat(index, in[0].Shape[o.BatchDims+depth:]))}, nil
}

// blockDepth returns how many numbers an index has, or says what is wrong with them.
func blockDepth(batch int, x, indices graph.Type) (depth int, err error) {
	s := indices.Shape
	if isIndex(indices.DType) && len(s) > batch && len(x.Shape) > batch && batch >= 0 &&
		x.Shape[:batch].Equal(s[:batch]) {
		depth, ok := s[len(s)-1].Value()
		if ok && depth >= 0 && batch+depth <= len(x.Shape) {
			return depth, nil
		}
	}
	return 0, fmt.Errorf("indices %v of blocks of %v after %d dimensions", indices, x, batch)
}

// Bind returns a step that copies block after block.
func (o GatherBlocks) Bind(b *graph.Binding) (graph.Step, error) {
	return forSize(b, o, bindGatherBlocks[uint8], bindGatherBlocks[uint16], bindGatherBlocks[uint32],
		bindGatherBlocks[uint64])
}

func bindGatherBlocks[U tensor.Word](o GatherBlocks, b *graph.Binding) graph.Step {
	out, in := b.Outputs[0], b.Inputs[0]
	each := eachBlock(b, o.BatchDims, in.Shape(), b.Inputs[1])
	var dst, src []U
	take := func(at, i, n int) { copy(dst[i:][:n], src[at:]) }
	return func() {
		dst, src = tensor.Words[U](out), tensor.Words[U](in)
		each(take)
	}
}

// eachBlock returns a function that calls its argument with the places of blocks in an array of
// this shape and among blocks one after the other, and the size of a block, until an index is out
// of range.
func eachBlock(b *graph.Binding, batch int, shape []int, indices *tensor.Array) func(f func(at, i,
	n int)) {
	dims := indices.Shape()
	depth := lastOf(dims)
	steps, size := strides(shape), product(shape[batch+depth:])
	parts := make([]func(int) (int, bool), depth)
	for d := range parts {
		parts[d] = indexer(b, indices, shape[batch+d])
	}
	blocks := product(dims[:len(dims)-1])
	perBatch := blocks / max(product(dims[:batch]), 1)
	batchStep := product(shape[batch:])
	return func(f func(at, i, n int)) {
		for i := range blocks {
			at := i / perBatch * batchStep
			for d, part := range parts {
				j, ok := part(i*depth + d)
				if !ok {
					return
				}
				at += j * steps[batch+d]
			}
			f(at, i*size, size)
		}
	}
}

// Gradient adds the upstream gradient up where the blocks came from.
func (o GatherBlocks) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x := n.Inputs[0]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil, nil}
	}
	zeros := Expand(b, Scalar(b, x.DType(), 0), x)
	sum := ScatterBlocks{By: ScatteredSum, BatchDims: o.BatchDims}
	return []*graph.Value{b.Apply(sum, zeros, n.Inputs[1], g[0]), nil}
}

// ScatterBlocks puts blocks of its third input into a copy of its first, where the indices of its
// second say, as [GatherBlocks] takes them, in the order of the indices. It is ONNX's ScatterND.
type ScatterBlocks struct {
	By        Scattering `json:"by,omitempty"`
	BatchDims int        `json:"batchDims,omitempty"`
}

// ScatterND returns x with blocks of updates at the indices, or combined with what is there.
func ScatterND(b *graph.Builder, x, indices, updates *graph.Value, by Scattering) *graph.Value {
	return b.Apply(ScatterBlocks{By: by}, x, indices, updates)
}

// Name returns "scatter_nd".
func (ScatterBlocks) Name() string { return "scatter_nd" }

// Overwrites says that the output may stand where the first input does.
func (ScatterBlocks) Overwrites(int) []int { return []int{0} }

// Infer returns the first input's type.
func (o ScatterBlocks) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, not 3", len(in))
	}
	blocks, err := GatherBlocks{o.BatchDims}.Infer(in[:2])
	if err != nil {
		return nil, err
	}
	if !in[2].Equal(blocks[0]) {
		return nil, fmt.Errorf("the updates are %v, not %v", in[2], blocks[0])
	}
	return in[:1], o.By.takes(in[0].DType)
}

// Scratch returns the size of integers that are widened.
func (o ScatterBlocks) Scratch(_ *graph.Binding, in []graph.Type) int {
	if o.By == Replaced {
		return 0
	}
	return widenedBytes(o, in)
}

// Bind returns a step that copies the first input and goes through the indices.
func (o ScatterBlocks) Bind(b *graph.Binding) (graph.Step, error) {
	each := eachBlock(b, o.BatchDims, b.Inputs[0].Shape(), b.Inputs[1])
	return bindScatter(b, o.By, func(f func(to, from, n int)) func() {
		return func() { each(f) }
	})
}

// Gradient takes the upstream gradient from where the updates went, as that of [ScatterEach] does.
func (o ScatterBlocks) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x, indices, updates := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	back := b.Apply(GatherBlocks{o.BatchDims}, g[0], indices)
	switch o.By {
	case Replaced:
		zeros := Expand(b, Scalar(b, x.DType(), 0), updates)
		return []*graph.Value{b.Apply(o, g[0], indices, zeros), nil, back}
	case ScatteredSum:
		return []*graph.Value{g[0], nil, back}
	}
	b.Fail("%v by %q has no gradient", n, string(o.By))
	return []*graph.Value{nil, nil, nil}
}
