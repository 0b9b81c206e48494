package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// The operators of this file are steps of optimizers. Their inputs are the learning rate, a float64
// of one element that a schedule may change between runs, the parameter w, its gradient g, and what
// the optimizer remembers of the parameter; their outputs are the next values of w and of that, in
// the same memory where nobody else needs the old ones. Definitions are PyTorch's, roundings those
// of [tensor.Kernels].

// SGDStep is one step of gradient descent: w ← fma(−rate, g, w).
type SGDStep struct{}

// MomentumStep is one step of gradient descent with momentum, which remembers v, at first 0:
// v ← fma(Momentum, v, g), w ← fma(−rate, v, w), or with Nesterov's momentum
// w ← fma(−rate, fma(Momentum, v, g), w). A last input, one float64, takes the place of Momentum.
type MomentumStep struct {
	Momentum float64 `json:"momentum"`
	Nesterov bool    `json:"nesterov,omitempty"`
}

// AdamStep is one step of Adam (Kingma and Ba 2015), which remembers m and v, at first 0. Its last
// input but these, powers, are Beta1ᵗ and Beta2ᵗ in step t = 1, 2, …, two float64:
//
//	m ← β₁·m + (1−β₁)·g, v ← β₂·v + (1−β₂)·g²
//	w ← (1 − rate·Decay)·w − rate·m̂/(√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
//
// A last input, one float64, takes the place of Beta1.
type AdamStep struct {
	Beta1   float64 `json:"beta1"`
	Beta2   float64 `json:"beta2"`
	Epsilon float64 `json:"epsilon"`
	Decay   float64 `json:"decay,omitempty"` // AdamW's weight decay (Loshchilov and Hutter 2019)
}

// WeightDecay adds a penalty's gradient to that of a parameter, its two inputs: g ← fma(Decay, w,
// g), the derivative of Decay/2·w² (L2 regularisation).
type WeightDecay struct {
	Decay float64 `json:"decay"`
}

// SGD lets each parameter take its next value by gradient descent when a run ends. A nil gradient
// leaves its parameter as it is.
func SGD(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value) {
	forEach(b, parameters, gradients, func(w, g *graph.Value) {
		b.Update(w, b.Apply(SGDStep{}, rate, w, g))
	})
}

// Momentum does so by gradient descent with momentum. The optimizer's state has the parameters'
// names with ".momentum".
func Momentum(b *graph.Builder, o MomentumStep, rate *graph.Value, parameters,
	gradients []*graph.Value) {
	MomentumFrom(b, o, rate, nil, parameters, gradients)
}

// MomentumFrom is [Momentum] with a momentum, one float64, that may change between runs; nil is
// o's.
func MomentumFrom(b *graph.Builder, o MomentumStep, rate, momentum *graph.Value, parameters,
	gradients []*graph.Value) {
	forEach(b, parameters, gradients, func(w, g *graph.Value) {
		v := stateOf(b, w, "momentum")
		update(b, []*graph.Value{w, v}, b.ApplyAll(o, given(rate, w, g, v, momentum)...))
	})
}

// given returns the values that there are.
func given(values ...*graph.Value) []*graph.Value {
	return slices.DeleteFunc(values, func(v *graph.Value) bool { return v == nil })
}

// Adam does so by Adam or AdamW. The optimizer's state has the parameters' names with ".exp_avg"
// and ".exp_avg_sq", and "adam.powers" in the builder's scope.
func Adam(b *graph.Builder, o AdamStep, rate *graph.Value, parameters, gradients []*graph.Value) {
	adamFrom(b, o, rate, nil, o.powers(b), parameters, gradients)
}

// AdamFrom is [Adam] with a β₁, one float64, that may change between runs: as PyTorch has it, the
// powers are then those of the present one. In place of "adam.powers" it keeps "adam.step".
func AdamFrom(b *graph.Builder, o AdamStep, rate, beta1 *graph.Value, parameters,
	gradients []*graph.Value) {
	name := graph.Join(b.Scope(), "adam.step")
	step := b.Stored(name, func() *graph.Variable {
		return &graph.Variable{Name: name, Role: graph.State,
			Value: tensor.NewArray(tensor.Float64Type, 1)}
	})
	next := Add(b, step, b.Constant(tensor.ArrayOf([]float64{1}, 1)))
	b.Update(step, next)
	betas := Concat(b, 0, Reshape(b, beta1, 1), b.Constant(tensor.ArrayOf([]float64{o.Beta2}, 1)))
	adamFrom(b, o, rate, beta1, Pow(b, betas, next), parameters, gradients)
}

