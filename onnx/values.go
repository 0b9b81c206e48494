package onnx

import (
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Value is what goes into a model and comes out of it, see [value.Value]. A tensor's Shape tells
// its dimensions, its Array holds the elements: [tensor.Elements] gives them as a slice of their
// type, [Floats] as float64. Strings, Items and Kind are for the rest.
type Value = value.Value

// Kind says what a [Value] is.
type Kind = value.Kind

// A value is a tensor, a sequence of values, an optional one, or a map.
const (
	TensorKind   = value.TensorKind
	SequenceKind = value.SequenceKind
	OptionalKind = value.OptionalKind
	MapKind      = value.MapKind
)

// ElementType is the type of a tensor's elements, by ONNX's number for it.
type ElementType = value.ElementType

// The element types of ONNX.
const (
	Undefined      = value.Undefined
	Float          = value.Float
	Uint8          = value.Uint8
	Int8           = value.Int8
	Uint16         = value.Uint16
	Int16          = value.Int16
	Int32          = value.Int32
	Int64          = value.Int64
	String         = value.String
	Bool           = value.Bool
	Float16        = value.Float16
	Double         = value.Double
	Uint32         = value.Uint32
	Uint64         = value.Uint64
	Complex64      = value.Complex64
	Complex128     = value.Complex128
	BFloat16       = value.BFloat16
	Float8E4M3FN   = value.Float8E4M3FN
	Float8E4M3FNUZ = value.Float8E4M3FNUZ
	Float8E5M2     = value.Float8E5M2
	Float8E5M2FNUZ = value.Float8E5M2FNUZ
	Uint4          = value.Uint4
	Int4           = value.Int4
	Float4E2M1     = value.Float4E2M1
	Float8E8M0     = value.Float8E8M0
	Uint2          = value.Uint2
	Int2           = value.Int2
)

// NewTensor returns a value over an array, which it does not copy.
func NewTensor(a *tensor.Array) *Value { return value.NewTensor(a) }

// NewStrings returns a tensor of strings in row-major order.
func NewStrings(data []string, shape ...int) *Value { return value.NewStrings(data, shape...) }

// NewSequence returns a sequence.
func NewSequence(items ...*Value) *Value { return value.NewSequence(items...) }

// NewOptional returns an optional value that holds v, or nothing if v is nil.
func NewOptional(v *Value) *Value { return value.NewOptional(v) }

// NewMap returns a map of keys, strings or int64, to as many values, which are tensors of one
// dimension. Its keys are in ascending order. Of a key that is there twice the last value counts.
func NewMap(keys, values *Value) (*Value, error) { return value.NewMap(keys, values) }

// Floats returns the elements of a tensor of numbers as float64.
func Floats(v *Value) []float64 { return tensors.Floats(v) }
