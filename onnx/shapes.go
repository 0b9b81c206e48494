package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// shapes are the operators that tell the shapes of tensors or arrange their elements anew.
var shapes = []operator{
	{name: "DepthToSpace", since: 1, min: 1, max: 1, attributes: "blocksize mode",
		translate: depthToSpace},
	{name: "Dropout", since: 1, min: 1, max: 3, attributes: "ratio is_test seed " + old,
		translate: dropout, host: trainingDropout, onHost: isTrainingDropout, impure: true},
	{name: "Expand", since: 8, min: 2, max: 2, translate: expand},
	{name: "Flatten", since: 1, min: 1, max: 1, attributes: "axis", translate: flatten},
	{name: "Identity", since: 1, min: 1, max: 1, translate: func(c *call) { c.pass(0, c.val(0)) },
		impure: true},
	{name: "Reshape", since: 1, min: 1, max: 2, attributes: "shape allowzero " + old,
		translate: reshape, host: reshapeStrings},
	{name: "Shape", since: 1, min: 1, max: 1, attributes: "start end", translate: shape},
	{name: "Size", since: 1, min: 1, max: 1, translate: size},
	{name: "SpaceToDepth", since: 1, min: 1, max: 1, attributes: "blocksize", translate: spaceToDepth},
	{name: "Squeeze", since: 1, min: 1, max: 2, attributes: "axes", translate: squeeze},
	{name: "Tile", since: 6, min: 2, max: 2, translate: tile},
	{name: "Transpose", since: 1, min: 1, max: 1, attributes: "perm", translate: transpose},
	{name: "Trilu", since: 14, min: 1, max: 2, attributes: "upper", translate: trilu},
	{name: "Unsqueeze", since: 1, min: 1, max: 2, attributes: "axes", translate: unsqueeze},
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

// isTrainingDropout reports whether the node drops anything.
func isTrainingDropout(c *call) bool {
	if c.has(2) {
		return c.int(2) != 0
	}
	return c.version() < 7 && c.attrInt("is_test", 0) == 0
}

// dropout passes its input on.
func dropout(c *call) {
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
