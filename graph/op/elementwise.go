package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// Unary computes an element-wise function of one value.
type Unary struct {
	Function tensor.Unary `json:"-"` // its name is the operator's
}

// Apply returns f(x), element by element.
//
//go:noinline
func Apply(b *graph.Builder, f tensor.Unary, x *graph.Value) *graph.Value {
	return b.Apply(Unary{f}, x)
}

// Name returns the function's name: "relu".
func (o Unary) Name() string { return o.Function.String() }

// Infer returns the input's type.
func (o Unary) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(1, in) }

// Bind returns a step that runs the function's kernel.
func (o Unary) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindUnary[float32], bindUnary[float64])
}

func bindUnary[T tensor.Float](o Unary, b *graph.Binding) (graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().Unary[o.Function]
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	return elementwise(b, func() { kernel(*y, *x) },
		func(lo, hi int) { kernel((*y)[lo:hi], (*x)[lo:hi]) }), nil
}

// Overwrites says that the output may stand where the input does.
func (o Unary) Overwrites(int) []int { return []int{0} }

// Gradient uses the function's gradient kernel, or builds that of exp and log.
func (o Unary) Gradient(b *graph.Builder, n *graph.Node, upstream []*graph.Value) []*graph.Value {
	g, x, y := upstream[0], n.Inputs[0], n.Outputs[0]
	switch {
	case o.Function.Gradient() == tensor.OfOutput:
		return []*graph.Value{b.Apply(UnaryGradient(o), g, y)}
	case o.Function.Gradient() == tensor.OfInput:
		return []*graph.Value{b.Apply(UnaryGradient(o), g, x)}
	case o.Function == tensor.Exp:
		return []*graph.Value{Mul(b, g, y)}
	case o.Function == tensor.Log:
		return []*graph.Value{Div(b, g, x)}
	case o.Function == tensor.Sqrt:
		return []*graph.Value{Div(b, Scale(b, g, 0.5), y)}
	}
	b.Fail("%v has no gradient", n)
	return []*graph.Value{nil}
}

// UnaryGradient computes g·f'(x) of g and x, where x is what the function f has got or given, as
// [tensor.Unary.Gradient] says.
type UnaryGradient struct {
	Function tensor.Unary `json:"-"`
}

// Name returns the function's name with "_gradient": "relu_gradient".
func (o UnaryGradient) Name() string { return o.Function.String() + "_gradient" }

// Infer returns the inputs' type.
func (o UnaryGradient) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(2, in) }

// Bind returns a step that runs the gradient's kernel.
func (o UnaryGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindUnaryGradient[float32], bindUnaryGradient[float64])
}

func bindUnaryGradient[T tensor.Float](o UnaryGradient, b *graph.Binding) (graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().UnaryGradient[o.Function]
	d, g, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	return elementwise(b, func() { kernel(*d, *g, *x) },
		func(lo, hi int) { kernel((*d)[lo:hi], (*g)[lo:hi], (*x)[lo:hi]) }), nil
}

// Overwrites says that the output may stand where one of the inputs does.
func (o UnaryGradient) Overwrites(int) []int { return []int{0, 1} }

// Gradient is linear in g. Second derivatives are those of the functions whose first derivative is
// built of operators: relu, tanh and sigmoid.
func (o UnaryGradient) Gradient(b *graph.Builder, n *graph.Node,
	upstream []*graph.Value) []*graph.Value {
	u, g, y := upstream[0], n.Inputs[0], n.Inputs[1]
	ofG := b.Apply(o, u, y)
	ug := Mul(b, u, g)
	switch o.Function {
	case tensor.Relu: // the derivative is constant on either side
		return []*graph.Value{ofG, nil}
	case tensor.Tanh: // of 1−y² by y: −2y
		return []*graph.Value{ofG, Scale(b, Mul(b, ug, y), -2)}
	case tensor.Sigmoid: // of y−y² by y: 1−2y
		return []*graph.Value{ofG, Sub(b, ug, Scale(b, Mul(b, ug, y), 2))}
	}
	b.Fail("%v has no gradient: second derivatives of %v are not built", n, o.Function)
	return []*graph.Value{nil, nil}
}

