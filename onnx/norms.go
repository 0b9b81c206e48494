package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// norms are the operators that normalise.
var norms = []operator{
	{name: "BatchNormalization", since: 1, min: 5, max: 5,
		attributes: "epsilon momentum spatial is_test training_mode " + old, translate: batchNorm},
	{name: "GroupNormalization", since: 18, min: 3, max: 3,
		attributes: "epsilon num_groups stash_type", translate: groupNorm},
	{name: "InstanceNormalization", since: 1, min: 3, max: 3, attributes: "epsilon " + old,
		translate: instanceNorm},
	{name: "LRN", since: 1, min: 1, max: 1, attributes: "alpha beta bias size", translate: lrn},
	{name: "LayerNormalization", since: 17, min: 2, max: 3, attributes: "axis epsilon stash_type",
		translate: layerNorm},
	{name: "LpNormalization", since: 1, min: 1, max: 1, attributes: "axis p", translate: lpNorm},
	{name: "MeanVarianceNormalization", since: 9, min: 1, max: 1, attributes: "axes",
		translate: meanVarianceNorm},
	{name: "RMSNormalization", since: 23, min: 2, max: 2, attributes: "axis epsilon stash_type",
		translate: rmsNorm},
	// ONNX Runtime's, which it puts into the default domain: the factor is a second output.
	{name: "SimplifiedLayerNormalization", since: 1, min: 2, max: 2,
		attributes: "axis epsilon stash_type", translate: rmsNorm},
}

// batchNorm normalises by given moments, or, in training, by those of the batch.
func batchNorm(c *call) {
	x, epsilon := c.float(0), c.attrFloat("epsilon", 1e-5)
	if c.attrInt("spatial", 1) == 0 {
		c.fail("moments of each pixel are not supported")
	}
	training := c.attrInt("training_mode", 0) != 0
	if c.version() < 14 {
		training = c.wants(1)
	}
	var parameters [4]*graph.Value
	for i := range parameters {
		parameters[i] = op.Cast(c.b(), c.float(1+i), x.DType())
	}
	if !training {
		c.setLike(0, c.b().Apply(op.BatchNorm{Epsilon: epsilon}, x, parameters[0], parameters[1],
			parameters[2], parameters[3]), 0)
		return
	}
	out := c.b().ApplyAll(op.BatchNormTraining{Epsilon: epsilon}, x, parameters[0], parameters[1])
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	c.setLike(0, out[0], 0)
	momentum := c.attrFloat("momentum", 0.9)
	for i := range 2 {
		running := op.Add(c.b(), op.Scale(c.b(), parameters[2+i], momentum),
			op.Scale(c.b(), out[1+i], 1-momentum))
		c.setLike(1+i, running, 3+i)
		c.setLike(3+i, out[1+i], 3+i)
	}
}

// groupNorm has a scale and a bias for each channel, below version 21 for each group.
func groupNorm(c *call) {
	x, groups := c.float(0), c.attrInt("num_groups", 0)
	if c.rank(0) < 2 || groups < 1 || c.shape(0)[1]%groups != 0 {
		c.fail("%d groups of the channels of %v", groups, c.val(0))
	}
	channels := c.shape(0)[1]
	each := func(i int) *graph.Value {
		v := c.float(i)
		if c.version() < 21 {
			v = op.BroadcastTo(c.b(), c.reshape(v, groups, 1), groups, channels/groups)
		}
		return c.reshape(v, channels)
	}
	c.setLike(0, op.GroupNorm(c.b(), x, groups, c.attrFloat("epsilon", 1e-5), each(1), each(2)), 0)
}

func instanceNorm(c *call) {
	c.setLike(0, op.GroupNorm(c.b(), c.float(0), c.shape(0)[1], c.attrFloat("epsilon", 1e-5),
		c.float(1), c.float(2)), 0)
}

// layerNorm has the mean and 1/√(variance + ε) of each row for further outputs.
func layerNorm(c *call) {
	s := c.shape(0)
	axis := c.axis(c.attrInt("axis", -1), len(s))
	row := func(i int) *graph.Value { return op.BroadcastTo(c.b(), c.float(i), s[axis:]...) }
	o := op.RowNorm{Axis: axis, Epsilon: c.attrFloat("epsilon", 1e-5), Gamma: true, Beta: c.has(2)}
	inputs := []*graph.Value{c.float(0), row(1)}
	if o.Beta {
		inputs = append(inputs, row(2))
	}
	out := c.b().ApplyAll(o, inputs...)
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	c.setLike(0, out[0], 0)
	rows := append(slices.Clone(s[:axis]), slices.Repeat([]int{1}, len(s)-axis)...)
	c.set(1, c.reshape(out[2], rows...))
	c.set(2, c.reshape(out[1], rows...))
}

func rmsNorm(c *call) {
	s := c.shape(0)
	axis := c.axis(c.attrInt("axis", -1), len(s))
	scale := op.BroadcastTo(c.b(), c.float(1), s[axis:]...)
	x := c.float(0)
	y := op.RMSNorm(c.b(), x, len(s)-axis, c.attrFloat("epsilon", 1e-5),
		op.Cast(c.b(), scale, x.DType()))
	c.setLike(0, y, 1)
}

// lpNorm divides by the norm along an axis.
func lpNorm(c *call) {
	x := c.float(0)
	axes := op.IntsOf(c.axis(c.attrInt("axis", -1), c.rank(0)))
	norm := reduceL2
	if c.attrInt("p", 2) == 1 {
		norm = reduceL1
	}
	c.setLike(0, op.Div(c.b(), x, norm(c, x, axes, true)), 0)
}

// meanVarianceNorm is (x − mean)/(√(mean of x² − mean²) + 1e-9).
func meanVarianceNorm(c *call) {
	x, list := c.float(0), c.attrInts("axes")
	if list == nil {
		list = []int{0, 2, 3}
	}
	axes := op.IntsOf(c.axes(list, c.rank(0))...)
	m := reduce(op.MeanOf)(c, x, axes, true)
	square := reduce(op.MeanOf)(c, op.Mul(c.b(), x, x), axes, true)
	deviation := op.Apply(c.b(), tensor.Sqrt, op.Sub(c.b(), square, op.Mul(c.b(), m, m)))
	c.setLike(0, op.Div(c.b(), op.Sub(c.b(), x, m), op.Add(c.b(), deviation, c.like(x, 1e-9))), 0)
}

// lrn is x/(bias + α/size·Σ x²)^β, the sum going over size channels around each.
func lrn(c *call) {
	x, s, n := c.float(0), c.shape(0), c.attrInt("size", 0)
	if n < 1 || n%2 == 0 || len(s) < 2 {
		c.fail("a size of %d channels, which is odd", n)
	}
	before := make([]int, len(s))
	before[1] = n / 2
	squares := op.Pad(c.b(), op.Mul(c.b(), x, x), before, before, 0)
	var total *graph.Value
	for i := range n {
		part := op.Slice(c.b(), squares, 1, i, i+s[1], 1)
		if total == nil {
			total = part
		} else {
			total = op.Add(c.b(), total, part)
		}
	}
	scale := op.Add(c.b(), op.Scale(c.b(), total, c.attrFloat("alpha", 1e-4)/float64(n)),
		c.like(x, c.attrFloat("bias", 1)))
	c.setLike(0, op.Div(c.b(), x, op.Pow(c.b(), scale, c.like(x, c.attrFloat("beta", 0.75)))), 0)
}
