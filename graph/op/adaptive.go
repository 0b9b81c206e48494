package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// The operators of this file are steps of optimizers with a step size for each element. Their
// inputs are the learning rate, one float64; how many steps there were, see [Counter]; the
// parameter w, its gradient g, and what the optimizer remembers of the parameter. Their outputs are
// the next values of w and of that. Definitions are PyTorch's; elements pass through the kernels of
// package tensor block by block, each of which rounds once.

// Optimizer is an operator that is a step of an optimizer.
type Optimizer interface {
	graph.Operator
	// States returns what the optimizer remembers of a parameter.
	States() []OptimizerState
}

// OptimizerState is an array in the shape of a parameter that an optimizer remembers.
type OptimizerState struct {
	Name    string  // PyTorch's: the variable is called as the parameter, with this behind a dot
	Initial float64 // each element at first
}

// RMSprop divides by a running root mean square of the gradient (Tieleman and Hinton 2012):
//
//	s ← α·s + (1−α)·g², m ← Momentum·m + g/(√s + ε), w ← w − rate·m
//
// Centered takes the square of the gradient's running mean away from s.
type RMSprop struct {
	Alpha    float64 `json:"alpha"`
	Epsilon  float64 `json:"epsilon"`
	Momentum float64 `json:"momentum,omitempty"`
	Centered bool    `json:"centered,omitempty"`
}

// Adagrad divides by the root of the sum of the gradient's squares (Duchi, Hazan and Singer 2011),
// at first Initial. In step t = 1, 2, …
//
//	s ← s + g², w ← w − rate/(1 + (t−1)·RateDecay)·g/(√s + ε)
type Adagrad struct {
	Epsilon   float64 `json:"epsilon"`
	RateDecay float64 `json:"rateDecay,omitempty"`
	Initial   float64 `json:"initial,omitempty"`
}

// Adadelta sets the step by running mean squares of the gradient and of the steps (Zeiler 2012):
//
//	s ← ρ·s + (1−ρ)·g², d = √(a + ε)/√(s + ε)·g, a ← ρ·a + (1−ρ)·d², w ← w − rate·d
type Adadelta struct {
	Rho     float64 `json:"rho"`
	Epsilon float64 `json:"epsilon"`
}

// NAdam is Adam with Nesterov's momentum (Dozat 2016). With m and v as [AdamStep] has them and
// μₜ = β₁·(1 − ½·0.96^(t·MomentumDecay)), in step t = 1, 2, …
//
//	w ← w − rate·((1−μₜ)/(1−μ₁⋯μₜ)·g + μₜ₊₁/(1−μ₁⋯μₜ₊₁)·m)/(√(v/(1−β₂ᵗ)) + ε)
type NAdam struct {
	Beta1         float64 `json:"beta1"`
	Beta2         float64 `json:"beta2"`
	Epsilon       float64 `json:"epsilon"`
	MomentumDecay float64 `json:"momentumDecay"`
}

// RAdam is Adam that takes steps of plain momentum until the variance of its step size is bounded
// (Liu et al. 2020). With ρ∞ = 2/(1−β₂) − 1 and ρ = ρ∞ − 2t·β₂ᵗ/(1−β₂ᵗ), in step t = 1, 2, …
//
//	w ← w − rate·m̂·r·√(1−β₂ᵗ)/(√v + ε), r² = (ρ−4)(ρ−2)ρ∞/((ρ∞−4)(ρ∞−2)ρ), if ρ > 5
//	w ← w − rate·m̂, m̂ = m/(1−β₁ᵗ), else
type RAdam struct {
	Beta1   float64 `json:"beta1"`
	Beta2   float64 `json:"beta2"`
	Epsilon float64 `json:"epsilon"`
}

// Lion takes steps of one size by the sign of an interpolated momentum (Chen et al. 2023):
//
//	w ← (1 − rate·Decay)·w − rate·sign(β₁·m + (1−β₁)·g), m ← β₂·m + (1−β₂)·g
type Lion struct {
	Beta1 float64 `json:"beta1"`
	Beta2 float64 `json:"beta2"`
	Decay float64 `json:"decay,omitempty"`
}

