package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// gathers are the operators that find elements, or take and put them by indices.
var gathers = []operator{
	{name: "ArgMax", since: 1, min: 1, max: 1, attributes: "axis keepdims select_last_index",
		translate: arg(op.MaxOf)},
	{name: "ArgMin", since: 1, min: 1, max: 1, attributes: "axis keepdims select_last_index",
		translate: arg(op.MinOf)},
	{name: "Gather", since: 1, min: 2, max: 2, attributes: "axis", translate: gather,
		host: gatherStrings},
	{name: "GatherElements", since: 11, min: 2, max: 2, attributes: "axis", translate: gatherElements},
	{name: "GatherND", since: 11, min: 2, max: 2, attributes: "batch_dims", translate: gatherND},
	{name: "OneHot", since: 9, min: 3, max: 3, attributes: "axis", translate: oneHot},
	{name: "Scatter", since: 9, min: 3, max: 3, attributes: "axis", translate: scatterElements},
	{name: "ScatterElements", since: 11, min: 3, max: 3, attributes: "axis reduction",
		translate: scatterElements},
	{name: "ScatterND", since: 11, min: 3, max: 3, attributes: "reduction", translate: scatterND},
	{name: "TopK", since: 1, min: 1, max: 2, attributes: "axis k largest sorted", translate: topK},
}

// arg is the index of the largest or smallest element.
func arg(by op.Reduction) func(*call) {
	return func(c *call) {
		axis := c.axis(c.attrInt("axis", 0), c.rank(0))
		o := op.ArgOf{By: by, Axis: axis, KeepDims: c.attrInt("keepdims", 1) != 0,
			Last: c.attrInt("select_last_index", 0) != 0}
		c.set(0, c.b().Apply(o, c.number(0)))
	}
}

func gather(c *call) {
	axis := c.axis(c.attrInt("axis", 0), c.rank(0))
	c.setLike(0, op.Gather(c.b(), c.value(0), c.index(1), axis), 0)
}

// index returns an input of indices in the graph.
func (c *call) index(i int) *graph.Value {
	if d := c.element(i).storage(); d != tensor.Int64Type && d != tensor.Int32Type {
		return op.Cast(c.b(), c.value(i), tensor.Int64Type)
	}
	return c.value(i)
}

// gatherStrings is Gather of strings.
func gatherStrings(h *hostCall) ([]*Value, error) {
	data, x := h.strings(0), h.input(0)
	axis := h.call.attrInt("axis", 0)
	if axis < 0 {
		axis += len(x.shape)
	}
	if axis < 0 || axis >= len(x.shape) {
		h.fail("axis %d of %v", axis, x)
	}
	n, inner := x.shape[axis], sizeOf(x.shape[axis+1:])
	var out []string
	for outer := range sizeOf(x.shape[:axis]) {
		for _, i := range h.ints(1) {
			if i < 0 {
				i += int64(n)
			}
			if i < 0 || i >= int64(n) {
				h.fail("index %d is out of range for %d elements", i, n)
			}
			out = append(out, data[(outer*n+int(i))*inner:][:inner]...)
		}
	}
	shape := append(append(x.Shape()[:axis:axis], h.input(1).shape...), x.shape[axis+1:]...)
	return []*Value{NewStrings(out, shape...)}, nil
}

func gatherElements(c *call) {
	axis := c.axis(c.attrInt("axis", 0), c.rank(0))
	c.setLike(0, op.GatherElements(c.b(), c.value(0), c.index(1), axis), 0)
}

func gatherND(c *call) {
	c.setLike(0, op.GatherND(c.b(), c.value(0), c.index(1), c.attrInt("batch_dims", 0)), 0)
}

// oneHot has off and on as two numbers of one input; their type is the output's.
func oneHot(c *call) {
	depth := c.floats(1)
	values := c.floats(2)
	if len(depth) != 1 || len(values) != 2 || !(depth[0] >= 0) {
		c.fail("the depth %v and the values %v", depth, values)
	}
	c.checkBytes(depth[0], "a depth of %v", depth[0])
	axis := c.attrInt("axis", -1)
	if axis < 0 {
		axis += c.rank(0) + 1
	}
	indices := c.value(0)
	if d := indices.DType(); d != tensor.Int64Type && d != tensor.Int32Type {
		indices = op.Cast(c.b(), c.number(0), tensor.Int64Type)
	}
	e := c.element(2)
	d := e.storage()
	if e.isHalf() {
		d = tensor.Float32Type
	}
	o := op.OneHotOf{Depth: int(depth[0]), Axis: axis, To: d, On: op.Number(values[1]),
		Off: op.Number(values[0])}
	c.setAs(0, c.b().Apply(o, indices), e)
}

// scatterings are what becomes of elements, by attribute.
var scatterings = map[string]op.Scattering{"none": op.Replaced, "add": op.ScatteredSum,
	"mul": op.ScatteredProduct, "max": op.ScatteredMax, "min": op.ScatteredMin}

func (c *call) scattering() op.Scattering {
	name := c.attrString("reduction", "none")
	by, ok := scatterings[name]
	if !ok {
		c.fail("the reduction %q is unknown", name)
	}
	return by
}

func scatterElements(c *call) {
	axis := c.axis(c.attrInt("axis", 0), c.rank(0))
	by := c.scattering()
	if by == op.Replaced {
		c.setLike(0, op.ScatterElements(c.b(), c.value(0), c.index(1), c.value(2), axis, by), 0)
		return
	}
	c.setLike(0, op.ScatterElements(c.b(), c.number(0), c.index(1), c.number(2), axis, by), 0)
}

func scatterND(c *call) {
	by := c.scattering()
	if by == op.Replaced {
		c.setLike(0, op.ScatterND(c.b(), c.value(0), c.index(1), c.value(2), by), 0)
		return
	}
	c.setLike(0, op.ScatterND(c.b(), c.number(0), c.index(1), c.number(2), by), 0)
}

func topK(c *call) {
	axis := c.axis(c.attrInt("axis", -1), c.rank(0))
	k := c.attrInt("k", 0)
	if c.version() >= 10 {
		k = c.int(1)
	}
	o := op.TopKOf{K: k, Axis: axis, Smallest: c.attrInt("largest", 1) == 0}
	out := c.b().ApplyAll(o, c.number(0))
	if c.b().Err() == nil {
		c.setLike(0, out[0], 0)
		c.set(1, out[1])
	}
}
