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

// shapes are the operators that tell the shapes of tensors or arrange their elements anew.
var shapes = []plan.Operator{
	{Name: "DepthToSpace", Since: 1, Min: 1, Max: 1, Attributes: "blocksize mode",
		Translate: depthToSpace},
	{Name: "Dropout", Since: 1, Min: 1, Max: 3, Attributes: "ratio is_test seed " + old,
		Translate: dropout, Host: trainingDropout, OnHost: isTrainingDropout, Impure: true},
	{Name: "Expand", Since: 8, Min: 2, Max: 2, Translate: expand,
		Host: plan.MoveTexts},
	{Name: "Flatten", Since: 1, Min: 1, Max: 1, Attributes: "axis", Translate: flatten,
		Host: plan.MoveTexts},
	{Name: "Identity", Since: 1, Min: 1, Max: 1, Translate: func(c *plan.Call) {
		c.Pass(0,
			c.Val(0))
	},
		Impure: true},
	{Name: "Reshape", Since: 1, Min: 1, Max: 2, Attributes: "shape allowzero " + old,
		Translate: reshape, Host: plan.MoveTexts},
	{Name: "Shape", Since: 1, Min: 1, Max: 1, Attributes: "start end", Translate: shape},
	{Name: "Size", Since: 1, Min: 1, Max: 1, Translate: size},
	{Name: "SpaceToDepth", Since: 1, Min: 1, Max: 1, Attributes: "blocksize",
		Translate: spaceToDepth},
	{Name: "Squeeze", Since: 1, Min: 1, Max: 2, Attributes: "axes", Translate: squeeze,
		Host: plan.MoveTexts},
	{Name: "Tile", Since: 6, Min: 2, Max: 2, Translate: tile,
		Host: plan.MoveTexts},
	{Name: "Transpose", Since: 1, Min: 1, Max: 1, Attributes: "perm", Translate: transpose,
		Host: plan.MoveTexts},
	{Name: "Trilu", Since: 14, Min: 1, Max: 2, Attributes: "upper", Translate: Trilu},
	{Name: "Unsqueeze", Since: 1, Min: 1, Max: 2, Attributes: "axes", Translate: unsqueeze,
		Host: plan.MoveTexts},
}

// depthToSpace moves blocks of channels to height and width.
func depthToSpace(c *plan.Call) {
	s, n := image(c), c.AttrInt("blocksize", 1)
	if n < 1 || s[1]%(n*n) != 0 {
		c.Fail("%d channels in blocks of %d×%d", s[1], n, n)
	}
	depth, x := s[1]/(n*n), c.Value(0)
	if c.AttrString("mode", "DCR") == "CRD" {
		x = op.Permute(c.B(), c.Reshape(x, s[0], depth, n, n, s[2], s[3]), 0, 1, 4, 2, 5, 3)
	} else {
		x = op.Permute(c.B(), c.Reshape(x, s[0], n, n, depth, s[2], s[3]), 0, 3, 4, 1, 5, 2)
	}
	c.SetLike(0, c.Reshape(x, s[0], depth, s[2]*n, s[3]*n), 0)
}

func spaceToDepth(c *plan.Call) {
	s, n := image(c), c.AttrInt("blocksize", 1)
	if n < 1 || s[2]%n != 0 || s[3]%n != 0 {
		c.Fail("an image of %d×%d in blocks of %d×%d", s[2], s[3], n, n)
	}
	x := c.Reshape(c.Value(0), s[0], s[1], s[2]/n, n, s[3]/n, n)
	x = op.Permute(c.B(), x, 0, 3, 5, 1, 2, 4)
	c.SetLike(0, c.Reshape(x, s[0], s[1]*n*n, s[2]/n, s[3]/n), 0)
}

// image returns the dimensions of the first input, which are 4.
func image(c *plan.Call) []int {
	if c.Rank(0) != 4 {
		c.Fail("its input is %v, not of 4 dimensions", c.Val(0))
	}
	return c.Shape(0)
}

func expand(c *plan.Call) {
	shape, err := graph.Broadcast(graph.ShapeOf(c.Shape(0)...), graph.ShapeOf(c.Ints(1)...))
	if err != nil {
		c.Fail("%w", err)
	}
	to, _ := shape.Ints()
	c.SetLike(0, op.BroadcastTo(c.B(), c.Value(0), to...), 0)
}

func flatten(c *plan.Call) {
	s := c.Shape(0)
	axis := c.AttrInt("axis", 1)
	if axis < 0 {
		axis += len(s)
	}
	if axis < 0 || axis > len(s) {
		c.Fail("axis %d of %v", axis, c.Val(0))
	}
	c.SetLike(0, c.Reshape(c.Value(0), tensors.Size(s[:axis]), tensors.Size(s[axis:])), 0)
}

func reshape(c *plan.Call) {
	c.SetLike(0, c.Reshape(c.Value(0), newShape(c, reshapeTarget(c))...), 0)
}

// reshapeTarget returns the shape that is asked for.
func reshapeTarget(c *plan.Call) []int {
	if c.Version() < 5 {
		return c.AttrInts("shape")
	}
	return c.Ints(1)
}

