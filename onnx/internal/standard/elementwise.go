package standard

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/formats"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// elementwise are the operators that compute each element from those at its place.
var elementwise = []plan.Operator{
	{Name: "Abs", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: mapped1(op.Abs)},
	{Name: "Acos", Since: 7, Min: 1, Max: 1, Translate: mapped1(op.Acos)},
	{Name: "Acosh", Since: 9, Min: 1, Max: 1, Translate: mapped1(op.Acosh)},
	{Name: "Asin", Since: 7, Min: 1, Max: 1, Translate: mapped1(op.Asin)},
	{Name: "Asinh", Since: 9, Min: 1, Max: 1, Translate: mapped1(op.Asinh)},
	{Name: "Atan", Since: 7, Min: 1, Max: 1, Translate: mapped1(op.Atan)},
	{Name: "Atanh", Since: 9, Min: 1, Max: 1, Translate: mapped1(op.Atanh)},
	{Name: "BitwiseNot", Since: 18, Min: 1, Max: 1, Translate: Unary(bitwiseNot)},
	{Name: "Ceil", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: mapped1(op.Ceil)},
	{Name: "Celu", Since: 12, Min: 1, Max: 1, Attributes: "alpha", Translate: Unary(celu)},
	{Name: "Clip", Since: 1, Min: 1, Max: 3, Attributes: "min max " + old, Translate: clip},
	{Name: "Cos", Since: 7, Min: 1, Max: 1, Translate: mapped1(op.Cos)},
	{Name: "Cosh", Since: 9, Min: 1, Max: 1, Translate: mapped1(op.Cosh)},
	{Name: "Elu", Since: 1, Min: 1, Max: 1, Attributes: "alpha " + old,
		Translate: parametric(tensor.Elu, "alpha", 1)},
	{Name: "Erf", Since: 9, Min: 1, Max: 1, Translate: unary1(tensor.Erf)},
	{Name: "Erfc", Since: 1, Min: 1, Max: 1, Translate: Unary(erfc)},
	{Name: "Exp", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: unary1(tensor.Exp)},
	{Name: "Floor", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: mapped1(op.Floor)},
	{Name: "Gelu", Since: 20, Min: 1, Max: 1, Attributes: "approximate", Translate: Unary(gelu)},
	{Name: "HardSigmoid", Since: 1, Min: 1, Max: 1, Attributes: "alpha beta " + old,
		Translate: Unary(hardSigmoid)},
	{Name: "HardSwish", Since: 14, Min: 1, Max: 1, Translate: unary1(tensor.Hardswish)},
	{Name: "IsInf", Since: 10, Min: 1, Max: 1, Attributes: "detect_negative detect_positive",
		Translate: isInf},
	{Name: "IsNaN", Since: 9, Min: 1, Max: 1, Translate: isNaN},
	{Name: "LeakyRelu", Since: 1, Min: 1, Max: 1, Attributes: "alpha " + old,
		Translate: parametric(tensor.LeakyRelu, "alpha", 0.01)},
	{Name: "Log", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: unary1(tensor.Log)},
	{Name: "Mish", Since: 18, Min: 1, Max: 1, Translate: unary1(tensor.Mish)},
	{Name: "Neg", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: mapped1(op.Neg)},
	{Name: "Not", Since: 1, Min: 1, Max: 1, Translate: mapped1(op.Not)},
	{Name: "Reciprocal", Since: 1, Min: 1, Max: 1, Attributes: old,
		Translate: mapped1(op.Reciprocal)},
	{Name: "Relu", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: Unary(relu)},
	{Name: "Round", Since: 11, Min: 1, Max: 1, Translate: mapped1(op.Round)},
	{Name: "Selu", Since: 1, Min: 1, Max: 1, Attributes: "alpha gamma " + old,
		Translate: Unary(selu)},
	{Name: "Shrink", Since: 9, Min: 1, Max: 1, Attributes: "bias lambd", Translate: Unary(shrink)},
	{Name: "Sigmoid", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: unary1(tensor.Sigmoid)},
	{Name: "Sign", Since: 9, Min: 1, Max: 1, Translate: mapped1(op.Sign)},
	{Name: "Sin", Since: 7, Min: 1, Max: 1, Translate: mapped1(op.Sin)},
	{Name: "Sinh", Since: 9, Min: 1, Max: 1, Translate: mapped1(op.Sinh)},
	{Name: "Softplus", Since: 1, Min: 1, Max: 1, Translate: unary1(tensor.Softplus)},
	{Name: "Softsign", Since: 1, Min: 1, Max: 1, Translate: Unary(softsign)},
	{Name: "Sqrt", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: unary1(tensor.Sqrt)},
	{Name: "Swish", Since: 24, Min: 1, Max: 1, Attributes: "alpha", Translate: Unary(swish)},
	{Name: "Tan", Since: 7, Min: 1, Max: 1, Translate: mapped1(op.Tan)},
	{Name: "Tanh", Since: 1, Min: 1, Max: 1, Attributes: old, Translate: unary1(tensor.Tanh)},
	{Name: "ThresholdedRelu", Since: 1, Min: 1, Max: 1, Attributes: "alpha",
		Translate: Unary(thresholdedRelu)},
}

