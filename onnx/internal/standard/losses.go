package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// losses are the operators of training.
var losses = []plan.Operator{
	{Name: "NegativeLogLikelihoodLoss", Since: 12, Min: 2, Max: 3,
		Attributes: "ignore_index reduction",
		Translate: func(c *plan.Call) {
			weight := BiasOf(c, 2)
			c.SetLike(0, likelihoodLoss(c, c.Float(0), c.Value(1), weight), 0)
		}},
	{Name: "SoftmaxCrossEntropyLoss", Since: 12, Min: 2, Max: 3,
		Attributes: "ignore_index reduction",
		Translate:  crossEntropy},
}

// crossEntropy is the likelihood loss of logits, whose classes are the second dimension.
func crossEntropy(c *plan.Call) {
	x := c.Float(0)
	if len(native.Dims(x)) < 2 {
		c.Fail("its input is %v, without classes", c.Val(0))
	}
	last := len(native.Dims(x)) - 1
	log := op.Transpose(c.B(), x, 1, last)
	log = op.Transpose(c.B(), c.B().Apply(op.LogSoftmaxRows{}, log), 1, last)
	c.SetLike(0, likelihoodLoss(c, log, c.Value(1), BiasOf(c, 2)), 0)
	c.SetLike(1, log, 0)
}

// likelihoodLoss is −weight·log p of the target's class; the mean is over the weights.
func likelihoodLoss(c *plan.Call, log, target, weight *graph.Value) *graph.Value {
	b := c.B()
	s := native.Dims(target)
	target = op.Cast(b, target, tensor.Int64Type)
	var ignored *graph.Value
	if a := c.Attribute("ignore_index"); a != nil {
		ignored = op.Equal(b, target, c.Like(target, float64(a.Int)))
		target = c.Where(ignored, c.Like(target, 0), target)
	}
	column := append([]int{s[0], 1}, s[1:]...)
	loss := op.GatherElements(b, log, c.Reshape(target, column...), 1)
	loss = op.Map(b, op.Neg, c.Reshape(loss, s...))
	var weights *graph.Value
	if weight != nil {
		weights = op.Gather(b, weight, target, 0)
	} else {
		weights = op.BroadcastTo(b, c.Like(log, 1), s...)
	}
	if ignored != nil {
		weights = c.Where(ignored, c.Like(log, 0), weights)
		loss = c.Where(ignored, c.Like(log, 0), loss)
	}
	if weight != nil || ignored != nil {
		loss = op.Mul(b, loss, weights)
	}
	switch r := c.AttrString("reduction", "mean"); r {
	case "none":
		return loss
	case "sum":
		return op.Sum(b, loss)
	case "mean":
		return op.Div(b, op.Sum(b, loss), op.Sum(b, weights))
	default:
		c.Fail("the reduction %q is unknown", r)
	}
	return nil
}
