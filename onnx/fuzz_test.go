package onnx_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/tensor"
)

// FuzzRead changes bytes of models: what comes of it is an error, or a model that runs or fails,
// and never a panic. Errors are one line.
func FuzzRead(f *testing.F) {
	models := golden.Read[goldenModel](f, "onnx/models.json")
	for i, g := range models {
		f.Add(uint16(i), uint32(len(g.Model)/2), []byte{0})
		f.Add(uint16(i), uint32(20), []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x7F})
	}
	f.Fuzz(func(t *testing.T, which uint16, at uint32, change []byte) {
		g := models[int(which)%len(models)]
		data := slices.Clone(g.Model)
		copy(data[int(at)%len(data):], change)
		m, err := onnx.Read(data, g.Name, onnx.Options{})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		runBounded(t, m, values(t, g.Runs[int(at)%len(g.Runs)].Inputs))
	})
}

// runBounded runs a model in little memory, and takes one that runs as a graph. One with a loop,
// which may run for ever, it does not.
func runBounded(t *testing.T, m *onnx.Model, inputs map[string]*onnx.Value) {
	if m.Info().Operators["Loop"] > 0 {
		return
	}
	_, err := m.Session(onnx.SessionOptions{Threads: 1, Memory: 1 << 24}).Run(inputs)
	if err == nil {
		_, err = m.Graph(onnx.GraphOptions{})
	}
	if err != nil {
		require.NotContains(t, err.Error(), "\n")
	}
}

// FuzzModel reads bytes as a model. If it is one it runs, on numbers of the shapes that it
// declares.
func FuzzModel(f *testing.F) {
	for _, folder := range []string{"onnx", "microsoft", "ml", "ensembles"} {
		for _, g := range golden.Read[goldenModel](f, folder+"/models.json") {
			f.Add(g.Model)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := onnx.Read(data, "model", onnx.Options{})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		inputs := map[string]*onnx.Value{}
		for _, in := range m.Info().Inputs {
			shape, size := make([]int, len(in.Shape)), 1
			for i, d := range in.Shape {
				shape[i] = 2
				if n, ok := d.(int64); ok {
					shape[i] = int(min(n, 1<<16))
				}
				if size *= max(shape[i], 1); size > 1<<16 {
					return
				}
			}
			d, err := tensor.ParseDType(in.Type)
			if err != nil {
				return
			}
			x := tensor.NewArray(d, shape...)
			for i, b := range []byte(in.Name) {
				if i < len(x.Bytes()) && d != tensor.BoolType {
					x.Bytes()[i] = b
				}
			}
			inputs[in.Name] = onnx.NewTensor(x)
		}
		runBounded(t, m, inputs)
	})
}

// TestWrongFiles reads what is no model, or one that is broken, for reasons that errors name.
func TestWrongFiles(t *testing.T) {
	models := golden.Read[goldenModel](t, "onnx/models.json")
	model := func(name string) []byte {
		for _, g := range models {
			if g.Name == name {
				return slices.Clone(g.Model)
			}
		}
		return nil
	}
	replace := func(name, old, new string) []byte {
		data := string(model(name))
		require.Contains(t, data, old)
		require.Equal(t, len(old), len(new))
		return []byte(strings.ReplaceAll(data, old, new))
	}
	for want, data := range map[string][]byte{
		"it has no graph":                       {},
		"field 7 is broken":                     model("perceptron")[:100],
		"not supported: Relx (node 1 (Relx))":   replace("perceptron", "Relu", "Relx"),
		"a cycle through node":                  replace("shapes", "\x0a\x01x\x12\x01s", "\x0a\x01n\x12\x01s"),
		"the attribute transX of Gemm":          replace("perceptron", "transB", "transX"),
		`"weights.bin" in: give Options.Files`:  model("external"),
		"which is not a file in the model's fo": replace("external", "weights.bin", "../ghts.bin"),
	} {
		_, err := onnx.Read(data, "model", onnx.Options{})
		require.ErrorContains(t, err, want)
	}
	require.ErrorIs(t, func() error {
		_, err := onnx.Read(replace("perceptron", "Relu", "Relx"), "model", onnx.Options{})
		return err
	}(), onnx.ErrUnsupported)
}

func TestWrongInputs(t *testing.T) {
	m := golden.Read[goldenModel](t, "onnx/models.json")[0].open(t)
	s := m.Session(onnx.SessionOptions{})
	x := func(d tensor.DType, shape ...int) map[string]*onnx.Value {
		return map[string]*onnx.Value{"x": onnx.NewTensor(tensor.NewArray(d, shape...))}
	}
	for want, inputs := range map[string]map[string]*onnx.Value{
		`the input "x" is missing`:                                {},
		"the model expects float32[batch 3], so dimension 1 is 3": x(tensor.Float32Type, 2, 4),
		"is float64[2 3]: the model expects float32[batch 3]":     x(tensor.Float64Type, 2, 3),
		"is float32[3]: the model expects":                        x(tensor.Float32Type, 3),
	} {
		_, err := s.Run(inputs)
		require.ErrorContains(t, err, want)
	}
	more := x(tensor.Float32Type, 2, 3)
	more["y"] = more["x"]
	_, err := s.Run(more)
	require.ErrorContains(t, err, `it has no input "y"; it has x`)
	_, err = s.Run(map[string]*onnx.Value{"y": more["x"]})
	require.ErrorContains(t, err, `it has no input "y"; it has x`)
}
