package onnx

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// elementwise are the operators that compute each element from those at its place.
var elementwise = []operator{
	{name: "Abs", since: 1, min: 1, max: 1, attributes: old, translate: mapped1(op.Abs)},
	{name: "Acos", since: 7, min: 1, max: 1, translate: mapped1(op.Acos)},
	{name: "Acosh", since: 9, min: 1, max: 1, translate: mapped1(op.Acosh)},
	{name: "Asin", since: 7, min: 1, max: 1, translate: mapped1(op.Asin)},
	{name: "Asinh", since: 9, min: 1, max: 1, translate: mapped1(op.Asinh)},
	{name: "Atan", since: 7, min: 1, max: 1, translate: mapped1(op.Atan)},
	{name: "Atanh", since: 9, min: 1, max: 1, translate: mapped1(op.Atanh)},
	{name: "BitwiseNot", since: 18, min: 1, max: 1, translate: unary(bitwiseNot)},
	{name: "Ceil", since: 1, min: 1, max: 1, attributes: old, translate: mapped1(op.Ceil)},
	{name: "Celu", since: 12, min: 1, max: 1, attributes: "alpha", translate: unary(celu)},
	{name: "Clip", since: 1, min: 1, max: 3, attributes: "min max " + old, translate: clip},
	{name: "Cos", since: 7, min: 1, max: 1, translate: mapped1(op.Cos)},
	{name: "Cosh", since: 9, min: 1, max: 1, translate: mapped1(op.Cosh)},
	{name: "Elu", since: 1, min: 1, max: 1, attributes: "alpha " + old,
		translate: parametric(tensor.Elu, "alpha", 1)},
	{name: "Erf", since: 9, min: 1, max: 1, translate: unary1(tensor.Erf)},
	{name: "Exp", since: 1, min: 1, max: 1, attributes: old, translate: unary1(tensor.Exp)},
	{name: "Floor", since: 1, min: 1, max: 1, attributes: old, translate: mapped1(op.Floor)},
	{name: "Gelu", since: 20, min: 1, max: 1, attributes: "approximate", translate: unary(gelu)},
	{name: "HardSigmoid", since: 1, min: 1, max: 1, attributes: "alpha beta " + old,
		translate: unary(hardSigmoid)},
	{name: "HardSwish", since: 14, min: 1, max: 1, translate: unary1(tensor.Hardswish)},
	{name: "IsInf", since: 10, min: 1, max: 1, attributes: "detect_negative detect_positive",
		translate: isInf},
	{name: "IsNaN", since: 9, min: 1, max: 1, translate: isNaN},
	{name: "LeakyRelu", since: 1, min: 1, max: 1, attributes: "alpha " + old,
		translate: parametric(tensor.LeakyRelu, "alpha", 0.01)},
	{name: "Log", since: 1, min: 1, max: 1, attributes: old, translate: unary1(tensor.Log)},
	{name: "Mish", since: 18, min: 1, max: 1, translate: unary1(tensor.Mish)},
	{name: "Neg", since: 1, min: 1, max: 1, attributes: old, translate: mapped1(op.Neg)},
	{name: "Not", since: 1, min: 1, max: 1, translate: mapped1(op.Not)},
	{name: "Reciprocal", since: 1, min: 1, max: 1, attributes: old,
		translate: mapped1(op.Reciprocal)},
	{name: "Relu", since: 1, min: 1, max: 1, attributes: old, translate: unary(relu)},
	{name: "Round", since: 11, min: 1, max: 1, translate: mapped1(op.Round)},
	{name: "Selu", since: 1, min: 1, max: 1, attributes: "alpha gamma " + old, translate: unary(selu)},
	{name: "Shrink", since: 9, min: 1, max: 1, attributes: "bias lambd", translate: unary(shrink)},
	{name: "Sigmoid", since: 1, min: 1, max: 1, attributes: old, translate: unary1(tensor.Sigmoid)},
	{name: "Sign", since: 9, min: 1, max: 1, translate: mapped1(op.Sign)},
	{name: "Sin", since: 7, min: 1, max: 1, translate: mapped1(op.Sin)},
	{name: "Sinh", since: 9, min: 1, max: 1, translate: mapped1(op.Sinh)},
	{name: "Softplus", since: 1, min: 1, max: 1, translate: unary1(tensor.Softplus)},
	{name: "Softsign", since: 1, min: 1, max: 1, translate: unary(softsign)},
	{name: "Sqrt", since: 1, min: 1, max: 1, attributes: old, translate: unary1(tensor.Sqrt)},
	{name: "Swish", since: 24, min: 1, max: 1, attributes: "alpha", translate: unary(swish)},
	{name: "Tan", since: 7, min: 1, max: 1, translate: mapped1(op.Tan)},
	{name: "Tanh", since: 1, min: 1, max: 1, attributes: old, translate: unary1(tensor.Tanh)},
	{name: "ThresholdedRelu", since: 1, min: 1, max: 1, attributes: "alpha",
		translate: unary(thresholdedRelu)},
}

