package main

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// TestIntegersAgree runs products and convolutions of integers of every kind, where Python has ONNX
// Runtime, and those that PyTorch has, where it has that.
func TestIntegersAgree(t *testing.T) {
	e := tensor.NewEngine[float32](asm.Active(), 1)
	check := func(file string, want []float64, request map[string]any) {
		t.Helper()
		p, _, err := startPython(defaultPython(), file, 1, wallClock)
		if err != nil {
			t.Skip(err)
		}
		defer p.close()
		side := p.contender("", 0, request, func(values []float64) error { return withinOne(values, want) })
		require.NoError(t, side.check())
		_, err = side.run(2)
		require.NoError(t, err)
	}
	s := shape{5, 70, 33}
	for _, types := range integerTypes {
		_, want := s.integerProduct(e, types, wallClock)
		check("onnx_peer.py", want, map[string]any{"prepare": "integers", "shape": []int{s.m, s.k},
			"signed": types[0] == 's',
			"model":  base64.StdEncoding.EncodeToString(s.integerModel(types))})
	}
	_, want := s.integerProduct(e, "u8s8", wallClock)
	check("torch_peer.py", want, map[string]any{"prepare": "integer product", "signed": false,
		"shape": []int{s.m, s.k}, "outputs": s.n})
	list, err := parseConvolutions("3x9-8x3s2g1,16x10-16x5s1g16")
	require.NoError(t, err)
	for _, c := range list {
		_, want := c.integerConv(e, wallClock)
		request := map[string]any{"prepare": "integers", "signed": false, "filters": c.filters,
			"shape":  []int{1, c.size[0], c.size[1], c.channels},
			"kernel": c.kernel, "stride": c.stride, "groups": c.groups,
			"model": base64.StdEncoding.EncodeToString(c.integerModel())}
		check("onnx_peer.py", want, request)
		request["prepare"] = "integer conv"
		check("torch_peer.py", want, request)
	}
}

// TestWeightsAgree runs products by weights of four bits where Python has ONNX Runtime.
func TestWeightsAgree(t *testing.T) {
	p, _, err := startPython(defaultPython(), "onnx_peer.py", 1, wallClock)
	if err != nil {
		t.Skip(err)
	}
	defer p.close()
	e := tensor.NewEngine[float32](asm.Active(), 1)
	for _, s := range []shape{{1, 70, 96}, {3, 64, 64}} {
		for _, zeros := range []bool{false, true} {
			for _, r := range roundings {
				w := s.noisyWeights4(zeros)
				_, want := w.sides(e, s.m, r.level, wallClock)
				side := p.contender("", 0, w.request(s.m, r.level),
					func(values []float64) error { return nearby(values, want) })
				require.NoError(t, side.check())
			}
		}
	}
}

func TestNearby(t *testing.T) {
	require.NoError(t, nearby([]float64{0.5, 1000}, []float64{1, 1000}))
	require.EqualError(t, nearby([]float64{1, 4}, []float64{1, 2}),
		"wrong result: value 1 is 4; ours is 2")
	require.EqualError(t, nearby([]float64{1}, []float64{2, 2}),
		"wrong result: 1 values; ours has 2")
}

func TestWithinOne(t *testing.T) {
	require.NoError(t, withinOne([]float64{1, 2}, []float64{2, 2}))
	require.EqualError(t, withinOne([]float64{1, 4}, []float64{2, 2}),
		"wrong result: value 1 is 4; ours is 2")
	require.EqualError(t, withinOne([]float64{1}, []float64{2, 2}),
		"wrong result: 1 values; ours has 2")
}
