package export

import (
	"reflect"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/formats"
	"simdnn/tensor"
)

// form is the [Form] of an operator of package op.
type form func(t *Translation, n *graph.Node, in []string) []string

// ONNX calls the function.
func (f form) ONNX(t *Translation, n *graph.Node, in []string) []string { return f(t, n, in) }

// formOf returns the form of an operator of package op.
func formOf(o graph.Operator) (Form, bool) {
	f, ok := forms[reflect.TypeOf(o)]
	return f, ok
}

// forms are those of operators, by their types. What rewriting makes of them is not among them, nor
// are gradients and the steps of optimizers.
var forms = collect(elementwiseForms, shapeForms, reductionForms, productForms, imageForms,
	sequenceForms, formatForms, quantisedForms)

// entry is the form of one operator.
type entry struct {
	of reflect.Type
	form
}

func collect(lists ...[]entry) map[reflect.Type]form {
	all := map[reflect.Type]form{}
	for _, e := range slices.Concat(lists...) {
		all[e.of] = e.form
	}
	return all
}

// on enters an operator with one output.
func on[O graph.Operator](f func(t *Translation, o O, n *graph.Node, in []string) string) entry {
	return entry{reflect.TypeFor[O](), func(t *Translation, n *graph.Node, in []string) []string {
		return []string{f(t, n.Operator.(O), n, in)}
	}}
}

// same enters an operator that is one of ONNX.
func same[O graph.Operator](operator string, attributes func(o O) []Attribute) entry {
	return on(func(t *Translation, o O, _ *graph.Node, in []string) string {
		return t.Node(operator, in, attributes(o)...)
	})
}

var elementwiseForms = []entry{
	on(func(t *Translation, o op.Unary, n *graph.Node, in []string) string {
		return unaries[o.Function](t, n.Inputs[0].DType(), in[0])
	}),
	on(func(t *Translation, o op.Parametric, n *graph.Node, in []string) string {
		return parametrics[o.Function](t, n.Inputs[0].DType(), in[0], o.Alpha)
	}),
	on(func(t *Translation, o op.Binary, _ *graph.Node, in []string) string {
		return t.Node(binaries[o.Function], in)
	}),
	on(pairwise),
	on(mapping),
	on(tested),
	on(compare),
	on(func(t *Translation, _ op.Choose, _ *graph.Node, in []string) string {
		return t.Node("Where", in)
	}),
	on(func(t *Translation, o op.Clamp, n *graph.Node, in []string) string {
		d := n.Inputs[0].DType()
		return t.Node("Clip", []string{in[0], t.Number(d, float64(o.Low)), t.Number(d, float64(o.High))})
	}),
	on(func(t *Translation, o op.CastTo, n *graph.Node, in []string) string { return t.Cast(in[0], o.To) }),
	on(func(_ *Translation, _ op.Detached, _ *graph.Node, in []string) string { return in[0] }),
}

// of returns the form of a function that is an operator of ONNX.
func of(operator string) func(*Translation, tensor.DType, string) string {
	return func(t *Translation, _ tensor.DType, x string) string { return t.Node(operator, []string{x}) }
}

// unaries are the forms of functions with a kernel.
var unaries = [tensor.Unaries]func(t *Translation, d tensor.DType, x string) string{
	tensor.Relu: of("Relu"), tensor.Exp: of("Exp"), tensor.Log: of("Log"), tensor.Tanh: of("Tanh"),
	tensor.Sigmoid: of("Sigmoid"), tensor.Erf: of("Erf"), tensor.Softplus: of("Softplus"),
	tensor.Sqrt: of("Sqrt"), tensor.Silu: silu, tensor.Gelu: gelu, tensor.GeluTanh: geluTanh,
	tensor.Hardswish: hardswish, tensor.Mish: mish,
}

// silu is x·sigmoid(x).
func silu(t *Translation, _ tensor.DType, x string) string {
	if t.Opset() >= 24 {
		return t.Node("Swish", []string{x})
	}
	return t.Node("Mul", []string{x, t.Node("Sigmoid", []string{x})})
}

