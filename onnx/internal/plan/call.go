package plan

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/formats"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Call is a node that is being planned: what its operator sees of it. Its methods end the planning
// where something is wrong, or not known yet; so operators need no checks of errors.
type Call struct {
	*Tracer
	Scope           *Scope
	Node            *file.Node
	Inputs, outputs []*Val
	whole           bool // see KeepWhole
}

// NewLoneCall returns a call of no node, whose builder makes a graph of its own.
func NewLoneCall() *Call { return &Call{Tracer: &Tracer{segment: newSegment()}} }

// Fail ends the planning of the model.
func (c *Call) Fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// B returns the builder of the graph that the node becomes a part of.
func (c *Call) B() *graph.Builder { return c.builder }

// Version returns the version of the operator's domain.
func (c *Call) Version() int { return c.Node.Version }

// Translating reports whether the model becomes one graph, to be changed or trained: for batches of
// any size, of operators that have gradients.
func (c *Call) Translating() bool { return c.translation != nil }

// Has reports whether an input is there.
func (c *Call) Has(i int) bool { return i >= 0 && i < len(c.Inputs) && c.Inputs[i] != nil }

// Wants reports whether an output is needed.
func (c *Call) Wants(i int) bool {
	return i < len(c.outputs) && c.Node.Proto.Outputs[i] != ""
}

// Val returns an input.
func (c *Call) Val(i int) *Val {
	if !c.Has(i) {
		c.Fail("its input %d is missing", i)
	}
	return c.Inputs[i]
}

// Shape returns the dimensions of an input.
//
//go:noinline
func (c *Call) Shape(i int) []int { return slices.Clone(c.Val(i).Shape) }

// Rank returns the number of dimensions of an input.
//
//go:noinline
func (c *Call) Rank(i int) int { return len(c.Val(i).Shape) }

// Element returns the element type of an input.
//
//go:noinline
func (c *Call) Element(i int) value.ElementType { return c.Val(i).Element }

// Value returns an input in the graph.
func (c *Call) Value(i int) *graph.Value {
	v := c.Val(i)
	if v.Kind != value.TensorKind || v.Element.Storage() == tensor.InvalidDType {
		c.Fail("its input %d is %v, which is not supported", i, v)
	}
	return c.Tracer.Value(v)
}

// Set gives an output, of which elements have the type that is their storage's.
//
//go:noinline
func (c *Call) Set(i int, v *graph.Value) { c.SetAs(i, v, value.Undefined) }

// SetLike gives an output elements of an input's type: floats are rounded to halves.
func (c *Call) SetLike(i int, v *graph.Value, input int) { c.SetAs(i, v, c.Element(input)) }

// SetAs gives an output, of elements of a type: floats are rounded to halves.
func (c *Call) SetAs(i int, v *graph.Value, e value.ElementType) {
	if i >= len(c.outputs) {
		return
	}
	if err := c.B().Err(); err != nil {
		panic(failure{err})
	}
	if e == value.Undefined {
		e = value.ElementOf(v.DType())
	}
	if e.IsHalf() && v.DType() == tensor.Float32Type {
		v = c.B().Apply(formats.Narrow{To: formats.Of(e)}, v)
	}
	if err := c.B().Err(); err != nil {
		panic(failure{err})
	}
	shape, _ := v.Shape().Ints()
	bytes := float64(e.Storage().Bytes())
	for _, n := range shape {
		bytes *= float64(n)
	}
	c.CheckBytes(bytes, "its output %d of shape %v", i, shape)
	c.outputs[i] = &Val{Element: e, Shape: shape, Node: v, slot: -1}
}

// SetTexts gives an output strings: those of a list at indices, which are int64.
func (c *Call) SetTexts(i int, indices *graph.Value, texts []string) {
	if c.Set(i, indices); i < len(c.outputs) {
		c.outputs[i].Element, c.outputs[i].texts = value.String, texts
	}
}

// CheckBytes ends the planning of what takes more memory than a session's values may have.
func (c *Call) CheckBytes(bytes float64, format string, args ...any) {
	c.Machine.Session.CheckBytes(bytes, format, args...)
}

// SetConstant gives an output whose elements are known.
func (c *Call) SetConstant(i int, v *value.Value) {
	if i < len(c.outputs) {
		c.outputs[i] = ConstantVal(v)
	}
}

// Pass lets an output be a value that there is.
func (c *Call) Pass(i int, v *Val) {
	if i < len(c.outputs) {
		c.outputs[i] = v
	}
}

// Known returns the elements of an input, which it has to know.
func (c *Call) Known(i int) *value.Value {
	v := c.Val(i)
	if v.Constant == nil {
		panic(needValue{v})
	}
	return v.Constant
}

// Ints returns the elements of an input of integers, which it has to know.
func (c *Call) Ints(i int) []int {
	v := c.Known(i)
	if v.Array() == nil || !v.Array().DType().IsInteger() && v.Array().DType() != tensor.BoolType {
		c.Fail("its input %d is %v, not integers", i, v)
	}
	numbers := tensors.Numbers[int64](v.Array())
	out := make([]int, len(numbers))
	for j, n := range numbers {
		out[j] = clampInt(n)
	}
	return out
}

// clampInt returns the int that is nearest: where ints have 32 bits, a length that is larger stays
// too large.
func clampInt(n int64) int { return int(min(max(n, math.MinInt), math.MaxInt)) }

// Int returns the only element of an input of integers, which it has to know.
func (c *Call) Int(i int) int {
	n := c.Ints(i)
	if len(n) != 1 {
		c.Fail("its input %d is %v, not one number", i, c.Val(i))
	}
	return n[0]
}

// Floats returns the elements of an input of numbers, which it has to know.
func (c *Call) Floats(i int) []float64 {
	v := c.Known(i)
	if v.Array() == nil {
		c.Fail("its input %d is %v, not numbers", i, v)
	}
	return tensors.Floats(v)
}

// AttrInt64s returns an attribute that is a list of whole numbers beyond int's range, too.
func (c *Call) AttrInt64s(name string) []int64 {
	if a := c.typed(name, proto.IntsAttribute); a != nil {
		return a.Ints
	}
	return nil
}
