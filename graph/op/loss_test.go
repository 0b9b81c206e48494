package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestLossesOfHugeLogits are finite where formulas by probabilities overflow.
func TestLossesOfHugeLogits(t *testing.T) {
	got := computed[float32](t, func(b *graph.Builder) *graph.Value {
		logits := b.Constant(tensor.ArrayOf([]float32{1e4, 0, -1e4, 0, 0, 0}, 2, 3))
		return b.ApplyAll(op.CrossEntropyRows{}, logits, indices(b, 1, -1))[0]
	})
	require.Equal(t, []float32{1e4, float32(math.Log(3))}, got)
	got = computed[float32](t, func(b *graph.Builder) *graph.Value {
		return op.LogSoftmax(b, constant[float32](b, 1e4, 0, -1e4))
	})
	require.Equal(t, []float32{0, -1e4, -2e4}, got)
	got = computed[float32](t, func(b *graph.Builder) *graph.Value {
		return b.ApplyAll(op.BinaryCrossEntropyLogits{}, constant[float32](b, 1e4, -1e4),
			constant[float32](b, 0, 0))[0]
	})
	require.Equal(t, []float32{1e4, 0}, got)
}

// TestLogSoftmaxIsCrossEntropy compares the bits of a loss written by hand with those of the fused
// one.
func TestLogSoftmaxIsCrossEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, columns := range []int{2, 3, 10, 16, 17, 100} {
		z, classes := make([]float32, 7*columns), make([]int64, 7)
		for i := range z {
			z[i] = float32(10 * r.NormFloat64())
		}
		for i := range classes {
			classes[i] = int64(r.IntN(columns))
		}
		build := func(f func(b *graph.Builder, z, c *graph.Value) *graph.Value) []float32 {
			return computed[float32](t, func(b *graph.Builder) *graph.Value {
				return f(b, b.Constant(tensor.ArrayOf(z, 7, columns)), constant(b, classes...))
			})
		}
		want := build(func(b *graph.Builder, z, c *graph.Value) *graph.Value {
			return b.ApplyAll(op.CrossEntropyRows{}, z, c)[0]
		})
		got := build(func(b *graph.Builder, z, c *graph.Value) *graph.Value {
			column := b.Apply(op.Unsqueeze{Axis: 1}, c)
			picked := op.GatherElements(b, op.LogSoftmax(b, z), column, 1)
			return op.Squeeze(b, op.Map(b, op.Neg, picked), 1)
		})
		require.Equal(t, want, got, "%d columns", columns)
	}
}

// TestDropout drops the share that it should, other elements each step, and the same ones again for
// the same step.
func TestDropout(t *testing.T) {
	b := graph.NewBuilder()
	b.SetTraining(true)
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(10_000)))
	step := op.Counter(b)
	b.Output("y", op.Dropout(b, x, step, 0.25, 7))
	b.Output("z", op.Dropout(b, x, step, 0.25, 7))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	in, err := p.Input("x")
	require.NoError(t, err)
	for i := range tensor.Elements[float32](in) {
		tensor.Elements[float32](in)[i] = 3
	}
	run := func(name string) []float32 {
		out, err := p.Output(name)
		require.NoError(t, err)
		return append([]float32(nil), tensor.Elements[float32](out)...)
	}
	require.NoError(t, p.Run())
	first, other := run("y"), run("z")
	dropped := 0
	for _, v := range first {
		if v == 0 {
			dropped++
			continue
		}
		require.Equal(t, float32(4), v)
	}
	require.InDelta(t, 2500, dropped, 130) // three standard deviations
	require.NotEqual(t, first, other)      // a stream each
	require.NoError(t, p.Run())
	require.NotEqual(t, first, run("y"))
	require.Equal(t, uint64(2), tensor.Elements[uint64](g.Variables()[0].Value)[0])
	tensor.Elements[uint64](g.Variables()[0].Value)[0] = 0
	require.NoError(t, p.Run())
	require.Equal(t, first, run("y"))
}

func TestDropoutIsForTraining(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(3)))
	require.Same(t, x, op.Dropout(b, x, nil, 0.5, 1))
	b.SetTraining(true)
	op.Dropout(b, x, op.Counter(b), 1, 1)
	require.EqualError(t, b.Err(), "graph: a dropout rate of 1, which is not in [0, 1)")
}
