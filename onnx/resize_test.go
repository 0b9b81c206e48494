package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestResizeByRoundedScales resizes 0, 1, 2, … by scales that are a little less than they read in
// float32, to lengths and nearest elements that ONNX Runtime 1.32 gives.
func TestResizeByRoundedScales(t *testing.T) {
	for name, c := range map[string]struct {
		mode, coordinates, nearest string
		n                          int
		scale                      float32
		want                       []float32
	}{
		"a length": {"nearest", "asymmetric", "floor", 5, 2.6,
			[]float32{0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4}},
		"a linear one": {"linear", "align_corners", "floor", 10, 0.7,
			[]float32{0, 1.5, 3, 4.5, 6, 7.5, 9}},
		"a centred linear one": {"linear", "half_pixel", "floor", 5, 2.6,
			[]float32{0, 0.0769231, 0.4615385, 0.8461538, 1.2307692, 1.6153846, 2, 2.3846154, 2.7692308,
				3.1538463, 3.5384617, 3.9230771, 4}},
		"whole places": {"nearest", "half_pixel", "ceil", 5, 2.6,
			[]float32{0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4}},
		"nearly half places": {"nearest", "pytorch_half_pixel", "round_prefer_floor", 16, 1.3,
			[]float32{0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 11, 12, 13, 14, 14}},
		"nearly half places, up": {"nearest", "half_pixel", "round_prefer_ceil", 41, 0.3,
			[]float32{1, 5, 8, 11, 15, 18, 21, 24, 28, 31, 35, 38}},
		"places of TensorFlow": {"nearest", "tf_half_pixel_for_nn", "floor", 16, 1.3,
			[]float32{0, 1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11, 12, 13, 14, 15}},
		"nearly whole places of TensorFlow": {"nearest", "tf_half_pixel_for_nn", "floor", 41, 0.3,
			[]float32{1, 5, 8, 11, 14, 18, 21, 24, 28, 31, 35, 38}},
	} {
		t.Run(name, func(t *testing.T) {
			x, scales := make([]float32, c.n), []float32{1, 1, c.scale}
			for i := range x {
				x[i] = float32(i)
			}
			g := graphOf([]message{declare("x", onnx.Float, 1, 1, c.n), declare("s", onnx.Float, 3)},
				[]message{declare("y", onnx.Float)}, []message{node("Resize", "", []string{"x", "", "s"},
					[]string{"y"}, attribute("mode", c.mode), attribute("nearest_mode", c.nearest),
					attribute("coordinate_transformation_mode", c.coordinates))})
			got, err := made(t, 18, g).Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
				"x": onnx.NewTensor(tensor.ArrayOf(x, 1, 1, c.n)),
				"s": onnx.NewTensor(tensor.ArrayOf(scales, 3))})
			require.NoError(t, err)
			require.InDeltaSlice(t, c.want, tensor.Elements[float32](got["y"].Array()), 1e-5)
		})
	}
}
