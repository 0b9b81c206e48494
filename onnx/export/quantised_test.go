package export_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/quantize"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// TestQuantised writes networks whose weights and values are integers of few bits: their files
// compute the same, within what a sum that is rounded another way makes of it.
func TestQuantised(t *testing.T) {
	b := graph.NewBuilder()
	weights := func(seed uint64, shape ...int) *graph.Value {
		return b.Variable(&graph.Variable{Name: fmt.Sprint("w", seed),
			Value: random[float32](seed, shape...)})
	}
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(1), graph.Fixed(8),
		graph.Fixed(8)))
	s := op.Sliding{Before: op.IntsOf(1, 1), After: op.IntsOf(1, 1)}
	y := op.Apply(b, tensor.Relu, op.Convolve(b, op.Conv{Sliding: s}, x, weights(1, 2, 1, 3, 3),
		weights(2, 2)))
	y = op.MatMul(b, op.Flatten(b, y, 1, -1), weights(3, 128, 32))
	b.Output("y", op.MatMul(b, op.Apply(b, tensor.Tanh, op.Add(b, y, weights(4, 32))),
		weights(5, 32, 5)))
	g, err := b.Graph()
	require.NoError(t, err)
	in := map[string]*tensor.Array{"x": random[float32](6, 3, 1, 8, 8)}
	for _, m := range quantize.Methods() {
		made, _, err := quantize.Graph(g, []quantize.Sample{in}, quantize.Options{Method: m})
		require.NoError(t, err)
		for _, opset := range opsets() {
			roundTrip(t, made, export.Options{Opset: opset}, 2e-5, in)
		}
	}
}
