package rewrite_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestOneHot compares products of one-hot rows, and what follows them, with rows of tables: numbers
// out of range and weights of −0 included.
func TestOneHot(t *testing.T) {
	steps := func(b *graph.Builder, first int64) *graph.Value {
		return b.Constant(tensor.ArrayOf([]int64{first, 1, 2, 3}, 1, 1, 4))
	}
	oneHot := func(b *graph.Builder, steps *graph.Value) *graph.Value {
		x := b.Input("x", graph.TypeOf[int64](graph.ShapeOf(2, 5, 1)...))
		equal := op.Equal(b, op.BroadcastTo(b, x, 2, 5, 4), steps)
		return op.Cast(b, equal, tensor.Float32Type)
	}
	weights := func(b *graph.Builder, last float32) *graph.Value {
		w := []float32{1, -2, 3, 0.5, float32(math.Copysign(0, -1)), -6, 7, 1e-3, -1, 2, -3, last}
		return b.Constant(tensor.ArrayOf(w, 4, 3))
	}
	row := func(b *graph.Builder) *graph.Value {
		return b.Constant(tensor.ArrayOf([]float32{0.1, -0.2, 0.3}, 1, 1, 3))
	}
	for name, c := range map[string]struct {
		build func(b *graph.Builder) *graph.Value
		after string
	}{
		"product": {func(b *graph.Builder) *graph.Value {
			return op.MatMul(b, oneHot(b, steps(b, 0)), weights(b, 4))
		}, "reshape less where less where gather"},
		"activation": {func(b *graph.Builder) *graph.Value {
			y := op.Add(b, row(b), op.MatMul(b, oneHot(b, steps(b, 0)), weights(b, 4)))
			y = op.Mul(b, y, op.Apply(b, tensor.Sigmoid, op.Mul(b, op.Scalar(b, tensor.Float32Type, 2), y)))
			return op.Sub(b, y, op.CumSum(b, y, 1))
		}, "reshape less where less where gather cumsum sub"},
		"other steps": {func(b *graph.Builder) *graph.Value {
			return op.MatMul(b, oneHot(b, steps(b, 1)), weights(b, 4))
		}, "expand equal cast matmul"},
		"infinite": {func(b *graph.Builder) *graph.Value {
			return op.MatMul(b, oneHot(b, steps(b, 0)), weights(b, float32(math.Inf(1))))
		}, "expand equal cast matmul"},
		"repeated": {func(b *graph.Builder) *graph.Value {
			x := b.Input("x", graph.TypeOf[int64](graph.ShapeOf(2, 5, 1)...))
			same := op.Mul(b, x, b.Constant(tensor.ArrayOf([]int64{1, 1, 1, 1}, 4)))
			equal := op.Cast(b, op.Equal(b, same, steps(b, 0)), tensor.Float32Type)
			return op.MatMul(b, equal, weights(b, 4))
		}, "mul equal cast matmul"},
	} {
		b := graph.NewBuilder()
		b.Output("y", c.build(b))
		g, err := b.Graph()
		require.NoError(t, err, name)
		rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "onehot", Run: rewrite.OneHot},
			{Name: "fold", Run: rewrite.Fold}, {Name: "dead", Run: rewrite.Dead}})
		require.NoError(t, err, name)
		require.Equal(t, c.after, operators(rewritten), name)
		engines := exec.NewEngines(tensor.ActiveISA(), 1)
		var results [2][]float32
		for i, g := range []*graph.Graph{g, rewritten} {
			p, err := exec.Compile(g, engines, nil)
			require.NoError(t, err, name)
			x, err := p.Input("x")
			require.NoError(t, err, name)
			copy(tensor.Elements[int64](x), []int64{0, 3, 4, -1, 2, 1, 1 << 40, -1 << 40, 1, 3})
			require.NoError(t, p.Run(), name)
			y, err := p.Output("y")
			require.NoError(t, err, name)
			results[i] = tensor.Elements[float32](y)
		}
		require.True(t, sameBits(results[0], results[1]), "%s: %v, not %v", name, results[1], results[0])
	}
}
