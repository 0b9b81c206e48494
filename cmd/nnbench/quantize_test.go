package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/export"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// quantized runs quantize and returns its last line.
func quantized(t *testing.T, args ...string) (r quantizeResult) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(requireDone(t, slices.Concat([]string{"quantize"}, args,
		[]string{"--json"})...)), "\n")
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &r))
	require.True(t, r.Done)
	require.Len(t, lines, 1+r.Nodes)
	return r
}

// TestQuantizeTable quantises a model of a table, predicts with the file, and does so as ONNX.
func TestQuantizeTable(t *testing.T) {
	const table = "../../testdata/iris.csv"
	model, folder := savedModel(t, table, "species", "classification"), t.TempDir()
	want := records(t, requireDone(t, "predict", "--model", model, "--data", table))
	for _, method := range []string{"dynamic", "static", "bf16", "f16", "u8", "u4"} {
		path := filepath.Join(folder, method+".safetensors")
		r := quantized(t, model, "--data", table, "--method", method, "--out", path)
		require.Equal(t, "accuracy", r.Metric)
		require.InDelta(t, float64(r.Before), float64(r.After), 0.03)
		require.Greater(t, float64(r.SameClass), 0.97)
		require.Less(t, float64(r.Difference), 0.1)
		require.Positive(t, float64(r.Difference))
		require.Equal(t, 150, r.Rows)
		require.Len(t, records(t, requireDone(t, "predict", "--model", path, "--data", table)), len(want))
	}
	path := filepath.Join(folder, "m.onnx")
	requireDone(t, "quantize", model, "--data", table, "--method", "static", "--out", path)
	require.Contains(t, requireDone(t, "onnx", "info", path), "DequantizeLinear")
	out := requireDone(t, "quantize", model, "--data", table, "--out", path)
	for _, text := range []string{"weights dB", path + ": ", "accuracy: ",
		"same most probable class: "} {
		require.Contains(t, out, text)
	}
}

// TestCompareZeros finds no difference between outputs that are all 0.
func TestCompareZeros(t *testing.T) {
	var r quantizeResult
	r.compare([]float64{0, 0}, []float64{0, 0}, 1)
	require.Zero(t, float64(r.Difference))
	r.compare([]float64{0, 2}, []float64{0, 1}, 1)
	require.Equal(t, 0.5, float64(r.Difference))
	r.compare([]float64{0, math.NaN()}, []float64{0, 1}, 1)
	require.True(t, math.IsNaN(float64(r.Difference)))
}

// TestQuantizeTableWithoutRows quantises by methods that find no ranges.
func TestQuantizeTableWithoutRows(t *testing.T) {
	model := savedModel(t, "../../testdata/iris.csv", "species", "classification")
	path := filepath.Join(t.TempDir(), "m.safetensors")
	for _, method := range []string{"dynamic", "u4"} {
		r := quantized(t, model, "--method", method, "--out", path)
		require.Zero(t, r.Rows)
		require.Positive(t, r.Nodes)
		requireDone(t, "predict", "--model", path, "--data", "../../testdata/flowers.csv")
	}
	require.NotContains(t, requireDone(t, "quantize", model, "--out", path), "class")
	requireError(t, statusUsage, []string{"quantize", model, "--method", "static", "--out", path},
		"static ranges are found with samples: --data FILE.csv")
	requireError(t, statusUsage, []string{"quantize", model, "--exclude", "1,2", "--out", path},
		`no node to exclude is named "1"; there are 0, 2`)
	requireError(t, statusUsage, []string{"quantize", model, "2", "--out", path},
		"quantize takes one MODEL")
	requireError(t, statusUsage, []string{"export", "--onnx", path}, "export needs a MODEL")
	requireError(t, statusUsage, []string{"quantize", model, "--out", "m.xyz"},
		"--out: m.xyz doesn't end in .safetensors or .onnx")
	requireError(t, statusUsage, []string{"quantize", model, "--out", model},
		model+" is the model that is quantised")
	requireError(t, statusUsage, []string{"quantize", model, "--data", path, "--out", path},
		"--data and --out both name the file "+path)
}

// TestQuantizeTask quantises models of texts, images and series, with samples and without, and
// predicts with the files.
func TestQuantizeTask(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	text := strings.Repeat("to be or not to be ", 100)
	require.NoError(t, os.WriteFile(at("a.txt"), []byte(text), 0o600))
	series := "y\n"
	for i := range 200 {
		series += strconv.FormatFloat(math.Sin(float64(i)/5), 'g', 6, 64) + "\n"
	}
	require.NoError(t, os.WriteFile(at("series.csv"), []byte(series), 0o600))
	requireDone(t, "train", "text", at("a.txt"), "--epochs", "1", "--save", at("text.safetensors"))
	requireDone(t, "train", "series", at("series.csv"), "--target", "y", "--window", "8", "--epochs",
		"1", "--save", at("series.safetensors"))
	for name, data := range map[string]string{"text": at("a.txt"), "series": at("series.csv")} {
		model, made := at(name+".safetensors"), at(name+"8.safetensors")
		r := quantized(t, model, "--data", data, "--method", "static", "--out", made)
		require.Less(t, float64(r.Difference), 0.3)
		require.Positive(t, r.Rows)
		require.Equal(t, name == "text", float64(r.SameClass) > 0)
		require.Zero(t, quantized(t, model, "--out", at(name+".onnx")).Rows)
		requireDone(t, "onnx", "info", at(name+".onnx"))
		requireError(t, statusUsage, []string{"quantize", model, "--method", "static", "--out", made},
			"static ranges are found with samples: --data FILE")
		requireError(t, statusUsage, []string{"quantize", made, "--out", at("again.safetensors")},
			"integers of few bits, or halves, already")
		requireError(t, statusUsage, []string{"quantize", model, "--out", at("a.bin")},
			"a.bin doesn't end in .safetensors or .onnx")
		requireError(t, statusUsage, []string{"quantize", at(name + ".onnx"), "--out", made},
			"doesn't end in .onnx")
		requireError(t, statusUsage, []string{"quantize", at(name + ".onnx"), "--out", at("again.onnx")},
			"integers of few bits, or halves, already")
	}
	requireDone(t, "predict", "--model", at("text8.safetensors"), "--prompt", "to be", "--length", "5")
	requireDone(t, "predict", "--model", at("series8.safetensors"), "--data", at("series.csv"))
}

