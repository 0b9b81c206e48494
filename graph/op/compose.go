package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// The functions of this file are formulas of other operators, which give them their gradients.

// Variance returns the mean of (x − mean x)² along axes, all if none are given, with n − correction
// in place of n: 0 for that of a population, 1 for the unbiased estimate from a sample.
func Variance(b *graph.Builder, x *graph.Value, correction int, axes ...int) *graph.Value {
	along := axesOf(b, x, axes)
	d := Sub(b, x, b.Apply(Reduce{By: MeanOf, Axes: along, KeepDims: true}, x))
	square := Mul(b, d, d)
	if correction == 0 {
		return b.Apply(Reduce{By: MeanOf, Axes: along}, square)
	}
	n := b.Apply(CountAlong{along}, x)
	if b.Err() != nil {
		return x
	}
	n = Sub(b, n, Scalar(b, x.DType(), float64(correction)))
	return Div(b, b.Apply(Reduce{By: SumOf, Axes: along}, square), n)
}

// LogSumExp returns ln Σ exp(x) along axes, all if none are given: max x + ln Σ exp(x − max x),
// which neither overflows nor loses small sums.
func LogSumExp(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	along := axesOf(b, x, axes)
	top := StopGradient(b, b.Apply(Reduce{By: MaxOf, Axes: along, KeepDims: true}, x))
	if b.Err() != nil {
		return x
	}
	// ∞ − ∞ would be NaN, and infinite terms need no shift.
	top = Where(b, b.Apply(Tested{IsInf}, top), Scalar(b, x.DType(), 0), top)
	sum := b.Apply(Reduce{By: SumOf, Axes: along}, Apply(b, tensor.Exp, Sub(b, x, top)))
	return Add(b, Apply(b, tensor.Log, sum), ReshapeLike(b, top, sum))
}

// L1Norm returns Σ |x| along axes, all if none are given.
func L1Norm(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	return Sum(b, Map(b, Abs, x), axes...)
}

// L2Norm returns √Σ x² along axes, all if none are given. Its gradient at 0 is 0.
func L2Norm(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	sum := Sum(b, Mul(b, x, x), axes...)
	if b.Err() != nil {
		return x
	}
	zero, one := Scalar(b, x.DType(), 0), Scalar(b, x.DType(), 1)
	isZero := Equal(b, sum, zero)
	return Where(b, isZero, zero, Apply(b, tensor.Sqrt, Where(b, isZero, one, sum)))
}

// Flip returns x with the elements along some axes in the opposite order.
func Flip(b *graph.Builder, x *graph.Value, axes ...int) *graph.Value {
	for _, axis := range axes {
		x = Slice(b, x, axis, -1, BeforeFirst, -1)
	}
	return x
}

// Clamp moves floats into the range from Low to High; NaN stays NaN.
type Clamp struct {
	Low  Number `json:"low"`
	High Number `json:"high"`
}

// Clip returns x moved into the range from low to high, which may be infinite. The gradient of what
// lies beyond is 0.
func Clip(b *graph.Builder, x *graph.Value, low, high float64) *graph.Value {
	if !(low <= high) {
		b.Fail("a range from %v to %v", low, high)
		return x
	}
	return b.Apply(Clamp{Number(low), Number(high)}, x)
}

// Name returns "clip".
func (Clamp) Name() string { return "clip" }

// Infer returns the input's type.
func (Clamp) Infer(in []graph.Type) ([]graph.Type, error) { return sameFloats(1, in) }

// Overwrites says that the output may stand where the input does.
func (Clamp) Overwrites(int) []int { return []int{0} }

// Bind returns a step that runs the kernel.
func (o Clamp) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindClamp[float32], bindClamp[float64])
}

func bindClamp[T tensor.Float](o Clamp, b *graph.Binding) (graph.Step, error) {
	kernel, low, high := graph.Engine[T](b).Kernels().Clamp, T(o.Low), T(o.High)
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	return func() { kernel(*y, *x, low, high) }, nil
}

// Gradient lets the upstream gradient through where the input is in the range, its ends included.
func (o Clamp) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	x := n.Inputs[0]
	low, high := Scalar(b, x.DType(), float64(o.Low)), Scalar(b, x.DType(), float64(o.High))
	isInside := b.Apply(Pairwise{AndOf}, b.Apply(Compare{IsLessEqual}, low, x),
		b.Apply(Compare{IsLessEqual}, x, high))
	return []*graph.Value{Where(b, isInside, g[0], Scalar(b, x.DType(), 0))}
}

// HardSigmoid returns min(max(slope·x + shift, 0), 1).
func HardSigmoid(b *graph.Builder, x *graph.Value, slope, shift float64) *graph.Value {
	if b.Err() != nil {
		return x
	}
	return Clip(b, Add(b, Scale(b, x, slope), Scalar(b, x.DType(), shift)), 0, 1)
}

// Relu6 returns min(max(x, 0), 6).
func Relu6(b *graph.Builder, x *graph.Value) *graph.Value { return Clip(b, x, 0, 6) }

// Selu returns 1.0507·(x, or 1.6733·(exp(x)−1) below 0), whose constants keep the mean at 0 and the
// variance at 1 through layers (Klambauer et al. 2017).
func Selu(b *graph.Builder, x *graph.Value) *graph.Value {
	const scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
	return Scale(b, b.Apply(Parametric{tensor.Elu, alpha}, x), scale)
}

// Softsign returns x/(1+|x|).
func Softsign(b *graph.Builder, x *graph.Value) *graph.Value {
	if b.Err() != nil {
		return x
	}
	return Div(b, x, Add(b, Map(b, Abs, x), Scalar(b, x.DType(), 1)))
}

// LogSigmoid returns ln sigmoid(x), which does not underflow: −ln(1 + exp(−x)).
func LogSigmoid(b *graph.Builder, x *graph.Value) *graph.Value {
	return Map(b, Neg, Apply(b, tensor.Softplus, Map(b, Neg, x)))
}
