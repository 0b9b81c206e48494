package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestScanExchangesStates scans forwards and backwards, stacks results on both sides, and gives
// each of two states the other's place: (a, b, x, y) → (b, a + x, x + b, y − a).
func TestScanExchangesStates(t *testing.T) {
	vector := func(name string) message { return declare(name, onnx.Float, 2) }
	body := graphOf(
		[]message{vector("a"), vector("b"), vector("x"), vector("y")},
		[]message{vector("next"), vector("sum"), vector("p"), vector("q")},
		[]message{
			node("Identity", "", []string{"b"}, []string{"next"}),
			node("Add", "", []string{"a", "x"}, []string{"sum"}),
			node("Add", "", []string{"x", "b"}, []string{"p"}),
			node("Sub", "", []string{"y", "a"}, []string{"q"}),
		})
	m := made(t, 17, graphOf(
		[]message{vector("a"), vector("b"), declare("x", onnx.Float, 3, 2),
			declare("y", onnx.Float, 2, 3)},
		[]message{vector("A"), vector("B"), declare("P", onnx.Float, 2, 3),
			declare("Q", onnx.Float, 3, 2)},
		[]message{node("Scan", "scan", []string{"a", "b", "x", "y"}, []string{"A", "B", "P", "Q"},
			attribute("body", body), attribute("num_scan_inputs", 2),
			attribute("scan_input_axes", []int{0, 1}), attribute("scan_input_directions", []int{0, 1}),
			attribute("scan_output_axes", []int{1, 0}), attribute("scan_output_directions", []int{0, 1}))}))
	s := m.Session(onnx.SessionOptions{Threads: 1})
	floats := func(data []float32, shape ...int) *onnx.Value {
		return onnx.NewTensor(tensor.ArrayOf(data, shape...))
	}
	for range 2 { // with plans, and without
		out, err := s.Run(map[string]*onnx.Value{"a": floats([]float32{1, 2}, 2),
			"b": floats([]float32{10, 20}, 2), "x": floats([]float32{1, 2, 3, 4, 5, 6}, 3, 2),
			"y": floats([]float32{100, 200, 300, 400, 500, 600}, 2, 3)})
		require.NoError(t, err)
		// a: 1 2, 10 20, 2 4; b: 10 20, 2 4, 13 24
		require.Equal(t, []float64{13, 24}, onnx.Floats(out["A"]))
		require.Equal(t, []float64{7, 10}, onnx.Floats(out["B"]))
		require.Equal(t, []float64{11, 5, 18, 22, 8, 30}, onnx.Floats(out["P"]))
		require.Equal(t, []float64{98, 396, 190, 480, 299, 598}, onnx.Floats(out["Q"]))
	}
}
