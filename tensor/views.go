package tensor

import (
	"fmt"
	"slices"
)

// The methods of this file return views: they share the elements of their tensor and copy none.

// Slice returns a view of the rows lo to hi−1: the elements whose first index lies there.
func (t *Tensor[T]) Slice(lo, hi int) *Tensor[T] { return t.Narrow(0, lo, hi) }

// SetSlice makes t the view that x.Slice(lo, hi) returns. Unlike that it allocates nothing when t
// has been a view of as many dimensions.
func (t *Tensor[T]) SetSlice(x *Tensor[T], lo, hi int) {
	if len(x.shape) == 0 || lo < 0 || hi < lo || hi > x.shape[0] {
		panic(fmt.Sprintf("tensor: SetSlice: [%d, %d) is outside the shape %v", lo, hi, x.shape))
	}
	t.data = x.data[min(lo*x.strides[0], len(x.data)):]
	t.shape, t.strides = append(t.shape[:0], x.shape...), append(t.strides[:0], x.strides...)
	t.shape[0] = hi - lo
}

// Narrow returns a view of the elements whose index in dimension d lies in [lo, hi).
func (t *Tensor[T]) Narrow(d, lo, hi int) *Tensor[T] {
	if d < 0 || d >= len(t.shape) || lo < 0 || hi < lo || hi > t.shape[d] {
		panic(fmt.Sprintf("tensor: Narrow: [%d, %d) of dimension %d is outside the shape %v", lo,
			hi, d, t.shape))
	}
	v := t.view()
	v.shape[d] = hi - lo
	v.data = t.data[min(lo*t.strides[d], len(t.data)):]
	return v
}

// T returns a view with the dimensions in reverse order: of a matrix, the transpose.
func (t *Tensor[T]) T() *Tensor[T] {
	v := t.view()
	slices.Reverse(v.shape)
	slices.Reverse(v.strides)
	return v
}

// Over returns a view of data with the shape and the strides of t: where t's storage holds an
// element, data holds the view's.
func (t *Tensor[T]) Over(data []T) *Tensor[T] {
	if len(data) < len(t.data) {
		panic(fmt.Sprintf("tensor: Over: %d elements are too few for the shape %v with strides %v",
			len(data), t.shape, t.strides))
	}
	return &Tensor[T]{data: data[:len(t.data)], shape: slices.Clone(t.shape),
		strides: slices.Clone(t.strides)}
}

// Reshape returns a view of a contiguous tensor with another shape of the same number of elements.
func (t *Tensor[T]) Reshape(shape ...int) *Tensor[T] {
	if size(shape) != t.Len() {
		panic(fmt.Sprintf("tensor: Reshape: the shape %v has %d elements, %v has %d", shape,
			size(shape), t.shape, t.Len()))
	}
	return FromSlice(t.Data(), shape...)
}

// Row returns row i of a matrix whose rows are contiguous, without copying.
func (t *Tensor[T]) Row(i int) []T {
	if len(t.shape) != 2 || i < 0 || i >= t.shape[0] || t.strides[1] != 1 && t.shape[1] > 1 {
		panic(fmt.Sprintf("tensor: Row: no contiguous row %d in the shape %v with strides %v", i,
			t.shape, t.strides))
	}
	return t.data[i*t.strides[0]:][:t.shape[1]:t.shape[1]]
}

// view returns a view of the same elements with a shape and strides of its own to be changed.
func (t *Tensor[T]) view() *Tensor[T] {
	return &Tensor[T]{data: t.data, shape: slices.Clone(t.shape), strides: slices.Clone(t.strides)}
}

// requireDims panics unless the numbers are those of dimensions.
func (t *Tensor[T]) requireDims(op string, dims ...int) {
	for _, d := range dims {
		if d < 0 || d >= len(t.shape) {
			panic(fmt.Sprintf("tensor: %s: there is no dimension %d in the shape %v", op, d, t.shape))
		}
	}
}

