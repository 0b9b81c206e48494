package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// gathers are the operators that find elements, or take and put them by indices.
var gathers = []plan.Operator{
	{Name: "ArgMax", Since: 1, Min: 1, Max: 1, Attributes: "axis keepdims select_last_index",
		Translate: arg(op.MaxOf)},
	{Name: "ArgMin", Since: 1, Min: 1, Max: 1, Attributes: "axis keepdims select_last_index",
		Translate: arg(op.MinOf)},
	{Name: "Gather", Since: 1, Min: 2, Max: 2, Attributes: "axis", Translate: gather,
		Host: plan.MoveTexts},
	{Name: "GatherElements", Since: 11, Min: 2, Max: 2, Attributes: "axis",
		Translate: gatherElements, Host: plan.MoveTexts},
	{Name: "GatherND", Since: 11, Min: 2, Max: 2, Attributes: "batch_dims", Translate: GatherND,
		Host: plan.MoveTexts},
	{Name: "OneHot", Since: 9, Min: 3, Max: 3, Attributes: "axis", Translate: oneHot},
	{Name: "Scatter", Since: 9, Min: 3, Max: 3, Attributes: "axis", Translate: scatterElements,
		Host: scatterTexts},
	{Name: "ScatterElements", Since: 11, Min: 3, Max: 3, Attributes: "axis reduction",
		Translate: scatterElements,
		Host:      scatterTexts},
	{Name: "ScatterND", Since: 11, Min: 3, Max: 3, Attributes: "reduction", Translate: scatterND,
		Host: scatterTexts},
	{Name: "TopK", Since: 1, Min: 1, Max: 2, Attributes: "axis k largest sorted", Translate: topK},
}

// arg is the index of the largest or smallest element.
func arg(by op.Reduction) func(*plan.Call) {
	return func(c *plan.Call) {
		axis := c.Axis(c.AttrInt("axis", 0), c.Rank(0))
		o := op.ArgOf{By: by, Axis: axis, KeepDims: c.AttrInt("keepdims", 1) != 0,
			Last: c.AttrInt("select_last_index", 0) != 0}
		c.Set(0, c.B().Apply(o, c.Number(0)))
	}
}

func gather(c *plan.Call) {
	axis := c.Axis(c.AttrInt("axis", 0), c.Rank(0))
	if axis == 0 {
		if rows, ok := c.Rows(0, Index(c, 1)); ok {
			c.SetLike(0, rows, 0)
			return
		}
	}
	c.SetLike(0, op.Gather(c.B(), c.Value(0), Index(c, 1), axis), 0)
}

// Index returns an input of indices in the graph.
func Index(c *plan.Call, i int) *graph.Value {
	if d := c.Element(i).Storage(); d != tensor.Int64Type && d != tensor.Int32Type {
		return op.Cast(c.B(), c.Value(i), tensor.Int64Type)
	}
	return c.Value(i)
}

func gatherElements(c *plan.Call) {
	axis := c.Axis(c.AttrInt("axis", 0), c.Rank(0))
	c.SetLike(0, op.GatherElements(c.B(), c.Value(0), Index(c, 1), axis), 0)
}

// GatherND takes the blocks that tuples of indices name.
func GatherND(c *plan.Call) {
	c.SetLike(0, op.GatherND(c.B(), c.Value(0), Index(c, 1), c.AttrInt("batch_dims", 0)), 0)
}

// oneHot has off and on as two numbers of one input; their type is the output's.
func oneHot(c *plan.Call) {
	depth := c.Floats(1)
	values := c.Floats(2)
	if len(depth) != 1 || len(values) != 2 || !(depth[0] >= 0) {
		c.Fail("the depth %v and the values %v", depth, values)
	}
	c.CheckBytes(depth[0], "a depth of %v", depth[0])
	axis := c.AttrInt("axis", -1)
	if axis < 0 {
		axis += c.Rank(0) + 1
	}
	indices := c.Value(0)
	if d := indices.DType(); d != tensor.Int64Type && d != tensor.Int32Type {
		indices = op.Cast(c.B(), c.Number(0), tensor.Int64Type)
	}
	e := c.Element(2)
	d := e.Storage()
	if e.IsHalf() {
		d = tensor.Float32Type
	}
	o := op.OneHotOf{Depth: int(depth[0]), Axis: axis, To: d, On: op.Number(values[1]),
		Off: op.Number(values[0])}
	c.SetAs(0, c.B().Apply(o, indices), e)
}

// scatterings are what becomes of elements, by attribute.
var scatterings = map[string]op.Scattering{"none": op.Replaced, "add": op.ScatteredSum,
	"mul": op.ScatteredProduct, "max": op.ScatteredMax, "min": op.ScatteredMin}

func scattering(c *plan.Call) op.Scattering {
	name := c.AttrString("reduction", "none")
	by, ok := scatterings[name]
	if !ok {
		c.Fail("the reduction %q is unknown", name)
	}
	return by
}

func scatterElements(c *plan.Call) {
	axis := c.Axis(c.AttrInt("axis", 0), c.Rank(0))
	by := scattering(c)
	if by == op.Replaced {
		c.SetLike(0, op.ScatterElements(c.B(), c.Value(0), Index(c, 1), c.Value(2), axis, by), 0)
		return
	}
	c.SetLike(0, op.ScatterElements(c.B(), c.Number(0), Index(c, 1), c.Number(2), axis, by), 0)
}

func scatterND(c *plan.Call) {
	by := scattering(c)
	if by == op.Replaced {
		c.SetLike(0, op.ScatterND(c.B(), c.Value(0), Index(c, 1), c.Value(2), by), 0)
		return
	}
	c.SetLike(0, op.ScatterND(c.B(), c.Number(0), Index(c, 1), c.Number(2), by), 0)
}

func topK(c *plan.Call) {
	axis := c.Axis(c.AttrInt("axis", -1), c.Rank(0))
	k := c.AttrInt("k", 0)
	if c.Version() >= 10 {
		k = c.Int(1)
	}
	o := op.TopKOf{K: k, Axis: axis, Smallest: c.AttrInt("largest", 1) == 0}
	out := c.B().ApplyAll(o, c.Number(0))
	if c.B().Err() == nil {
		c.SetLike(0, out[0], 0)
		c.Set(1, out[1])
	}
}

// scatterTexts is a scatter of strings, which can't be added.
func scatterTexts(h *plan.HostCall) ([]*value.Value, error) {
	if r := h.Call.AttrString("reduction", "none"); r != "none" {
		h.Fail("the reduction %q of strings", r)
	}
	return plan.MoveTexts(h)
}
