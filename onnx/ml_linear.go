package onnx

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// linearModels are the linear models of ai.onnx.ml. They compute in float32, whatever their inputs.
var linearModels = []operator{
	{name: "LinearClassifier", since: 1, min: 1, max: 1, attributes: "classlabels_ints " +
		"classlabels_strings coefficients intercepts multi_class post_transform",
		translate: linearClassifier},
	{name: "LinearRegressor", since: 1, min: 1, max: 1,
		attributes: "coefficients intercepts post_transform targets", translate: linearRegressor},
}

// linear returns the scores of the rows of the input, (rows, targets): their products with the rows of
// coefficients, and intercepts if there are any.
func (c *call) linear(targets int, intercepts []float32) *graph.Value {
	x := c.floatRows(0)
	w, n := c.attrFloats("coefficients"), dims(x)[1]
	if targets < 1 || len(w) != targets*n {
		c.fail("it has %d coefficients, for %d targets and %d columns", len(w), targets, n)
	}
	z := c.product(x, c.b().Constant(tensor.ArrayOf(w, targets, n)), false, true)
	if len(intercepts) > 0 {
		z = op.Add(c.b(), z, c.b().Constant(tensor.ArrayOf(intercepts, len(intercepts))))
	}
	return z
}

func linearRegressor(c *call) {
	targets, intercepts := c.attrInt("targets", 1), c.attrFloats("intercepts")
	if len(intercepts) != targets { // which ONNX Runtime ignores then
		intercepts = nil
	}
	c.set(0, c.transformed(c.linear(targets, intercepts)))
}

// linearClassifier gives each row its label and its scores. With one row of coefficients for two
// labels, scores above 0 are the second label's, and 1 less the score is the first one's: as in ONNX
// Runtime, no function is applied then.
func linearClassifier(c *call) {
	intercepts, names := c.attrFloats("intercepts"), c.classNames("classlabels_ints")
	targets := len(intercepts)
	if targets == 0 {
		targets = len(c.attrFloats("coefficients")) / max(c.columns(0), 1)
	}
	z := c.linear(targets, intercepts)
	if targets > 1 {
		names.expect(c, targets)
		c.setClass(names, z, topClass)
		c.set(1, c.transformed(z))
		return
	}
	if names.len() == 0 {
		c.setClass(classNames{ints: []int64{0, 1}}, z, aboveZero)
		c.set(1, c.transformed(z))
		return
	}
	names.expect(c, 2)
	c.setClass(names, z, aboveZero)
	c.set(1, c.bothClasses(z))
}

// bothClasses returns two scores of each row that has one: 1 less the score, and the score; with
// LOGISTIC the function of its opposite and of itself. As in ONNX Runtime, SOFTMAX and SOFTMAX_ZERO
// change nothing then; for PROBIT it has no answer.
func (c *call) bothClasses(z *graph.Value) *graph.Value {
	b := c.b()
	switch c.attrString("post_transform", "NONE") {
	case "LOGISTIC":
		return op.Apply(b, tensor.Sigmoid, op.Concat(b, 1, op.Scale(b, z, -1), z))
	case "PROBIT":
		c.fail("post_transform PROBIT of one score for two classes is not supported")
	}
	return op.Concat(b, 1, op.Sub(b, c.like(z, 1), z), z)
}

// classNames are the labels of a classifier: of one of the two kinds.
type classNames struct {
	ints  []int64
	texts []string
}

// classNames returns the labels in the attributes, of which numbers stand in the one that is named.
func (c *call) classNames(ints string) classNames {
	n := classNames{c.attrInt64s(ints), c.attrStrings("classlabels_strings")}
	if len(n.texts) > 0 {
		n.ints = nil
	}
	return n
}

func (n classNames) len() int { return len(n.ints) + len(n.texts) }

// expect ends the planning unless there are so many labels.
func (n classNames) expect(c *call, classes int) {
	if n.len() != classes {
		c.fail("it has %d labels for %d classes", n.len(), classes)
	}
}

