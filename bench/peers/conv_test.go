package main

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// TestONNXRuntimeConvolutionsAgree runs a model of every kind of convolution, where Python has ONNX
// Runtime.
func TestONNXRuntimeConvolutionsAgree(t *testing.T) {
	p, about, err := startPython(defaultPython(), "onnx_peer.py", 1, wallClock)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(p.close)
	t.Log(about)
	e := tensor.NewEngine[float32](asm.Active(), 1)
	list, err := parseConvolutions("3x9-8x3s2g1,16x10-16x5s1g16,24x7-8x1s1g4,8x5x9-8x1x3s1g1,8x9x6-8x3s2x1g8")
	require.NoError(t, err)
	for _, c := range list {
		_, want := c.ours(e, wallClock)
		side := p.contender("", 0, map[string]any{"prepare": "conv", "size": c.size,
			"channels": c.channels, "model": base64.StdEncoding.EncodeToString(c.onnxModel())},
			func(values []float64) error { return near(values, want) })
		require.NoError(t, side.check(), c)
		_, err := side.run(3)
		require.NoError(t, err, c)
	}
}

// TestPyTorchsGradientsAgree compares both gradients of every kind of convolution, where Python has
// PyTorch.
func TestPyTorchsGradientsAgree(t *testing.T) {
	p, about, err := startPython(defaultPython(), "torch_peer.py", 1, wallClock)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(p.close)
	t.Log(about)
	e := tensor.NewEngine[float32](asm.Active(), 1)
	list, err := parseConvolutions("5x9-8x3s2g1,16x10-16x5s1g16,24x7-8x1s1g4,8x5x9-8x1x3s1g1,8x9x6-8x3s2x1g8")
	require.NoError(t, err)
	for _, c := range list {
		for _, by := range []string{"input", "weights"} {
			_, want := c.ourGradient(e, by, wallClock)
			for slot, planes := range []bool{false, true} {
				side := p.contender("", slot, c.gradientRequest(by, planes),
					func(values []float64) error { return near(values, want) })
				require.NoError(t, side.check(), "%v by %s", c, by)
				_, err := side.run(3)
				require.NoError(t, err, "%v by %s", c, by)
			}
		}
	}
}
