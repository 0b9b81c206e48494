package onnx

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// call is a node that is being planned: what its operator sees of it. Its methods end the planning
// where something is wrong, or not known yet; so operators need no checks of errors.
type call struct {
	*tracer
	scope           *scope
	node            *nodeInfo
	inputs, outputs []*val
}

// fail ends the planning of the model.
func (c *call) fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// b returns the builder of the graph that the node becomes a part of.
func (c *call) b() *graph.Builder { return c.builder }

// version returns the version of the operator's domain.
func (c *call) version() int { return c.node.version }

// has reports whether an input is there.
func (c *call) has(i int) bool { return i >= 0 && i < len(c.inputs) && c.inputs[i] != nil }

// wants reports whether an output is needed.
func (c *call) wants(i int) bool {
	return i < len(c.outputs) && c.node.proto.Outputs[i] != ""
}

// val returns an input.
func (c *call) val(i int) *val {
	if !c.has(i) {
		c.fail("its input %d is missing", i)
	}
	return c.inputs[i]
}

// shape returns the dimensions of an input.
func (c *call) shape(i int) []int { return slices.Clone(c.val(i).shape) }

// rank returns the number of dimensions of an input.
func (c *call) rank(i int) int { return len(c.val(i).shape) }

// element returns the element type of an input.
func (c *call) element(i int) ElementType { return c.val(i).element }

// value returns an input in the graph.
func (c *call) value(i int) *graph.Value {
	v := c.val(i)
	if v.kind != TensorKind || v.element.storage() == tensor.InvalidDType {
		c.fail("its input %d is %v, which is not supported", i, v)
	}
	return c.tracer.value(v)
}

// float returns an input of floats in the graph: halves as float32.
func (c *call) float(i int) *graph.Value {
	if e := c.element(i); !e.isFloat() {
		c.fail("its input %d is %v, not floats", i, c.val(i))
	}
	return c.widen(c.value(i), c.element(i))
}

// widen returns halves as float32.
func (c *call) widen(v *graph.Value, e ElementType) *graph.Value {
	if e.isHalf() {
		return c.b().Apply(widen{From: formatOf(e)}, v)
	}
	return v
}

// set gives an output, of which elements have the type that is their storage's.
func (c *call) set(i int, v *graph.Value) { c.setAs(i, v, Undefined) }

// setLike gives an output elements of an input's type: floats are rounded to halves.
func (c *call) setLike(i int, v *graph.Value, input int) { c.setAs(i, v, c.element(input)) }

// setAs gives an output, of elements of a type: floats are rounded to halves.
func (c *call) setAs(i int, v *graph.Value, e ElementType) {
	if i >= len(c.outputs) {
		return
	}
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	if e == Undefined {
		e = elementOf(v.DType())
	}
	if e.isHalf() && v.DType() == tensor.Float32Type {
		v = c.b().Apply(narrow{To: formatOf(e)}, v)
	}
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	shape, _ := v.Shape().Ints()
	bytes := float64(e.storage().Bytes())
	for _, n := range shape {
		bytes *= float64(n)
	}
	c.checkBytes(bytes, "its output %d of shape %v", i, shape)
	c.outputs[i] = &val{element: e, shape: shape, node: v, slot: -1}
}

// setTexts gives an output strings: those of a list at indices, which are int64.
func (c *call) setTexts(i int, indices *graph.Value, texts []string) {
	if c.set(i, indices); i < len(c.outputs) {
		c.outputs[i].element, c.outputs[i].texts = String, texts
	}
}

// checkBytes ends the planning of what takes more memory than a session's values may have.
func (c *call) checkBytes(bytes float64, format string, args ...any) {
	c.machine.session.checkBytes(bytes, format, args...)
}

// setConstant gives an output whose elements are known.
func (c *call) setConstant(i int, v *Value) {
	if i < len(c.outputs) {
		c.outputs[i] = constantVal(v)
	}
}

// pass lets an output be a value that there is.
func (c *call) pass(i int, v *val) {
	if i < len(c.outputs) {
		c.outputs[i] = v
	}
}

// known returns the elements of an input, which it has to know.
func (c *call) known(i int) *Value {
	v := c.val(i)
	if v.constant == nil {
		panic(needValue{v})
	}
	return v.constant
}

// ints returns the elements of an input of integers, which it has to know.
func (c *call) ints(i int) []int {
	v := c.known(i)
	if v.array == nil || !v.array.DType().IsInteger() && v.array.DType() != tensor.BoolType {
		c.fail("its input %d is %v, not integers", i, v)
	}
	numbers := numbersOf[int64](v.array)
	out := make([]int, len(numbers))
	for j, n := range numbers {
		out[j] = clampInt(n)
	}
	return out
}

