package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// norms are the operators that normalise.
var norms = []plan.Operator{
	{Name: "BatchNormalization", Since: 1, Min: 5, Max: 5,
		Attributes: "epsilon momentum spatial is_test training_mode " + old, Translate: batchNorm},
	{Name: "GroupNormalization", Since: 18, Min: 3, Max: 3,
		Attributes: "epsilon num_groups stash_type", Translate: groupNorm},
	{Name: "InstanceNormalization", Since: 1, Min: 3, Max: 3, Attributes: "epsilon " + old,
		Translate: instanceNorm},
	{Name: "LRN", Since: 1, Min: 1, Max: 1, Attributes: "alpha beta bias size", Translate: lrn},
	{Name: "LayerNormalization", Since: 17, Min: 2, Max: 3, Attributes: "axis epsilon stash_type",
		Translate: layerNorm},
	{Name: "LpNormalization", Since: 1, Min: 1, Max: 1, Attributes: "axis p", Translate: lpNorm},
	{Name: "MeanVarianceNormalization", Since: 9, Min: 1, Max: 1, Attributes: "axes",
		Translate: meanVarianceNorm},
	{Name: "RMSNormalization", Since: 23, Min: 2, Max: 2, Attributes: "axis epsilon stash_type",
		Translate: rmsNorm},
	// ONNX Runtime's, which it puts into the default domain: the factor is a second output.
	{Name: "SimplifiedLayerNormalization", Since: 1, Min: 2, Max: 2,
		Attributes: "axis epsilon stash_type", Translate: rmsNorm},
}

// batchNorm normalises by given moments, or, in training, by those of the batch.
func batchNorm(c *plan.Call) {
	x, epsilon := c.Float(0), c.AttrFloat("epsilon", 1e-5)
	if c.AttrInt("spatial", 1) == 0 {
		c.Fail("moments of each pixel are not supported")
	}
	training := c.AttrInt("training_mode", 0) != 0
	if c.Version() < 14 {
		training = c.Wants(1)
	}
	var parameters [4]*graph.Value
	for i := range parameters {
		parameters[i] = op.Cast(c.B(), c.Float(1+i), x.DType())
	}
	if !training {
		c.SetLike(0, c.B().Apply(op.BatchNorm{Epsilon: epsilon}, x, parameters[0], parameters[1],
			parameters[2], parameters[3]), 0)
		return
	}
	out := c.B().ApplyAll(op.BatchNormTraining{Epsilon: epsilon}, x, parameters[0], parameters[1])
	if err := c.B().Err(); err != nil {
		c.Fail("%w", err)
	}
	c.SetLike(0, out[0], 0)
	momentum := c.AttrFloat("momentum", 0.9)
	for i := range 2 {
		running := op.Add(c.B(), op.Scale(c.B(), parameters[2+i], momentum),
			op.Scale(c.B(), out[1+i], 1-momentum))
		c.SetLike(1+i, running, 3+i)
		c.SetLike(3+i, out[1+i], 3+i)
	}
}

// groupNorm has a scale and a bias for each channel, below version 21 for each group.
func groupNorm(c *plan.Call) {
	x, groups := c.Float(0), c.AttrInt("num_groups", 0)
	if c.Rank(0) < 2 || groups < 1 || c.Shape(0)[1]%groups != 0 {
		c.Fail("%d groups of the channels of %v", groups, c.Val(0))
	}
	channels := c.Shape(0)[1]
	each := func(i int) *graph.Value {
		v := c.Float(i)
		if c.Version() < 21 {
			v = op.BroadcastTo(c.B(), c.Reshape(v, groups, 1), groups, channels/groups)
		}
		return c.Reshape(v, channels)
	}
	c.SetLike(0, op.GroupNorm(c.B(), x, groups, c.AttrFloat("epsilon", 1e-5), each(1), each(2)), 0)
}

func instanceNorm(c *plan.Call) {
	c.SetLike(0, op.GroupNorm(c.B(), c.Float(0), c.Shape(0)[1], c.AttrFloat("epsilon", 1e-5),
		unlessAll(c, 1, 1), unlessAll(c, 2, 0)), 0)
}

