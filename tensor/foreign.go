package tensor

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Decode makes elements of the array's bytes, which a file had in the given order: it turns them
// round where this processor has the other one. Booleans that are neither 0 nor 1 are an error.
func (a *Array) Decode(order binary.ByteOrder) error {
	data, width := a.Bytes(), a.dtype.Bytes()
	one := []byte{1, 0}
	if width > 1 && order.Uint16(one) != binary.NativeEndian.Uint16(one) {
		for at := 0; at < len(data); at += width {
			slices.Reverse(data[at:][:width])
		}
	}
	if a.dtype == BoolType {
		for i, b := range data {
			if b > 1 {
				return fmt.Errorf("element %d is no boolean", i)
			}
		}
	}
	return nil
}

// Floats returns the elements of an array of real numbers as T: exactly where T can hold them,
// otherwise rounded to the nearest T. It does not copy them if they are T. A finite element beyond
// the range of T is an error, and so are elements that are no real numbers of 16 to 64 bits.
func Floats[T float32 | float64](a *Array) ([]T, error) {
	if a.dtype == DTypeOf[T]() {
		return Elements[T](a), nil
	}
	switch a.dtype {
	case Float16Type:
		return widened[T](Elements[Float16](a)), nil
	case BFloat16Type:
		return widened[T](Elements[BFloat16](a)), nil
	case Float32Type:
		return converted[T](Elements[float32](a))
	case Float64Type:
		return converted[T](Elements[float64](a))
	}
	return nil, fmt.Errorf("elements of type %v, but real numbers are expected", a.dtype)
}

// widened returns halves as T.
func widened[T float32 | float64, H Half](x []H) []T {
	values := make([]float32, len(x))
	Widen(values, x)
	if same, ok := any(values).([]T); ok {
		return same
	}
	wide, _ := converted[T](values) // which float64 holds
	return wide
}

// converted returns numbers as T, or an error for one that is beyond its range.
func converted[T, S float32 | float64](x []S) ([]T, error) {
	values := make([]T, len(x))
	for i, v := range x {
		values[i] = T(v)
		if math.IsInf(float64(values[i]), 0) && !math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("element %d is beyond the range of %T", i, T(0))
		}
	}
	return values, nil
}
