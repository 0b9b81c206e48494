package onnx

import (
	"math"

	"simdnn/graph/op"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// constants are the operators that make tensors of nothing but attributes, shapes and numbers.
var constants = []operator{
	{name: "Constant", since: 1, attributes: "value value_float value_floats value_int value_ints " +
		"value_string value_strings sparse_value", translate: constant},
	{name: "ConstantOfShape", since: 9, min: 1, max: 1, attributes: "value",
		translate: constantOfShape},
	{name: "EyeLike", since: 9, min: 1, max: 1, attributes: "dtype k", translate: eyeLike},
	{name: "Range", since: 11, min: 3, max: 3, attributes: "stash_type", translate: rangeOf},
}

// constant is the value of an attribute.
func constant(c *call) {
	for _, a := range c.node.proto.Attributes {
		r := c.scope.resolve(a)
		if r == nil {
			continue
		}
		v, err := c.constantOf(a.Name, r)
		if err != nil {
			panic(failure{err})
		}
		c.setConstant(0, v)
		return
	}
	c.fail("it has no value")
}

func (c *call) constantOf(name string, a *proto.Attribute) (*Value, error) {
	switch {
	case a.Tensor != nil:
		return c.tensorOf(a.Tensor)
	case a.Sparse != nil:
		return c.tensorOf(a.Sparse.Values)
	}
	switch name {
	case "value_float":
		return NewTensor(tensor.ArrayOf([]float32{a.Float})), nil
	case "value_floats":
		return NewTensor(tensor.ArrayOf(a.Floats, len(a.Floats))), nil
	case "value_int":
		return NewTensor(tensor.ArrayOf([]int64{a.Int})), nil
	case "value_ints":
		return NewTensor(tensor.ArrayOf(a.Ints, len(a.Ints))), nil
	case "value_string":
		return NewStrings([]string{string(a.String)}), nil
	}
	texts := make([]string, len(a.Strings))
	for i, s := range a.Strings {
		texts[i] = string(s)
	}
	return NewStrings(texts, len(texts)), nil
}

// tensorOf returns the tensor of an attribute, which is read once.
func (c *call) tensorOf(t *proto.Tensor) (*Value, error) {
	return c.machine.session.model.attributeTensor(t)
}

func constantOfShape(c *call) {
	fill := NewTensor(tensor.ArrayOf([]float32{0}))
	if a := c.attribute("value"); a != nil && a.Tensor != nil {
		v, err := c.tensorOf(a.Tensor)
		if err != nil {
			panic(failure{err})
		}
		fill = v
	}
	if fill.len() != 1 || fill.array == nil {
		c.fail("its value is %v, not one number", fill)
	}
	shape := c.ints(0)
	for _, n := range shape {
		if n < 0 {
			c.fail("the shape %v has a dimension of %d", shape, n)
		}
	}
	one := c.b().Constant(fill.array.Reshape())
	c.setAs(0, op.BroadcastTo(c.b(), one, shape...), fill.element)
}

func eyeLike(c *call) {
	s := c.shape(0)
	if len(s) != 2 {
		c.fail("its input is %v, not a matrix", c.val(0))
	}
	e := ElementType(c.attrInt("dtype", int(c.element(0))))
	k := c.attrInt("k", 0)
	a := tensor.NewArray(tensor.BoolType, s...)
	for i := range s[0] {
		if j := i + k; j >= 0 && j < s[1] {
			tensor.Elements[bool](a)[i*s[1]+j] = true
		}
	}
	c.setAs(0, c.convert(c.b().Constant(a), Bool, e, true), e)
}

// rangeOf is start + i·delta, not a sum of deltas.
func rangeOf(c *call) {
	e := c.element(0)
	if e.isFloat() {
		start, limit, delta := c.floats(0), c.floats(1), c.floats(2)
		if len(start) != 1 || len(limit) != 1 || len(delta) != 1 || delta[0] == 0 {
			c.fail("a range from %v to %v by %v", start, limit, delta)
		}
		n := max(math.Ceil((limit[0]-start[0])/delta[0]), 0)
		c.checkBytes(8*n, "a range of %v numbers", n)
		a := tensor.NewArray(tensor.Float64Type, int(n))
		for i := range int(n) {
			tensor.Elements[float64](a)[i] = start[0] + float64(float64(i)*delta[0])
		}
		c.setAs(0, c.convert(c.b().Constant(a), Double, e, true), e)
		return
	}
	start, limit, delta := c.int(0), c.int(1), c.int(2)
	if delta == 0 {
		c.fail("a range by 0")
	}
	n := rangeLength(start, limit, delta)
	c.checkBytes(8*float64(n), "a range of %d numbers", n)
	a := tensor.NewArray(tensor.Int64Type, int(n))
	for i := range int(n) {
		tensor.Elements[int64](a)[i] = int64(start + i*delta)
	}
	c.setAs(0, c.convert(c.b().Constant(a), Int64, e, true), e)
}

// rangeLength returns ⌈(limit − start) / delta⌉, or 0 if that is less.
func rangeLength(start, limit, delta int) uint64 {
	if start == limit || (start < limit) != (delta > 0) {
		return 0
	}
	span, step := uint64(limit)-uint64(start), uint64(delta)
	if delta < 0 {
		span, step = -span, -step
	}
	return (span-1)/step + 1
}
