package tensors

import (
	"slices"
	"strings"

	"simdnn/onnx/value"
	"simdnn/tensor"
)

// AppendKey appends what tells a value's type and shape from others.
//
//go:noinline
func AppendKey(key []byte, v *value.Value) []byte {
	if v == nil {
		return append(key, '-')
	}
	key = append(key, byte(v.Kind()), byte(v.Element()), byte(len(v.Dims())), byte(len(v.Items())))
	for _, n := range v.Dims() {
		key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return key
}

// AppendElements appends a value's elements, as they are in memory.
func AppendElements(key []byte, v *value.Value) []byte {
	if v.Array() == nil {
		return append(key, strings.Join(v.Strings(), "\x00")...)
	}
	switch v.Array().DType().Bytes() {
	case 1:
		return append(key, tensor.Words[uint8](v.Array())...)
	case 2:
		for _, w := range tensor.Words[uint16](v.Array()) {
			key = append(key, byte(w), byte(w>>8))
		}
	case 4:
		for _, w := range tensor.Words[uint32](v.Array()) {
			key = append(key, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
		}
	default:
		for _, w := range tensor.Words[uint64](v.Array()) {
			key = append(key, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32),
				byte(w>>40),
				byte(w>>48), byte(w>>56))
		}
	}
	return key
}

// CopyTo returns a copy of v as clone does: in the memory of old, if that is a tensor of this type.
func CopyTo(v, old *value.Value) *value.Value {
	if old == nil || v == nil || old.Array() == nil || v.Array() == nil ||
		old.Element() != v.Element() ||
		!slices.Equal(old.Dims(), v.Dims()) {
		return v.Clone()
	}
	copy(old.Array().Bytes(), v.Array().Bytes())
	return old
}
