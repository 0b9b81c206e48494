package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// RunningSum computes the sums of the elements up to each one along an axis, in order: those of
// float32 in float64, each rounded once; those of integers wrap around.
type RunningSum struct {
	Axis      int  `json:"axis"`
	Exclusive bool `json:"exclusive,omitempty"` // without the element itself
	Reverse   bool `json:"reverse,omitempty"`   // from the last element on
}

// CumSum returns the sums of the elements of x up to each one along an axis.
func CumSum(b *graph.Builder, x *graph.Value, axis int) *graph.Value {
	a, err := x.Shape().Axis(axis)
	if err != nil {
		b.Fail("running sums along %w", err)
		return x
	}
	return b.Apply(RunningSum{Axis: a}, x)
}

// Name returns "cumsum".
func (RunningSum) Name() string { return "cumsum" }

// Infer returns the input's type.
func (o RunningSum) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := numbers(1, in); err != nil {
		return nil, err
	}
	if o.Axis < 0 || o.Axis >= len(in[0].Shape) {
		return nil, fmt.Errorf("running sums along axis %d of %v", o.Axis, in[0])
	}
	return in, nil
}

// Overwrites says that the output may stand where the input does.
func (RunningSum) Overwrites(int) []int { return []int{0} }

// Scratch returns the size of integers that are widened.
func (o RunningSum) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that goes through the elements.
func (o RunningSum) Bind(b *graph.Binding) (graph.Step, error) {
	return forNumber(b, o, bindRunning[float32, float64], bindRunning[float64, float64],
		bindRunning[int32, int32], bindRunning[int64, int64], bindRunning[uint64, uint64])
}

// bindRunning returns the step for elements T, which are added up as S.
func bindRunning[T, S number](o RunningSum, b *graph.Binding) (graph.Step, error) {
	y, x, shape := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), b.Inputs[0].Shape()
	outer, n, inner := product(shape[:o.Axis]), shape[o.Axis], product(shape[o.Axis+1:])
	sums := make([]S, inner)
	return func() {
		for i := range outer {
			clear(sums)
			for k := range n {
				if o.Reverse {
					k = n - 1 - k
				}
				at := (i*n + k) * inner
				to := (*y)[at:][:inner]
				for j, v := range (*x)[at:][:inner] {
					before := sums[j]
					sums[j] += S(v)
					to[j] = T(sums[j])
					if o.Exclusive {
						to[j] = T(before)
					}
				}
			}
		}
	}, nil
}

// Gradient adds the upstream gradient up from the other end.
func (o RunningSum) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	if !n.Inputs[0].DType().IsFloat() {
		return []*graph.Value{nil}
	}
	o.Reverse = !o.Reverse
	return []*graph.Value{b.Apply(o, g[0])}
}