// old is an attribute of version 1 that means nothing to who doesn't work in place.
const old = "consumed_inputs"

// Unary returns the translation of a function of one input, of whose type the output is.
//
//go:noinline
func Unary(f func(c *plan.Call, x *graph.Value) *graph.Value) func(*plan.Call) {
	return func(c *plan.Call) { c.SetLike(0, f(c, c.Number(0)), 0) }
}

// unary1 returns the translation of a function with a kernel.
//
//go:noinline
func unary1(f tensor.Unary) func(*plan.Call) {
	return Unary(func(c *plan.Call, x *graph.Value) *graph.Value { return op.Apply(c.B(), f, x) })
}

// mapped1 returns the translation of a function without one.
//
//go:noinline
func mapped1(f op.Function) func(*plan.Call) {
	return Unary(func(c *plan.Call, x *graph.Value) *graph.Value {
		if x.DType().IsInteger() && (f == op.Round || f == op.Floor || f == op.Ceil) {
			return x
		}
		return op.Map(c.B(), f, x)
	})
}

// parametric returns the translation of a function with a number.
func parametric(f tensor.Parametric, attribute string, otherwise float64) func(*plan.Call) {
	return Unary(func(c *plan.Call, x *graph.Value) *graph.Value {
		return c.B().Apply(op.Parametric{Function: f, Alpha: c.AttrFloat(attribute, otherwise)}, x)
	})
}

// bitwiseNot is −1 − x in two's complement, of unsigned integers too.
func bitwiseNot(c *plan.Call, x *graph.Value) *graph.Value {
	ones := op.Sub(c.B(), c.Like(x, 0), c.Like(x, 1))
	return c.B().Apply(op.Pairwise{By: op.XorOf}, x, ones)
}

// celu is x, or α·(exp(x/α) − 1) below 0.
func celu(c *plan.Call, x *graph.Value) *graph.Value {
	alpha := c.Like(x, c.AttrFloat("alpha", 1))
	low := op.Mul(c.B(), alpha, op.Map(c.B(), op.Expm1, op.Div(c.B(), x, alpha)))
	return c.Where(op.Less(c.B(), x, c.Like(x, 0)), low, x)
}

// erfc is 1 − erf(x). ONNX has no such operator, but tf2onnx writes it for Keras' gelu.
func erfc(c *plan.Call, x *graph.Value) *graph.Value {
	return op.Sub(c.B(), c.Like(x, 1), op.Apply(c.B(), tensor.Erf, x))
}

// clip is min(max(x, lowest), highest).
func clip(c *plan.Call) {
	x := c.Number(0)
	bound := func(input int, attribute string) *graph.Value {
		switch {
		case c.Version() >= 11 && c.Has(input):
			return c.Number(input)
		case c.Version() < 11 && c.Attribute(attribute) != nil:
			return c.Like(x, c.AttrFloat(attribute, 0))
		}
		return nil
	}
	if low, high, ok := clipRange(c); ok && x.DType().IsFloat() {
		c.SetLike(0, op.Clip(c.B(), x, low, high), 0)
		return
	}
	if low := bound(1, "min"); low != nil {
		x = op.Maximum(c.B(), x, low)
	}
	if high := bound(2, "max"); high != nil {
		x = op.Minimum(c.B(), x, high)
	}
	c.SetLike(0, x, 0)
}

// clipRange returns the bounds of a Clip if they are known and make a range.
func clipRange(c *plan.Call) (low, high float64, ok bool) {
	ends := [2]float64{math.Inf(-1), math.Inf(1)}
	for i, name := range [...]string{"min", "max"} {
		switch {
		case c.Version() < 11:
			ends[i] = c.AttrFloat(name, ends[i])
		case !c.Has(1 + i):
		case c.Inputs[1+i].Constant == nil:
			return 0, 0, false
		default:
			list := c.Floats(1 + i)
			if len(list) != 1 {
				return 0, 0, false
			}
			ends[i] = list[0]
		}
	}
	return ends[0], ends[1], ends[0] <= ends[1]
}

