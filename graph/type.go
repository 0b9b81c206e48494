package graph

import "simdnn/tensor"

// Type is what is known of a value before a graph runs.
type Type struct {
	DType tensor.DType
	Shape Shape
}

// TypeOf returns the type of elements T with this shape.
func TypeOf[T tensor.Element](shape ...Dim) Type {
	return Type{DType: tensor.DTypeOf[T](), Shape: shape}
}

// String returns the element type and the shape: "float32[batch 64]".
func (t Type) String() string { return t.DType.String() + t.Shape.String() }

// Equal reports whether two types are the same.
//
//go:noinline
func (t Type) Equal(u Type) bool { return t.DType == u.DType && t.Shape.Equal(u.Shape) }

// With returns the type with another shape.
func (t Type) With(s Shape) Type { return Type{t.DType, s} }
