package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// ClipNorm returns gradients whose norm, that of all their elements together, is at most most: each
// is multiplied by min(1, most/(norm + 1e-6)), as PyTorch's clip_grad_norm_ does. Beside them it
// returns the norm before. A nil gradient stays nil.
func ClipNorm(b *graph.Builder, gradients []*graph.Value, most float64) (clipped []*graph.Value,
	norm *graph.Value) {
	if !(most > 0) {
		b.Fail("a norm clipped to %v, which is not positive", most)
	}
	if b.Err() != nil {
		return gradients, nil
	}
	for _, g := range gradients {
		if g == nil {
			continue
		}
		squares := Sum(b, Mul(b, g, g))
		if norm == nil {
			norm = squares
		} else {
			norm = Add(b, norm, squares)
		}
	}
	if norm == nil || b.Err() != nil {
		return gradients, nil
	}
	norm = Apply(b, tensor.Sqrt, norm)
	scalar := func(v float64) *graph.Value { return Scalar(b, norm.DType(), v) }
	factor := Clip(b, Div(b, scalar(most), Add(b, norm, scalar(1e-6))), 0, 1)
	for _, g := range gradients {
		if g != nil {
			g = Mul(b, g, factor)
		}
		clipped = append(clipped, g)
	}
	return clipped, norm
}

// ClipValues returns gradients with each element moved into the range from −most to most. A nil
// gradient stays nil.
func ClipValues(b *graph.Builder, gradients []*graph.Value, most float64) []*graph.Value {
	clipped := make([]*graph.Value, len(gradients))
	for i, g := range gradients {
		if g != nil {
			clipped[i] = Clip(b, g, -most, most)
		}
	}
	return clipped
}

// WeightAverage is the exponential moving average of a parameter, a ← Decay·a + (1−Decay)·w of how
// many there were, one uint64, of a, and of w. The first is w itself.
type WeightAverage struct {
	Decay float64 `json:"decay"`
}

// AverageWeights lets moving averages of parameters take their next values when a run ends, and
// returns them as they are before. They follow the values that the parameters take by the updates
// up to now, and are variables with the parameters' names and ".average".
func AverageWeights(b *graph.Builder, decay float64, parameters ...*graph.Value) []*graph.Value {
	if !(decay >= 0 && decay < 1) {
		b.Fail("a moving average with the decay %v, which is not in [0, 1)", decay)
	}
	if b.Err() != nil {
		return parameters
	}
	count := counterCalled(b, "average.step")
	averages := make([]*graph.Value, len(parameters))
	for i, w := range parameters {
		averages[i] = stateOf(b, w, "average")
		if b.Err() != nil {
			return parameters
		}
		b.Update(averages[i], b.Apply(WeightAverage{decay}, count, averages[i], b.Next(w)))
	}
	return averages
}

// Name returns "weight_average".
func (WeightAverage) Name() string { return "weight_average" }

// Infer returns the type of the average.
func (WeightAverage) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 || in[0].DType != tensor.Uint64Type || !in[0].Shape.Size().Is(1) ||
		!in[1].DType.IsFloat() || !in[1].Equal(in[2]) {
		return nil, fmt.Errorf("an average needs one uint64, and floats of one type twice")
	}
	return in[1:2], nil
}

// Overwrites says that the next average may stand in place of the last.
func (WeightAverage) Overwrites(int) []int { return []int{1} }

// Bind returns a step that runs two kernels.
func (o WeightAverage) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAverage[float32], bindAverage[float64])
}

func bindAverage[T tensor.Float](o WeightAverage, b *graph.Binding) (graph.Step, error) {
	k := graph.Engine[T](b).Kernels().Parametric
	count, w := tensor.Slot[uint64](b.Inputs[0]), tensor.Slot[T](b.Inputs[2])
	last, a := next[T](b, 0, 1), tensor.Slot[T](b.Outputs[0])
	keep, take := T(o.Decay), T(1-o.Decay)
	step := inParts(b, b.Outputs[0].Len(), func(lo, hi int) {
		if (*count)[0] == 0 {
			copy((*a)[lo:hi], (*w)[lo:hi])
			return
		}
		k[tensor.Scale]((*a)[lo:hi], (*a)[lo:hi], keep)
		k[tensor.Axpy]((*a)[lo:hi], (*w)[lo:hi], take)
	})
	return func() { last(); step() }, nil
}