// Permute returns a view with the dimensions in another order: its dimension d is dimension axes[d]
// of t. Of images in the order (n, c, h, w), Permute(0, 2, 3, 1) shows (n, h, w, c).
func (t *Tensor[T]) Permute(axes ...int) *Tensor[T] {
	sorted := slices.Sorted(slices.Values(axes))
	v := t.view()
	for d, a := range axes {
		if len(axes) != len(t.shape) || sorted[d] != d {
			panic(fmt.Sprintf("tensor: Permute: the axes %v are no order of those of the shape %v",
				axes, t.shape))
		}
		v.shape[d], v.strides[d] = t.shape[a], t.strides[a]
	}
	return v
}

// Transpose returns a view with two dimensions exchanged.
func (t *Tensor[T]) Transpose(d1, d2 int) *Tensor[T] {
	t.requireDims("Transpose", d1, d2)
	v := t.view()
	v.shape[d1], v.shape[d2] = v.shape[d2], v.shape[d1]
	v.strides[d1], v.strides[d2] = v.strides[d2], v.strides[d1]
	return v
}

// Step returns a view of every step-th element along dimension d, from the first on. With
// [Tensor.Narrow] before it that is Python's x[lo:hi:step].
func (t *Tensor[T]) Step(d, step int) *Tensor[T] {
	t.requireDims("Step", d)
	if step <= 0 {
		panic(fmt.Sprintf("tensor: Step: a step of %d, which must be positive", step))
	}
	v := t.view()
	v.shape[d] = (t.shape[d]-1)/step + 1
	if t.shape[d] == 0 {
		v.shape[d] = 0
	}
	v.strides[d] *= min(step, max(1, t.shape[d])) // a longer one leads nowhere
	return v
}

// Expand returns t broadcast to a shape by NumPy's rule: dimensions are matched from the last one,
// and one that is missing or has length 1 is repeated. Nothing can be written to a view that shows
// an element more than once.
func (t *Tensor[T]) Expand(shape ...int) *Tensor[T] {
	size(shape) // refuses negative dimensions
	return t.expand("Expand", shape)
}

// expand is Expand on behalf of an operation.
func (t *Tensor[T]) expand(op string, shape []int) *Tensor[T] {
	return &Tensor[T]{data: t.data, shape: slices.Clone(shape),
		strides: broadcastStrides(op, t, shape)}
}

// Unsqueeze returns a view with a dimension of length 1 before dimension d, or behind the last.
func (t *Tensor[T]) Unsqueeze(d int) *Tensor[T] {
	if d < 0 || d > len(t.shape) {
		panic(fmt.Sprintf("tensor: Unsqueeze: there is no place %d in the shape %v", d, t.shape))
	}
	return &Tensor[T]{data: t.data, shape: slices.Insert(slices.Clone(t.shape), d, 1),
		strides: slices.Insert(slices.Clone(t.strides), d, 1)}
}

// Squeeze returns a view without dimension d, whose length is 1.
func (t *Tensor[T]) Squeeze(d int) *Tensor[T] {
	t.requireDims("Squeeze", d)
	if t.shape[d] != 1 {
		panic(fmt.Sprintf("tensor: Squeeze: dimension %d of the shape %v is not 1", d, t.shape))
	}
	return &Tensor[T]{data: t.data, shape: slices.Delete(slices.Clone(t.shape), d, d+1),
		strides: slices.Delete(slices.Clone(t.strides), d, d+1)}
}

// requireWritable panics if a destination shows an element more than once.
func requireWritable[T Element](op string, dst *Tensor[T]) {
	for d, n := range dst.shape {
		if n > 1 && dst.strides[d] == 0 && dst.Len() > 0 {
			panic(fmt.Sprintf("tensor: %s: the destination %v repeats elements along dimension %d",
				op, dst.shape, d))
		}
	}
}
