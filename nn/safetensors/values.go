package safetensors

import (
	"encoding/binary"
	"fmt"
	"slices"

	"simdnn/internal/memory"
	"simdnn/internal/minifloat"
	"simdnn/tensor"
)

// chunk is the number of bytes that are written at a time.
const chunk = 64 << 10

// Bytes returns the elements of a tensor of any type as the file holds them: little-endian, in
// row-major order, elements of less than a byte packed.
func (r *Reader) Bytes(name string) ([]byte, error) {
	t, err := r.Lookup(name)
	if err != nil {
		return nil, err
	}
	content := make([]byte, t.end-t.begin)
	if err := readAt(r.source, content, r.data+t.begin); err != nil {
		return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
	}
	return content, nil
}

// short are the formats of floats of 8 bits.
var short = map[DType]minifloat.Format{
	"F8_E4M3": minifloat.E4M3FN, "F8_E5M2": minifloat.E5M2, "F8_E4M3FNUZ": minifloat.E4M3FNUZ,
	"F8_E5M2FNUZ": minifloat.E5M2FNUZ, "F8_E8M0": minifloat.E8M0,
}

// Array returns a tensor. Floats of 8 bits become float32, which holds them exactly. Complex
// numbers and floats of 4 and 6 bits are an error; [Reader.Bytes] reads them.
func (r *Reader) Array(name string) (*tensor.Array, error) {
	t, err := r.Lookup(name)
	if err != nil {
		return nil, err
	}
	a, err := r.array(t)
	if err != nil {
		return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
	}
	return a, nil
}

func (r *Reader) array(t Info) (*tensor.Array, error) {
	format, isShort := short[t.DType]
	dtype, known := arrayTypes[t.DType]
	switch {
	case isShort:
		dtype = tensor.Uint8Type
	case !known:
		return nil, fmt.Errorf("elements of type %s can be read as bytes only", t.DType)
	}
	if err := memory.Check(fmt.Sprintf("the shape %v", t.Shape), float64(t.end-t.begin)); err != nil {
		return nil, err
	}
	a := tensor.NewArray(dtype, t.Shape...)
	if err := readAt(r.source, a.Bytes(), r.data+t.begin); err != nil {
		return nil, err
	}
	if err := a.Decode(binary.LittleEndian); err != nil || !isShort {
		return a, err
	}
	return tensor.ArrayOf(format.Floats(a.Bytes()), t.Shape...), nil
}

// Values returns the elements of a tensor, which must have the given shape, in row-major order.
// Real numbers are converted as by [tensor.Floats]; any other type is an error.
func Values[T Float](r *Reader, name string, shape ...int) ([]T, error) {
	t, err := r.Lookup(name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("safetensors: tensor %q: the shape is %v, but %v is expected",
			name, t.Shape, shape)
	}
	a, err := r.Array(name)
	if err != nil {
		return nil, err
	}
	values, err := tensor.Floats[T](a)
	if err != nil {
		return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
	}
	return values, nil
}