// unlessAll returns an input of floats, nil if it is known to be nothing but a number, as exporters
// write it for norms of groups, whose scale and bias come afterwards.
func unlessAll(c *plan.Call, i int, number float64) *graph.Value {
	isOther := func(v float64) bool { return v != number }
	v := c.Val(i).Constant
	if v != nil && v.Lazy() == nil && !slices.ContainsFunc(c.Floats(i), isOther) {
		return nil
	}
	return c.Float(i)
}

// layerNorm has the mean and 1/√(variance + ε) of each row for further outputs.
func layerNorm(c *plan.Call) {
	s := c.Shape(0)
	axis := c.Axis(c.AttrInt("axis", -1), len(s))
	row := func(i int) *graph.Value { return op.BroadcastTo(c.B(), c.Float(i), s[axis:]...) }
	o := op.RowNorm{Axis: axis, Epsilon: c.AttrFloat("epsilon", 1e-5), Gamma: true, Beta: c.Has(2)}
	inputs := []*graph.Value{c.Float(0), row(1)}
	if o.Beta {
		inputs = append(inputs, row(2))
	}
	out := c.B().ApplyAll(o, inputs...)
	if err := c.B().Err(); err != nil {
		c.Fail("%w", err)
	}
	c.SetLike(0, out[0], 0)
	rows := append(slices.Clone(s[:axis]), slices.Repeat([]int{1}, len(s)-axis)...)
	c.Set(1, c.Reshape(out[2], rows...))
	c.Set(2, c.Reshape(out[1], rows...))
}

func rmsNorm(c *plan.Call) {
	s := c.Shape(0)
	axis := c.Axis(c.AttrInt("axis", -1), len(s))
	scale := op.BroadcastTo(c.B(), c.Float(1), s[axis:]...)
	x := c.Float(0)
	y := op.RMSNorm(c.B(), x, len(s)-axis, c.AttrFloat("epsilon", 1e-5),
		op.Cast(c.B(), scale, x.DType()))
	c.SetLike(0, y, 1)
}

// lpNorm divides by the norm along an axis.
func lpNorm(c *plan.Call) {
	x := c.Float(0)
	axes := op.IntsOf(c.Axis(c.AttrInt("axis", -1), c.Rank(0)))
	norm := reduceL2
	if c.AttrInt("p", 2) == 1 {
		norm = reduceL1
	}
	c.SetLike(0, op.Div(c.B(), x, norm(c, x, axes, true)), 0)
}

// meanVarianceNorm is (x − mean)/(√(mean of x² − mean²) + 1e-9).
func meanVarianceNorm(c *plan.Call) {
	x, list := c.Float(0), c.AttrInts("axes")
	if list == nil {
		list = []int{0, 2, 3}
	}
	axes := op.IntsOf(c.Axes(list, c.Rank(0))...)
	m := Reduce(op.MeanOf)(c, x, axes, true)
	square := Reduce(op.MeanOf)(c, op.Mul(c.B(), x, x), axes, true)
	deviation := op.Apply(c.B(), tensor.Sqrt, op.Sub(c.B(), square, op.Mul(c.B(), m, m)))
	c.SetLike(0, op.Div(c.B(), op.Sub(c.B(), x, m), op.Add(c.B(), deviation, c.Like(x, 1e-9))), 0)
}

// lrn is x/(bias + α/size·Σ x²)^β, the sum going over size channels around each.
func lrn(c *plan.Call) {
	x, s, n := c.Float(0), c.Shape(0), c.AttrInt("size", 0)
	if n < 1 || n%2 == 0 || len(s) < 2 {
		c.Fail("a size of %d channels, which is odd", n)
	}
	before := make([]int, len(s))
	before[1] = n / 2
	squares := op.Pad(c.B(), op.Mul(c.B(), x, x), before, before, 0)
	var total *graph.Value
	for i := range n {
		part := op.Slice(c.B(), squares, 1, i, i+s[1], 1)
		if total == nil {
			total = part
		} else {
			total = op.Add(c.B(), total, part)
		}
	}
	scale := op.Add(c.B(), op.Scale(c.B(), total, c.AttrFloat("alpha", 1e-4)/float64(n)),
		c.Like(x, c.AttrFloat("bias", 1)))
	c.SetLike(0, op.Div(c.B(), x, op.Pow(c.B(), scale, c.Like(x, c.AttrFloat("beta", 0.75)))), 0)
}