// clampInt returns the int that is nearest: where ints have 32 bits, a length that is larger stays
// too large.
func clampInt(n int64) int { return int(min(max(n, math.MinInt), math.MaxInt)) }

// int returns the only element of an input of integers, which it has to know.
func (c *call) int(i int) int {
	n := c.ints(i)
	if len(n) != 1 {
		c.fail("its input %d is %v, not one number", i, c.val(i))
	}
	return n[0]
}

// floats returns the elements of an input of numbers, which it has to know.
func (c *call) floats(i int) []float64 {
	v := c.known(i)
	if v.array == nil {
		c.fail("its input %d is %v, not numbers", i, v)
	}
	return Floats(v)
}

// attribute returns an attribute, nil if it is not there.
func (c *call) attribute(name string) *proto.Attribute {
	a := c.node.proto.Attribute(name)
	if a == nil {
		return nil
	}
	return c.scope.resolve(a)
}

// typed returns an attribute of a type, nil if it is not there. Old files don't say the type.
func (c *call) typed(name string, want proto.AttributeType) *proto.Attribute {
	a := c.attribute(name)
	if a != nil && a.Type != want && a.Type != proto.UndefinedAttribute {
		c.fail("its attribute %s is of type %d, not %d", name, a.Type, want)
	}
	return a
}

// attrInt returns an attribute that is a whole number.
func (c *call) attrInt(name string, otherwise int) int {
	if a := c.typed(name, proto.IntAttribute); a != nil {
		return clampInt(a.Int)
	}
	return otherwise
}

// attrFloat returns an attribute that is a number.
func (c *call) attrFloat(name string, otherwise float64) float64 {
	if a := c.typed(name, proto.FloatAttribute); a != nil {
		return float64(a.Float)
	}
	return otherwise
}

// attrString returns an attribute that is a text.
func (c *call) attrString(name, otherwise string) string {
	if a := c.typed(name, proto.StringAttribute); a != nil {
		return string(a.String)
	}
	return otherwise
}

// attrInts returns an attribute that is a list of whole numbers, nil if it is not there.
func (c *call) attrInts(name string) []int {
	a := c.typed(name, proto.IntsAttribute)
	if a == nil {
		return nil
	}
	out := make([]int, len(a.Ints))
	for i, n := range a.Ints {
		out[i] = clampInt(n)
	}
	return out
}

// attrInt64s returns an attribute that is a list of whole numbers beyond int's range, too.
func (c *call) attrInt64s(name string) []int64 {
	if a := c.typed(name, proto.IntsAttribute); a != nil {
		return a.Ints
	}
	return nil
}

// attrFloats returns an attribute that is a list of numbers.
func (c *call) attrFloats(name string) []float32 {
	if a := c.typed(name, proto.FloatsAttribute); a != nil {
		return a.Floats
	}
	return nil
}

// attrStrings returns an attribute that is a list of texts.
func (c *call) attrStrings(name string) []string {
	a := c.typed(name, proto.StringsAttribute)
	if a == nil {
		return nil
	}
	out := make([]string, len(a.Strings))
	for i, s := range a.Strings {
		out[i] = string(s)
	}
	return out
}

// axis returns an axis of an input with so many dimensions, counted from the first.
func (c *call) axis(axis, rank int) int {
	if axis < -rank || axis >= rank {
		c.fail("axis %d of %d dimensions", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	return axis
}

// axes returns axes, counted from the first, in ascending order.
func (c *call) axes(axes []int, rank int) []int {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[i] = c.axis(a, rank)
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) < len(out) {
		c.fail("the axes %v have one twice", axes)
	}
	return out
}

// reshape returns a value with other dimensions.
func (c *call) reshape(v *graph.Value, shape ...int) *graph.Value {
	if slices.Contains(shape, 0) { // which op.Reshape takes for the length that v has
		return c.b().Constant(tensor.NewArray(v.DType(), shape...))
	}
	if slices.Equal(shape, dims(v)) {
		return v
	}
	return op.Reshape(c.b(), v, shape...)
}

// scalar returns a number of a type that graphs have.
func (c *call) scalar(d tensor.DType, x float64) *graph.Value {
	v := op.Scalar(c.b(), d, x)
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	return v
}

// dims returns the dimensions of a value in the graph.
func dims(v *graph.Value) []int {
	d, _ := v.Shape().Ints()
	return d
}