// Optimize lets each parameter take its next value by a step of an optimizer when a run ends. A nil
// gradient leaves its parameter as it is.
func Optimize(b *graph.Builder, o Optimizer, rate *graph.Value, parameters,
	gradients []*graph.Value) {
	step := Counter(b)
	forEach(b, parameters, gradients, func(w, g *graph.Value) {
		variables := []*graph.Value{w}
		for _, s := range o.States() {
			variables = append(variables, stateFrom(b, w, s.Name, s.Initial))
		}
		in := append([]*graph.Value{rate, step, w, g}, variables[1:]...)
		update(b, variables, b.ApplyAll(o, in...))
	})
}

// States returns the mean square, and the mean and the momentum where there are any.
func (o RMSprop) States() []OptimizerState {
	s := []OptimizerState{{Name: "square_avg"}}
	if o.Centered {
		s = append(s, OptimizerState{Name: "grad_avg"})
	}
	if o.Momentum != 0 {
		s = append(s, OptimizerState{Name: "momentum_buffer"})
	}
	return s
}

// States returns the sum of squares.
func (o Adagrad) States() []OptimizerState { return []OptimizerState{{"sum", o.Initial}} }

// States returns the mean squares of gradients and of steps.
func (Adadelta) States() []OptimizerState {
	return []OptimizerState{{Name: "square_avg"}, {Name: "acc_delta"}}
}

// States returns the moments.
func (NAdam) States() []OptimizerState { return moments() }

// States returns the moments.
func (RAdam) States() []OptimizerState { return moments() }

// States returns the momentum.
func (Lion) States() []OptimizerState { return moments()[:1] }

func moments() []OptimizerState {
	return []OptimizerState{{Name: "exp_avg"}, {Name: "exp_avg_sq"}}
}

// Name returns "rmsprop".
func (RMSprop) Name() string { return "rmsprop" }

// Name returns "adagrad".
func (Adagrad) Name() string { return "adagrad" }

// Name returns "adadelta".
func (Adadelta) Name() string { return "adadelta" }

// Name returns "nadam".
func (NAdam) Name() string { return "nadam" }

// Name returns "radam".
func (RAdam) Name() string { return "radam" }

// Name returns "lion".
func (Lion) Name() string { return "lion" }

// Infer returns the types of the parameter and the states.
func (o RMSprop) Infer(in []graph.Type) ([]graph.Type, error) { return adaptiveTypes(o, in) }

// Infer returns the types of the parameter and the state.
func (o Adagrad) Infer(in []graph.Type) ([]graph.Type, error) { return adaptiveTypes(o, in) }

// Infer returns the types of the parameter and the states.
func (o Adadelta) Infer(in []graph.Type) ([]graph.Type, error) { return adaptiveTypes(o, in) }

// Infer returns the types of the parameter and the states.
func (o NAdam) Infer(in []graph.Type) ([]graph.Type, error) { return adaptiveTypes(o, in) }

// Infer returns the types of the parameter and the states.
func (o RAdam) Infer(in []graph.Type) ([]graph.Type, error) { return adaptiveTypes(o, in) }

// Infer returns the types of the parameter and the state.
func (o Lion) Infer(in []graph.Type) ([]graph.Type, error) { return adaptiveTypes(o, in) }

func adaptiveTypes(o Optimizer, in []graph.Type) ([]graph.Type, error) {
	like := []int{2, 3}
	for i := range o.States() {
		like = append(like, 4+i)
	}
	if len(in) > 1 && (in[1].DType != tensor.Uint64Type || !in[1].Shape.Size().Is(1)) {
		return nil, fmt.Errorf("the count of steps is %v, not one uint64", in[1])
	}
	return stepTypes(in, 2+len(like), like...)
}

