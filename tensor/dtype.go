package tensor

import "fmt"

// Element is the element type of an [Array]. Operations compute with float32 and float64; the
// others are indices, labels, masks, quantised values and compact storage.
type Element interface {
	float32 | float64 | Float16 | BFloat16 | int8 | int16 | int32 | int64 |
		uint8 | uint16 | uint32 | uint64 | bool
}

// Float16 holds the bits of an IEEE 754 binary16 number.
type Float16 uint16

// BFloat16 holds the bits of a bfloat16 number: the upper half of a float32.
type BFloat16 uint16

// DType names an element type where it is known at run time only. The zero DType is invalid.
type DType uint8

// The element types.
const (
	InvalidDType DType = iota
	Float32Type
	Float64Type
	Float16Type
	BFloat16Type
	Int8Type
	Int16Type
	Int32Type
	Int64Type
	Uint8Type
	Uint16Type
	Uint32Type
	Uint64Type
	BoolType
	DTypes // their number, the invalid one included
)

// dtypes says what is known of the element types.
var dtypes = [DTypes]struct {
	name  string
	bytes int
}{
	InvalidDType: {"invalid", 0},
	Float32Type:  {"float32", 4},
	Float64Type:  {"float64", 8},
	Float16Type:  {"float16", 2},
	BFloat16Type: {"bfloat16", 2},
	Int8Type:     {"int8", 1},
	Int16Type:    {"int16", 2},
	Int32Type:    {"int32", 4},
	Int64Type:    {"int64", 8},
	Uint8Type:    {"uint8", 1},
	Uint16Type:   {"uint16", 2},
	Uint32Type:   {"uint32", 4},
	Uint64Type:   {"uint64", 8},
	BoolType:     {"bool", 1},
}

// String returns the type's name as PyTorch and NumPy have it: "float32".
func (d DType) String() string {
	if d >= DTypes {
		return fmt.Sprintf("DType(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Bytes returns the size of an element.
func (d DType) Bytes() int { return dtypes[d].bytes }

// IsFloat reports whether operations compute with elements of this type: float32 and float64.
func (d DType) IsFloat() bool { return d == Float32Type || d == Float64Type }

// IsInteger reports whether the type is one of the signed and unsigned integers.
func (d DType) IsInteger() bool { return Int8Type <= d && d <= Uint64Type }

// ParseDType returns the type of that name.
func ParseDType(name string) (DType, error) {
	for d := Float32Type; d < DTypes; d++ {
		if dtypes[d].name == name {
			return d, nil
		}
	}
	return InvalidDType, fmt.Errorf("tensor: the element type %q is unknown", name)
}

// MarshalText returns the type's name.
func (d DType) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText sets the type to the one of that name.
func (d *DType) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDType(string(text))
	return err
}

// DTypeOf returns the type of T. What is generic asks in many places, where its text would be once
// for each type.
//
//go:noinline
func DTypeOf[T Element]() DType {
	var zero T
	switch any(zero).(type) {
	case float32:
		return Float32Type
	case float64:
		return Float64Type
	case Float16:
		return Float16Type
	case BFloat16:
		return BFloat16Type
	case int8:
		return Int8Type
	case int16:
		return Int16Type
	case int32:
		return Int32Type
	case int64:
		return Int64Type
	case uint8:
		return Uint8Type
	case uint16:
		return Uint16Type
	case uint32:
		return Uint32Type
	case uint64:
		return Uint64Type
	}
	return BoolType
}
