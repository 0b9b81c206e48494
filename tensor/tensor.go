// Package tensor holds dense arrays of float32 or float64 and the operations that neural networks need on them.
//
// Shape mistakes are programming errors: an operation panics and names itself and the shapes that do not fit.
package tensor

import (
	"fmt"
	"unsafe"

	"simdnn/tensor/asm"
)

// Float is the element type of a tensor.
type Float = asm.Float

// alignment is that of the first element of a new tensor, in bytes: a cache line, and the widest vector register.
const alignment = 64

// Tensor is a dense array of elements in row-major order, or a strided view of one.
//
// A Tensor refers to its storage: views made by [Tensor.Slice], [Tensor.T], [Tensor.Reshape] and [Tensor.Row] share it.
type Tensor[T Float] struct {
	data    []T // from the first element to the last that the view can reach
	shape   []int
	strides []int // in elements, one a dimension
}

// New returns a tensor of zeros with 64-byte aligned storage.
func New[T Float](shape ...int) *Tensor[T] {
	return FromSlice(alignedSlice[T](size(shape)), shape...)
}

// FromSlice returns a tensor over data in row-major order. The tensor refers to data and does not copy it.
func FromSlice[T Float](data []T, shape ...int) *Tensor[T] {
	if n := size(shape); n != len(data) {
		panic(fmt.Sprintf("tensor: FromSlice: %d elements do not fill the shape %v", len(data), shape))
	}
	t := &Tensor[T]{data: data, shape: append([]int(nil), shape...), strides: make([]int, len(shape))}
	stride := 1
	for d := len(shape) - 1; d >= 0; d-- {
		t.strides[d] = stride
		stride *= shape[d]
	}
	return t
}

// alignedSlice returns n zeros whose first element stands at a multiple of 64 bytes. The 64 bytes behind the last one are memory that the
// system has provided: AVX-512's masked accesses there have no effect, but on memory not yet provided they take hundreds of cycles, each time.
func alignedSlice[T Float](n int) []T {
	var zero T
	pad := alignment / int(unsafe.Sizeof(zero))
	buf := make([]T, n+2*pad)
	skip := 0
	if rest := uintptr(unsafe.Pointer(&buf[0])) % alignment; rest != 0 {
		skip = int((alignment - rest) / unsafe.Sizeof(zero))
	}
	buf[skip+n+pad-1] = 0
	return buf[skip : skip+n : skip+n]
}

// size returns the number of elements of a shape.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			panic(fmt.Sprintf("tensor: negative dimension in the shape %v", shape))
		}
		n *= d
	}
	return n
}

// Shape returns a copy of the tensor's dimensions.
func (t *Tensor[T]) Shape() []int { return append([]int(nil), t.shape...) }

// Rank returns the number of dimensions.
func (t *Tensor[T]) Rank() int { return len(t.shape) }

// Dim returns the length of dimension d.
func (t *Tensor[T]) Dim(d int) int { return t.shape[d] }

// Len returns the number of elements.
func (t *Tensor[T]) Len() int { return size(t.shape) }

// IsContiguous tells whether the elements stand one after the other in row-major order.
func (t *Tensor[T]) IsContiguous() bool {
	_, ok := t.Contiguous()
	return ok
}

// Contiguous returns the elements in row-major order, without copying, or false if the tensor is a view with gaps.
func (t *Tensor[T]) Contiguous() (data []T, ok bool) {
	n := 1
	for d := len(t.shape) - 1; d >= 0; d-- {
		if t.shape[d] != 1 && t.strides[d] != n {
			return nil, false
		}
		n *= t.shape[d]
	}
	return t.data[:n], true
}

// Data returns the elements of a contiguous tensor, in row-major order and without copying. It panics if the tensor is a view with gaps.
func (t *Tensor[T]) Data() []T {
	data, ok := t.Contiguous()
	if !ok {
		panic(fmt.Sprintf("tensor: Data: the view of shape %v and strides %v is not contiguous", t.shape, t.strides))
	}
	return data
}