// old is an attribute of version 1 that means nothing to who doesn't work in place.
const old = "consumed_inputs"

// number returns an input of numbers in the graph: halves as float32.
func (c *call) number(i int) *graph.Value { return c.widen(c.value(i), c.element(i)) }

// unary returns the translation of a function of one input, of whose type the output is.
func unary(f func(c *call, x *graph.Value) *graph.Value) func(*call) {
	return func(c *call) { c.setLike(0, f(c, c.number(0)), 0) }
}

// unary1 returns the translation of a function with a kernel.
func unary1(f tensor.Unary) func(*call) {
	return unary(func(c *call, x *graph.Value) *graph.Value { return op.Apply(c.b(), f, x) })
}

// mapped1 returns the translation of a function without one.
func mapped1(f op.Function) func(*call) {
	return unary(func(c *call, x *graph.Value) *graph.Value {
		if x.DType().IsInteger() && (f == op.Round || f == op.Floor || f == op.Ceil) {
			return x
		}
		return op.Map(c.b(), f, x)
	})
}

// parametric returns the translation of a function with a number.
func parametric(f tensor.Parametric, attribute string, otherwise float64) func(*call) {
	return unary(func(c *call, x *graph.Value) *graph.Value {
		return c.b().Apply(op.Parametric{Function: f, Alpha: c.attrFloat(attribute, otherwise)}, x)
	})
}

// like returns a number of a value's type.
func (c *call) like(x *graph.Value, v float64) *graph.Value { return c.scalar(x.DType(), v) }

// where returns x where the condition is true, and else y.
func (c *call) where(condition, x, y *graph.Value) *graph.Value {
	return op.Where(c.b(), condition, x, y)
}

// greater returns whether x > y.
func (c *call) greater(x, y *graph.Value) *graph.Value {
	return c.b().Apply(op.Compare{By: op.IsGreater}, x, y)
}

// bitwiseNot is −1 − x in two's complement, of unsigned integers too.
func bitwiseNot(c *call, x *graph.Value) *graph.Value {
	ones := op.Sub(c.b(), c.like(x, 0), c.like(x, 1))
	return c.b().Apply(op.Pairwise{By: op.XorOf}, x, ones)
}

// celu is x, or α·(exp(x/α) − 1) below 0.
func celu(c *call, x *graph.Value) *graph.Value {
	alpha := c.like(x, c.attrFloat("alpha", 1))
	low := op.Mul(c.b(), alpha, op.Map(c.b(), op.Expm1, op.Div(c.b(), x, alpha)))
	return c.where(op.Less(c.b(), x, c.like(x, 0)), low, x)
}

// clip is min(max(x, lowest), highest).
func clip(c *call) {
	x := c.number(0)
	bound := func(input int, attribute string) *graph.Value {
		switch {
		case c.version() >= 11 && c.has(input):
			return c.number(input)
		case c.version() < 11 && c.attribute(attribute) != nil:
			return c.like(x, c.attrFloat(attribute, 0))
		}
		return nil
	}
	if low, high, ok := c.clipRange(); ok && x.DType().IsFloat() {
		c.setLike(0, op.Clip(c.b(), x, low, high), 0)
		return
	}
	if low := bound(1, "min"); low != nil {
		x = op.Maximum(c.b(), x, low)
	}
	if high := bound(2, "max"); high != nil {
		x = op.Minimum(c.b(), x, high)
	}
	c.setLike(0, x, 0)
}

// clipRange returns the bounds of a Clip if they are known and make a range.
func (c *call) clipRange() (low, high float64, ok bool) {
	ends := [2]float64{math.Inf(-1), math.Inf(1)}
	for i, name := range [...]string{"min", "max"} {
		switch {
		case c.version() < 11:
			ends[i] = c.attrFloat(name, ends[i])
		case !c.has(1 + i):
		case c.inputs[1+i].constant == nil:
			return 0, 0, false
		default:
			list := c.floats(1 + i)
			if len(list) != 1 {
				return 0, 0, false
			}
			ends[i] = list[0]
		}
	}
	return ends[0], ends[1], ends[0] <= ends[1]
}

