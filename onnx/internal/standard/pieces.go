package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
)

// pieces are the operators that cut tensors, join them and add margins.
var pieces = []plan.Operator{
	{Name: "Concat", Since: 1, Min: 1, Max: plan.Many, Attributes: "axis", Translate: concat,
		Host: plan.MoveTexts},
	{Name: "Pad", Since: 1, Min: 1, Max: 4, Attributes: "mode paddings pads value", Translate: pad},
	{Name: "Slice", Since: 1, Min: 1, Max: 5, Attributes: "axes starts ends", Translate: slice,
		Host: plan.MoveTexts},
	{Name: "Split", Since: 1, Min: 1, Max: 2, Attributes: "axis split num_outputs",
		Translate: split, Host: plan.MoveTexts},
}

func concat(c *plan.Call) {
	axis := c.Axis(c.AttrInt("axis", 1), c.Rank(0))
	var parts []*graph.Value
	for i := range c.Inputs {
		if c.Has(i) {
			parts = append(parts, c.Value(i))
		}
	}
	c.SetLike(0, op.Concat(c.B(), axis, parts...), 0)
}

func pad(c *plan.Call) {
	r := c.Rank(0)
	var pads []int
	value := 0.0
	axes := make([]int, r)
	for i := range axes {
		axes[i] = i
	}
	if c.Version() < 11 {
		pads = append(c.AttrInts("pads"), c.AttrInts("paddings")...)
		value = c.AttrFloat("value", 0)
	} else {
		pads = c.Ints(1)
		if c.Has(2) && tensors.Size(c.Shape(2)) > 0 {
			value = c.Floats(2)[0]
		}
		if c.Has(3) {
			axes = c.Ints(3)
		}
	}
	if len(pads) != 2*len(axes) {
		c.Fail("%d pads for %d axes", len(pads), len(axes))
	}
	before, after := make([]int, r), make([]int, r)
	for i, a := range axes {
		a = c.Axis(a, r)
		before[a], after[a] = pads[i], pads[len(axes)+i]
	}
	mode := c.AttrString("mode", "constant")
	x, e := c.Value(0), c.Element(0)
	o := op.PadBy{Mode: op.Padding(mode), Before: op.IntsOf(before...), After: op.IntsOf(after...),
		Value: op.Number(value)}
	if e.IsHalf() {
		x = c.Widen(x, e)
	}
	c.SetLike(0, c.B().Apply(o, x), 0)
}

func slice(c *plan.Call) {
	r := c.Rank(0)
	var starts, ends, axes, steps []int
	if c.Version() < 10 {
		starts, ends, axes = c.AttrInts("starts"), c.AttrInts("ends"), c.AttrInts("axes")
	} else {
		starts, ends = c.Ints(1), c.Ints(2)
		if c.Has(3) {
			axes = c.Ints(3)
		}
		if c.Has(4) {
			steps = c.Ints(4)
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
		c.Fail("%d starts, %d ends, %d axes, %d steps", len(starts), len(ends), len(axes),
			len(steps))
	}
	x := c.Value(0)
	for i, a := range axes {
		a = c.Axis(a, r)
		n := native.Dims(x)[a]
		// Beyond the ends, numbers may be as large as they like. A start before the first element
		// is the first one, backwards too.
		start := min(max(starts[i], -n), n)
		end := ends[i]
		switch {
		case steps[i] == 0:
			c.Fail("a slice by 0")
		case end >= n:
			end = n
		case end < -n:
			end = op.BeforeFirst
		}
		x = op.Slice(c.B(), x, a, start, end, min(max(steps[i], -op.ToEnd), op.ToEnd))
	}
	c.SetLike(0, x, 0)
}

// split cuts into parts of given lengths, or of equal ones, of which the last may be shorter.
func split(c *plan.Call) {
	axis := c.Axis(c.AttrInt("axis", 0), c.Rank(0))
	n, parts := c.Shape(0)[axis], len(c.Node.Proto.Outputs)
	lengths := c.AttrInts("split")
	if c.Has(1) {
		lengths = c.Ints(1)
	}
	if lengths == nil {
		parts = c.AttrInt("num_outputs", parts)
		if parts < 1 || c.Version() < 18 && n%parts != 0 {
			c.Fail("%d elements in %d equal parts", n, parts)
		}
		each := (n + parts - 1) / parts
		for i := range parts {
			lengths = append(lengths, min(each, max(n-i*each, 0)))
		}
	}
	if total := sum(lengths); total != n || slices.Min(lengths) < 0 {
		c.Fail("%d elements in parts of %v", n, lengths)
	}
	for i, part := range op.Split(c.B(), c.Value(0), axis, lengths...) {
		c.SetLike(i, part, 0)
	}
}

func sum(values []int) int {
	total := 0
	for _, v := range values {
		total += v
	}
	return total
}
