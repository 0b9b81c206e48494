package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// Function names a function of [Mapping].
type Function string

// The functions of one number. Round goes to the nearest integer, halves to the even one, as IEEE
// 754 and ONNX have it; Sign is −1, 0 or 1, and NaN of NaN; Not is that of bools, or of each bit.
const (
	Neg        Function = "neg"
	Abs        Function = "abs"
	Sign       Function = "sign"
	Floor      Function = "floor"
	Ceil       Function = "ceil"
	Trunc      Function = "trunc"
	Round      Function = "round"
	Reciprocal Function = "reciprocal"
	Expm1      Function = "expm1"
	Log1p      Function = "log1p"
	Sin        Function = "sin"
	Cos        Function = "cos"
	Tan        Function = "tan"
	Asin       Function = "asin"
	Acos       Function = "acos"
	Atan       Function = "atan"
	Sinh       Function = "sinh"
	Cosh       Function = "cosh"
	Asinh      Function = "asinh"
	Acosh      Function = "acosh"
	Atanh      Function = "atanh"
	Not        Function = "not"
)

// floatFunctions are those of float64. For float32 they are rounded once more.
var floatFunctions = map[Function]func(float64) float64{
	Neg: func(x float64) float64 { return -x }, Abs: math.Abs, Sign: sign[float64],
	Floor: math.Floor, Ceil: math.Ceil, Trunc: math.Trunc, Round: math.RoundToEven,
	Reciprocal: func(x float64) float64 { return 1 / x },
	Expm1:      portable.Expm1, Log1p: portable.Log1p, Sin: portable.Sin, Cos: portable.Cos,
	Tan: portable.Tan, Asin: portable.Asin, Acos: portable.Acos, Atan: portable.Atan,
	Sinh: portable.Sinh, Cosh: portable.Cosh, Asinh: portable.Asinh, Acosh: portable.Acosh,
	Atanh: portable.Atanh,
}

var functions = []Function{Neg, Abs, Sign, Floor, Ceil, Trunc, Round, Reciprocal, Expm1, Log1p, Sin,
	Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Asinh, Acosh, Atanh, Not}

// Mapping computes an element-wise function that has no kernel in assembly, but for the sine and
// the cosine of float32. The elementary ones are those of package portable: for float32 within 0.51
// ULP, computed in float64.
type Mapping struct {
	By Function `json:"-"` // its name is the operator's
}

// Map returns f(x), element by element.
//
//go:noinline
func Map(b *graph.Builder, f Function, x *graph.Value) *graph.Value {
	return b.Apply(Mapping{f}, x)
}

// Name returns the function: "sin".
func (o Mapping) Name() string { return string(o.By) }

// Infer returns the input's type.
func (o Mapping) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	d := in[0].DType
	takes := d.IsFloat() && floatFunctions[o.By] != nil
	switch o.By {
	case Neg, Abs, Sign:
		takes = takes || d.IsInteger()
	case Not:
		takes = d.IsInteger() || d == tensor.BoolType
	}
	if !takes {
		return nil, fmt.Errorf("%s is not defined for %v", o.By, d)
	}
	return in, nil
}

// Overwrites says that the output may stand where the input does.
func (o Mapping) Overwrites(int) []int { return []int{0} }

// Scratch returns the size of integers that are widened.
func (o Mapping) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that goes through the elements.
func (o Mapping) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.BoolType {
		y, x := tensor.Slot[bool](b.Outputs[0]), tensor.Slot[bool](b.Inputs[0])
		const ones = 0x0101010101010101
		return func() {
			tensor.Bools(*y, *x, *x, func(x, _ uint64) uint64 { return x ^ ones })
		}, nil
	}
	return forNumber(b, o, bindFloatMap[float32], bindFloatMap[float64], bindIntegerMap[int32],
		bindIntegerMap[int64], bindIntegerMap[uint64])
}

func bindFloatMap[T tensor.Float](o Mapping, b *graph.Binding) (graph.Step, error) {
	y, x, f := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), floatMap[T](o.By)
	return func() { f(*y, *x) }, nil
}

// floatMap returns what computes a function of floats, element by element.
func floatMap[T tensor.Float](by Function) func(dst, x []T) {
	switch by { // functions that would cost more by their calls
	case Neg:
		return func(dst, x []T) {
			for i := range dst {
				dst[i] = -x[i]
			}
		}
	case Reciprocal:
		return func(dst, x []T) {
			for i := range dst {
				dst[i] = 1 / x[i]
			}
		}
	case Abs, Floor, Ceil, Trunc, Round:
		return func(dst, x []T) { mapInline(by, dst, x) }
	}
	kernels := map[Function]func(dst, x []float32){Sin: tensor.Sin, Cos: tensor.Cos, Atan: atan32}
	if kernel, ok := any(kernels[by]).(func(dst, x []T)); ok && kernel != nil {
		return kernel
	}
	f := floatFunctions[by]
	return func(dst, x []T) {
		for i := range dst {
			dst[i] = T(f(float64(x[i])))
		}
	}
}