func gelu(c *call, x *graph.Value) *graph.Value {
	switch a := c.attrString("approximate", "none"); a {
	case "none":
		return op.Apply(c.b(), tensor.Gelu, x)
	case "tanh":
		return op.Apply(c.b(), tensor.GeluTanh, x)
	default:
		c.fail("the approximation %q is unknown", a)
	}
	return nil
}

// hardSigmoid is max(0, min(1, α·x + β)).
func hardSigmoid(c *call, x *graph.Value) *graph.Value {
	return c.hardSigmoid(x, c.attrFloat("alpha", 0.2), c.attrFloat("beta", 0.5))
}

func (c *call) hardSigmoid(x *graph.Value, alpha, beta float64) *graph.Value {
	return op.Clip(c.b(), op.Add(c.b(), op.Scale(c.b(), x, alpha), c.like(x, beta)), 0, 1)
}

func isInf(c *call) {
	x := c.anyFloat(0)
	negative, positive := c.attrInt("detect_negative", 1) != 0, c.attrInt("detect_positive", 1) != 0
	test := op.IsInf
	switch {
	case negative && !positive:
		test = op.IsNegInf
	case positive && !negative:
		test = op.IsPosInf
	case !positive:
		c.set(0, op.BroadcastTo(c.b(), c.scalar(tensor.BoolType, 0), c.shape(0)...))
		return
	}
	c.set(0, c.b().Apply(op.Tested{For: test}, x))
}

func isNaN(c *call) { c.set(0, c.b().Apply(op.Tested{For: op.IsNaN}, c.anyFloat(0))) }

// anyFloat returns an input of floats of any format in the graph, as float32 or float64.
func (c *call) anyFloat(i int) *graph.Value {
	e := c.element(i)
	if e.isTiny() {
		return c.b().Apply(widen{From: formatOf(e)}, c.value(i))
	}
	return c.float(i)
}

func relu(c *call, x *graph.Value) *graph.Value {
	if x.DType().IsFloat() {
		return op.Apply(c.b(), tensor.Relu, x)
	}
	return op.Maximum(c.b(), x, c.like(x, 0))
}

// selu is γ·x, or γ·α·(exp(x) − 1) below 0.
func selu(c *call, x *graph.Value) *graph.Value {
	alpha, gamma := c.attrFloat("alpha", 1.67326319217681884765625),
		c.attrFloat("gamma", 1.05070102214813232421875)
	if c.version() < 6 {
		alpha, gamma = c.attrFloat("alpha", 1.6732), c.attrFloat("gamma", 1.0507)
	}
	return op.Scale(c.b(), c.b().Apply(op.Parametric{Function: tensor.Elu, Alpha: alpha}, x), gamma)
}

// shrink moves x towards 0 by a bias, or to 0 if it is not beyond λ.
func shrink(c *call, x *graph.Value) *graph.Value {
	bias, lambda := c.attrFloat("bias", 0), c.attrFloat("lambd", 0.5)
	wide := x
	if !x.DType().IsFloat() {
		wide = op.Cast(c.b(), x, tensor.Float64Type)
	}
	b := c.like(wide, bias)
	y := c.where(c.greater(wide, c.like(wide, lambda)), op.Sub(c.b(), wide, b), c.like(wide, 0))
	y = c.where(op.Less(c.b(), wide, c.like(wide, -lambda)), op.Add(c.b(), wide, b), y)
	return op.Cast(c.b(), y, x.DType())
}

// softsign is x/(1 + |x|).
func softsign(c *call, x *graph.Value) *graph.Value {
	return op.Div(c.b(), x, op.Add(c.b(), c.like(x, 1), op.Map(c.b(), op.Abs, x)))
}

// swish is x·sigmoid(α·x).
func swish(c *call, x *graph.Value) *graph.Value {
	alpha := c.attrFloat("alpha", 1)
	if alpha == 1 {
		return op.Apply(c.b(), tensor.Silu, x)
	}
	return op.Mul(c.b(), x, op.Apply(c.b(), tensor.Sigmoid, op.Scale(c.b(), x, alpha)))
}

func thresholdedRelu(c *call, x *graph.Value) *graph.Value {
	return c.where(c.greater(x, c.like(x, c.attrFloat("alpha", 1))), x, c.like(x, 0))
}
