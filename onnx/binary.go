package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// binaries are the operators of two inputs, or of many, that are broadcast.
var binaries = []operator{
	{name: "Add", since: 1, min: 2, max: 2, attributes: legacy, translate: kernel2(tensor.Add)},
	{name: "And", since: 1, min: 2, max: 2, attributes: legacy, translate: pairwise(op.AndOf)},
	{name: "BitShift", since: 11, min: 2, max: 2, attributes: "direction", translate: bitShift},
	{name: "BitwiseAnd", since: 18, min: 2, max: 2, translate: pairwise(op.AndOf)},
	{name: "BitwiseOr", since: 18, min: 2, max: 2, translate: pairwise(op.OrOf)},
	{name: "BitwiseXor", since: 18, min: 2, max: 2, translate: pairwise(op.XorOf)},
	{name: "Div", since: 1, min: 2, max: 2, attributes: legacy, translate: kernel2(tensor.Div)},
	{name: "Equal", since: 1, min: 2, max: 2, attributes: legacy, translate: compare(op.IsEqual),
		host: equalStrings},
	{name: "Greater", since: 1, min: 2, max: 2, attributes: legacy, translate: compare(op.IsGreater)},
	{name: "GreaterOrEqual", since: 12, min: 2, max: 2, translate: compare(op.IsGreaterEqual)},
	{name: "Less", since: 1, min: 2, max: 2, attributes: legacy, translate: compare(op.IsLess)},
	{name: "LessOrEqual", since: 12, min: 2, max: 2, translate: compare(op.IsLessEqual)},
	{name: "Max", since: 1, min: 1, max: many, attributes: old, translate: chain(op.Maximum)},
	{name: "Mean", since: 1, min: 1, max: many, attributes: old, translate: mean},
	{name: "Min", since: 1, min: 1, max: many, attributes: old, translate: chain(op.Minimum)},
	{name: "Mod", since: 10, min: 2, max: 2, attributes: "fmod", translate: mod},
	{name: "Mul", since: 1, min: 2, max: 2, attributes: legacy, translate: kernel2(tensor.Mul)},
	{name: "Or", since: 1, min: 2, max: 2, attributes: legacy, translate: pairwise(op.OrOf)},
	{name: "PRelu", since: 1, min: 2, max: 2, attributes: old, translate: prelu},
	{name: "Pow", since: 1, min: 2, max: 2, attributes: legacy, translate: pow},
	{name: "Sub", since: 1, min: 2, max: 2, attributes: legacy, translate: kernel2(tensor.Sub)},
	{name: "Sum", since: 1, min: 1, max: many, attributes: old, translate: chain(op.Add)},
	{name: "Where", since: 9, min: 3, max: 3, translate: where, host: whereStrings},
	{name: "Xor", since: 1, min: 2, max: 2, attributes: legacy, translate: pairwise(op.XorOf)},
}

// legacy are the attributes by which versions below 7 broadcast.
const legacy = "axis broadcast " + old

// operands returns the two inputs in the graph, of one type. Below version 7, the second one's
// dimensions may begin at an axis of the first.
func (c *call) operands() (x, y *graph.Value) {
	x, y = c.number(0), c.number(1)
	if axis := c.attribute("axis"); axis != nil && c.version() < 7 {
		shape := c.shape(1)
		for len(shape) < c.rank(0)-c.axis(int(axis.Int), c.rank(0)) {
			shape = append(shape, 1)
		}
		y = c.reshape(y, shape...)
	}
	return x, y
}

func kernel2(f tensor.Binary) func(*call) {
	return func(c *call) {
		x, y := c.operands()
		c.setLike(0, c.b().Apply(op.Binary{Function: f}, x, y), 0)
	}
}

func pairwise(f op.Pairing) func(*call) {
	return func(c *call) {
		x, y := c.operands()
		c.setLike(0, c.b().Apply(op.Pairwise{By: f}, x, y), 0)
	}
}

func compare(r op.Relation) func(*call) {
	return func(c *call) {
		x, y := c.operands()
		if x.DType() == tensor.BoolType {
			x, y = op.Cast(c.b(), x, tensor.Uint8Type), op.Cast(c.b(), y, tensor.Uint8Type)
		}
		c.set(0, c.b().Apply(op.Compare{By: r}, x, y))
	}
}

