package standard

import (
	"math"

	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// constants are the operators that make tensors of nothing but attributes, shapes and numbers.
var constants = []plan.Operator{
	{Name: "Constant", Since: 1,
		Attributes: "value value_float value_floats value_int value_ints " +
			"value_string value_strings sparse_value", Translate: constant},
	{Name: "ConstantOfShape", Since: 9, Min: 1, Max: 1, Attributes: "value",
		Translate: constantOfShape},
	{Name: "EyeLike", Since: 9, Min: 1, Max: 1, Attributes: "dtype k", Translate: eyeLike},
	{Name: "Range", Since: 11, Min: 3, Max: 3, Attributes: "stash_type", Translate: rangeOf},
}

// constant is the value of an attribute.
func constant(c *plan.Call) {
	for _, a := range c.Node.Proto.Attributes {
		r := c.Scope.Resolve(a)
		if r == nil {
			continue
		}
		v, err := constantOf(c, a.Name, r)
		if err != nil {
			c.Fail("%w", err)
		}
		c.SetConstant(0, v)
		return
	}
	c.Fail("it has no value")
}

func constantOf(c *plan.Call, name string, a *proto.Attribute) (*value.Value, error) {
	switch {
	case a.Tensor != nil:
		return TensorOf(c, a.Tensor)
	case a.Sparse != nil:
		return TensorOf(c, a.Sparse.Values)
	}
	switch name {
	case "value_float":
		return value.NewTensor(tensor.ArrayOf([]float32{a.Float})), nil
	case "value_floats":
		return value.NewTensor(tensor.ArrayOf(a.Floats, len(a.Floats))), nil
	case "value_int":
		return value.NewTensor(tensor.ArrayOf([]int64{a.Int})), nil
	case "value_ints":
		return value.NewTensor(tensor.ArrayOf(a.Ints, len(a.Ints))), nil
	case "value_string":
		return value.NewStrings([]string{string(a.String)}), nil
	}
	texts := make([]string, len(a.Strings))
	for i, s := range a.Strings {
		texts[i] = string(s)
	}
	return value.NewStrings(texts, len(texts)), nil
}

// TensorOf returns the tensor of an attribute, which is read once.
func TensorOf(c *plan.Call, t *proto.Tensor) (*value.Value, error) {
	return c.Machine.Session.Model.AttributeTensor(t)
}

func constantOfShape(c *plan.Call) {
	fill := value.NewTensor(tensor.ArrayOf([]float32{0}))
	if a := c.Attribute("value"); a != nil && a.Tensor != nil {
		v, err := TensorOf(c, a.Tensor)
		if err != nil {
			c.Fail("%w", err)
		}
		fill = v
	}
	if fill.Len() != 1 || fill.Array() == nil {
		c.Fail("its value is %v, not one number", fill)
	}
	shape := c.Ints(0)
	for _, n := range shape {
		if n < 0 {
			c.Fail("the shape %v has a dimension of %d", shape, n)
		}
	}
	one := c.B().Constant(fill.Array().Reshape())
	c.SetAs(0, op.BroadcastTo(c.B(), one, shape...), fill.Element())
}

func eyeLike(c *plan.Call) {
	s := c.Shape(0)
	if len(s) != 2 {
		c.Fail("its input is %v, not a matrix", c.Val(0))
	}
	e := value.ElementType(c.AttrInt("dtype", int(c.Element(0))))
	k := c.AttrInt("k", 0)
	a := tensor.NewArray(tensor.BoolType, s...)
	for i := range s[0] {
		if j := i + k; j >= 0 && j < s[1] {
			tensor.Elements[bool](a)[i*s[1]+j] = true
		}
	}
	c.SetAs(0, Convert(c, c.B().Constant(a), value.Bool, e, true), e)
}

// rangeOf is start + i·delta, not a sum of deltas.
func rangeOf(c *plan.Call) {
	e := c.Element(0)
	if e.IsFloat() {
		start, limit, delta := c.Floats(0), c.Floats(1), c.Floats(2)
		if len(start) != 1 || len(limit) != 1 || len(delta) != 1 || delta[0] == 0 {
			c.Fail("a range from %v to %v by %v", start, limit, delta)
		}
		n := max(math.Ceil((limit[0]-start[0])/delta[0]), 0)
		c.CheckBytes(8*n, "a range of %v numbers", n)
		a := tensor.NewArray(tensor.Float64Type, int(n))
		for i := range int(n) {
			tensor.Elements[float64](a)[i] = start[0] + float64(float64(i)*delta[0])
		}
		c.SetAs(0, Convert(c, c.B().Constant(a), value.Double, e, true), e)
		return
	}
	start, limit, delta := c.Int(0), c.Int(1), c.Int(2)
	if delta == 0 {
		c.Fail("a range by 0")
	}
	n := rangeLength(start, limit, delta)
	c.CheckBytes(8*float64(n), "a range of %d numbers", n)
	a := tensor.NewArray(tensor.Int64Type, int(n))
	for i := range int(n) {
		tensor.Elements[int64](a)[i] = int64(start + i*delta)
	}
	c.SetAs(0, Convert(c, c.B().Constant(a), value.Int64, e, true), e)
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
