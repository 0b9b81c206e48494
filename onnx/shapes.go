package onnx

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// shapes are the operators that make tensors, tell their shapes, or arrange their elements anew.
var shapes = []operator{
	{name: "Concat", since: 1, min: 1, max: many, attributes: "axis", translate: concat,
		host: concatStrings},
	{name: "Constant", since: 1, attributes: "value value_float value_floats value_int value_ints " +
		"value_string value_strings sparse_value", translate: constant},
	{name: "ConstantOfShape", since: 9, min: 1, max: 1, attributes: "value", translate: constantOfShape},
	{name: "DepthToSpace", since: 1, min: 1, max: 1, attributes: "blocksize mode",
		translate: depthToSpace},
	{name: "Dropout", since: 1, min: 1, max: 3, attributes: "ratio is_test seed " + old,
		translate: dropout},
	{name: "Expand", since: 8, min: 2, max: 2, translate: expand},
	{name: "EyeLike", since: 9, min: 1, max: 1, attributes: "dtype k", translate: eyeLike},
	{name: "Flatten", since: 1, min: 1, max: 1, attributes: "axis", translate: flatten},
	{name: "Identity", since: 1, min: 1, max: 1, translate: func(c *call) { c.pass(0, c.val(0)) },
		impure: true},
	{name: "Pad", since: 1, min: 1, max: 4, attributes: "mode paddings pads value", translate: pad},
	{name: "Range", since: 11, min: 3, max: 3, attributes: "stash_type", translate: rangeOf},
	{name: "Reshape", since: 1, min: 1, max: 2, attributes: "shape allowzero " + old,
		translate: reshape, host: reshapeStrings},
	{name: "Shape", since: 1, min: 1, max: 1, attributes: "start end", translate: shape},
	{name: "Size", since: 1, min: 1, max: 1, translate: size},
	{name: "Slice", since: 1, min: 1, max: 5, attributes: "axes starts ends", translate: slice},
	{name: "SpaceToDepth", since: 1, min: 1, max: 1, attributes: "blocksize", translate: spaceToDepth},
	{name: "Split", since: 1, min: 1, max: 2, attributes: "axis split num_outputs", translate: split},
	{name: "Squeeze", since: 1, min: 1, max: 2, attributes: "axes", translate: squeeze},
	{name: "Tile", since: 6, min: 2, max: 2, translate: tile},
	{name: "Transpose", since: 1, min: 1, max: 1, attributes: "perm", translate: transpose},
	{name: "Trilu", since: 14, min: 1, max: 2, attributes: "upper", translate: trilu},
	{name: "Unsqueeze", since: 1, min: 1, max: 2, attributes: "axes", translate: unsqueeze},
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
		return c.machine.session.model.sparseValue(a.Sparse)
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

// depthToSpace moves blocks of channels to height and width.
func depthToSpace(c *call) {
	s, n := c.image(), c.attrInt("blocksize", 1)
	if n < 1 || s[1]%(n*n) != 0 {
		c.fail("%d channels in blocks of %d×%d", s[1], n, n)
	}
	depth, x := s[1]/(n*n), c.value(0)
	if c.attrString("mode", "DCR") == "CRD" {
		x = op.Permute(c.b(), c.reshape(x, s[0], depth, n, n, s[2], s[3]), 0, 1, 4, 2, 5, 3)
	} else {
		x = op.Permute(c.b(), c.reshape(x, s[0], n, n, depth, s[2], s[3]), 0, 3, 4, 1, 5, 2)
	}
	c.setLike(0, c.reshape(x, s[0], depth, s[2]*n, s[3]*n), 0)
}

func spaceToDepth(c *call) {
	s, n := c.image(), c.attrInt("blocksize", 1)
	if n < 1 || s[2]%n != 0 || s[3]%n != 0 {
		c.fail("an image of %d×%d in blocks of %d×%d", s[2], s[3], n, n)
	}
	x := c.reshape(c.value(0), s[0], s[1], s[2]/n, n, s[3]/n, n)
	x = op.Permute(c.b(), x, 0, 3, 5, 1, 2, 4)
	c.setLike(0, c.reshape(x, s[0], s[1]*n*n, s[2]/n, s[3]/n), 0)
}

// image returns the dimensions of the first input, which are 4.
func (c *call) image() []int {
	if c.rank(0) != 4 {
		c.fail("its input is %v, not of 4 dimensions", c.val(0))
	}
	return c.shape(0)
}

func expand(c *call) {
	shape, err := graph.Broadcast(graph.ShapeOf(c.shape(0)...), graph.ShapeOf(c.ints(1)...))
	if err != nil {
		panic(failure{err})
	}
	to, _ := shape.Ints()
	c.setLike(0, op.BroadcastTo(c.b(), c.value(0), to...), 0)
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

func flatten(c *call) {
	s := c.shape(0)
	axis := c.attrInt("axis", 1)
	if axis < 0 {
		axis += len(s)
	}
	if axis < 0 || axis > len(s) {
		c.fail("axis %d of %v", axis, c.val(0))
	}
	c.setLike(0, c.reshape(c.value(0), sizeOf(s[:axis]), sizeOf(s[axis:])), 0)
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

// rangeOf is start + i·delta, not a sum of deltas.
func rangeOf(c *call) {
	e := c.element(0)
	if e.isFloat() {
		start, limit, delta := c.floats(0), c.floats(1), c.floats(2)
		if len(start) != 1 || len(limit) != 1 || len(delta) != 1 || delta[0] == 0 {
			c.fail("a range from %v to %v by %v", start, limit, delta)
		}
		n := max(math.Ceil((limit[0]-start[0])/delta[0]), 0)
		if !(n < maxBytes) {
			c.fail("a range of %v numbers", n)
		}
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
	n := max(int(math.Ceil(float64(limit-start)/float64(delta))), 0)
	if n > maxBytes/8 {
		c.fail("a range of %d numbers", n)
	}
	a := tensor.NewArray(tensor.Int64Type, n)
	for i := range n {
		tensor.Elements[int64](a)[i] = int64(start + i*delta)
	}
	c.setAs(0, c.convert(c.b().Constant(a), Int64, e, true), e)
}

func reshape(c *call) {
	c.setLike(0, c.reshape(c.value(0), c.newShape(c.reshapeTarget())...), 0)
}

// reshapeTarget returns the shape that is asked for.
func (c *call) reshapeTarget() []int {
	if c.version() < 5 {
		return c.attrInts("shape")
	}
	return c.ints(1)
}

// newShape returns the shape with 0 and −1 replaced by what they stand for.
func (c *call) newShape(shape []int) []int {
	from, zero := c.shape(0), c.attrInt("allowzero", 0) != 0
	out := slices.Clone(shape)
	open, rest := -1, 1
	for i, n := range shape {
		switch {
		case n == 0 && !zero:
			if i >= len(from) {
				c.fail("the shape %v keeps dimension %d of %v", shape, i, c.val(0))
			}
			out[i] = from[i]
		case n == 0 && slices.Contains(shape, -1):
			c.fail("the shape %v has 0 and −1", shape)
		case n == -1 && open >= 0, n < -1:
			c.fail("the shape %v has more than one open dimension", shape)
		case n == -1:
			open = i
			continue
		}
		rest *= out[i]
	}
	n := sizeOf(from)
	if open >= 0 && rest > 0 && n%rest == 0 {
		out[open] = n / rest
	} else if open >= 0 && (rest != 0 || n != 0) {
		c.fail("the shape %v for %v", shape, c.val(0))
	} else if open >= 0 {
		out[open] = 0
	}
	if sizeOf(out) != n {
		c.fail("the shape %v for %v", shape, c.val(0))
	}
	return out
}

// reshapeStrings is Reshape of strings.
func reshapeStrings(h *hostCall) ([]*Value, error) {
	target := make([]int, 0, 4)
	for _, n := range h.ints(1) {
		target = append(target, int(n))
	}
	c := *h.call
	c.inputs = []*val{{kind: TensorKind, element: String, shape: h.input(0).shape}}
	return []*Value{NewStrings(h.strings(0), c.newShape(target)...)}, nil
}

func shape(c *call) {
	s := c.shape(0)
	clamp := func(n int) int {
		if n < 0 {
			n += len(s)
		}
		return min(max(n, 0), len(s))
	}
	start, end := clamp(c.attrInt("start", 0)), clamp(c.attrInt("end", len(s)))
	c.setConstant(0, int64s(s[start:max(start, end)]...))
}

func size(c *call) {
	c.setConstant(0, NewTensor(tensor.ArrayOf([]int64{int64(sizeOf(c.shape(0)))})))
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
		// Beyond the ends, numbers may be as large as they like.
		start := min(max(starts[i], -n-1), n)
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

// givenAxes returns the axes that an attribute, or from a version on an input, has; nil for none.
func (c *call) givenAxes(since int) []int {
	if c.version() < since {
		return c.attrInts("axes")
	}
	if !c.has(1) {
		return nil
	}
	return c.ints(1)
}

func squeeze(c *call) {
	s := c.shape(0)
	axes := c.givenAxes(13)
	if axes == nil {
		for i, n := range s {
			if n == 1 {
				axes = append(axes, i)
			}
		}
	}
	axes = c.axes(axes, len(s))
	var out []int
	for i, n := range s {
		switch {
		case !slices.Contains(axes, i):
			out = append(out, n)
		case n != 1:
			c.fail("axis %d of %v is not 1", i, c.val(0))
		}
	}
	c.setLike(0, c.reshape(c.value(0), out...), 0)
}

func unsqueeze(c *call) {
	s := c.shape(0)
	axes := c.givenAxes(13)
	axes = c.axes(axes, len(s)+len(axes))
	for _, a := range axes {
		s = slices.Insert(s, a, 1)
	}
	c.setLike(0, c.reshape(c.value(0), s...), 0)
}

func tile(c *call) {
	repeats := c.ints(1)
	if len(repeats) != c.rank(0) || len(repeats) > 0 && slices.Min(repeats) < 0 {
		c.fail("%v repeats of %v", repeats, c.val(0))
	}
	c.setLike(0, op.Tile(c.b(), c.value(0), repeats...), 0)
}

func transpose(c *call) {
	axes := c.attrInts("perm")
	if axes == nil {
		for i := c.rank(0) - 1; i >= 0; i-- {
			axes = append(axes, i)
		}
	}
	c.setLike(0, op.Permute(c.b(), c.value(0), axes...), 0)
}

// trilu keeps the triangle above or below a diagonal.
func trilu(c *call) {
	s := c.shape(0)
	if len(s) < 2 {
		c.fail("its input is %v, not of matrices", c.val(0))
	}
	k := 0
	if c.has(1) {
		k = c.int(1)
	}
	upper := c.attrInt("upper", 1) != 0
	rows, columns := s[len(s)-2], s[len(s)-1]
	keep := tensor.NewArray(tensor.BoolType, rows, columns)
	for i := range rows {
		for j := range columns {
			tensor.Elements[bool](keep)[i*columns+j] = upper && j-i >= k || !upper && j-i <= k
		}
	}
	x := c.value(0)
	zero := c.b().Constant(tensor.NewArray(x.DType()))
	c.setLike(0, c.where(c.b().Constant(keep), x, zero), 0)
}

// dropout passes its input on, unless it is asked to train.
func dropout(c *call) {
	training := c.version() < 7 && c.attrInt("is_test", 0) == 0
	if c.has(2) {
		training = c.int(2) != 0
	}
	ratio := c.attrFloat("ratio", 0.5)
	if c.version() >= 12 && c.has(1) {
		ratio = c.floats(1)[0]
	}
	if training && ratio != 0 {
		c.dropOut(ratio)
		return
	}
	c.pass(0, c.val(0))
	// The mask is of the input's type below version 10.
	if c.wants(1) {
		e := Bool
		if c.version() < 10 {
			e = c.element(0)
		}
		one := c.convert(c.scalar(tensor.BoolType, 1), Bool, e, true)
		c.setAs(1, op.BroadcastTo(c.b(), one, c.shape(0)...), e)
	}
}
