package value

import (
	"fmt"

	"simdnn/tensor"
)

// ElementType is the type of a tensor's elements, by ONNX's number for it.
type ElementType int32

// The element types of ONNX.
const (
	Undefined ElementType = iota
	Float
	Uint8
	Int8
	Uint16
	Int16
	Int32
	Int64
	String
	Bool
	Float16
	Double
	Uint32
	Uint64
	Complex64
	Complex128
	BFloat16
	Float8E4M3FN
	Float8E4M3FNUZ
	Float8E5M2
	Float8E5M2FNUZ
	Uint4
	Int4
	Float4E2M1
	Float8E8M0
	Uint2
	Int2
	elementTypes // their number
)

// elements says how each type is called, how its elements are stored in an array, and how many bits
// each takes in a file. Types of fewer than 8 bits, and floats of 8, stand in bytes. A type without
// storage can be read about but not computed with.
var elements = [elementTypes]struct {
	name    string
	storage tensor.DType
	bits    int
}{
	Undefined:      {"undefined", tensor.InvalidDType, 0},
	Float:          {"float32", tensor.Float32Type, 32},
	Uint8:          {"uint8", tensor.Uint8Type, 8},
	Int8:           {"int8", tensor.Int8Type, 8},
	Uint16:         {"uint16", tensor.Uint16Type, 16},
	Int16:          {"int16", tensor.Int16Type, 16},
	Int32:          {"int32", tensor.Int32Type, 32},
	Int64:          {"int64", tensor.Int64Type, 64},
	String:         {"string", tensor.InvalidDType, 0},
	Bool:           {"bool", tensor.BoolType, 8},
	Float16:        {"float16", tensor.Float16Type, 16},
	Double:         {"float64", tensor.Float64Type, 64},
	Uint32:         {"uint32", tensor.Uint32Type, 32},
	Uint64:         {"uint64", tensor.Uint64Type, 64},
	Complex64:      {"complex64", tensor.InvalidDType, 64},
	Complex128:     {"complex128", tensor.InvalidDType, 128},
	BFloat16:       {"bfloat16", tensor.BFloat16Type, 16},
	Float8E4M3FN:   {"float8e4m3fn", tensor.Uint8Type, 8},
	Float8E4M3FNUZ: {"float8e4m3fnuz", tensor.Uint8Type, 8},
	Float8E5M2:     {"float8e5m2", tensor.Uint8Type, 8},
	Float8E5M2FNUZ: {"float8e5m2fnuz", tensor.Uint8Type, 8},
	Uint4:          {"uint4", tensor.Uint8Type, 4},
	Int4:           {"int4", tensor.Int8Type, 4},
	Float4E2M1:     {"float4e2m1", tensor.Uint8Type, 4},
	Float8E8M0:     {"float8e8m0", tensor.Uint8Type, 8},
	Uint2:          {"uint2", tensor.Uint8Type, 2},
	Int2:           {"int2", tensor.Int8Type, 2},
}

// String returns the type's name: "float32", "int4".
func (e ElementType) String() string {
	if e < 0 || e >= elementTypes {
		return fmt.Sprintf("element type %d", int32(e))
	}
	return elements[e].name
}

// Known reports whether the number is that of an element type.
func (e ElementType) Known() bool { return e > Undefined && e < elementTypes }

// Storage returns the type of the array that holds such elements, [tensor.InvalidDType] for those
// that no array holds.
func (e ElementType) Storage() tensor.DType {
	if !e.Known() {
		return tensor.InvalidDType
	}
	return elements[e].storage
}

// Bits returns the size of an element in a file.
func (e ElementType) Bits() int { return elements[e].bits }

// IsHalf reports whether elements are computed with as float32 and rounded after each operator.
func (e ElementType) IsHalf() bool { return e == Float16 || e == BFloat16 }

// IsFloat reports whether the type is one of the floats that operators compute with.
func (e ElementType) IsFloat() bool { return e == Float || e == Double || e.IsHalf() }

// IsTiny reports whether the type is a float of 8 bits or fewer.
func (e ElementType) IsTiny() bool {
	return Float8E4M3FN <= e && e <= Float8E5M2FNUZ || e == Float4E2M1 || e == Float8E8M0
}

// IsNibble reports whether the type is an integer of fewer than 8 bits.
func (e ElementType) IsNibble() bool { return e == Uint4 || e == Int4 || e == Uint2 || e == Int2 }

// IsByte reports whether elements are integers of 8 bits.
func (e ElementType) IsByte() bool { return e == Int8 || e == Uint8 }

// IsSigned reports whether integers of the type have a sign.
func (e ElementType) IsSigned() bool {
	switch e {
	case Int2, Int4, Int8, Int16, Int32, Int64:
		return true
	}
	return false
}

// ElementOf returns the element type that arrays of a storage type hold unless something else is
// said.
func ElementOf(d tensor.DType) ElementType {
	for e := Float; e <= BFloat16; e++ {
		if elements[e].storage == d {
			return e
		}
	}
	return Undefined
}