// newShape returns the shape with 0 and −1 replaced by what they stand for.
func newShape(c *plan.Call, shape []int) []int {
	from, zero := c.Shape(0), c.AttrInt("allowzero", 0) != 0
	out := slices.Clone(shape)
	open, rest := -1, 1
	for i, n := range shape {
		switch {
		case n == 0 && !zero:
			if i >= len(from) {
				c.Fail("the shape %v keeps dimension %d of %v", shape, i, c.Val(0))
			}
			out[i] = from[i]
		case n == 0 && slices.Contains(shape, -1):
			c.Fail("the shape %v has 0 and −1", shape)
		case n == -1 && open >= 0, n < -1:
			c.Fail("the shape %v has more than one open dimension", shape)
		case n == -1:
			open = i
			continue
		}
		rest *= out[i]
	}
	n := tensors.Size(from)
	if open >= 0 && rest > 0 && n%rest == 0 {
		out[open] = n / rest
	} else if open >= 0 && (rest != 0 || n != 0) {
		c.Fail("the shape %v for %v", shape, c.Val(0))
	} else if open >= 0 {
		out[open] = 0
	}
	if tensors.Size(out) != n {
		c.Fail("the shape %v for %v", shape, c.Val(0))
	}
	return out
}

func shape(c *plan.Call) {
	s := c.Shape(0)
	clamp := func(n int) int {
		if n < 0 {
			n += len(s)
		}
		return min(max(n, 0), len(s))
	}
	start, end := clamp(c.AttrInt("start", 0)), clamp(c.AttrInt("end", len(s)))
	c.SetConstant(0, tensors.Int64s(s[start:max(start, end)]...))
}

func size(c *plan.Call) {
	c.SetConstant(0, value.NewTensor(tensor.ArrayOf([]int64{int64(tensors.Size(c.Shape(0)))})))
}

// givenAxes returns the axes that an attribute, or from a version on an input, has; nil for none.
func givenAxes(c *plan.Call, since int) []int {
	if c.Version() < since {
		return c.AttrInts("axes")
	}
	if !c.Has(1) {
		return nil
	}
	return c.Ints(1)
}

func squeeze(c *plan.Call) {
	s := c.Shape(0)
	axes := givenAxes(c, 13)
	if axes == nil {
		for i, n := range s {
			if n == 1 {
				axes = append(axes, i)
			}
		}
	}
	axes = c.Axes(axes, len(s))
	var out []int
	for i, n := range s {
		switch {
		case !slices.Contains(axes, i):
			out = append(out, n)
		case n != 1:
			c.Fail("axis %d of %v is not 1", i, c.Val(0))
		}
	}
	c.SetLike(0, c.Reshape(c.Value(0), out...), 0)
}

func unsqueeze(c *plan.Call) {
	s := c.Shape(0)
	axes := givenAxes(c, 13)
	axes = c.Axes(axes, len(s)+len(axes))
	for _, a := range axes {
		s = slices.Insert(s, a, 1)
	}
	c.SetLike(0, c.Reshape(c.Value(0), s...), 0)
}

func tile(c *plan.Call) {
	repeats := c.Ints(1)
	if len(repeats) != c.Rank(0) || len(repeats) > 0 && slices.Min(repeats) < 0 {
		c.Fail("%v repeats of %v", repeats, c.Val(0))
	}
	c.SetLike(0, op.Tile(c.B(), c.Value(0), repeats...), 0)
}

func transpose(c *plan.Call) {
	axes := c.AttrInts("perm")
	if axes == nil {
		for i := c.Rank(0) - 1; i >= 0; i-- {
			axes = append(axes, i)
		}
	}
	c.SetLike(0, op.Permute(c.B(), c.Value(0), axes...), 0)
}

// Trilu keeps the triangle above or below a diagonal.
func Trilu(c *plan.Call) {
	s := c.Shape(0)
	if len(s) < 2 {
		c.Fail("its input is %v, not of matrices", c.Val(0))
	}
	k := 0
	if c.Has(1) {
		k = c.Int(1)
	}
	upper := c.AttrInt("upper", 1) != 0
	rows, columns := s[len(s)-2], s[len(s)-1]
	keep := tensor.NewArray(tensor.BoolType, rows, columns)
	for i := range rows {
		for j := range columns {
			tensor.Elements[bool](keep)[i*columns+j] = upper && j-i >= k || !upper && j-i <= k
		}
	}
	x := c.Value(0)
	zero := c.B().Constant(tensor.NewArray(x.DType()))
	c.SetLike(0, c.Where(c.B().Constant(keep), x, zero), 0)
}

// isTrainingDropout reports whether the node drops anything.
func isTrainingDropout(c *plan.Call) bool {
	if c.Has(2) {
		return c.Int(2) != 0
	}
	return c.Version() < 7 && c.AttrInt("is_test", 0) == 0
}

// dropout passes its input on.
func dropout(c *plan.Call) {
	c.Pass(0, c.Val(0))
	// The mask is of the input's type below version 10.
	if c.Wants(1) {
		e := value.Bool
		if c.Version() < 10 {
			e = c.Element(0)
		}
		one := Convert(c, c.Scalar(tensor.BoolType, 1), value.Bool, e, true)
		c.SetAs(1, op.BroadcastTo(c.B(), one, c.Shape(0)...), e)
	}
}