func gelu(c *plan.Call, x *graph.Value) *graph.Value {
	switch a := c.AttrString("approximate", "none"); a {
	case "none":
		return op.Apply(c.B(), tensor.Gelu, x)
	case "tanh":
		return op.Apply(c.B(), tensor.GeluTanh, x)
	default:
		c.Fail("the approximation %q is unknown", a)
	}
	return nil
}

// hardSigmoid is max(0, min(1, α·x + β)).
func hardSigmoid(c *plan.Call, x *graph.Value) *graph.Value {
	return ScaledHardSigmoid(c, x, c.AttrFloat("alpha", 0.2), c.AttrFloat("beta", 0.5))
}

// ScaledHardSigmoid is hardSigmoid with α and β.
func ScaledHardSigmoid(c *plan.Call, x *graph.Value, alpha, beta float64) *graph.Value {
	return op.Clip(c.B(), op.Add(c.B(), op.Scale(c.B(), x, alpha), c.Like(x, beta)), 0, 1)
}

func isInf(c *plan.Call) {
	x := anyFloat(c, 0)
	negative, positive := c.AttrInt("detect_negative", 1) != 0, c.AttrInt("detect_positive", 1) != 0
	test := op.IsInf
	switch {
	case negative && !positive:
		test = op.IsNegInf
	case positive && !negative:
		test = op.IsPosInf
	case !positive:
		c.Set(0, op.BroadcastTo(c.B(), c.Scalar(tensor.BoolType, 0), c.Shape(0)...))
		return
	}
	c.Set(0, c.B().Apply(op.Tested{For: test}, x))
}

func isNaN(c *plan.Call) { c.Set(0, c.B().Apply(op.Tested{For: op.IsNaN}, anyFloat(c, 0))) }

// anyFloat returns an input of floats of any format in the graph, as float32 or float64.
func anyFloat(c *plan.Call, i int) *graph.Value {
	e := c.Element(i)
	if e.IsTiny() {
		return c.B().Apply(formats.Widen{From: formats.Of(e)}, c.Value(i))
	}
	return c.Float(i)
}

func relu(c *plan.Call, x *graph.Value) *graph.Value {
	if x.DType().IsFloat() {
		return op.Apply(c.B(), tensor.Relu, x)
	}
	return op.Maximum(c.B(), x, c.Like(x, 0))
}

// selu is γ·x, or γ·α·(exp(x) − 1) below 0.
func selu(c *plan.Call, x *graph.Value) *graph.Value {
	alpha, gamma := c.AttrFloat("alpha", 1.67326319217681884765625),
		c.AttrFloat("gamma", 1.05070102214813232421875)
	if c.Version() < 6 {
		alpha, gamma = c.AttrFloat("alpha", 1.6732), c.AttrFloat("gamma", 1.0507)
	}
	return op.Scale(c.B(), c.B().Apply(op.Parametric{Function: tensor.Elu, Alpha: alpha}, x), gamma)
}

// shrink moves x towards 0 by a bias, or to 0 if it is not beyond λ.
func shrink(c *plan.Call, x *graph.Value) *graph.Value {
	bias, lambda := c.AttrFloat("bias", 0), c.AttrFloat("lambd", 0.5)
	wide := x
	if !x.DType().IsFloat() {
		wide = op.Cast(c.B(), x, tensor.Float64Type)
	}
	b := c.Like(wide, bias)
	y := c.Where(c.Greater(wide, c.Like(wide, lambda)), op.Sub(c.B(), wide, b), c.Like(wide, 0))
	y = c.Where(op.Less(c.B(), wide, c.Like(wide, -lambda)), op.Add(c.B(), wide, b), y)
	return op.Cast(c.B(), y, x.DType())
}

// softsign is x/(1 + |x|).
func softsign(c *plan.Call, x *graph.Value) *graph.Value {
	return op.Div(c.B(), x, op.Add(c.B(), c.Like(x, 1), op.Map(c.B(), op.Abs, x)))
}

// swish is x·sigmoid(α·x).
func swish(c *plan.Call, x *graph.Value) *graph.Value {
	alpha := c.AttrFloat("alpha", 1)
	if alpha == 1 {
		return op.Apply(c.B(), tensor.Silu, x)
	}
	return op.Mul(c.B(), x, op.Apply(c.B(), tensor.Sigmoid, op.Scale(c.B(), x, alpha)))
}

func thresholdedRelu(c *plan.Call, x *graph.Value) *graph.Value {
	return c.Where(c.Greater(x, c.Like(x, c.AttrFloat("alpha", 1))), x, c.Like(x, 0))
}
