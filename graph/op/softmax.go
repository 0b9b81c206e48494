package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// SoftmaxRows computes exp(x−max)/Σ exp(x−max) along the last dimension. It does not work in place:
// of short rows, each would be read from the line that the one before is being written to, for
// which processors wait.
type SoftmaxRows struct{}

// Softmax returns exp(x−max)/Σ exp(x−max) along the last dimension of x.
func Softmax(b *graph.Builder, x *graph.Value) *graph.Value { return b.Apply(SoftmaxRows{}, x) }

// Name returns "softmax".
func (SoftmaxRows) Name() string { return "softmax" }

// Infer returns the input's type.
func (SoftmaxRows) Infer(in []graph.Type) ([]graph.Type, error) { return softmaxTypes(1, in) }

// softmaxTypes returns the common type of inputs that have a last dimension.
func softmaxTypes(inputs int, in []graph.Type) ([]graph.Type, error) {
	if t, err := sameFloats(inputs, in); err != nil || len(t[0].Shape) > 0 {
		return t, err
	}
	return nil, fmt.Errorf("softmax needs a dimension, not the shape []")
}

// Bind returns a step that runs the kernel.
func (o SoftmaxRows) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSoftmax[float32], bindSoftmax[float64])
}

func bindSoftmax[T tensor.Float](_ SoftmaxRows, b *graph.Binding) (graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().Classifier.Softmax
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	columns := lastOf(b.Inputs[0].Shape())
	if b.Inputs[0].Len() == 0 {
		return nil, nil
	}
	work := func(lo, hi int) {
		lo, hi = lo*columns, hi*columns
		kernel((*y)[lo:hi], (*x)[lo:hi], columns)
	}
	rows := b.Inputs[0].Len() / columns
	if step := rowsInParts(b, rows, columns, work); step != nil {
		return step, nil
	}
	return func() { work(0, rows) }, nil
}

// lastOf returns the last dimension.
func lastOf(shape []int) int { return shape[len(shape)-1] }

// Gradient multiplies by the Jacobian: p·(g − Σ p·g).
func (SoftmaxRows) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(SoftmaxGradient{}, g[0], n.Outputs[0])}
}

// SoftmaxGradient computes p·(g − Σ p·g) along the last dimension of g and p.
type SoftmaxGradient struct{}

// Name returns "softmax_gradient".
func (SoftmaxGradient) Name() string { return "softmax_gradient" }

// Infer returns the inputs' type.
func (SoftmaxGradient) Infer(in []graph.Type) ([]graph.Type, error) { return softmaxTypes(2, in) }

// Overwrites says that the output may stand where one of the inputs does.
func (SoftmaxGradient) Overwrites(int) []int { return []int{0, 1} }

// Bind returns a step that runs the kernel.
func (o SoftmaxGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSoftmaxGradient[float32], bindSoftmaxGradient[float64])
}

func bindSoftmaxGradient[T tensor.Float](_ SoftmaxGradient, b *graph.Binding) (graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().Classifier.SoftmaxGradient
	d, g, p := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	columns := lastOf(b.Inputs[0].Shape())
	if b.Inputs[0].Len() == 0 {
		return nil, nil
	}
	work := func(lo, hi int) {
		lo, hi = lo*columns, hi*columns
		kernel((*d)[lo:hi], (*g)[lo:hi], (*p)[lo:hi], columns, 1)
	}
	rows := b.Inputs[0].Len() / columns
	if step := rowsInParts(b, rows, columns, work); step != nil {
		return step, nil
	}
	return func() { work(0, rows) }, nil
}

// Gradient of p·(g − s), s = Σ p·g: with t = Σ p·u for the upstream u, by g it is p·(u − t), and by
// p it is u·(g − s) − t·g.
func (o SoftmaxGradient) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	u, g, p := up[0], n.Inputs[0], n.Inputs[1]
	keep := Reduce{By: SumOf, Axes: IntsOf(len(g.Shape()) - 1), KeepDims: true}
	s, t := b.Apply(keep, Mul(b, p, g)), b.Apply(keep, Mul(b, p, u))
	ofP := Sub(b, Mul(b, u, Sub(b, g, s)), Mul(b, t, g))
	return []*graph.Value{b.Apply(o, u, p), ofP}
}
