package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// pieces are the operators that cut tensors, join them and add margins.
var pieces = []operator{
	{name: "Concat", since: 1, min: 1, max: many, attributes: "axis", translate: concat,
		host: concatStrings},
	{name: "Pad", since: 1, min: 1, max: 4, attributes: "mode paddings pads value", translate: pad},
	{name: "Slice", since: 1, min: 1, max: 5, attributes: "axes starts ends", translate: slice},
	{name: "Split", since: 1, min: 1, max: 2, attributes: "axis split num_outputs", translate: split},
}

func concat(c *call) {
	axis := c.axis(c.attrInt("axis", 1), c.rank(0))
	var parts []*graph.Value
	for i := range c.inputs {
		if c.has(i) {
			parts = append(parts, c.value(i))
		}
	}
	c.setLike(0, op.Concat(c.b(), axis, parts...), 0)
}

// concatStrings is Concat of strings.
func concatStrings(h *hostCall) ([]*Value, error) {
	axis := h.call.attrInt("axis", 0)
	if axis < 0 {
		axis += len(h.input(0).shape)
	}
	return []*Value{joinStrings(h, h.inputs, axis)}, nil
}

// joinStrings puts tensors of strings one after the other along an axis.
func joinStrings(h *hostCall, parts []*Value, axis int) *Value {
	shape := slices.Clone(parts[0].shape)
	if axis < 0 || axis >= len(shape) {
		h.fail("axis %d of the shape %v", axis, shape)
	}
	shape[axis] = 0
	for _, p := range parts {
		if len(p.shape) != len(shape) {
			h.fail("a concatenation of %v and %v", parts[0], p)
		}
		shape[axis] += p.shape[axis]
	}
	var out []string
	for outer := range sizeOf(shape[:axis]) {
		for _, p := range parts {
			n := sizeOf(p.shape[axis:])
			out = append(out, p.strings[outer*n:][:n]...)
		}
	}
	return NewStrings(out, shape...)
}

func pad(c *call) {
	r := c.rank(0)
	var pads []int
	value := 0.0
	axes := make([]int, r)
	for i := range axes {
		axes[i] = i
	}
	if c.version() < 11 {
		pads = append(c.attrInts("pads"), c.attrInts("paddings")...)
		value = c.attrFloat("value", 0)
	} else {
		pads = c.ints(1)
		if c.has(2) && sizeOf(c.shape(2)) > 0 {
			value = c.floats(2)[0]
		}
		if c.has(3) {
			axes = c.ints(3)
		}
	}
	if len(pads) != 2*len(axes) {
		c.fail("%d pads for %d axes", len(pads), len(axes))
	}
	before, after := make([]int, r), make([]int, r)
	for i, a := range axes {
		a = c.axis(a, r)
		before[a], after[a] = pads[i], pads[len(axes)+i]
	}
	mode := c.attrString("mode", "constant")
	x, e := c.value(0), c.element(0)
	o := op.PadBy{Mode: op.Padding(mode), Before: op.IntsOf(before...), After: op.IntsOf(after...),
		Value: op.Number(value)}
	if e.isHalf() {
		x = c.widen(x, e)
	}
	c.setLike(0, c.b().Apply(o, x), 0)
}

func slice(c *call) {
	r := c.rank(0)
	var starts, ends, axes, steps []int
	if c.version() < 10 {
		starts, ends, axes = c.attrInts("starts"), c.attrInts("ends"), c.attrInts("axes")
	} else {
		starts, ends = c.ints(1), c.ints(2)
		if c.has(3) {
			axes = c.ints(3)
		}
		if c.has(4) {
			steps = c.ints(4)
		}
	}
	if axes == nil {
		for i := range starts {
			axes = append(axes, i)
		}
	}
	if steps == nil {
		steps = slices.Repeat([]int{1}, len(starts))
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		c.fail("%d starts, %d ends, %d axes, %d steps", len(starts), len(ends), len(axes), len(steps))
	}
	x := c.value(0)
	for i, a := range axes {
		a = c.axis(a, r)
		n := dims(x)[a]
		// Beyond the ends, numbers may be as large as they like. A start before the first element is the
		// first one, backwards too.
		start := min(max(starts[i], -n), n)
		end := ends[i]
		switch {
		case steps[i] == 0:
			c.fail("a slice by 0")
		case end >= n:
			end = n
		case end < -n:
			end = op.BeforeFirst
		}
		x = op.Slice(c.b(), x, a, start, end, min(max(steps[i], -op.ToEnd), op.ToEnd))
	}
	c.setLike(0, x, 0)
}

// split cuts into parts of given lengths, or of equal ones, of which the last may be shorter.
func split(c *call) {
	axis := c.axis(c.attrInt("axis", 0), c.rank(0))
	n, parts := c.shape(0)[axis], len(c.node.proto.Outputs)
	lengths := c.attrInts("split")
	if c.has(1) {
		lengths = c.ints(1)
	}
	if lengths == nil {
		parts = c.attrInt("num_outputs", parts)
		if parts < 1 || c.version() < 18 && n%parts != 0 {
			c.fail("%d elements in %d equal parts", n, parts)
		}
		each := (n + parts - 1) / parts
		for i := range parts {
			lengths = append(lengths, min(each, max(n-i*each, 0)))
		}
	}
	if total := sum(lengths); total != n || slices.Min(lengths) < 0 {
		c.fail("%d elements in parts of %v", n, lengths)
	}
	for i, part := range op.Split(c.b(), c.value(0), axis, lengths...) {
		c.setLike(i, part, 0)
	}
}

func sum(values []int) int {
	total := 0
	for _, v := range values {
		total += v
	}
	return total
}
