package ml

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/portable"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/tensor"
)

// linearModels are the linear models of ai.onnx.ml. They compute in float32, whatever their inputs.
var linearModels = []plan.Operator{
	{Name: "LinearClassifier", Since: 1, Min: 1, Max: 1, Attributes: "classlabels_ints " +
		"classlabels_strings coefficients intercepts multi_class post_transform",
		Translate: linearClassifier},
	{Name: "LinearRegressor", Since: 1, Min: 1, Max: 1,
		Attributes: "coefficients intercepts post_transform targets", Translate: linearRegressor},
}

// linear returns the scores of the rows of the input, (rows, targets): their products with the rows
// of coefficients, and intercepts if there are any.
func linear(c *plan.Call, targets int, intercepts []float32) *graph.Value {
	x := floatRows(c, 0)
	w, n := c.AttrFloats("coefficients"), native.Dims(x)[1]
	if targets < 1 || len(w) != targets*n {
		c.Fail("it has %d coefficients, for %d targets and %d columns", len(w), targets, n)
	}
	if native.Dims(x)[0] == 1 && !c.Translating() {
		return scoresOfOne(c, x, w, targets, intercepts)
	}
	z, columns := scores(c, x, w, targets)
	if len(intercepts) > 0 {
		b := tensor.NewArray(tensor.Float32Type, columns)
		copy(tensor.Elements[float32](b), intercepts)
		z = op.Add(c.B(), z, c.B().Constant(b))
	}
	return firstColumns(c, z, targets)
}

// scoresOfOne is linear for a single row, in one step.
func scoresOfOne(c *plan.Call, x *graph.Value, w []float32, targets int,
	intercepts []float32) *graph.Value {
	types := []graph.Type{{DType: tensor.Float32Type, Shape: graph.ShapeOf(1, targets)}}
	return c.Natives("linear", types, func(b *graph.Binding) graph.Step {
		from, to := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[float32](b.Outputs[0])
		e := graph.Engine[float32](b)
		panels := tensor.NewRowPanels(e, 1, len(w)/targets, targets)
		panels.SetTransposed(e, w)
		return func() {
			y := *to
			panels.Multiply(e, y, *from, false, false)
			for i, v := range intercepts {
				y[i] += v
			}
		}
	}, x)[0]
}

// scores returns the products of rows with rows of weights, (rows, columns), of which there are as
// many as targets, or one more: each one chain of fused multiply-adds, as in ONNX Runtime for two
// rows and more. A product with one column would be a sum in lanes, so it has another one, of
// zeros.
func scores(c *plan.Call, x *graph.Value, weights []float32, targets int) (z *graph.Value,
	columns int) {
	n := len(weights) / targets
	columns = max(targets, 2)
	w := tensor.NewArray(tensor.Float32Type, n, columns)
	for i, v := range weights {
		tensor.Elements[float32](w)[i%n*columns+i/n] = v
	}
	return standard.Product(c, x, c.B().Constant(w), false, false), columns
}

// firstColumns returns the first columns of rows of scores.
func firstColumns(c *plan.Call, z *graph.Value, n int) *graph.Value {
	if n == native.Dims(z)[1] {
		return z
	}
	return op.Slice(c.B(), z, 1, 0, n, 1)
}

func linearRegressor(c *plan.Call) {
	targets, intercepts := c.AttrInt("targets", 1), c.AttrFloats("intercepts")
	if len(intercepts) != targets { // which ONNX Runtime ignores then
		intercepts = nil
	}
	c.Set(0, transformed(c, linear(c, targets, intercepts)))
}

// linearClassifier gives each row its label and its scores. With one row of coefficients for two
// labels, scores above 0 are the second label's, and 1 less the score is the first one's: as in
// ONNX Runtime, no function is applied then.
func linearClassifier(c *plan.Call) {
	intercepts, names := c.AttrFloats("intercepts"), newClassNames(c, "classlabels_ints")
	targets := len(intercepts)
	if targets == 0 {
		targets = len(c.AttrFloats("coefficients")) / max(columns(c, 0), 1)
	}
	z := linear(c, targets, intercepts)
	if targets > 1 {
		names.expect(c, targets)
		if !setTopAndScores(c, names, z) {
			setClass(c, names, z, topClass)
			c.Set(1, transformed(c, z))
		}
		return
	}
	if names.len() == 0 {
		setClass(c, classNames{ints: []int64{0, 1}}, z, aboveZero)
		c.Set(1, transformed(c, z))
		return
	}
	names.expect(c, 2)
	setClass(c, names, z, aboveZero)
	c.Set(1, bothClasses(c, z))
}

// bothClasses returns two scores of each row that has one: 1 less the score, and the score; with
// LOGISTIC the function of its opposite and of itself. As in ONNX Runtime, SOFTMAX and SOFTMAX_ZERO
// change nothing then; for PROBIT it has no answer.
func bothClasses(c *plan.Call, z *graph.Value) *graph.Value {
	b := c.B()
	switch c.AttrString("post_transform", "NONE") {
	case "LOGISTIC":
		return op.Apply(b, tensor.Sigmoid, op.Concat(b, 1, op.Scale(b, z, -1), z))
	case "PROBIT":
		c.Fail("post_transform PROBIT of one score for two classes is not supported")
	}
	return op.Concat(b, 1, op.Sub(b, c.Like(z, 1), z), z)
}

// classNames are the labels of a classifier: of one of the two kinds.
type classNames struct {
	ints  []int64
	texts []string
}

