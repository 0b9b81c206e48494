package rewrite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestSpread compares functions of what broadcast operands give with the nodes one by one, by the
// kernels of every ISA, and looks which of them are one operator.
func TestSpread(t *testing.T) {
	for name, c := range map[string]struct {
		x, y  []int
		build func(b *graph.Builder, sum *graph.Value)
		want  string
	}{
		"a column and a row": {[]int{5, 1, 1}, []int{1, 7, 3}, func(b *graph.Builder, sum *graph.Value) {
			b.Output("z", op.Apply(b, tensor.Tanh, sum))
		}, "spread"},
		"longer than a block": {[]int{2, 1, 1500}, []int{1, 3, 1500},
			func(b *graph.Builder, sum *graph.Value) {
				b.Output("z", op.Apply(b, tensor.Sigmoid, sum))
			}, "spread"},
		"wide rows": {[]int{3, 1}, []int{1, 5000}, func(b *graph.Builder, sum *graph.Value) {
			b.Output("z", op.Apply(b, tensor.Relu, sum))
		}, "spread"},
		"a sum that others need": {[]int{5, 1, 1}, []int{1, 7, 3},
			func(b *graph.Builder, sum *graph.Value) {
				b.Output("z", op.Apply(b, tensor.Tanh, sum))
				b.Output("sum", sum)
			}, "add tanh"},
		"a whole operand": {[]int{2, 3, 4}, []int{3, 4}, func(b *graph.Builder, sum *graph.Value) {
			b.Output("z", op.Apply(b, tensor.Tanh, sum))
		}, "chain"},
	} {
		b := graph.NewBuilder()
		c.build(b, op.Add(b, b.Input("x", graph.TypeOf[float32](graph.ShapeOf(c.x...)...)),
			b.Input("y", graph.TypeOf[float32](graph.ShapeOf(c.y...)...))))
		g, err := b.Graph()
		require.NoError(t, err)
		rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "chain", Run: rewrite.Chains},
			{Name: "dead", Run: rewrite.Dead}})
		require.NoError(t, err)
		require.Equal(t, c.want, operators(rewritten), name)
		in := arrays{"x": spreadNumbers(c.x, 0.01), "y": spreadNumbers(c.y, -0.003)}
		for _, isa := range tensor.AvailableISAs() {
			e := exec.NewEngines(&isa, 1)
			plain, err := exec.Compile(g, e, nil)
			require.NoError(t, err)
			p, err := exec.Compile(rewritten, e, nil)
			require.NoError(t, err)
			want, got := run(t, plain, g, in), run(t, p, g, in)
			require.True(t, sameBits(want["z"], got["z"]), "%s, %s", name, isa.Name)
		}
	}
}

// spreadNumbers returns numbers of a shape, by apart and around 0.
func spreadNumbers(shape []int, by float32) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = by * float32(i-n/2)
	}
	return x
}
