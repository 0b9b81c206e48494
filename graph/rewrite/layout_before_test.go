package rewrite_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestLayoutBeforeImages shows what becomes of norms of channels and of groups of them between
// convolutions, with an activation behind them, and that it keeps the bits.
func TestLayoutBeforeImages(t *testing.T) {
	norm := func(b *graph.Builder, x *graph.Value, axis int) *graph.Value {
		return b.ApplyAll(op.RowNorm{Axis: axis, Epsilon: 1e-5}, x)[0]
	}
	for _, c := range []struct {
		name    string
		between func(b *graph.Builder, h *graph.Value) *graph.Value
		want    string
	}{
		{"channels", func(b *graph.Builder, h *graph.Value) *graph.Value {
			return op.Permute(b, norm(b, op.Permute(b, h, 0, 2, 3, 1), 3), 0, 3, 1, 2)
		}, "transpose conv row_norm silu conv transpose"},
		{"groups", func(b *graph.Builder, h *graph.Value) *graph.Value {
			h = op.Reshape(b, norm(b, op.Reshape(b, h, 2, 3, 40), 2), 2, 6, 4, 5)
			h = op.Mul(b, h, constant(b, 6, 1, 1))
			return op.Add(b, h, constant(b, 1, 6, 1, 1))
		}, "transpose conv transpose reshape row_norm reshape transpose unsqueeze reshape " +
			"reshape chain conv transpose"},
		{"rows of pixels", func(b *graph.Builder, h *graph.Value) *graph.Value {
			h = op.Permute(b, op.Reshape(b, h, 2, 6, 20), 0, 2, 1)
			h = op.MatMul(b, h, constant(b, 6, 6))
			return op.Reshape(b, op.Permute(b, h, 0, 2, 1), 2, 6, 4, 5)
		}, "transpose conv reshape matmul reshape silu conv transpose"},
		{"used elsewhere", func(b *graph.Builder, h *graph.Value) *graph.Value {
			h = op.Reshape(b, norm(b, op.Reshape(b, h, 2, 3, 40), 2), 2, 6, 4, 5)
			h = op.Apply(b, tensor.Tanh, h)
			b.Output("tanh", h)
			return h
		}, "transpose conv transpose reshape row_norm reshape tanh transpose silu conv transpose"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := graph.NewBuilder()
			x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(2, 3, 4, 5)...))
			h := c.between(b, op.Convolve(b, op.Conv{}, x, constant(b, 6, 3, 1, 1), nil))
			h = op.Apply(b, tensor.Silu, h)
			b.Output("y", op.Convolve(b, op.Conv{}, h, constant(b, 7, 6, 2, 2), nil))
			g, err := b.Graph()
			require.NoError(t, err)
			moved, err := rewrite.Run(g, rewrite.Imported())
			require.NoError(t, err)
			require.Equal(t, c.want, operators(moved))
			var results [2]map[string][]float32
			for i, g := range []*graph.Graph{g, moved} {
				p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
				require.NoError(t, err)
				r, data := rand.New(rand.NewPCG(8, 9)), make([]float32, 2*3*4*5)
				for j := range data {
					data[j] = float32(r.NormFloat64())
				}
				results[i] = run(t, p, g, arrays{"x": data})
			}
			require.Equal(t, results[0], results[1])
		})
	}
}
