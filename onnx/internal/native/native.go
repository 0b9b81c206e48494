// Package native has operators of graphs that only ONNX has, which are written where they are used.
package native

import (
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// Dims returns the dimensions of a value in the graph.
//
//go:noinline
func Dims(v *graph.Value) []int {
	d, _ := v.Shape().Ints()
	return d
}

// kernel is an operator of graphs that is written here: one that only ONNX has, and that no
// network's speed depends on. It has no gradient.
type kernel struct{ *kernelInfo }

type kernelInfo struct {
	name  string
	types []graph.Type
	bind  func(b *graph.Binding) graph.Step
}

// Name returns the kernel's name.
func (k kernel) Name() string { return k.name }

// String returns the kernel's name.
func (k kernel) String() string { return k.name }

// Infer returns the types of the outputs, which are known.
func (k kernel) Infer([]graph.Type) ([]graph.Type, error) { return k.types, nil }

// Bind returns the kernel's step.
func (k kernel) Bind(b *graph.Binding) (graph.Step, error) { return k.bind(b), nil }

// New returns the kernel of a name, whose outputs have types.
func New(name string, types []graph.Type, bind func(b *graph.Binding) graph.Step) kernel {
	return kernel{&kernelInfo{name, types, bind}}
}

// IsLike reports whether two operators are kernels of one name.
func IsLike(a, b graph.Operator) bool {
	x, ok := a.(kernel)
	y, same := b.(kernel)
	return ok && same && x.name == y.name
}

// Number are the numbers that kernels are instantiated for.
type Number interface {
	float32 | float64 | int32 | int64 | uint32 | uint64
}

// IsNumber reports whether [ForNumbers] has an instance for a type.
func IsNumber(d tensor.DType) bool {
	return d.IsFloat() || d == tensor.Int32Type || d == tensor.Int64Type || d == tensor.Uint32Type ||
		d == tensor.Uint64Type
}

// ForNumbers returns the instance for an element type.
func ForNumbers[F any](d tensor.DType, f32, f64, i32, i64, u32, u64 F) F {
	switch d {
	case tensor.Float32Type:
		return f32
	case tensor.Float64Type:
		return f64
	case tensor.Int32Type:
		return i32
	case tensor.Int64Type:
		return i64
	case tensor.Uint32Type:
		return u32
	case tensor.Uint64Type:
		return u64
	}
	panic(fmt.Errorf("elements of type %v are not supported", d))
}

// ForFloats returns the instance for float32 or float64.
func ForFloats[F any](d tensor.DType, f32, f64 F) F {
	switch d {
	case tensor.Float32Type:
		return f32
	case tensor.Float64Type:
		return f64
	}
	panic(fmt.Errorf("elements of type %v are not supported", d))
}

// ErrNaN is the error of what NaN can't be quantised to.
var ErrNaN = errors.New("NaN can't be quantised")
