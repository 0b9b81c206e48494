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