// gelu is ½·x·(1 + erf(x/√2)).
func gelu(t *Translation, d tensor.DType, x string) string {
	if t.Opset() >= 20 {
		return t.Node("Gelu", []string{x})
	}
	erf := t.Node("Erf", []string{t.Node("Div", []string{x, t.Number(d, 1.4142135623730951)})})
	return t.Node("Mul", []string{t.Node("Mul", []string{x, t.onePlus(d, erf)}), t.Number(d, 0.5)})
}

// geluTanh is ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
func geluTanh(t *Translation, d tensor.DType, x string) string {
	if t.Opset() >= 20 {
		return t.Node("Gelu", []string{x}, Text("approximate", "tanh"))
	}
	cube := t.Node("Mul", []string{x, t.Node("Mul", []string{x, x})})
	inner := t.Node("Add", []string{x, t.Node("Mul", []string{cube, t.Number(d, 0.044715)})})
	tanh := t.Node("Tanh", []string{t.Node("Mul", []string{inner, t.Number(d, 0.7978845608028654)})})
	return t.Node("Mul", []string{t.Node("Mul", []string{x, t.onePlus(d, tanh)}), t.Number(d, 0.5)})
}

// onePlus returns 1 + x.
func (t *Translation) onePlus(d tensor.DType, x string) string {
	return t.Node("Add", []string{x, t.Number(d, 1)})
}

// hardswish is x·min(max(x+3, 0), 6)/6.
func hardswish(t *Translation, d tensor.DType, x string) string {
	if t.Opset() >= 14 {
		return t.Node("HardSwish", []string{x})
	}
	return t.Node("Mul", []string{x, t.Node("HardSigmoid", []string{x}, Float("alpha", 1./6))})
}

// mish is x·tanh(ln(1+exp(x))).
func mish(t *Translation, _ tensor.DType, x string) string {
	if t.Opset() >= 18 {
		return t.Node("Mish", []string{x})
	}
	return t.Node("Mul", []string{x, t.Node("Tanh", []string{t.Node("Softplus", []string{x})})})
}

// parametrics are the forms of functions with a kernel and a number.
var parametrics = [tensor.Parametrics]func(t *Translation, d tensor.DType, x string,
	alpha float64) string{
	tensor.Scale: func(t *Translation, d tensor.DType, x string, alpha float64) string {
		return t.Node("Mul", []string{x, t.Number(d, alpha)})
	},
	tensor.ExpSub: func(t *Translation, d tensor.DType, x string, alpha float64) string {
		return t.Node("Exp", []string{t.Node("Sub", []string{x, t.Number(d, alpha)})})
	},
	tensor.LeakyRelu: func(t *Translation, _ tensor.DType, x string, alpha float64) string {
		return t.Node("LeakyRelu", []string{x}, Float("alpha", alpha))
	},
	tensor.Elu: func(t *Translation, _ tensor.DType, x string, alpha float64) string {
		return t.Node("Elu", []string{x}, Float("alpha", alpha))
	},
}

var binaries = [tensor.Binaries]string{tensor.Add: "Add", tensor.Sub: "Sub", tensor.Mul: "Mul",
	tensor.Div: "Div", tensor.Minimum: "Min", tensor.Maximum: "Max"}

// pairwise is a function of two numbers without a kernel; of integers And, Or and Xor have
// operators of their own.
func pairwise(t *Translation, o op.Pairwise, n *graph.Node, in []string) string {
	isBool := n.Inputs[0].DType() == tensor.BoolType
	logic := func(ofBools, ofBits string) string {
		if isBool {
			return t.Node(ofBools, in)
		}
		t.Needs(18, ofBits)
		return t.Node(ofBits, in)
	}
	switch o.By {
	case op.PowOf:
		return t.Node("Pow", in)
	case op.ModOf:
		if n.Inputs[0].DType().IsFloat() { // ONNX has the remainder of floats alone
			quotient := t.Node("Floor", []string{t.Node("Div", in)})
			return t.Node("Sub", []string{in[0], t.Node("Mul", []string{quotient, in[1]})})
		}
		return t.Node("Mod", in)
	case op.RemainderOf:
		return t.Node("Mod", in, Int("fmod", 1))
	case op.AndOf:
		return logic("And", "BitwiseAnd")
	case op.OrOf:
		return logic("Or", "BitwiseOr")
	case op.XorOf:
		return logic("Xor", "BitwiseXor")
	case op.ShiftLeft:
		return t.Node("BitShift", in, Text("direction", "LEFT"))
	case op.ShiftRight:
		return t.Node("BitShift", in, Text("direction", "RIGHT"))
	}
	t.Fail("the function %q has no form in ONNX", o.By)
	return ""
}

