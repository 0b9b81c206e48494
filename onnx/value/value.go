// Package value has what goes into models and comes out of them: tensors of ONNX's element types,
// sequences and optional values. Programs know them by the names that package onnx gives them.
package value

import (
	"cmp"
	"fmt"
	"slices"

	"simdnn/tensor"
)

// Kind says what a [Value] is.
type Kind uint8

// A value is a tensor, a sequence of values, an optional one, or a map.
const (
	TensorKind Kind = iota
	SequenceKind
	OptionalKind
	MapKind
)

// Value is what goes into a model and comes out of it: as a rule a tensor of numbers, at times one
// of strings, a sequence of values, a value that may be missing, or a map.
type Value struct {
	kind    Kind
	element ElementType
	shape   []int
	array   *tensor.Array // of a tensor but for strings
	lazy    *tensor.Lazy  // in place of the array
	strings []string
	items   []*Value // of a sequence; at most one of an optional; the keys and the values of a map
}

// NewTensor returns a value over an array, which it does not copy.
func NewTensor(a *tensor.Array) *Value { return Of(ElementOf(a.DType()), a) }

// Of returns a value over an array, which it does not copy, whose elements are of a type that
// is stored like that: of floats of 8 bits, say, the bits.
//
//go:noinline
func Of(e ElementType, a *tensor.Array) *Value {
	return &Value{element: e, shape: a.Shape(), array: a}
}

// Later returns a tensor whose array is made when it is asked for, of elements of a type that is
// stored like the array's.
func Later(e ElementType, l *tensor.Lazy) *Value {
	return &Value{element: e, shape: l.Shape(), lazy: l}
}

// NewStrings returns a tensor of strings in row-major order.
//
//go:noinline
func NewStrings(data []string, shape ...int) *Value {
	return &Value{element: String, shape: slices.Clone(shape), strings: data}
}

// NewSequence returns a sequence.
func NewSequence(items ...*Value) *Value { return &Value{kind: SequenceKind, items: items} }

// NewOptional returns an optional value that holds v, or nothing if v is nil.
func NewOptional(v *Value) *Value {
	if v == nil {
		return &Value{kind: OptionalKind}
	}
	return &Value{kind: OptionalKind, items: []*Value{v}}
}

// Zeros returns a tensor of zeros, or of empty strings.
func Zeros(e ElementType, shape ...int) *Value {
	if e == String {
		return NewStrings(make([]string, (&Value{shape: shape}).Len()), shape...)
	}
	return Of(e, tensor.NewArray(e.Storage(), shape...))
}

// NewMap returns a map of keys, strings or int64, to as many values, which are tensors of one
// dimension. Its keys are in ascending order. Of a key that is there twice the last value counts.
func NewMap(keys, values *Value) (*Value, error) {
	if keys.kind != TensorKind || values.kind != TensorKind || len(keys.shape) != 1 ||
		keys.element != String && keys.element != Int64 || !slices.Equal(keys.shape, values.shape) {
		return nil, fmt.Errorf("onnx: a map of %v to %v", keys, values)
	}
	order := make([]int, keys.Len())
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int { return cmp.Compare(keys.strings[a], keys.strings[b]) }
	if keys.Array() != nil {
		k := tensor.Elements[int64](keys.Array())
		compare = func(a, b int) int { return cmp.Compare(k[a], k[b]) }
	}
	slices.SortStableFunc(order, compare)
	last := order[:0]
	for i, at := range order {
		if i+1 == len(order) || compare(at, order[i+1]) != 0 {
			last = append(last, at)
		}
	}
	return &Value{kind: MapKind, items: []*Value{keys.picked(last), values.picked(last)}}, nil
}

// picked returns the elements of a tensor of one dimension at these places.
func (v *Value) picked(at []int) *Value {
	out := Zeros(v.element, len(at))
	for i, from := range at {
		if v.Array() == nil {
			out.strings[i] = v.strings[from]
			continue
		}
		n := v.Array().DType().Bytes()
		copy(out.array.Bytes()[i*n:], v.Array().Bytes()[from*n:][:n])
	}
	return out
}

// Kind says what the value is.
func (v *Value) Kind() Kind { return v.kind }

// Element returns the type of a tensor's elements.
func (v *Value) Element() ElementType { return v.element }

// Dims returns the dimensions of a tensor as they are kept: the caller must not change them.
func (v *Value) Dims() []int { return v.shape }

// Shape returns the dimensions of a tensor.
func (v *Value) Shape() []int { return slices.Clone(v.shape) }

// Array returns the elements of a tensor; nil if they are strings. Elements of types that arrays
// don't have stand in bytes, as their bits.
//
//go:noinline
func (v *Value) Array() *tensor.Array {
	if v.lazy != nil {
		return v.lazy.Array()
	}
	return v.array
}

// Lazy returns what makes the array of a tensor when it is asked for, nil if it is there.
func (v *Value) Lazy() *tensor.Lazy { return v.lazy }

// Strings returns the elements of a tensor of strings in row-major order.
func (v *Value) Strings() []string { return v.strings }

// Items returns the values of a sequence, the one of an optional if there is one, and the keys and
// the values of a map, each a tensor of one dimension.
func (v *Value) Items() []*Value { return v.items }

// String returns the type: "float32[1 3]", "sequence of 2".
func (v *Value) String() string {
	switch {
	case v == nil:
		return "nothing"
	case v.kind == SequenceKind:
		return fmt.Sprintf("sequence of %d", len(v.items))
	case v.kind == MapKind && len(v.items) == 0: // the type alone
		return "map"
	case v.kind == MapKind:
		return fmt.Sprintf("map of %v to %v%v", v.items[0].element, v.items[1].element,
			v.items[0].shape)
	case v.kind == OptionalKind && len(v.items) == 0:
		return "optional without a value"
	case v.kind == OptionalKind:
		return "optional " + v.items[0].String()
	}
	return fmt.Sprintf("%v%v", v.element, v.shape)
}

// Clone returns a copy that shares no elements.
func (v *Value) Clone() *Value {
	if v == nil {
		return nil
	}
	c := *v
	if a := v.Array(); a != nil {
		c.array, c.lazy = tensor.NewArray(a.DType(), v.shape...), nil
		tensor.Copier(c.array, a)()
	}
	c.strings = slices.Clone(v.strings)
	c.items = make([]*Value, len(v.items))
	for i, item := range v.items {
		c.items[i] = item.Clone()
	}
	return &c
}

// Len returns the number of elements.
func (v *Value) Len() int {
	n := 1
	for _, d := range v.shape {
		n *= d
	}
	return n
}

// Reshape returns a tensor of another shape that shares the elements.
func (v *Value) Reshape(shape ...int) *Value {
	out := *v
	out.shape = slices.Clone(shape)
	if a := v.Array(); a != nil {
		out.array, out.lazy = a.Reshape(shape...), nil
	}
	return &out
}