// Overwrites says that the next values may stand in place of the last.
func (RMSprop) Overwrites(output int) []int { return adaptiveOverwrites(output) }

// Overwrites says that the next values may stand in place of the last.
func (Adagrad) Overwrites(output int) []int { return adaptiveOverwrites(output) }

// Overwrites says that the next values may stand in place of the last.
func (Adadelta) Overwrites(output int) []int { return adaptiveOverwrites(output) }

// Overwrites says that the next values may stand in place of the last.
func (NAdam) Overwrites(output int) []int { return adaptiveOverwrites(output) }

// Overwrites says that the next values may stand in place of the last.
func (RAdam) Overwrites(output int) []int { return adaptiveOverwrites(output) }

// Overwrites says that the next values may stand in place of the last.
func (Lion) Overwrites(output int) []int { return adaptiveOverwrites(output) }

func adaptiveOverwrites(output int) []int {
	if output == 0 {
		return []int{2}
	}
	return []int{3 + output}
}

// Bind returns a step that goes through blocks.
func (o RMSprop) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRMSprop[float32], bindRMSprop[float64])
}

func bindRMSprop[T tensor.Float](o RMSprop, b *graph.Binding) (graph.Step, error) {
	var rate T
	begin := func(r, _ float64) { rate = T(r) }
	return inBlocks(b, o, begin, func(v *stepBlock[T]) {
		square, d, next := v.state[0], v.scratch[0], 1
		v.averageSquare(square, v.g, o.Alpha)
		v.sqrt(d, square)
		if o.Centered {
			mean := v.state[next]
			next++
			v.average(mean, v.g, o.Alpha)
			v.mul(d, mean, mean)
			v.sub(d, square, d)
			v.sqrt(d, d)
		}
		v.add(d, d, o.Epsilon)
		v.div(d, v.g, d)
		if o.Momentum != 0 {
			m := v.state[next]
			v.scale(m, m, o.Momentum)
			v.k.Binary[tensor.Add](m, m, d)
			d = m
		}
		v.k.Parametric[tensor.Axpy](v.w, d, -rate)
	}), nil
}

// Bind returns a step that goes through blocks.
func (o Adagrad) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAdagrad[float32], bindAdagrad[float64])
}

func bindAdagrad[T tensor.Float](o Adagrad, b *graph.Binding) (graph.Step, error) {
	var rate T
	begin := func(r, t float64) { rate = T(r / (1 + float64((t-1)*o.RateDecay))) }
	return inBlocks(b, o, begin, func(v *stepBlock[T]) {
		sum, d := v.state[0], v.scratch[0]
		v.mul(d, v.g, v.g)
		v.k.Binary[tensor.Add](sum, sum, d)
		v.sqrt(d, sum)
		v.add(d, d, o.Epsilon)
		v.div(d, v.g, d)
		v.k.Parametric[tensor.Axpy](v.w, d, -rate)
	}), nil
}

// Bind returns a step that goes through blocks.
func (o Adadelta) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAdadelta[float32], bindAdadelta[float64])
}

func bindAdadelta[T tensor.Float](o Adadelta, b *graph.Binding) (graph.Step, error) {
	var rate T
	begin := func(r, _ float64) { rate = T(r) }
	return inBlocks(b, o, begin, func(v *stepBlock[T]) {
		square, deltas, d, root := v.state[0], v.state[1], v.scratch[0], v.scratch[1]
		v.averageSquare(square, v.g, o.Rho)
		v.add(root, square, o.Epsilon)
		v.sqrt(root, root)
		v.add(d, deltas, o.Epsilon)
		v.sqrt(d, d)
		v.div(d, d, root)
		v.mul(d, d, v.g)
		v.averageSquare(deltas, d, o.Rho)
		v.k.Parametric[tensor.Axpy](v.w, d, -rate)
	}), nil
}

// Bind returns a step that goes through blocks.
func (o NAdam) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindNAdam[float32], bindNAdam[float64])
}

