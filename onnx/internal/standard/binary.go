package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// binaries are the operators of two inputs, or of many, that are broadcast.
var binaries = []plan.Operator{
	{Name: "Add", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: kernel2(tensor.Add)},
	{Name: "And", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: pairwise(op.AndOf)},
	{Name: "BitShift", Since: 11, Min: 2, Max: 2, Attributes: "direction", Translate: bitShift},
	{Name: "BitwiseAnd", Since: 18, Min: 2, Max: 2, Translate: pairwise(op.AndOf)},
	{Name: "BitwiseOr", Since: 18, Min: 2, Max: 2, Translate: pairwise(op.OrOf)},
	{Name: "BitwiseXor", Since: 18, Min: 2, Max: 2, Translate: pairwise(op.XorOf)},
	{Name: "Div", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: kernel2(tensor.Div)},
	{Name: "Equal", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: compare(op.IsEqual),
		Host: equalStrings},
	{Name: "Greater", Since: 1, Min: 2, Max: 2, Attributes: legacy,
		Translate: compare(op.IsGreater)},
	{Name: "GreaterOrEqual", Since: 12, Min: 2, Max: 2, Translate: compare(op.IsGreaterEqual)},
	{Name: "Less", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: compare(op.IsLess)},
	{Name: "LessOrEqual", Since: 12, Min: 2, Max: 2, Translate: compare(op.IsLessEqual)},
	{Name: "Max", Since: 1, Min: 1, Max: plan.Many, Attributes: old, Translate: chain(op.Maximum)},
	{Name: "Mean", Since: 1, Min: 1, Max: plan.Many, Attributes: old, Translate: mean},
	{Name: "Min", Since: 1, Min: 1, Max: plan.Many, Attributes: old, Translate: chain(op.Minimum)},
	{Name: "Mod", Since: 10, Min: 2, Max: 2, Attributes: "fmod", Translate: mod},
	{Name: "Mul", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: kernel2(tensor.Mul)},
	{Name: "Or", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: pairwise(op.OrOf)},
	{Name: "PRelu", Since: 1, Min: 2, Max: 2, Attributes: old, Translate: prelu},
	{Name: "Pow", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: pow},
	{Name: "Sub", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: kernel2(tensor.Sub)},
	{Name: "Sum", Since: 1, Min: 1, Max: plan.Many, Attributes: old, Translate: chain(op.Add)},
	{Name: "Where", Since: 9, Min: 3, Max: 3, Translate: where, Host: plan.MoveTexts},
	{Name: "Xor", Since: 1, Min: 2, Max: 2, Attributes: legacy, Translate: pairwise(op.XorOf)},
}

// legacy are the attributes by which versions below 7 broadcast.
const legacy = "axis broadcast " + old

// operands returns the two inputs in the graph, of one type. Below version 7, the second one's
// dimensions may begin at an axis of the first.
func operands(c *plan.Call) (x, y *graph.Value) {
	x, y = c.Number(0), c.Number(1)
	if axis := c.Attribute("axis"); axis != nil && c.Version() < 7 {
		shape := c.Shape(1)
		for len(shape) < c.Rank(0)-c.Axis(int(axis.Int), c.Rank(0)) {
			shape = append(shape, 1)
		}
		y = c.Reshape(y, shape...)
	}
	return x, y
}

func kernel2(f tensor.Binary) func(*plan.Call) {
	return func(c *plan.Call) {
		x, y := operands(c)
		c.SetLike(0, c.B().Apply(op.Binary{Function: f}, x, y), 0)
	}
}

func pairwise(f op.Pairing) func(*plan.Call) {
	return func(c *plan.Call) {
		x, y := operands(c)
		c.SetLike(0, c.B().Apply(op.Pairwise{By: f}, x, y), 0)
	}
}

func compare(r op.Relation) func(*plan.Call) {
	return func(c *plan.Call) {
		x, y := operands(c)
		if x.DType() == tensor.BoolType {
			x, y = op.Cast(c.B(), x, tensor.Uint8Type), op.Cast(c.B(), y, tensor.Uint8Type)
		}
		c.Set(0, c.B().Apply(op.Compare{By: r}, x, y))
	}
}

// equalStrings is Equal of strings.
func equalStrings(h *plan.HostCall) ([]*value.Value, error) {
	x, y := h.Strings(0), h.Strings(1)
	shape, at, err := broadcastIndices(h.Input(0).Dims(), h.Input(1).Dims())
	if err != nil {
		return nil, err
	}
	out := tensor.NewArray(tensor.BoolType, shape...)
	for i, e := range tensor.Elements[bool](out) {
		_ = e
		tensor.Elements[bool](out)[i] = x[at[0][i]] == y[at[1][i]]
	}
	return []*value.Value{value.NewTensor(out)}, nil
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
	n := tensors.Size(shape)
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

func chain(f func(b *graph.Builder, x, y *graph.Value) *graph.Value) func(*plan.Call) {
	return func(c *plan.Call) {
		x := c.Number(0)
		for i := 1; i < len(c.Inputs); i++ {
			x = f(c.B(), x, c.Number(i))
		}
		c.SetLike(0, x, 0)
	}
}

func mean(c *plan.Call) {
	x := c.Float(0)
	for i := 1; i < len(c.Inputs); i++ {
		x = op.Add(c.B(), x, c.Float(i))
	}
	c.SetLike(0, op.Div(c.B(), x, c.Like(x, float64(len(c.Inputs)))), 0)
}

func bitShift(c *plan.Call) {
	ways := map[string]op.Pairing{"LEFT": op.ShiftLeft, "RIGHT": op.ShiftRight}
	by := ways[c.AttrString("direction", "")]
	if by == "" {
		c.Fail("the direction %q is neither LEFT nor RIGHT", c.AttrString("direction", ""))
	}
	pairwise(by)(c)
}

// mod is the remainder with the sign of the divisor, or with fmod that of the dividend.
func mod(c *plan.Call) {
	if c.AttrInt("fmod", 0) == 1 {
		pairwise(op.RemainderOf)(c)
		return
	}
	pairwise(op.ModOf)(c)
}

func prelu(c *plan.Call) {
	x, slope := c.Number(0), c.Number(1)
	if r := c.Rank(0); c.Version() < 7 && c.Rank(1) == 1 && r > 2 {
		shape := append([]int{c.Shape(1)[0]}, slices.Repeat([]int{1}, r-2)...)
		slope = c.Reshape(slope, shape...)
	}
	low := op.Less(c.B(), x, c.Like(x, 0))
	c.SetLike(0, c.Where(low, op.Mul(c.B(), x, slope), x), 0)
}

// pow has the type of the base, whatever that of the exponent.
func pow(c *plan.Call) {
	x, y := operands(c)
	d := x.DType()
	switch {
	case d == y.DType():
	case d.IsInteger() && y.DType().IsFloat():
		x, y = op.Cast(c.B(), x, tensor.Float64Type), op.Cast(c.B(), y, tensor.Float64Type)
	default:
		y = op.Cast(c.B(), y, d)
	}
	c.SetLike(0, op.Cast(c.B(), op.Pow(c.B(), x, y), d), 0)
}

func where(c *plan.Call) {
	c.SetAs(0, c.Where(c.Value(0), c.Value(1), c.Value(2)), c.Element(1))
}
