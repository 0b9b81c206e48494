package tensor

import (
	"fmt"
	"slices"
)

// Concat returns a new tensor of the parts one after the other along dimension d. In the other
// dimensions they are as long as one another.
func Concat[T Element](d int, parts ...*Tensor[T]) *Tensor[T] {
	if len(parts) == 0 {
		panic("tensor: Concat: there are no parts")
	}
	parts[0].requireDims("Concat", d)
	shape := parts[0].Shape()
	for _, p := range parts[1:] {
		if len(p.shape) != len(shape) || !slices.Equal(p.shape[:d], shape[:d]) ||
			!slices.Equal(p.shape[d+1:], shape[d+1:]) {
			panic(fmt.Sprintf("tensor: Concat: the shapes %v and %v differ beyond dimension %d",
				parts[0].shape, p.shape, d))
		}
		shape[d] += p.shape[d]
	}
	t := New[T](shape...)
	at := 0
	for _, p := range parts {
		t.Narrow(d, at, at+p.shape[d]).CopyFrom(p)
		at += p.shape[d]
	}
	return t
}

// Split returns views of parts of these lengths along dimension d, which together are as long as t.
func (t *Tensor[T]) Split(d int, lengths ...int) []*Tensor[T] {
	t.requireDims("Split", d)
	parts, at := make([]*Tensor[T], len(lengths)), 0
	for i, n := range lengths {
		if n < 0 || n > t.shape[d]-at {
			panic(fmt.Sprintf("tensor: Split: the lengths %v along dimension %d of the shape %v",
				lengths, d, t.shape))
		}
		parts[i] = t.Narrow(d, at, at+n)
		at += n
	}
	if at != t.shape[d] {
		panic(fmt.Sprintf("tensor: Split: the lengths %v are %d, dimension %d of the shape %v is not",
			lengths, at, d, t.shape))
	}
	return parts
}

// Gather returns a new tensor of the slices of x along dimension d that the indices name: of a
// shape (a, n, b) and indices of a shape i it has the shape (a, i, b).
func Gather[T Element, I int32 | int64](x *Tensor[T], d int, indices *Tensor[I]) *Tensor[T] {
	x.requireDims("Gather", d)
	shape := slices.Concat(x.shape[:d], []int{indices.Len()}, x.shape[d+1:])
	t := New[T](shape...)
	for to, i := range indices.Clone().Data() {
		if i < 0 || int64(i) >= int64(x.shape[d]) {
			panic(fmt.Sprintf("tensor: Gather: the index %d is outside dimension %d of the shape %v",
				i, d, x.shape))
		}
		t.Narrow(d, to, to+1).CopyFrom(x.Narrow(d, int(i), int(i)+1))
	}
	return t.Reshape(slices.Concat(x.shape[:d], indices.shape, x.shape[d+1:])...)
}
