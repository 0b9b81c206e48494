package onnx

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	strings []string
	items   []*Value // of a sequence; at most one of an optional; the keys and the values of a map
}

// NewTensor returns a value over an array, which it does not copy.
func NewTensor(a *tensor.Array) *Value { return newTensor(elementOf(a.DType()), a) }

func newTensor(e ElementType, a *tensor.Array) *Value {
	return &Value{element: e, shape: a.Shape(), array: a}
}

// NewStrings returns a tensor of strings in row-major order.
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

// NewMap returns a map of keys, strings or int64, to as many values, which are tensors of one
// dimension. Its keys are in ascending order. Of a key that is there twice the last value counts.
func NewMap(keys, values *Value) (*Value, error) {
	if keys.kind != TensorKind || values.kind != TensorKind || len(keys.shape) != 1 ||
		keys.element != String && keys.element != Int64 || !slices.Equal(keys.shape, values.shape) {
		return nil, fmt.Errorf("onnx: a map of %v to %v", keys, values)
	}
	order := make([]int, keys.len())
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int { return cmp.Compare(keys.strings[a], keys.strings[b]) }
	if keys.array != nil {
		k := tensor.Elements[int64](keys.array)
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
	out := &Value{element: v.element, shape: []int{len(at)}}
	if v.array == nil {
		out.strings = make([]string, len(at))
	} else {
		out.array = tensor.NewArray(v.array.DType(), len(at))
	}
	for i, from := range at {
		copyBlock(out, i, v, from, 1)
	}
	return out
}

// Kind says what the value is.
func (v *Value) Kind() Kind { return v.kind }

// Element returns the type of a tensor's elements.
func (v *Value) Element() ElementType { return v.element }

// Shape returns the dimensions of a tensor.
func (v *Value) Shape() []int { return slices.Clone(v.shape) }

// Array returns the elements of a tensor; nil if they are strings. Elements of types that arrays
// don't have stand in bytes, as their bits.
func (v *Value) Array() *tensor.Array { return v.array }

// Strings returns the elements of a tensor of strings in row-major order.
func (v *Value) Strings() []string { return v.strings }

// Items returns the values of a sequence, the one of an optional if there is one, and the keys and the
// values of a map, each a tensor of one dimension.
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
		return fmt.Sprintf("map of %v to %v%v", v.items[0].element, v.items[1].element, v.items[0].shape)
	case v.kind == OptionalKind && len(v.items) == 0:
		return "optional without a value"
	case v.kind == OptionalKind:
		return "optional " + v.items[0].String()
	}
	return fmt.Sprintf("%v%v", v.element, v.shape)
}

// clone returns a copy that shares no elements.
func (v *Value) clone() *Value {
	if v == nil {
		return nil
	}
	c := *v
	if v.array != nil {
		c.array = tensor.NewArray(v.array.DType(), v.shape...)
		tensor.Copier(c.array, v.array)()
	}
	c.strings = slices.Clone(v.strings)
	c.items = make([]*Value, len(v.items))
	for i, item := range v.items {
		c.items[i] = item.clone()
	}
	return &c
}

// copyTo returns a copy as clone does: in the memory of old, if that is a tensor of this type.
func (v *Value) copyTo(old *Value) *Value {
	if old == nil || v == nil || old.array == nil || v.array == nil || old.element != v.element ||
		!slices.Equal(old.shape, v.shape) {
		return v.clone()
	}
	copy(old.array.Bytes(), v.array.Bytes())
	return old
}

// appendKey appends what tells the value's type and shape from others.
func (v *Value) appendKey(key []byte) []byte {
	if v == nil {
		return append(key, '-')
	}
	key = append(key, byte(v.kind), byte(v.element), byte(len(v.shape)), byte(len(v.items)))
	for _, n := range v.shape {
		key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return key
}

// appendElements appends the elements, as they are in memory.
func (v *Value) appendElements(key []byte) []byte {
	if v.array == nil {
		return append(key, strings.Join(v.strings, "\x00")...)
	}
	switch v.array.DType().Bytes() {
	case 1:
		return append(key, tensor.Words[uint8](v.array)...)
	case 2:
		for _, w := range tensor.Words[uint16](v.array) {
			key = append(key, byte(w), byte(w>>8))
		}
	case 4:
		for _, w := range tensor.Words[uint32](v.array) {
			key = append(key, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
		}
	default:
		for _, w := range tensor.Words[uint64](v.array) {
			key = append(key, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32), byte(w>>40),
				byte(w>>48), byte(w>>56))
		}
	}
	return key
}

// len returns the number of elements.
func (v *Value) len() int { return sizeOf(v.shape) }

// sizeOf returns the number of elements of a shape.
func sizeOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// numbersOf returns the elements of an array converted to N.
func numbersOf[N int64 | float64](a *tensor.Array) []N {
	out := make([]N, a.Len())
	switch a.DType() {
	case tensor.Float32Type:
		convertTo(out, tensor.Elements[float32](a))
	case tensor.Float64Type:
		convertTo(out, tensor.Elements[float64](a))
	case tensor.Int8Type:
		convertTo(out, tensor.Elements[int8](a))
	case tensor.Int16Type:
		convertTo(out, tensor.Elements[int16](a))
	case tensor.Int32Type:
		convertTo(out, tensor.Elements[int32](a))
	case tensor.Int64Type:
		convertTo(out, tensor.Elements[int64](a))
	case tensor.Uint8Type:
		convertTo(out, tensor.Elements[uint8](a))
	case tensor.Uint16Type:
		convertTo(out, tensor.Elements[uint16](a))
	case tensor.Uint32Type:
		convertTo(out, tensor.Elements[uint32](a))
	case tensor.Uint64Type:
		convertTo(out, tensor.Elements[uint64](a))
	case tensor.BoolType:
		convertTo(out, tensor.Words[uint8](a))
	}
	return out
}

func convertTo[N int64 | float64, X int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
	float32 | float64](out []N, x []X) {
	for i, v := range x {
		out[i] = N(v)
	}
}

// int64s returns a tensor of one dimension.
func int64s(values ...int) *Value {
	data := make([]int64, len(values))
	for i, v := range values {
		data[i] = int64(v)
	}
	return NewTensor(tensor.ArrayOf(data, len(data)))
}

// Floats returns the elements of a tensor of numbers as float64.
func Floats(v *Value) []float64 {
	if !v.element.isHalf() && !v.element.isTiny() {
		return numbersOf[float64](v.array)
	}
	out := make([]float64, v.len())
	for i := range out {
		var bits uint32
		if v.array.DType().Bytes() == 1 {
			bits = uint32(tensor.Words[uint8](v.array)[i])
		} else {
			bits = uint32(tensor.Words[uint16](v.array)[i])
		}
		out[i] = float64(formatOf(v.element).Decode(bits))
	}
	return out
}
