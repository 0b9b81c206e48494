package onnx_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestConstantHalves multiplies by halves that are constant, and so stay two bytes, and by the same
// ones as an input, which become float32: the same bits, of halves and of their products in
// float32.
func TestConstantHalves(t *testing.T) {
	const k, n = 512, 300
	rng := rand.New(rand.NewPCG(1, 2))
	x, w := randomHalves[tensor.Float16](rng, 3, k), randomHalves[tensor.Float16](rng, k, n)
	checkConstantHalves(t, onnx.Float16, x, w, node("MatMul", "", []string{"x", "w"}, []string{"y"}))
	checkConstantHalves(t, onnx.Float16, x, randomHalves[tensor.Float16](rng, n, k),
		node("Gemm", "", []string{"x", "w"}, []string{"y"}, attribute("transB", 1)))
	x, w = randomHalves[tensor.BFloat16](rng, 40, k), randomHalves[tensor.BFloat16](rng, k, n)
	checkConstantHalves(t, onnx.BFloat16, x, w, node("MatMul", "", []string{"x", "w"}, []string{"y"}))
}

// randomHalves returns a matrix of normally distributed halves.
func randomHalves[H tensor.Half](rng *rand.Rand, rows, cols int) *tensor.Array {
	x := make([]H, rows*cols)
	for i := range x {
		x[i] = tensor.ToHalf[H](rng.NormFloat64())
	}
	return tensor.ArrayOf(x, rows, cols)
}

// checkConstantHalves runs a node of x and w with w in the file and as an input.
func checkConstantHalves(t *testing.T, e onnx.ElementType, x, w *tensor.Array, n message) {
	t.Helper()
	inputs := []message{declare("x", e, x.Shape()...)}
	outputs := []message{declare("y", e)}
	inFile := message{}.int(1, w.Shape()[0]).int(1, w.Shape()[1]).int(2, int(e)).text(8, "w").
		bytes(9, w.Bytes())
	constant := made(t, 13, graphOf(inputs, outputs, []message{n}).bytes(5, inFile))
	variable := made(t, 13, graphOf(append(inputs, declare("w", e, w.Shape()...)), outputs,
		[]message{n}))
	in := map[string]*onnx.Value{"x": onnx.NewTensor(x)}
	got, err := constant.Session(onnx.SessionOptions{Threads: 1}).Run(in)
	require.NoError(t, err)
	in["w"] = onnx.NewTensor(w)
	want, err := variable.Session(onnx.SessionOptions{Threads: 1}).Run(in)
	require.NoError(t, err)
	require.Equal(t, want["y"].Array().Bytes(), got["y"].Array().Bytes())
}
