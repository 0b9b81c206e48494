package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// losses are the operators of training.
var losses = []operator{
	{name: "NegativeLogLikelihoodLoss", since: 12, min: 2, max: 3, attributes: "ignore_index reduction",
		translate: func(c *call) {
			weight := c.bias(2)
			c.setLike(0, c.likelihoodLoss(c.float(0), c.value(1), weight), 0)
		}},
	{name: "SoftmaxCrossEntropyLoss", since: 12, min: 2, max: 3, attributes: "ignore_index reduction",
		translate: crossEntropy},
}

// crossEntropy is the likelihood loss of logits, whose classes are the second dimension.
func crossEntropy(c *call) {
	x := c.float(0)
	if len(dims(x)) < 2 {
		c.fail("its input is %v, without classes", c.val(0))
	}
	last := len(dims(x)) - 1
	log := op.Transpose(c.b(), x, 1, last)
	log = op.Transpose(c.b(), c.b().Apply(op.LogSoftmaxRows{}, log), 1, last)
	c.setLike(0, c.likelihoodLoss(log, c.value(1), c.bias(2)), 0)
	c.setLike(1, log, 0)
}

// likelihoodLoss is −weight·log p of the target's class; the mean is over the weights.
func (c *call) likelihoodLoss(log, target, weight *graph.Value) *graph.Value {
	b := c.b()
	s := dims(target)
	target = op.Cast(b, target, tensor.Int64Type)
	var ignored *graph.Value
	if a := c.attribute("ignore_index"); a != nil {
		ignored = op.Equal(b, target, c.like(target, float64(a.Int)))
		target = c.where(ignored, c.like(target, 0), target)
	}
	column := append([]int{s[0], 1}, s[1:]...)
	loss := op.GatherElements(b, log, c.reshape(target, column...), 1)
	loss = op.Map(b, op.Neg, c.reshape(loss, s...))
	var weights *graph.Value
	if weight != nil {
		weights = op.Gather(b, weight, target, 0)
	} else {
		weights = op.BroadcastTo(b, c.like(log, 1), s...)
	}
	if ignored != nil {
		weights = c.where(ignored, c.like(log, 0), weights)
		loss = c.where(ignored, c.like(log, 0), loss)
	}
	if weight != nil || ignored != nil {
		loss = op.Mul(b, loss, weights)
	}
	switch r := c.attrString("reduction", "mean"); r {
	case "none":
		return loss
	case "sum":
		return op.Sum(b, loss)
	case "mean":
		return op.Div(b, op.Sum(b, loss), op.Sum(b, weights))
	default:
		c.fail("the reduction %q is unknown", r)
	}
	return nil
}