// TestQuantizeImages compares models by images whose classes are known, and by others.
func TestQuantizeImages(t *testing.T) {
	folder, images := t.TempDir(), imageArchive(t)
	model, unknown := filepath.Join(folder, "m.safetensors"), filepath.Join(folder, "x.npy")
	requireDone(t, "train", "mnist", "--data", images, "--net", "36-8-2", "--epochs", "6", "--lr",
		"0.01", "--batch", "5", "--schedule", "constant", "--save", model)
	made := filepath.Join(folder, "m8.safetensors")
	r := quantized(t, model, "--data", images, "--method", "static", "--out", made)
	require.Equal(t, []any{"accuracy", 1.0, 1.0, 20}, []any{r.Metric, float64(r.Before),
		float64(r.After), r.Rows})
	require.NoError(t, npy.WriteFile(unknown, tensor.ArrayOf(make([]uint8, 3*36), 3, 6, 6)))
	r = quantized(t, model, "--data", unknown, "--method", "static", "--out", made)
	require.Equal(t, []any{"", 3}, []any{r.Metric, r.Rows})
}

// TestQuantizeNorms quantises an ONNX file with a batch norm, which becomes part of its convolution.
func TestQuantizeNorms(t *testing.T) {
	b := graph.NewBuilder()
	numbers := func(shape ...int) *graph.Value {
		a := tensor.NewArray(tensor.Float32Type, shape...)
		for i := range a.Len() {
			tensor.Elements[float32](a)[i] = float32(i%7) / 8
		}
		return b.Constant(a)
	}
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(1), graph.Fixed(3), graph.Fixed(6), graph.Fixed(6)))
	x = op.Convolve(b, op.Conv{}, x, numbers(4, 3, 3, 3), nil)
	b.Output("y", b.Apply(op.BatchNorm{Epsilon: 1e-3}, x, numbers(4), numbers(4), numbers(4), numbers(4)))
	g, err := b.Graph()
	require.NoError(t, err)
	folder := t.TempDir()
	model, made := filepath.Join(folder, "m.onnx"), filepath.Join(folder, "m8.onnx")
	require.NoError(t, export.Write(model, g, export.Options{}))
	require.Contains(t, requireDone(t, "onnx", "info", model), "BatchNormalization")
	input := filepath.Join(folder, "x.npy")
	pixels := make([]float32, 108)
	for i := range pixels {
		pixels[i] = float32(i%11) / 11
	}
	require.NoError(t, npy.WriteFile(input, tensor.ArrayOf(pixels, 1, 3, 6, 6)))
	r := quantized(t, model, "--input", "x="+input, "--method", "static", "--out", made)
	require.Less(t, float64(r.Difference), 0.05)
	require.Equal(t, 1, r.Nodes)
	require.NotContains(t, requireDone(t, "onnx", "info", made), "BatchNormalization")
}

// TestQuantizeONNX quantises an ONNX file, with samples and without.
func TestQuantizeONNX(t *testing.T) {
	const digits = "../../testdata/golden/digits/digits.onnx"
	folder := t.TempDir()
	x := make([]float32, 50*64)
	for i := range x {
		x[i] = float32(i * 7 % 17)
	}
	samples, path := filepath.Join(folder, "x.npy"), filepath.Join(folder, "m.onnx")
	require.NoError(t, npy.WriteFile(samples, tensor.ArrayOf(x, 50, 1, 8, 8)))
	for _, method := range []string{"static", "dynamic", "u4", "bf16"} {
		r := quantized(t, digits, "--input", "image="+samples, "--method", method, "--out",
			path)
		require.Less(t, r.BytesAfter, r.BytesBefore)
		require.Less(t, float64(r.Difference), 0.2, method)
		require.Positive(t, r.Nodes)
	}
	requireError(t, statusUsage, []string{"quantize", digits, "--method", "static", "--out", path},
		"static ranges are found with samples")
	requireError(t, statusUsage, []string{"quantize", digits}, "quantize needs --out FILE")
	requireError(t, statusUsage, []string{"quantize", digits, "--out", "m.safetensors"},
		"--out: m.safetensors doesn't end in .onnx")
	table := filepath.Join(folder, "iris.onnx") // with labels, of which no operator is one of graphs
	requireDone(t, "export", savedModel(t, "../../testdata/iris.csv", "species", "classification"),
		"--onnx", table)
	requireError(t, statusFailed, []string{"quantize", table, "--out", path},
		"what was exported from a .safetensors file is quantised from that one")
	requireError(t, statusUsage, []string{"quantize", digits, "--method", "u4", "--block", "0", "--out",
		path}, "--block: blocks have a row at least")
	requireError(t, statusUsage, []string{"quantize", digits, "--percentile", "0", "--out", path},
		"--percentile: a range holds more than half of the numbers, not none")
	requireError(t, statusUsage, []string{"quantize", digits, "--method", "int8", "--out", path},
		`the method "int8" is not one of`)
}
