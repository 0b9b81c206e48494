package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// chunk is the number of bytes that are converted at a time.
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

// Values returns the elements of a tensor, which must have the given shape, in row-major order.
// Elements of the types F64, F32, F16 and BF16 are converted: exactly where T can hold them,
// otherwise rounded to the nearest T. A finite element that is beyond the range of T is an error,
// and so is any other type, which [Reader.Bytes] reads.
func Values[T Float](r *Reader, name string, shape ...int) ([]T, error) {
	t, err := r.Lookup(name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("safetensors: tensor %q: the shape is %v, but %v is expected",
			name, t.Shape, shape)
	}
	convert, ok := converters[T]()[t.DType]
	if !ok {
		return nil, fmt.Errorf(
			"safetensors: tensor %q: elements of type %s, but F64, F32, F16 or BF16 is expected",
			name, t.DType)
	}
	width := int64(bitSizes[t.DType] / 8)
	values := make([]T, (t.end-t.begin)/width)
	buffer := make([]byte, min(chunk, t.end-t.begin))
	for at := t.begin; at < t.end; at += int64(len(buffer)) {
		buffer = buffer[:min(chunk, t.end-at)]
		if err := readAt(r.source, buffer, r.data+at); err != nil {
			return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
		}
		first := (at - t.begin) / width
		if bad := convert(values[first:], buffer); bad >= 0 {
			return nil, fmt.Errorf("safetensors: tensor %q: element %d is beyond the range of %T",
				name, first+int64(bad), T(0))
		}
	}
	return values, nil
}

// converters returns for each type the function that converts the elements in from to values. The
// function returns the place of the first element that is out of range, −1 if there is none.
func converters[T Float]() map[DType]func(values []T, from []byte) int {
	return map[DType]func(values []T, from []byte) int{
		F64: func(values []T, from []byte) int {
			for i := range len(from) / 8 {
				v := math.Float64frombits(binary.LittleEndian.Uint64(from[8*i:]))
				values[i] = T(v)
				if math.IsInf(float64(values[i]), 0) && !math.IsInf(v, 0) {
					return i
				}
			}
			return -1
		},
		F32: func(values []T, from []byte) int {
			for i := range len(from) / 4 {
				values[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(from[4*i:])))
			}
			return -1
		},
		F16: func(values []T, from []byte) int {
			for i := range len(from) / 2 {
				values[i] = T(half(binary.LittleEndian.Uint16(from[2*i:])))
			}
			return -1
		},
		BF16: func(values []T, from []byte) int {
			for i := range len(from) / 2 {
				values[i] = T(math.Float32frombits(uint32(binary.LittleEndian.Uint16(from[2*i:])) << 16))
			}
			return -1
		},
	}
}

// half returns the value of an IEEE 754 number of 16 bits: a sign, 5 bits of exponent with a bias
// of 15, 10 of fraction.
func half(bits uint16) float32 {
	const (
		widen    = 23 - 10                      // places that the fraction moves up
		rebias   = (127 - 15) << 23             // from one bias of the exponent to the other
		maximum  = 0x7c00 << widen              // the exponent of infinities and NaN
		subScale = 0x1p-24                      // the smallest number above 0
		topBits  = (0xff << 23) &^ (0x1f << 23) // what the largest exponent of 32 bits has more
	)
	sign, rest := uint32(bits&0x8000)<<16, uint32(bits&0x7fff)<<widen
	switch {
	case rest >= maximum:
		return math.Float32frombits(sign | rest | topBits)
	case rest < 1<<23: // no exponent: 0 or subnormal, all of which float32 has as normal numbers
		return math.Float32frombits(sign | math.Float32bits(float32(bits&0x3ff)*subScale))
	}
	return math.Float32frombits(sign | (rest + rebias))
}