// mapInline computes functions that the compiler knows as instructions, if they are called by name.
func mapInline[T tensor.Float](by Function, dst, x []T) {
	for i := range dst {
		v := float64(x[i])
		switch by {
		case Abs:
			v = math.Abs(v)
		case Floor:
			v = math.Floor(v)
		case Ceil:
			v = math.Ceil(v)
		case Trunc:
			v = math.Trunc(v)
		default:
			v = math.RoundToEven(v)
		}
		dst[i] = T(v)
	}
}

func atan32(dst, x []float32) {
	for i := range dst {
		dst[i] = portable.Atan32(x[i])
	}
}

func bindIntegerMap[T integer](o Mapping, b *graph.Binding) (graph.Step, error) {
	switch o.By {
	case Neg:
		return eachOf(b, func(x T) T { return -x }), nil
	case Sign:
		return eachOf(b, sign[T]), nil
	case Not:
		return eachOf(b, func(x T) T { return ^x }), nil
	}
	return eachOf(b, func(x T) T {
		if x < 0 {
			return -x
		}
		return x
	}), nil
}

// eachOf returns a step that computes each element of the output from that of the input.
func eachOf[Y, X tensor.Element](b *graph.Binding, f func(x X) Y) graph.Step {
	y, x := tensor.Slot[Y](b.Outputs[0]), tensor.Slot[X](b.Inputs[0])
	return func() {
		to := *y
		for i, v := range *x {
			to[i] = f(v)
		}
	}
}

// sign returns −1, 0 or 1, and x itself for NaN and zeros.
func sign[T number](x T) T {
	switch zero := T(0); {
	case x > zero:
		return 1
	case x < zero:
		return zero - 1
	}
	return x
}

// Gradient builds g·f'(x) of operators. Signs and roundings are constant but for jumps.
func (o Mapping) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	g, x, y := up[0], n.Inputs[0], n.Outputs[0]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil}
	}
	one := func() *graph.Value { return Scalar(b, x.DType(), 1) }
	square := func(v *graph.Value) *graph.Value { return Mul(b, v, v) }
	root := func(v *graph.Value) *graph.Value { return Apply(b, tensor.Sqrt, v) }
	switch o.By {
	case Neg:
		return []*graph.Value{Map(b, Neg, g)}
	case Abs:
		return []*graph.Value{Mul(b, g, Map(b, Sign, x))}
	case Reciprocal:
		return []*graph.Value{Map(b, Neg, Mul(b, g, square(y)))}
	case Expm1:
		return []*graph.Value{Mul(b, g, Add(b, y, one()))}
	case Log1p:
		return []*graph.Value{Div(b, g, Add(b, x, one()))}
	case Sin:
		return []*graph.Value{Mul(b, g, Map(b, Cos, x))}
	case Cos:
		return []*graph.Value{Map(b, Neg, Mul(b, g, Map(b, Sin, x)))}
	case Tan:
		return []*graph.Value{Mul(b, g, Add(b, square(y), one()))}
	case Asin:
		return []*graph.Value{Div(b, g, root(Sub(b, one(), square(x))))}
	case Acos:
		return []*graph.Value{Map(b, Neg, Div(b, g, root(Sub(b, one(), square(x)))))}
	case Atan:
		return []*graph.Value{Div(b, g, Add(b, square(x), one()))}
	case Sinh:
		return []*graph.Value{Mul(b, g, Map(b, Cosh, x))}
	case Cosh:
		return []*graph.Value{Mul(b, g, Map(b, Sinh, x))}
	case Asinh:
		return []*graph.Value{Div(b, g, root(Add(b, square(x), one())))}
	case Acosh:
		return []*graph.Value{Div(b, g, root(Sub(b, square(x), one())))}
	case Atanh:
		return []*graph.Value{Div(b, g, Sub(b, one(), square(x)))}
	}
	return []*graph.Value{nil}
}

// Test names what [Tested] looks for.
type Test string

// The tests: NaN, an infinity of either sign, or one of them.
const (
	IsNaN    Test = "is_nan"
	IsInf    Test = "is_inf"
	IsPosInf Test = "is_pos_inf"
	IsNegInf Test = "is_neg_inf"
)

var tests = []Test{IsNaN, IsInf, IsPosInf, IsNegInf}

// Tested computes for each float whether it is NaN or infinite.
type Tested struct {
	For Test `json:"-"` // its name is the operator's
}

// Name returns the test: "is_nan".
func (o Tested) Name() string { return string(o.For) }

// Infer returns bools in the input's shape.
func (o Tested) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	return []graph.Type{{DType: tensor.BoolType, Shape: in[0].Shape}}, nil
}

// Bind returns a step that goes through the elements.
func (o Tested) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindTested[float32], bindTested[float64])
}

func bindTested[T tensor.Float](o Tested, b *graph.Binding) (graph.Step, error) {
	sign := map[Test]int{IsPosInf: 1, IsNegInf: -1}[o.For]
	if o.For == IsNaN {
		y, x := tensor.Slot[bool](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
		differs := tensor.Comparer[T](tensor.NotEqual)
		return elementwise(b, func() { differs(*y, *x, *x) },
			func(lo, hi int) { differs((*y)[lo:hi], (*x)[lo:hi], (*x)[lo:hi]) }), nil
	}
	return eachOf(b, func(x T) bool { return math.IsInf(float64(x), sign) }), nil
}

// Gradient is none: a test is constant but for jumps.
func (o Tested) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}