// Parametric computes an element-wise function of one value and the number Alpha. [tensor.Axpy],
// which reads what it overwrites, is none.
type Parametric struct {
	Function tensor.Parametric `json:"-"`
	Alpha    float64           `json:"alpha"`
}

// Scale returns alpha·x.
//
//go:noinline
func Scale(b *graph.Builder, x *graph.Value, alpha float64) *graph.Value {
	return b.Apply(Parametric{tensor.Scale, alpha}, x)
}

// Name returns the function's name: "leaky_relu".
func (o Parametric) Name() string { return o.Function.String() }

// Infer returns the input's type.
func (o Parametric) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(1, in) }

// Bind returns a step that runs the function's kernel.
func (o Parametric) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindParametric[float32], bindParametric[float64])
}

func bindParametric[T tensor.Float](o Parametric, b *graph.Binding) (graph.Step, error) {
	kernel, alpha := graph.Engine[T](b).Kernels().Parametric[o.Function], T(o.Alpha)
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	return func() { kernel(*y, *x, alpha) }, nil
}

// Overwrites says that the output may stand where the input does.
func (o Parametric) Overwrites(int) []int { return []int{0} }

// Gradient uses the function's gradient kernel, or builds that of scale and exp_sub.
func (o Parametric) Gradient(b *graph.Builder, n *graph.Node,
	upstream []*graph.Value) []*graph.Value {
	g := upstream[0]
	switch {
	case o.Function.Gradient() == tensor.OfInput:
		return []*graph.Value{b.Apply(ParametricGradient(o), g, n.Inputs[0])}
	case o.Function == tensor.Scale:
		return []*graph.Value{b.Apply(o, g)}
	case o.Function == tensor.ExpSub:
		return []*graph.Value{Mul(b, g, n.Outputs[0])}
	}
	b.Fail("%v has no gradient", n)
	return []*graph.Value{nil}
}

// ParametricGradient computes g·f'(x, Alpha) of g and x.
type ParametricGradient struct {
	Function tensor.Parametric `json:"-"`
	Alpha    float64           `json:"alpha"`
}

// Name returns the function's name with "_gradient": "elu_gradient".
func (o ParametricGradient) Name() string { return o.Function.String() + "_gradient" }

// Infer returns the inputs' type.
func (o ParametricGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	return sameFloats(2, in)
}

// Bind returns a step that runs the gradient's kernel.
func (o ParametricGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindParametricGradient[float32], bindParametricGradient[float64])
}

func bindParametricGradient[T tensor.Float](o ParametricGradient,
	b *graph.Binding) (graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().ParametricGradient[o.Function]
	alpha := T(o.Alpha)
	d, g, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	return func() { kernel(*d, *g, *x, alpha) }, nil
}

// Overwrites says that the output may stand where one of the inputs does.
func (o ParametricGradient) Overwrites(int) []int { return []int{0, 1} }

// Gradient is linear in g; that of leaky relu is constant on either side.
func (o ParametricGradient) Gradient(b *graph.Builder, n *graph.Node,
	upstream []*graph.Value) []*graph.Value {
	ofG := b.Apply(o, upstream[0], n.Inputs[1])
	if o.Function != tensor.LeakyRelu {
		b.Fail("%v has no gradient: second derivatives of %v are not built", n, o.Function)
	}
	return []*graph.Value{ofG, nil}
}

// sameFloats returns the type that so many inputs have in common, or says what is wrong with them.
func sameFloats(inputs int, in []graph.Type) ([]graph.Type, error) {
	if err := floats(inputs, in); err != nil {
		return nil, err
	}
	for _, t := range in[1:] {
		if !t.Equal(in[0]) {
			return nil, fmt.Errorf("the types %v and %v differ", in[0], t)
		}
	}
	return in[:1], nil
}

// floats says what is wrong with so many inputs of one element type to compute with.
func floats(inputs int, in []graph.Type) error {
	if len(in) != inputs {
		return fmt.Errorf("%d inputs, not %d", len(in), inputs)
	}
	for _, t := range in {
		if !t.DType.IsFloat() || t.DType != in[0].DType {
			return fmt.Errorf("the element types must be float32, or all be float64, not %v", t.DType)
		}
	}
	return nil
}
