package export_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/quantize"
	"simdnn/graph/rewrite"
	"simdnn/onnx"
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

// TestQuantisedRowsAgain reads rows with ranges of their own back, spelled out as they are:
// products are those of integers again, with the same bits, and a row with an infinity is NaN.
func TestQuantisedRowsAgain(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(3), graph.Fixed(16)))
	y := op.MatMul(b, x, b.Constant(random[float32](1, 16, 24)))
	y = op.Apply(b, tensor.Tanh, op.Add(b, y, b.Constant(random[float32](2, 24))))
	b.Output("y", op.MatMul(b, y, b.Constant(random[float32](3, 24, 5))))
	g, err := b.Graph()
	require.NoError(t, err)
	made, _, err := quantize.Graph(g, nil, quantize.Options{})
	require.NoError(t, err)
	fused, err := rewrite.All(made)
	require.NoError(t, err)
	for _, batch := range []int{1, 4} {
		in := random[float32](4, batch, 3, 16)
		tensor.Elements[float32](in)[7] = float32(math.Inf(1))
		p, err := exec.Compile(fused, exec.NewEngines(tensor.ActiveISA(), 1),
			map[string][]int{"x": in.Shape()})
		require.NoError(t, err)
		to, err := p.Input("x")
		require.NoError(t, err)
		tensor.Copier(to, in)()
		require.NoError(t, p.Run())
		want, err := p.Output("y")
		require.NoError(t, err)
		for _, opset := range opsets() {
			var file bytes.Buffer
			require.NoError(t, export.Encode(&file, made, export.Options{Opset: opset}))
			m, err := onnx.Read(file.Bytes(), "written.onnx", onnx.Options{})
			require.NoError(t, err)
			session := m.Session(onnx.SessionOptions{Threads: 1})
			inputs := map[string]*onnx.Value{"x": onnx.NewTensor(in)}
			nodes, err := session.Profile(inputs)
			require.NoError(t, err)
			counts := map[string]int{}
			for _, n := range nodes {
				counts[n.Operator] = n.Count
			}
			delete(counts, "host")
			require.Equal(t, map[string]int{"integer_matmul_packed": 2, "quantize_rows": 2, "tanh": 1},
				counts)
			got, err := session.Run(inputs)
			require.NoError(t, err)
			require.Equal(t, want.Bytes(), got["y"].Array().Bytes())
			require.True(t, math.IsNaN(onnx.Floats(got["y"])[0]))
		}
	}
}

// TestOtherRowsAgain reads what is nearly such rows as it stands.
func TestOtherRowsAgain(t *testing.T) {
	build := func(levels, least, shift float64) *graph.Graph {
		b := graph.NewBuilder()
		x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(16)))
		number := func(v float64) *graph.Value { return op.Scalar(b, tensor.Float32Type, v) }
		extreme := func(by op.Reduction) *graph.Value {
			return b.Apply(op.Reduce{By: by, Axes: op.IntsOf(1), KeepDims: true}, x)
		}
		lowest := op.Minimum(b, extreme(op.MinOf), number(least))
		highest := op.Maximum(b, extreme(op.MaxOf), number(0))
		scale := op.Div(b, op.Sub(b, highest, lowest), number(levels))
		scale = op.Where(b, op.Equal(b, scale, number(0)), number(1), scale)
		zero := op.Map(b, op.Round, op.Div(b, op.Map(b, op.Neg, lowest), scale))
		codes := op.Add(b, op.Map(b, op.Round, op.Div(b, x, scale)), zero)
		codes = op.Cast(b, op.Clip(b, codes, 0, 255-shift), tensor.Uint8Type)
		zero = op.Cast(b, op.Cast(b, zero, tensor.Uint8Type), tensor.Float32Type)
		y := op.Sub(b, op.Cast(b, codes, tensor.Float32Type), zero)
		b.Output("y", op.Mul(b, y, scale))
		g, err := b.Graph()
		require.NoError(t, err)
		return g
	}
	in := map[string]*tensor.Array{"x": random[float32](9, 4, 16)}
	for _, g := range []*graph.Graph{build(255, 0, 0), build(254, 0, 0), build(255, -1, 0),
		build(255, 0, 1)} {
		roundTrip(t, g, export.Options{}, 0, in)
	}
}