// functions are the names of functions without a kernel.
var functions = map[op.Function]string{op.Neg: "Neg", op.Abs: "Abs", op.Sign: "Sign",
	op.Floor: "Floor", op.Ceil: "Ceil", op.Round: "Round", op.Reciprocal: "Reciprocal",
	op.Sin: "Sin", op.Cos: "Cos", op.Tan: "Tan", op.Asin: "Asin", op.Acos: "Acos", op.Atan: "Atan",
	op.Sinh: "Sinh", op.Cosh: "Cosh", op.Asinh: "Asinh", op.Acosh: "Acosh", op.Atanh: "Atanh"}

func mapping(t *Translation, o op.Mapping, n *graph.Node, in []string) string {
	d := n.Inputs[0].DType()
	switch o.By {
	case op.Trunc: // towards 0
		return t.Node("Mul", []string{t.Node("Sign", in),
			t.Node("Floor", []string{t.Node("Abs", in)})})
	case op.Expm1: // exact where |x| is small, as the units of ELU are
		return t.Node("Where", []string{t.Node("Less", []string{in[0], t.Number(d, 0)}),
			t.Node("Elu", in), t.Node("Sub", []string{t.Node("Exp", in), t.Number(d, 1)})})
	case op.Log1p:
		return t.Node("Log", []string{t.onePlus(d, in[0])})
	case op.Not:
		if d == tensor.BoolType {
			return t.Node("Not", in)
		}
		t.Needs(18, "BitwiseNot")
		return t.Node("BitwiseNot", in)
	}
	name, ok := functions[o.By]
	if !ok {
		t.Fail("the function %q has no form in ONNX", o.By)
	}
	return t.Node(name, in)
}

func tested(t *Translation, o op.Tested, _ *graph.Node, in []string) string {
	switch o.For {
	case op.IsNaN:
		return t.Node("IsNaN", in)
	case op.IsPosInf:
		return t.Node("IsInf", in, Int("detect_negative", 0))
	case op.IsNegInf:
		return t.Node("IsInf", in, Int("detect_positive", 0))
	}
	return t.Node("IsInf", in)
}

var relations = map[op.Relation]string{op.IsEqual: "Equal", op.IsLess: "Less",
	op.IsLessEqual: "LessOrEqual", op.IsGreater: "Greater", op.IsGreaterEqual: "GreaterOrEqual"}

func compare(t *Translation, o op.Compare, _ *graph.Node, in []string) string {
	if o.By == op.IsNotEqual {
		return t.Node("Not", []string{t.Node("Equal", in)})
	}
	return t.Node(relations[o.By], in)
}

// formatForms are those of halves, which are casts: a float of 8 bits has a type of its own in
// files, which its bits in a graph don't tell.
var formatForms = []entry{
	on(func(t *Translation, o formats.Widen, n *graph.Node, in []string) string {
		if n.Inputs[0].DType() == tensor.Uint8Type {
			t.Fail("numbers of the format %s have no form in ONNX", o.From)
		}
		return t.Cast(in[0], tensor.Float32Type)
	}),
	on(func(t *Translation, o formats.Narrow, n *graph.Node, in []string) string {
		if n.Outputs[0].DType() == tensor.Uint8Type {
			t.Fail("numbers of the format %s have no form in ONNX", o.To)
		}
		return t.Cast(in[0], n.Outputs[0].DType())
	}),
}
