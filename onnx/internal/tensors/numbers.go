// Package tensors has what is done with values outside of graphs: their elements as numbers, parts
// and joins, and the keys that tell types, or elements, of one from those of another.
package tensors

import (
	"fmt"

	"simdnn/onnx/internal/formats"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Floats returns the elements of a tensor of numbers as float64.
func Floats(v *value.Value) []float64 {
	if !v.Element().IsHalf() && !v.Element().IsTiny() {
		return Numbers[float64](v.Array())
	}
	out := make([]float64, v.Len())
	for i := range out {
		var bits uint32
		if v.Array().DType().Bytes() == 1 {
			bits = uint32(tensor.Words[uint8](v.Array())[i])
		} else {
			bits = uint32(tensor.Words[uint16](v.Array())[i])
		}
		out[i] = float64(formats.Of(v.Element()).Decode(bits))
	}
	return out
}

// Wholes returns a tensor of the lowest bits of numbers, or says which is out of range.
func Wholes[N int32 | uint64](e value.ElementType, shape []int, values []N) (*value.Value, error) {
	a := tensor.NewArray(e.Storage(), shape...)
	size := 8 * e.Storage().Bytes()
	for i, v := range values {
		if w := int64(v); size < 64 && (w >= 1<<size || w < -1<<(size-1)) {
			return nil, fmt.Errorf("element %d, which is %d, is no %v", i, v, e)
		}
	}
	switch size {
	case 8:
		words := tensor.Words[uint8](a)
		for i, v := range values {
			words[i] = uint8(v)
			if e == value.Bool {
				words[i] = min(uint8(v), 1)
			}
		}
	case 16:
		setWords(tensor.Words[uint16](a), values)
	case 32:
		setWords(tensor.Words[uint32](a), values)
	default:
		setWords(tensor.Words[uint64](a), values)
	}
	return value.Of(e, a), nil
}

func setWords[W uint16 | uint32 | uint64, N int32 | uint64](words []W, values []N) {
	for i, v := range values {
		words[i] = W(v)
	}
}

// Size returns the number of elements of a shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Numbers returns the elements of an array converted to N.
func Numbers[N int64 | float64](a *tensor.Array) []N {
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

func convertTo[N int64 | float64,
	X int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float32 | float64](out []N, x []X) {
	for i, v := range x {
		out[i] = N(v)
	}
}

// Int64s returns a tensor of one dimension.
func Int64s(values ...int) *value.Value {
	data := make([]int64, len(values))
	for i, v := range values {
		data[i] = int64(v)
	}
	return value.NewTensor(tensor.ArrayOf(data, len(data)))
}