// powers returns β₁ᵗ and β₂ᵗ of the step at hand.
func (o AdamStep) powers(b *graph.Builder) *graph.Value {
	name := graph.Join(b.Scope(), "adam.powers")
	powers := b.Stored(name, func() *graph.Variable {
		return &graph.Variable{Name: name, Role: graph.State,
			Value: tensor.ArrayOf([]float64{1, 1}, 2)}
	})
	next := Mul(b, powers, b.Constant(tensor.ArrayOf([]float64{o.Beta1, o.Beta2}, 2)))
	b.Update(powers, next)
	return next
}

func adamFrom(b *graph.Builder, o AdamStep, rate, beta1, powers *graph.Value, parameters,
	gradients []*graph.Value) {
	forEach(b, parameters, gradients, func(w, g *graph.Value) {
		m, v := stateOf(b, w, "exp_avg"), stateOf(b, w, "exp_avg_sq")
		next := b.ApplyAll(o, given(rate, w, g, powers, m, v, beta1)...)
		update(b, []*graph.Value{w, m, v}, next)
	})
}

// forEach calls f with the parameters that have a gradient.
func forEach(b *graph.Builder, parameters, gradients []*graph.Value,
	f func(w, g *graph.Value)) {
	if len(gradients) != len(parameters) {
		b.Fail("%d gradients of %d parameters", len(gradients), len(parameters))
		return
	}
	for i, w := range parameters {
		if gradients[i] != nil {
			f(w, gradients[i])
		}
	}
}

// stateOf returns what an optimizer remembers of a parameter, at first 0.
func stateOf(b *graph.Builder, w *graph.Value, what string) *graph.Value {
	return stateFrom(b, w, what, 0)
}

// stateFrom returns what an optimizer remembers of a parameter, at first one number everywhere.
func stateFrom(b *graph.Builder, w *graph.Value, what string, initial float64) *graph.Value {
	v := w.Variable()
	if v == nil {
		b.Fail("an optimizer changes variables, and %v is none", w)
		return w
	}
	name := v.Name + "." + what
	return b.Stored(name, func() *graph.Variable {
		a := tensor.NewArray(v.Value.DType(), v.Value.Shape()...)
		if a.DType() == tensor.Float32Type {
			fillWith(tensor.Elements[float32](a), float32(initial))
		} else {
			fillWith(tensor.Elements[float64](a), initial)
		}
		return &graph.Variable{Name: name, Role: graph.State, Value: a}
	})
}

// fillWith sets all elements to v.
func fillWith[T tensor.Float](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// update lets variables take values.
func update(b *graph.Builder, variables, next []*graph.Value) {
	if b.Err() != nil {
		return
	}
	for i, v := range variables {
		b.Update(v, next[i])
	}
}

// Name returns "weight_decay".
func (WeightDecay) Name() string { return "weight_decay" }

// Infer returns the gradient's type.
func (WeightDecay) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(2, in) }

// Overwrites says that the sum may stand in the gradient.
func (WeightDecay) Overwrites(int) []int { return []int{0} }

// Bind returns a step that runs the kernel.
func (o WeightDecay) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindDecay[float32], bindDecay[float64])
}

func bindDecay[T tensor.Float](o WeightDecay, b *graph.Binding) (graph.Step, error) {
	axpy, decay := graph.Engine[T](b).Kernels().Parametric[tensor.Axpy], T(o.Decay)
	g, w := next[T](b, 0, 0), tensor.Slot[T](b.Inputs[1])
	return func() { axpy(g(), *w, decay) }, nil
}

// Name returns "sgd".
func (SGDStep) Name() string { return "sgd" }

// Name returns "momentum".
func (MomentumStep) Name() string { return "momentum" }

// Name returns "adam".
func (AdamStep) Name() string { return "adam" }

// Infer returns the parameter's type.
func (SGDStep) Infer(in []graph.Type) ([]graph.Type, error) { return stepTypes(in, 3, 1, 2) }

