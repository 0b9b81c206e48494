package onnx_test

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestInverseOfOneSidedTransforms compares real signals with sums over both halves of their
// transforms, of which the second mirrors the first: of any length, of bins that are cut off or
// missing, and with imaginary parts where there should be none.
func TestInverseOfOneSidedTransforms(t *testing.T) {
	const bins = 4
	in := make([]float32, 2*bins*2)
	for i := range in {
		in[i] = float32(math.Sin(float64(3*i + 1)))
	}
	for _, axis := range []int{1, -2} {
		for m := 1; m <= 10; m++ {
			inputs := []message{declare("x", onnx.Float, 2, bins, 2), declare("m", onnx.Int64)}
			g := graphOf(inputs, []message{declare("y", onnx.Float)}, []message{node("DFT", "dft",
				[]string{"x", "m"}, []string{"y"}, attribute("inverse", 1), attribute("onesided", 1),
				attribute("axis", axis))})
			outputs, err := made(t, 17, g).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
				"x": onnx.NewTensor(tensor.ArrayOf(in, 2, bins, 2)),
				"m": onnx.NewTensor(tensor.ArrayOf([]int64{int64(m)}))})
			require.NoError(t, err)
			require.Equal(t, []int{2, m, 1}, outputs["y"].Dims())
			for row := range 2 {
				full := make([]complex128, m)
				for k := range min(bins, m/2+1) {
					x := in[(row*bins+k)*2:]
					full[k] = complex(float64(x[0]), float64(x[1]))
					if k == 0 || 2*k == m {
						full[k] = complex(float64(x[0]), 0)
					}
					full[(m-k)%m] = cmplx.Conj(full[k])
				}
				for i := range m {
					var want complex128
					for k, v := range full {
						want += v * cmplx.Rect(1/float64(m), 2*math.Pi*float64(i*k)/float64(m))
					}
					require.InDelta(t, real(want), onnx.Floats(outputs["y"])[row*m+i], 1e-6)
				}
			}
		}
	}
}

// TestOneSidedTransformsRefuse what has no half: complex numbers forward, real ones back.
func TestOneSidedTransformsRefuse(t *testing.T) {
	for parts, inverse := range map[int]int{1: 1, 2: 0} {
		g := graphOf([]message{declare("x", onnx.Float, 1, 4, parts)},
			[]message{declare("y", onnx.Float)}, []message{node("DFT", "dft", []string{"x"},
				[]string{"y"}, attribute("inverse", inverse), attribute("onesided", 1))})
		_, err := made(t, 17, g).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
			"x": onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 1, 4, parts))})
		require.ErrorContains(t, err, "one-sided")
	}
}

// TestErfc runs the operator that tf2onnx writes for gelu, though ONNX has it not.
func TestErfc(t *testing.T) {
	m := made(t, 17, graphOf([]message{declare("x", onnx.Float, 5)}, []message{declare("y", onnx.Float)},
		[]message{node("Erfc", "", []string{"x"}, []string{"y"})}))
	x := []float32{-3, -0.5, 0, 0.25, 2}
	outputs, err := m.Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
		"x": onnx.NewTensor(tensor.ArrayOf(x, 5))})
	require.NoError(t, err)
	for i, y := range tensor.Elements[float32](outputs["y"].Array()) {
		require.InDelta(t, math.Erfc(float64(x[i])), float64(y), 1.2e-7)
	}
}
