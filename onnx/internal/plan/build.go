package plan

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/formats"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Float returns an input of floats in the graph: halves as float32.
func (c *Call) Float(i int) *graph.Value {
	if e := c.Element(i); !e.IsFloat() {
		c.Fail("its input %d is %v, not floats", i, c.Val(i))
	}
	return c.Widen(c.Value(i), c.Element(i))
}

// Widen returns halves as float32.
func (c *Call) Widen(v *graph.Value, e value.ElementType) *graph.Value {
	if e.IsHalf() {
		return c.B().Apply(formats.Widen{From: formats.Of(e)}, v)
	}
	return v
}

// Axis returns an axis of an input with so many dimensions, counted from the first.
func (c *Call) Axis(axis, rank int) int {
	if axis < -rank || axis >= rank {
		c.Fail("axis %d of %d dimensions", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	return axis
}

// Axes returns axes, counted from the first, in ascending order.
func (c *Call) Axes(axes []int, rank int) []int {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[i] = c.Axis(a, rank)
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) < len(out) {
		c.Fail("the axes %v have one twice", axes)
	}
	return out
}

// Reshape returns a value with other dimensions.
func (c *Call) Reshape(v *graph.Value, shape ...int) *graph.Value {
	if slices.Contains(shape, 0) { // which op.Reshape takes for the length that v has
		return c.B().Constant(tensor.NewArray(v.DType(), shape...))
	}
	if slices.Equal(shape, native.Dims(v)) {
		return v
	}
	return op.Reshape(c.B(), v, shape...)
}

// Scalar returns a number of a type that graphs have.
func (c *Call) Scalar(d tensor.DType, x float64) *graph.Value {
	v := op.Scalar(c.B(), d, x)
	if err := c.B().Err(); err != nil {
		panic(failure{err})
	}
	return v
}

// Number returns an input of numbers in the graph: halves as float32.
func (c *Call) Number(i int) *graph.Value { return c.Widen(c.Value(i), c.Element(i)) }

// Alike fails unless those of the inputs that are there have elements of the first one's type.
func (c *Call) Alike(first int, others ...int) {
	for _, i := range others {
		if c.Has(i) && c.Element(i) != c.Element(first) {
			c.Fail("its input %d is %v, not %v as input %d", i, c.Val(i), c.Element(first), first)
		}
	}
}

// Like returns a number of a value's type.
//
//go:noinline
func (c *Call) Like(x *graph.Value, v float64) *graph.Value { return c.Scalar(x.DType(), v) }

// Where returns x where the condition is true, and else y.
//
//go:noinline
func (c *Call) Where(condition, x, y *graph.Value) *graph.Value {
	return op.Where(c.B(), condition, x, y)
}

// Greater returns whether x > y.
//
//go:noinline
func (c *Call) Greater(x, y *graph.Value) *graph.Value {
	return c.B().Apply(op.Compare{By: op.IsGreater}, x, y)
}

// Native adds a kernel with one output, of this type and shape, which bind binds to arrays.
func (c *Call) Native(name string, d tensor.DType, shape []int,
	bind func(in []*tensor.Array, out *tensor.Array) func(), inputs ...*graph.Value) *graph.Value {
	return c.Natives(name, []graph.Type{{DType: d, Shape: graph.ShapeOf(shape...)}},
		func(b *graph.Binding) graph.Step { return bind(b.Inputs, b.Outputs[0]) }, inputs...)[0]
}

// Natives adds a kernel with several outputs.
func (c *Call) Natives(name string, types []graph.Type, bind func(b *graph.Binding) graph.Step,
	inputs ...*graph.Value) []*graph.Value {
	c.KeepWhole()
	out := c.B().ApplyAll(native.New(name, types, bind), inputs...)
	if err := c.B().Err(); err != nil {
		panic(failure{err})
	}
	return out
}
