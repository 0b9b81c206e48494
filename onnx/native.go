package onnx

import (
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

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

// Infer returns the types of the outputs, which are known.
func (k kernel) Infer([]graph.Type) ([]graph.Type, error) { return k.types, nil }

// Bind returns the kernel's step.
func (k kernel) Bind(b *graph.Binding) (graph.Step, error) { return k.bind(b), nil }

// native adds a kernel with one output, of this type and shape, which bind binds to arrays.
func (c *call) native(name string, d tensor.DType, shape []int,
	bind func(in []*tensor.Array, out *tensor.Array) func(), inputs ...*graph.Value) *graph.Value {
	return c.natives(name, []graph.Type{{DType: d, Shape: graph.ShapeOf(shape...)}},
		func(b *graph.Binding) graph.Step { return bind(b.Inputs, b.Outputs[0]) }, inputs...)[0]
}

// natives adds a kernel with several outputs.
func (c *call) natives(name string, types []graph.Type, bind func(b *graph.Binding) graph.Step,
	inputs ...*graph.Value) []*graph.Value {
	out := c.b().ApplyAll(kernel{&kernelInfo{name, types, bind}}, inputs...)
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	return out
}

// native are the numbers that kernels are instantiated for.
type native interface {
	float32 | float64 | int32 | int64 | uint32 | uint64
}

// forNumbers returns the instance for an element type.
func forNumbers[F any](d tensor.DType, f32, f64, i32, i64, u32, u64 F) F {
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
	panic(failure{fmt.Errorf("elements of type %v are not supported", d)})
}

// forFloats returns the instance for float32 or float64.
func forFloats[F any](d tensor.DType, f32, f64 F) F {
	switch d {
	case tensor.Float32Type:
		return f32
	case tensor.Float64Type:
		return f64
	}
	panic(failure{fmt.Errorf("elements of type %v are not supported", d)})
}

// errNaN is the error of what NaN can't be quantised to.
var errNaN = errors.New("NaN can't be quantised")