// newClassNames returns the labels in the attributes, of which numbers stand in the one that is
// named.
func newClassNames(c *plan.Call, ints string) classNames {
	n := classNames{c.AttrInt64s(ints), c.AttrStrings("classlabels_strings")}
	if len(n.texts) > 0 {
		n.ints = nil
	}
	return n
}

// number returns what stands for the label at a place: the label itself, or of texts the place.
func (n classNames) number(at int) int64 {
	if n.ints != nil {
		return n.ints[at]
	}
	return int64(at)
}

func (n classNames) len() int { return len(n.ints) + len(n.texts) }

// expect ends the planning unless there are so many labels.
func (n classNames) expect(c *plan.Call, classes int) {
	if n.len() != classes {
		c.Fail("it has %d labels for %d classes", n.len(), classes)
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
func setClass(c *plan.Call, names classNames, scores *graph.Value,
	choose func(scores []float32) int) {
	if !c.Wants(0) {
		return
	}
	n := native.Dims(scores)[1]
	labels := c.Native("class", tensor.Int64Type, native.Dims(scores)[:1], func(in []*tensor.Array,
		out *tensor.Array) func() {
		x, to := tensor.Slot[float32](in[0]), tensor.Slot[int64](out)
		return func() {
			for i := range *to {
				(*to)[i] = names.number(choose((*x)[i*n:][:n]))
			}
		}
	}, scores)
	setLabels(c, names, labels)
}

// setLabels gives the first output labels by their numbers, see [classNames.number].
func setLabels(c *plan.Call, names classNames, labels *graph.Value) {
	switch {
	case !c.Wants(0):
	case names.ints == nil:
		c.SetTexts(0, labels, names.texts)
	default:
		c.Set(0, labels)
	}
}

// setTopAndScores gives the outputs the label of each row's largest score and the logistic function
// or the softmax of its scores, in one step, so that nothing computes scores twice. It reports
// whether it did: whether both are wanted, of such a function.
func setTopAndScores(c *plan.Call, names classNames, z *graph.Value) bool {
	transform := c.AttrString("post_transform", "NONE")
	if !c.Wants(0) || !c.Wants(1) || transform != "LOGISTIC" && transform != "SOFTMAX" {
		return false
	}
	rows, n := native.Dims(z)[0], native.Dims(z)[1]
	types := []graph.Type{{DType: tensor.Int64Type, Shape: graph.ShapeOf(rows)},
		{DType: tensor.Float32Type, Shape: graph.ShapeOf(rows, n)}}
	out := c.Natives("classes", types, func(b *graph.Binding) graph.Step {
		x, label := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[int64](b.Outputs[0])
		to, k := tensor.Slot[float32](b.Outputs[1]), graph.Engine[float32](b).Kernels()
		sigmoid, softmax := k.Unary[tensor.Sigmoid], k.Classifier.Softmax
		return func() {
			for i := range *label {
				(*label)[i] = names.number(topClass((*x)[i*n:][:n]))
			}
			if transform == "LOGISTIC" {
				sigmoid(*to, *x)
			} else {
				softmax(*to, *x, n)
			}
		}
	}, z)
	setLabels(c, names, out[0])
	c.Set(1, out[1])
	return true
}

// transformed applies what post_transform says to rows of scores. As in ONNX Runtime, a row of one
// score has no softmax and no logistic function.
func transformed(c *plan.Call, z *graph.Value) *graph.Value {
	return transformedBy(c, c.AttrString("post_transform", "NONE"), z)
}

// transformedBy applies a function of the name t.
func transformedBy(c *plan.Call, t string, z *graph.Value) *graph.Value {
	one := native.Dims(z)[1] == 1
	switch {
	case t == "PROBIT":
		return eachScore(c, "probit", z, probit)
	case t != "NONE" && t != "LOGISTIC" && t != "SOFTMAX" && t != "SOFTMAX_ZERO":
		c.Fail("the transform %q is unknown", t)
	case one || t == "NONE":
	case t == "LOGISTIC":
		return op.Apply(c.B(), tensor.Sigmoid, z)
	case t == "SOFTMAX":
		return op.Softmax(c.B(), z)
	default:
		return softmaxZero(c, z)
	}
	return z
}

// softmaxZero is the softmax of the scores beyond 1e-7 on either side of 0. The others are
// multiplied by exp(−max), and divided by the same sum.
func softmaxZero(c *plan.Call, z *graph.Value) *graph.Value {
	b := c.B()
	top := b.Apply(op.Reduce{By: op.MaxOf, Axes: op.IntsOf(1), KeepDims: true}, z)
	small := op.Less(b, op.Map(b, op.Abs, z), c.Like(z, softmaxZeroLimit))
	e := op.Apply(b, tensor.Exp, op.Sub(b, z, top))
	sum := b.Apply(op.Reduce{By: op.SumOf, Axes: op.IntsOf(1), KeepDims: true},
		c.Where(small, c.Like(z, 0), e))
	low := op.Mul(b, z, op.Apply(b, tensor.Exp, op.Scale(b, top, -1)))
	return op.Div(b, c.Where(small, low, e), sum)
}

// softmaxZeroLimit is the first float32 that is not small.
var softmaxZeroLimit = float64(math.Nextafter32(0.0000001, 1))

// eachScore applies a function of float32.
func eachScore(c *plan.Call, name string, z *graph.Value, f func(x float32) float32) *graph.Value {
	return c.Native(name, tensor.Float32Type, native.Dims(z), func(in []*tensor.Array,
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