// topClass returns the place of the largest score, of several the first.
func topClass(scores []float32) int {
	best := 0
	for i, s := range scores {
		if s > scores[best] {
			best = i
		}
	}
	return best
}

func aboveZero(scores []float32) int {
	if scores[0] > 0 {
		return 1
	}
	return 0
}

// setClass gives the first output the label of each row of scores, by what chooses its place.
func (c *call) setClass(names classNames, scores *graph.Value, choose func(scores []float32) int) {
	if !c.wants(0) {
		return
	}
	n := dims(scores)[1]
	places := c.native("class", tensor.Int64Type, dims(scores)[:1], func(in []*tensor.Array,
		out *tensor.Array) func() {
		x, to := tensor.Slot[float32](in[0]), tensor.Slot[int64](out)
		return func() {
			for i := range *to {
				at := int64(choose((*x)[i*n:][:n]))
				if names.ints != nil {
					at = names.ints[at]
				}
				(*to)[i] = at
			}
		}
	}, scores)
	if names.ints == nil {
		c.setTexts(0, places, names.texts)
		return
	}
	c.set(0, places)
}

// transformed applies what post_transform says to rows of scores. As in ONNX Runtime, a row of one
// score has no softmax and no logistic function.
func (c *call) transformed(z *graph.Value) *graph.Value {
	one := dims(z)[1] == 1
	switch t := c.attrString("post_transform", "NONE"); {
	case t == "PROBIT":
		return c.eachScore("probit", z, probit)
	case t != "NONE" && t != "LOGISTIC" && t != "SOFTMAX" && t != "SOFTMAX_ZERO":
		c.fail("the transform %q is unknown", t)
	case one || t == "NONE":
	case t == "LOGISTIC":
		return op.Apply(c.b(), tensor.Sigmoid, z)
	case t == "SOFTMAX":
		return op.Softmax(c.b(), z)
	default:
		return c.softmaxZero(z)
	}
	return z
}

// softmaxZero is the softmax of the scores beyond 1e-7 on either side of 0. The others are multiplied
// by exp(−max), and divided by the same sum.
func (c *call) softmaxZero(z *graph.Value) *graph.Value {
	b := c.b()
	top := b.Apply(op.Reduce{By: op.MaxOf, Axes: op.IntsOf(1), KeepDims: true}, z)
	small := op.Less(b, op.Map(b, op.Abs, z), c.like(z, softmaxZeroLimit))
	e := op.Apply(b, tensor.Exp, op.Sub(b, z, top))
	sum := b.Apply(op.Reduce{By: op.SumOf, Axes: op.IntsOf(1), KeepDims: true},
		c.where(small, c.like(z, 0), e))
	low := op.Mul(b, z, op.Apply(b, tensor.Exp, op.Scale(b, top, -1)))
	return op.Div(b, c.where(small, low, e), sum)
}

// softmaxZeroLimit is the first float32 that is not small.
var softmaxZeroLimit = float64(math.Nextafter32(0.0000001, 1))

// eachScore applies a function of float32.
func (c *call) eachScore(name string, z *graph.Value, f func(x float32) float32) *graph.Value {
	return c.native(name, tensor.Float32Type, dims(z), func(in []*tensor.Array,
		out *tensor.Array) func() {
		x, to := tensor.Slot[float32](in[0]), tensor.Slot[float32](out)
		return func() {
			for i, v := range *x {
				(*to)[i] = f(v)
			}
		}
	}, z)
}

// probit is the approximation of the quantile of the normal distribution that ONNX Runtime has:
// √2·erf⁻¹(2x − 1), by Winitzki's formula with a = 0.147.
func probit(x float32) float32 {
	x = float32(2*x) - 1
	sign := float32(1)
	if x < 0 {
		sign = -1
	}
	log := float32(portable.Log1p(float64(float32((1-x)*(1+x))) - 1))
	v := float32(2/float32(float32(3.14159)*0.147)) + float32(0.5*log)
	w := float32(float32(1/float32(0.147)) * log)
	root := float32(math.Sqrt(float64(float32(v*v) - w)))
	return float32(float32(1.41421356) * float32(sign*float32(math.Sqrt(float64(root-v)))))
}