// Infer returns the types of the parameter and of v.
func (MomentumStep) Infer(in []graph.Type) ([]graph.Type, error) {
	in, err := coefficient(in, 4)
	if err != nil {
		return nil, err
	}
	return stepTypes(in, 4, 1, 2, 3)
}

// Infer returns the types of the parameter, m and v.
func (AdamStep) Infer(in []graph.Type) ([]graph.Type, error) {
	in, err := coefficient(in, 6)
	if err != nil {
		return nil, err
	}
	if len(in) == 6 && !in[3].Equal(graph.TypeOf[float64](graph.Fixed(2))) {
		return nil, fmt.Errorf("the powers are %v, not float64[2]", in[3])
	}
	return stepTypes(in, 6, 1, 2, 4, 5)
}

// coefficient returns so many inputs without the one behind them, if it is there: one float64.
func coefficient(in []graph.Type, inputs int) ([]graph.Type, error) {
	if len(in) != inputs+1 {
		return in, nil
	}
	if last := in[inputs]; last.DType != tensor.Float64Type || !last.Shape.Size().Is(1) {
		return nil, fmt.Errorf("the momentum is %v, not one float64", last)
	}
	return in[:inputs], nil
}

// coefficientOf returns where the input behind so many stands, nil if there is none.
func coefficientOf(b *graph.Binding, inputs int) *[]float64 {
	if len(b.Inputs) <= inputs {
		return nil
	}
	return tensor.Slot[float64](b.Inputs[inputs])
}

// stepTypes returns the types of a step's outputs. The inputs like are of one type, the first being
// the parameter and the second its gradient.
func stepTypes(in []graph.Type, inputs int, like ...int) ([]graph.Type, error) {
	if len(in) != inputs {
		return nil, fmt.Errorf("%d inputs, not %d", len(in), inputs)
	}
	if in[0].DType != tensor.Float64Type || !in[0].Shape.Size().Is(1) {
		return nil, fmt.Errorf("the learning rate is %v, not one float64", in[0])
	}
	w := in[like[0]]
	for _, i := range like {
		if !in[i].Equal(w) || !w.DType.IsFloat() {
			return nil, fmt.Errorf("a parameter %v with a gradient or a state %v", w, in[i])
		}
	}
	outputs := make([]graph.Type, len(like)-1)
	for i := range outputs {
		outputs[i] = w
	}
	return outputs, nil
}

// Overwrites says that the next value may stand in the parameter.
func (SGDStep) Overwrites(int) []int { return []int{1} }

// Overwrites says that the next values may stand in the parameter and in v.
func (MomentumStep) Overwrites(output int) []int { return []int{[]int{1, 3}[output]} }

// Overwrites says that the next values may stand in the parameter, in m and in v.
func (AdamStep) Overwrites(output int) []int { return []int{[]int{1, 4, 5}[output]} }

// Bind returns a step that runs the kernel.
func (o SGDStep) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSGD[float32], bindSGD[float64])
}

func bindSGD[T tensor.Float](_ SGDStep, b *graph.Binding) (graph.Step, error) {
	axpy := graph.Engine[T](b).Kernels().Parametric[tensor.Axpy]
	rate, g := tensor.Slot[float64](b.Inputs[0]), tensor.Slot[T](b.Inputs[2])
	out := tensor.Slot[T](b.Outputs[0])
	step := inParts(b, b.Outputs[0].Len(), func(lo, hi int) {
		axpy((*out)[lo:hi], (*g)[lo:hi], -T((*rate)[0]))
	})
	return after(copies[T](b, 1), step), nil
}

// copies returns what copies inputs to the outputs where these stand elsewhere, in the order of the
// outputs: nil if all are in place.
func copies[T tensor.Float](b *graph.Binding, inputs ...int) graph.Step {
	var all graph.Step
	for i, input := range inputs {
		if tensor.Slot[T](b.Outputs[i]) != tensor.Slot[T](b.Inputs[input]) {
			copied := next[T](b, i, input)
			all = after(all, func() { copied() })
		}
	}
	return all
}

// after returns a step that comes after another, which may be nil.
func after(first, step graph.Step) graph.Step {
	if first == nil {
		return step
	}
	return func() { first(); step() }
}

