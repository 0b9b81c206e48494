package tensors

import (
	"fmt"
	"slices"

	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Stack puts values of one type along a new axis. Of none, it is empty, of the type that is
// declared.
func Stack(parts []*value.Value, axis int, t *proto.Type) (*value.Value, error) {
	if len(parts) == 0 {
		if t == nil || t.Kind != proto.TensorKind {
			return nil, fmt.Errorf("the type of an output of no turns is not known")
		}
		shape := []int{0}
		for _, d := range t.Shape {
			shape = append(shape, max(int(d.Value), 0))
		}
		return value.Zeros(value.ElementType(t.Element), shape...), nil
	}
	s := Stacking{N: len(parts), Axis: axis}
	for i, v := range parts {
		if err := s.Put(v, i); err != nil {
			return nil, err
		}
	}
	return s.All, nil
}

// Stacking is n values of one type along a new axis.
type Stacking struct {
	N, Axis     int
	first       string // the type of the first value
	All         *value.Value
	outer, each int // blocks of a value, and their elements
	shape       []int
}

// Put copies a value to its place, but for the first call without allocating.
func (s *Stacking) Put(v *value.Value, at int) error {
	if s.All == nil {
		if s.Axis < 0 {
			s.Axis += len(v.Dims()) + 1
		}
		if v.Kind() != value.TensorKind || s.Axis < 0 || s.Axis > len(v.Dims()) {
			return fmt.Errorf("%v can't be stacked along axis %d", v, s.Axis)
		}
		s.first, s.shape = v.String(), slices.Clone(v.Dims())
		s.outer, s.each = Size(v.Dims()[:s.Axis]), Size(v.Dims()[s.Axis:])
		s.All = value.Zeros(v.Element(), slices.Insert(slices.Clone(v.Dims()), s.Axis, s.N)...)
	}
	if v.Kind() != value.TensorKind || v.Element() != s.All.Element() || !slices.Equal(v.Dims(),
		s.shape) {
		return fmt.Errorf("%v and %v can't be stacked", s.first, v)
	}
	for i := range s.outer {
		CopyBlock(s.All, (i*s.N+at)*s.each, v, i*s.each, s.each)
	}
	return nil
}

// Join puts tensors of one type one after the other along an axis.
func Join(parts []*value.Value, axis int) (*value.Value, error) {
	first := parts[0]
	if axis < 0 {
		axis += len(first.Dims())
	}
	if axis < 0 || axis >= len(first.Dims()) {
		return nil, fmt.Errorf("axis %d of %v", axis, first)
	}
	shape := slices.Clone(first.Dims())
	shape[axis] = 0
	for _, p := range parts {
		if p.Element() != first.Element() || len(p.Dims()) != len(shape) ||
			!slices.Equal(p.Dims()[:axis], shape[:axis]) || !slices.Equal(p.Dims()[axis+1:],
			shape[axis+1:]) {
			return nil, fmt.Errorf("%v and %v don't fit along axis %d", first, p, axis)
		}
		shape[axis] += p.Dims()[axis]
	}
	out := value.Zeros(first.Element(), shape...)
	at := 0
	for outer := range Size(shape[:axis]) {
		for _, p := range parts {
			n := Size(p.Dims()[axis:])
			CopyBlock(out, at, p, outer*n, n)
			at += n
		}
	}
	return out, nil
}

// CopyBlock copies n elements between tensors of one type.
func CopyBlock(dst *value.Value, to int, src *value.Value, from, n int) {
	if dst.Array() == nil {
		copy(dst.Strings()[to:], src.Strings()[from:][:n])
		return
	}
	switch dst.Array().DType().Bytes() {
	case 1:
		copy(tensor.Words[uint8](dst.Array())[to:], tensor.Words[uint8](src.Array())[from:][:n])
	case 2:
		copy(tensor.Words[uint16](dst.Array())[to:], tensor.Words[uint16](src.Array())[from:][:n])
	case 4:
		copy(tensor.Words[uint32](dst.Array())[to:], tensor.Words[uint32](src.Array())[from:][:n])
	default:
		copy(tensor.Words[uint64](dst.Array())[to:], tensor.Words[uint64](src.Array())[from:][:n])
	}
}

// Part returns the elements from one index to another along an axis.
func Part(v *value.Value, axis, from, to int) *value.Value {
	shape := slices.Clone(v.Dims())
	shape[axis] = to - from
	out := value.Zeros(v.Element(), shape...)
	CopyPart(out, v, axis, from, to)
	return out
}

// CopyPart sets v to the elements of another tensor from one index to another along an axis.
func CopyPart(v, of *value.Value, axis, from, to int) {
	inner := Size(of.Dims()[axis+1:])
	n := (to - from) * inner
	for outer := range Size(of.Dims()[:axis]) {
		CopyBlock(v, outer*n, of, (outer*of.Dims()[axis]+from)*inner, n)
	}
}

// At returns the tensor at an index along an axis, without that.
func At(v *value.Value, axis, i int) *value.Value {
	out := Part(v, axis, i, i+1)
	return out.Reshape(Without(out.Dims(), axis)...)
}

// CopyElement copies one element between arrays of one type.
func CopyElement(dst *tensor.Array, to int, src *tensor.Array, from int) {
	switch dst.DType().Bytes() {
	case 1:
		tensor.Words[uint8](dst)[to] = tensor.Words[uint8](src)[from]
	case 2:
		tensor.Words[uint16](dst)[to] = tensor.Words[uint16](src)[from]
	case 4:
		tensor.Words[uint32](dst)[to] = tensor.Words[uint32](src)[from]
	default:
		tensor.Words[uint64](dst)[to] = tensor.Words[uint64](src)[from]
	}
}

// Without returns a shape without the dimensions at some axes.
func Without(shape []int, axes ...int) []int {
	var out []int
	for i, n := range shape {
		if !slices.Contains(axes, i) {
			out = append(out, n)
		}
	}
	return out
}
