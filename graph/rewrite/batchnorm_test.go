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

// TestBatchNormFoldsIntoConvolutions compares convolutions with and without a bias, transposed or
// not, followed by a batch norm, with those that it is folded into.
func TestBatchNormFoldsIntoConvolutions(t *testing.T) {
	for i := range 4 {
		hasBias, transposed := i%2 > 0, i > 1
		r, b := rand.New(rand.NewPCG(1, 1)), graph.NewBuilder()
		row := func(name string, low float64, shape ...int) *graph.Value {
			a := tensor.NewArray(tensor.Float32Type, shape...)
			for i := range tensor.Elements[float32](a) {
				tensor.Elements[float32](a)[i] = float32(low + r.Float64())
			}
			return b.Variable(&graph.Variable{Name: name, Value: a})
		}
		x := row("x", -0.5, 2, 3, 6, 6)
		var bias *graph.Value
		if hasBias {
			bias = row("bias", 0, 4)
		}
		c := op.Conv{Sliding: op.Slide(1, 1)}
		var h *graph.Value
		if transposed {
			h = op.ConvolveTransposed(b, c, x, row("w", -0.5, 3, 4, 3, 3), bias)
		} else {
			h = op.Convolve(b, c, x, row("w", -0.5, 4, 3, 3, 3), bias)
		}
		b.Output("y", op.Normalize(b, op.BatchNorm{Epsilon: 1e-5}, 0.1, h, row("gamma", 0, 4),
			row("beta", 0, 4), row("mean", 0, 4), row("variance", 0.5, 4)))
		g, err := b.Graph()
		require.NoError(t, err)
		folded, err := rewrite.Run(g, []rewrite.Pass{{Name: "batchnorm", Run: rewrite.BatchNorm},
			{Name: "dead", Run: rewrite.Dead}})
		require.NoError(t, err)
		require.NotContains(t, operators(folded), "batch_norm")
		var results [2][]float32
		for i, g := range []*graph.Graph{g, folded} {
			p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
			require.NoError(t, err)
			results[i] = run(t, p, g, nil)["y"]
		}
		require.InDeltaSlice(t, results[0], results[1], 1e-5)
	}
}
