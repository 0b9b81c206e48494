// Package tensor holds dense arrays and the operations that neural networks need on them. A
// [Tensor] has elements of any type, which an [Engine] computes with if they are float32 or
// float64; an [Array] is a tensor whose element type is known at run time only.
//
// Shape mistakes are programming errors: an operation panics and names itself and the shapes that
// do not fit.
//
// An element-wise operation works in place: its destination may be the very same view as an
// operand. A destination that has an element in common with an operand in any other way would get
// wrong elements, so the operation panics and says where both lie in memory; only [Tensor.CopyFrom]
// copies. Views that interleave without sharing elements, such as blocks of columns of one matrix,
// are no overlap.
package tensor

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"simdnn/internal/memory"
	"simdnn/tensor/asm"
)

// Float is an element type that operations compute with.
type Float = asm.Float

// alignment is that of the first element of a new tensor, in bytes: a cache line, and the widest
// vector register.
const alignment = 64

// Tensor is a dense array of elements in row-major order, or a strided view of one.
//
// A Tensor refers to its storage: views made by [Tensor.Slice], [Tensor.Permute], [Tensor.Reshape]
// and their like share it.
type Tensor[T Element] struct {
	data    []T // from the first element to the last that the view can reach
	shape   []int
	strides []int // in elements, one a dimension
}

// New returns a tensor of zeros with 64-byte aligned storage. It panics if that needs more memory
// than there is.
func New[T Element](shape ...int) *Tensor[T] {
	n := size(shape)
	if bytes := float64(n) * float64(elementBytes[T]()); bytes > memory.Available() {
		panic("tensor: New: " + tooLarge(shape, elementBytes[T]()).Error())
	}
	return FromSlice(alignedSlice[T](n), shape...)
}

// FromSlice returns a tensor over data in row-major order. The tensor refers to data and does not
// copy it.
func FromSlice[T Element](data []T, shape ...int) *Tensor[T] {
	if n := size(shape); n != len(data) {
		panic(fmt.Sprintf("tensor: FromSlice: %d elements do not fill the shape %v", len(data),
			shape))
	}
	return &Tensor[T]{data: data, shape: append([]int(nil), shape...),
		strides: contiguousStrides(shape)}
}

// alignedSlice returns n zeros whose first element stands at a multiple of 64 bytes. The 64 bytes
// behind the last one are memory that the system has provided: AVX-512's masked accesses there have
// no effect, but on memory not yet provided they take hundreds of cycles, each time.
func alignedSlice[T Element](n int) []T {
	var zero T
	pad := alignment / int(unsafe.Sizeof(zero))
	buf := make([]T, n+2*pad)
	skip := 0
	if rest := uintptr(unsafe.Pointer(&buf[0])) % alignment; rest != 0 {
		skip = int((alignment - rest) / unsafe.Sizeof(zero))
	}
	buf = buf[skip : skip+n+pad]
	adviseHugePages(buf[:n])
	buf[n+pad-1] = zero
	return buf[:n:n]
}

// tooLarge returns the error of a shape that needs more memory than there is.
func tooLarge(shape []int, elem int) *memory.Error {
	bytes := float64(elem)
	for _, d := range shape {
		bytes *= float64(d)
	}
	return &memory.Error{What: fmt.Sprintf("the shape %v", shape), Bytes: bytes}
}

// size returns the number of elements of a shape, the largest int if there are more.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			panic(fmt.Sprintf("tensor: negative dimension in the shape %v", shape))
		}
		if high, low := bits.Mul(uint(n), uint(d)); high != 0 || low > math.MaxInt {
			n = math.MaxInt
		} else {
			n = int(low)
		}
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

// IsContiguous reports whether the elements stand one after the other in row-major order.
//
//go:noinline
func (t *Tensor[T]) IsContiguous() bool {
	_, ok := t.Contiguous()
	return ok
}

// Contiguous returns the elements in row-major order, without copying, or false if the tensor is a
// view with gaps. One without elements has none.
func (t *Tensor[T]) Contiguous() (data []T, ok bool) {
	n := 1
	for d := len(t.shape) - 1; d >= 0; d-- {
		if t.shape[d] != 1 && t.strides[d] != n {
			return nil, slices.Contains(t.shape, 0) // no gap lies between no elements
		}
		n *= t.shape[d]
	}
	return t.data[:n], true
}

// Data returns the elements of a contiguous tensor, in row-major order and without copying. It
// panics if the tensor is a view with gaps.
func (t *Tensor[T]) Data() []T {
	data, ok := t.Contiguous()
	if !ok {
		panic(fmt.Sprintf("tensor: Data: the view of shape %v and strides %v is not contiguous",
			t.shape, t.strides))
	}
	return data
}

// At returns the element at the given indices, one a dimension.
func (t *Tensor[T]) At(index ...int) T { return t.data[t.offset(index)] }

// Set stores v at the given indices, one a dimension.
func (t *Tensor[T]) Set(v T, index ...int) { t.data[t.offset(index)] = v }

// offset returns the place of an element in data.
func (t *Tensor[T]) offset(index []int) int {
	if len(index) != len(t.shape) {
		panic(fmt.Sprintf("tensor: %d indices for the shape %v", len(index), t.shape))
	}
	at := 0
	for d, i := range index {
		if i < 0 || i >= t.shape[d] {
			panic(fmt.Sprintf("tensor: the index %v is outside the shape %v", index, t.shape))
		}
		at += i * t.strides[d]
	}
	return at
}

// Clone returns a contiguous copy with storage of its own.
func (t *Tensor[T]) Clone() *Tensor[T] {
	c := New[T](t.shape...)
	c.CopyFrom(t)
	return c
}

// CopyFrom sets the elements of t to those of x, which is broadcast to the shape of t as NumPy
// does. If x is another view of elements of t, it is copied first.
func (t *Tensor[T]) CopyFrom(x *Tensor[T]) {
	if t.IsContiguous() && x.IsContiguous() && slices.Equal(t.shape, x.shape) {
		copy(t.Data(), x.Data())
		return
	}
	requireWritable("CopyFrom", t)
	if !apart(t.data, x.data) && !isSameView(t, x) && t.extent().overlaps(x.extent()) {
		x = x.Clone()
	}
	NewMove[T](t.shape, t.strides, broadcastStrides("CopyFrom", x, t.shape)).Run(t.data, x.data)
}

// Fill sets every element to v.
func (t *Tensor[T]) Fill(v T) {
	t.CopyFrom(FromSlice([]T{v}))
}

// String returns the shape and, of a small tensor, the elements.
func (t *Tensor[T]) String() string {
	if t.Len() > 64 {
		return fmt.Sprintf("Tensor%v", t.shape)
	}
	return fmt.Sprintf("Tensor%v%v", t.shape, t.Clone().Data())
}