// next returns what gives the next values of an input in an output: first they are the input's.
func next[T tensor.Float](b *graph.Binding, output, input int) func() []T {
	out, in := tensor.Slot[T](b.Outputs[output]), tensor.Slot[T](b.Inputs[input])
	return func() []T {
		if len(*in) > 0 && &(*out)[0] != &(*in)[0] {
			copy(*out, *in)
		}
		return *out
	}
}

// Bind returns a step that runs the kernel.
func (o MomentumStep) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloatOf(b.Outputs[0].DType(), b, o, bindMomentum[float32], bindMomentum[float64])
}

func bindMomentum[T tensor.Float](o MomentumStep, b *graph.Binding) (graph.Step, error) {
	kernels := graph.Engine[T](b).Kernels().Optimizer
	kernel, mu := kernels.Momentum, T(o.Momentum)
	if o.Nesterov {
		kernel = kernels.Nesterov
	}
	rate, g := tensor.Slot[float64](b.Inputs[0]), tensor.Slot[T](b.Inputs[2])
	w, v := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	given := coefficientOf(b, 4)
	step := inParts(b, b.Outputs[0].Len(), func(lo, hi int) {
		mu := mu
		if given != nil {
			mu = T((*given)[0])
		}
		kernel((*w)[lo:hi], (*v)[lo:hi], (*g)[lo:hi], T((*rate)[0]), mu)
	})
	return after(copies[T](b, 1, 3), step), nil
}

// Bind returns a step that runs the kernel.
func (o AdamStep) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloatOf(b.Outputs[0].DType(), b, o, bindAdam[float32], bindAdam[float64])
}

func bindAdam[T tensor.Float](o AdamStep, b *graph.Binding) (graph.Step, error) {
	adam, g := newAdamOf[T](o, b), tensor.Slot[T](b.Inputs[2])
	adam.beta1 = coefficientOf(b, 6)
	step := inParts(b, b.Outputs[0].Len(), func(lo, hi int) { adam.update(lo, (*g)[lo:hi]) })
	return after(copies[T](b, 1, 4, 5), func() { adam.begin(); step() }), nil
}

// adamOf is a step of Adam under way. Its binding has the rate first and the powers fourth, and the
// outputs w, m and v first.
type adamOf[T tensor.Float] struct {
	AdamStep
	kernel       func(w, m, v, g []T, p tensor.AdamStep[T])
	rate, powers *[]float64
	beta1        *[]float64 // nil: the step's own
	w, m, v      *[]T
	settings     tensor.AdamStep[T]
}

func newAdamOf[T tensor.Float](o AdamStep, b *graph.Binding) *adamOf[T] {
	return &adamOf[T]{AdamStep: o, kernel: graph.Engine[T](b).Kernels().Optimizer.Adam,
		rate: tensor.Slot[float64](b.Inputs[0]), powers: tensor.Slot[float64](b.Inputs[3]),
		w: tensor.Slot[T](b.Outputs[0]), m: tensor.Slot[T](b.Outputs[1]),
		v: tensor.Slot[T](b.Outputs[2]),
		settings: tensor.AdamStep[T]{Beta1: T(o.Beta1), OneMinusBeta1: T(1 - o.Beta1),
			Beta2: T(o.Beta2), OneMinusBeta2: T(1 - o.Beta2), Epsilon: T(o.Epsilon)}}
}

// begin reads what the settings hang on.
func (a *adamOf[T]) begin() {
	lr, powers := (*a.rate)[0], *a.powers
	a.settings.Decay = T(1 - float64(lr*a.Decay))
	a.settings.InvSqrtCorrection = T(1 / math.Sqrt(1-powers[1]))
	a.settings.Step = T(lr / (1 - powers[0]))
	if a.beta1 != nil {
		beta := (*a.beta1)[0]
		a.settings.Beta1, a.settings.OneMinusBeta1 = T(beta), T(1-beta)
	}
}

// update changes the elements from one on by their gradients.
func (a *adamOf[T]) update(from int, g []T) {
	to := from + len(g)
	a.kernel((*a.w)[from:to], (*a.m)[from:to], (*a.v)[from:to], g, a.settings)
}