// equalStrings is Equal of strings.
func equalStrings(h *hostCall) ([]*Value, error) {
	x, y := h.strings(0), h.strings(1)
	shape, at, err := broadcastIndices(h.input(0).shape, h.input(1).shape)
	if err != nil {
		return nil, err
	}
	out := tensor.NewArray(tensor.BoolType, shape...)
	for i, e := range tensor.Elements[bool](out) {
		_ = e
		tensor.Elements[bool](out)[i] = x[at[0][i]] == y[at[1][i]]
	}
	return []*Value{NewTensor(out)}, nil
}

// broadcastIndices returns the shape that shapes are broadcast to, and for each of its elements the
// index of that of each operand.
func broadcastIndices(shapes ...[]int) (shape []int, at [][]int, err error) {
	s := graph.Shape{}
	for _, x := range shapes {
		if s, err = graph.Broadcast(s, graph.ShapeOf(x...)); err != nil {
			return nil, nil, err
		}
	}
	shape, _ = s.Ints()
	n := sizeOf(shape)
	for _, x := range shapes {
		index := make([]int, n)
		for i := range index {
			rest, stride := i, 1
			for d := len(shape) - 1; d >= 0; d-- {
				if from := d - len(shape) + len(x); from >= 0 {
					if x[from] != 1 {
						index[i] += rest % shape[d] * stride
					}
					stride *= x[from]
				}
				rest /= shape[d]
			}
		}
		at = append(at, index)
	}
	return shape, at, nil
}

func chain(f func(b *graph.Builder, x, y *graph.Value) *graph.Value) func(*call) {
	return func(c *call) {
		x := c.number(0)
		for i := 1; i < len(c.inputs); i++ {
			x = f(c.b(), x, c.number(i))
		}
		c.setLike(0, x, 0)
	}
}

func mean(c *call) {
	x := c.float(0)
	for i := 1; i < len(c.inputs); i++ {
		x = op.Add(c.b(), x, c.float(i))
	}
	c.setLike(0, op.Div(c.b(), x, c.like(x, float64(len(c.inputs)))), 0)
}

func bitShift(c *call) {
	ways := map[string]op.Pairing{"LEFT": op.ShiftLeft, "RIGHT": op.ShiftRight}
	by := ways[c.attrString("direction", "")]
	if by == "" {
		c.fail("the direction %q is neither LEFT nor RIGHT", c.attrString("direction", ""))
	}
	pairwise(by)(c)
}

// mod is the remainder with the sign of the divisor, or with fmod that of the dividend.
func mod(c *call) {
	if c.attrInt("fmod", 0) == 1 {
		pairwise(op.RemainderOf)(c)
		return
	}
	pairwise(op.ModOf)(c)
}

func prelu(c *call) {
	x, slope := c.number(0), c.number(1)
	if r := c.rank(0); c.version() < 7 && c.rank(1) == 1 && r > 2 {
		shape := append([]int{c.shape(1)[0]}, slices.Repeat([]int{1}, r-2)...)
		slope = c.reshape(slope, shape...)
	}
	low := op.Less(c.b(), x, c.like(x, 0))
	c.setLike(0, c.where(low, op.Mul(c.b(), x, slope), x), 0)
}

// pow has the type of the base, whatever that of the exponent.
func pow(c *call) {
	x, y := c.operands()
	d := x.DType()
	switch {
	case d == y.DType():
	case d.IsInteger() && y.DType().IsFloat():
		x, y = op.Cast(c.b(), x, tensor.Float64Type), op.Cast(c.b(), y, tensor.Float64Type)
	default:
		y = op.Cast(c.b(), y, d)
	}
	c.setLike(0, op.Cast(c.b(), op.Pow(c.b(), x, y), d), 0)
}

func where(c *call) {
	c.setAs(0, c.where(c.value(0), c.value(1), c.value(2)), c.element(1))
}

// whereStrings is Where of strings.
func whereStrings(h *hostCall) ([]*Value, error) {
	condition, x, y := h.ints(0), h.strings(1), h.strings(2)
	shape, at, err := broadcastIndices(h.input(0).shape, h.input(1).shape, h.input(2).shape)
	if err != nil {
		return nil, err
	}
	out := make([]string, sizeOf(shape))
	for i := range out {
		if out[i] = y[at[2][i]]; condition[at[0][i]] != 0 {
			out[i] = x[at[1][i]]
		}
	}
	return []*Value{NewStrings(out, shape...)}, nil
}
