package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph/op"
	"simdnn/onnx"
	"simdnn/tensor"
)

// TestGradientNeedsOption opens a model that derives x² by x: without the option that derives
// gradients it is refused.
func TestGradientNeedsOption(t *testing.T) {
	const domain = "ai.onnx.preview.training"
	xs := message{}.text(1, "xs").text(9, "x").int(20, 8)
	y := message{}.text(1, "y").text(4, "y").int(20, 3)
	g := graphOf([]message{declare("x", onnx.Float, 3)}, []message{declare("dx", onnx.Float, 3)},
		[]message{node("Mul", "square", []string{"x", "x"}, []string{"y"}),
			node("Gradient", "slope", []string{"x"}, []string{"dx"}, xs, y).text(7, domain)})
	file := message{}.int(1, 8).bytes(7, g).bytes(8, message{}.text(1, "").int(2, 17)).
		bytes(8, message{}.text(1, domain).int(2, 1))
	_, err := onnx.Read(file, "made", onnx.Options{})
	require.ErrorContains(t, err, "Gradient without Options.Gradients")
	require.ErrorContains(t, err, `"slope"`)

	m, err := onnx.Read(file, "made", onnx.Options{Gradients: op.Gradients})
	require.NoError(t, err)
	x := onnx.NewTensor(tensor.ArrayOf([]float32{1, -2, 0.5}, 3))
	got, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(map[string]*onnx.Value{"x": x})
	require.NoError(t, err)
	require.Equal(t, []float32{2, -4, 1}, tensor.Elements[float32](got["dx"].Array()))
}