func bindNAdam[T tensor.Float](o NAdam, b *graph.Binding) (graph.Step, error) {
	mu := func(t float64) float64 {
		return o.Beta1 * (1 - float64(0.5*portable.Pow(0.96, t*o.MomentumDecay)))
	}
	var ofGradient, ofMomentum T
	var invCorrection float64
	last, mus := 0.0, float32(1) // t and μ₁⋯μₜ, which PyTorch rounds so for all types
	begin := func(rate, t float64) {
		if t <= last {
			last, mus = 0, 1
		}
		for ; last < t && mus != 0; last++ {
			mus *= float32(mu(last + 1))
		}
		last = t
		now, next := mu(t), mu(t+1)
		ofGradient = T(-rate * (1 - now) / (1 - float64(mus)))
		ofMomentum = T(-rate * next / (1 - float64(float64(mus)*next)))
		invCorrection = 1 / (1 - portable.Pow(o.Beta2, t))
	}
	return inBlocks(b, o, begin, func(v *stepBlock[T]) {
		m, square, root, d := v.state[0], v.state[1], v.scratch[0], v.scratch[1]
		v.average(m, v.g, o.Beta1)
		v.averageSquare(square, v.g, o.Beta2)
		v.scale(root, square, invCorrection)
		v.sqrt(root, root)
		v.add(root, root, o.Epsilon)
		v.div(d, v.g, root)
		v.k.Parametric[tensor.Axpy](v.w, d, ofGradient)
		v.div(d, m, root)
		v.k.Parametric[tensor.Axpy](v.w, d, ofMomentum)
	}), nil
}

// Bind returns a step that goes through blocks.
func (o RAdam) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRAdam[float32], bindRAdam[float64])
}

func bindRAdam[T tensor.Float](o RAdam, b *graph.Binding) (graph.Step, error) {
	var size T
	var isAdaptive bool
	begin := func(rate, t float64) {
		power := portable.Pow(o.Beta2, t)
		atEnd := 2/(1-o.Beta2) - 1
		rho := atEnd - float64(2*t*power)/(1-power)
		factor := rate / (1 - portable.Pow(o.Beta1, t))
		if isAdaptive = rho > 5; isAdaptive {
			factor *= math.Sqrt((rho-4)*(rho-2)*atEnd/((atEnd-4)*(atEnd-2)*rho)) * math.Sqrt(1-power)
		}
		size = T(-factor)
	}
	return inBlocks(b, o, begin, func(v *stepBlock[T]) {
		m, square, d := v.state[0], v.state[1], v.scratch[0]
		v.average(m, v.g, o.Beta1)
		v.averageSquare(square, v.g, o.Beta2)
		if !isAdaptive {
			v.k.Parametric[tensor.Axpy](v.w, m, size)
			return
		}
		v.sqrt(d, square)
		v.add(d, d, o.Epsilon)
		v.div(d, m, d)
		v.k.Parametric[tensor.Axpy](v.w, d, size)
	}), nil
}

// Bind returns a step that goes through blocks.
func (o Lion) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindLion[float32], bindLion[float64])
}

func bindLion[T tensor.Float](o Lion, b *graph.Binding) (graph.Step, error) {
	var size T
	var keep float64
	begin := func(rate, _ float64) { size, keep = T(-rate), 1-float64(rate*o.Decay) }
	return inBlocks(b, o, begin, func(v *stepBlock[T]) {
		m, d := v.state[0], v.scratch[0]
		v.scale(d, m, o.Beta1)
		v.k.Parametric[tensor.Axpy](d, v.g, T(1-o.Beta1))
		for i, x := range d {
			switch {
			case x > 0:
				d[i] = 1
			case x < 0:
				d[i] = -1
			}
		}
		if o.Decay != 0 {
			v.scale(v.w, v.w, keep)
		}
		v.k.Parametric[tensor.Axpy](v.w, d, size)
		v.average(m, v.g, o.Beta2)
	}), nil
}
