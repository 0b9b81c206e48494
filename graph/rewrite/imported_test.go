package rewrite_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// spelledNorm is layer normalisation over the last axis as exporters spell it out.
func spelledNorm(b *graph.Builder, x *graph.Value, epsilon float64) *graph.Value {
	mean := op.Reduce{By: op.MeanOf, Axes: op.IntsOf(len(x.Shape()) - 1), KeepDims: true}
	d := op.Sub(b, x, b.Apply(mean, x))
	variance := b.Apply(mean, op.Mul(b, d, d))
	return op.Div(b, d, op.Apply(b, tensor.Sqrt, op.Add(b, variance,
		op.Scalar(b, x.DType(), epsilon))))
}

// spelledGelu is gelu in one of three ways that exporters spell it out.
func spelledGelu(b *graph.Builder, x *graph.Value, way int) *graph.Value {
	number := func(v float64) *graph.Value { return op.Scalar(b, x.DType(), v) }
	switch way {
	case 0: // PyTorch
		gate := op.Add(b, op.Apply(b, tensor.Erf, op.Div(b, x, number(1.41421356))), number(1))
		return op.Mul(b, op.Mul(b, x, gate), number(0.5))
	case 1: // TensorFlow
		gate := op.Add(b, number(1), op.Apply(b, tensor.Erf, op.Mul(b, x, number(0.70710678))))
		return op.Mul(b, op.Mul(b, number(0.5), gate), x)
	}
	cube := op.Mul(b, number(0.044715), op.Pow(b, x, number(3)))
	z := op.Mul(b, number(0.7978845608), op.Add(b, x, cube))
	gate := op.Add(b, number(1), op.Apply(b, tensor.Tanh, z))
	return op.Mul(b, op.Mul(b, x, number(0.5)), gate)
}

// TestImportedPassesComputeTheSame compares a network of layers that are spelled out, with and
// without the passes that recognise them, up to what rounding makes of it.
func TestImportedPassesComputeTheSame(t *testing.T) {
	r, b := rand.New(rand.NewPCG(1, 2)), graph.NewBuilder()
	constant := func(shape ...int) *graph.Value {
		a := tensor.NewArray(tensor.Float32Type, shape...)
		for i := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[i] = float32(r.NormFloat64())
		}
		return b.Constant(a)
	}
	const rows, columns = 5, 24
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, rows, columns)...))
	h := op.Add(b, op.Mul(b, spelledNorm(b, x, 1e-5), constant(columns)), constant(columns))
	b.Output("norm", h)
	for way := range 3 {
		h = op.Add(b, op.MatMul(b, h, constant(columns, columns)), constant(columns))
		h = spelledGelu(b, h, way)
		b.Output(fmt.Sprint("gelu", way), h)
		h = spelledNorm(b, h, 1e-6)
	}
	b.Output("silu", op.Mul(b, h, op.Apply(b, tensor.Sigmoid, h)))
	g, err := b.Graph()
	require.NoError(t, err)
	data := make([]float32, 2*rows*columns)
	for i := range data {
		data[i] = float32(3 * r.NormFloat64())
	}
	for i := range columns {
		data[i] = 7 // a row without variance
	}
	engines := exec.NewEngines(tensor.ActiveISA(), 1)
	plain, err := exec.Compile(g, engines, nil)
	require.NoError(t, err)
	want := run(t, plain, g, arrays{"x": data})
	rewritten, err := rewrite.Run(g, rewrite.Imported())
	require.NoError(t, err)
	for _, n := range rewritten.Nodes() {
		require.NotContains(t, []string{"erf", "tanh", "sigmoid", "sqrt"}, n.Operator.Name())
	}
	p, err := exec.Compile(rewritten, engines, nil)
	require.NoError(t, err)
	got := run(t, p, rewritten, arrays{"x": data})
	require.Len(t, got, len(want))
	for name, values := range want {
		for i, v := range values {
			require.Less(t, math.Abs(float64(got[name][i]-v)), 2e-5*(1+math.Abs(float64(v))),
				"%s %d: %v, not %v", name, i, got[name][i], v)
		}
	}
}
