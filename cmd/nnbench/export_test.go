package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/task"
	"simdnn/onnx"
	"simdnn/tensor"
)

// exported exports a model and opens what was written.
func exported(t *testing.T, model string, flags ...string) *onnx.Session {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.onnx")
	args := append([]string{"export", model, "--onnx", path}, flags...)
	require.Contains(t, requireDone(t, args...), path+": ")
	m, err := onnx.Open(path, onnx.Options{})
	require.NoError(t, err)
	return m.Session(onnx.SessionOptions{})
}

// TestExportTable runs the file of a table of numbers on rows as predict does.
func TestExportTable(t *testing.T) {
	const table = "../../testdata/iris.csv"
	model := savedModel(t, table, "species", "classification")
	rows := records(t, readFile(t, table))[1:]
	var x []float32
	for _, r := range rows {
		for _, field := range r[:4] {
			v, err := strconv.ParseFloat(field, 32)
			require.NoError(t, err)
			x = append(x, float32(v))
		}
	}
	want := records(t, requireDone(t, "predict", "--model", model, "--data", table))[1:]
	for _, flags := range [][]string{nil, {"--ml"}} {
		got, err := exported(t, model, flags...).Run(map[string]*onnx.Value{
			"features": onnx.NewTensor(tensor.ArrayOf(x, len(rows), 4))})
		require.NoError(t, err)
		for i, label := range got["label"].Strings() {
			require.Equal(t, want[i][0], label)
		}
	}
	path := filepath.Join(t.TempDir(), "m.onnx")
	requireDone(t, "export", model, "--onnx", path, "--ml", "--opset", "13")
	out := requireDone(t, "onnx", "info", path)
	for _, operator := range []string{"Scaler", "LabelEncoder"} {
		require.Contains(t, out, operator)
	}
}

// TestOutputsOfTexts runs and times a file whose first output is a text.
func TestOutputsOfTexts(t *testing.T) {
	model := savedModel(t, "../../testdata/iris.csv", "species", "classification")
	folder := t.TempDir()
	path := filepath.Join(folder, "iris.onnx")
	requireDone(t, "export", model, "--onnx", path)
	out := requireDone(t, "onnx", "run", path, "--output", folder)
	require.Regexp(t, `label string\[1\] \["\w+"\] .*label.txt\n`, out)
	require.Regexp(t, `probabilities float32\[1 3\] \[[0-9. e-]+\] .*probabilities.npy\n`, out)
	require.Regexp(t, `^(setosa|versicolor|virginica)\n$`,
		readFile(t, filepath.Join(folder, "label.txt")))
	require.Contains(t, requireDone(t, "onnx", "bench", path), "a run")
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// TestExportImages runs the file of a network of images on what the network itself is given.
func TestExportImages(t *testing.T) {
	folder, model := writeImages(t), filepath.Join(t.TempDir(), "m.safetensors")
	requireDone(t, "train", "images", folder, "--net", "64-8-2", "--epochs", "3", "--save", model)
	m, err := task.Load[float32](model)
	require.NoError(t, err)
	images, err := data.ReadImageFolder(folder, m.Images.Size())
	require.NoError(t, err)
	x := make([]float32, 0, len(images.Pixels))
	for _, v := range images.Pixels {
		x = append(x, float32(v)/255)
	}
	shape := append([]int{len(images.Labels)}, m.Network.InputShape()...)
	got, err := exported(t, model).Run(map[string]*onnx.Value{
		"image": onnx.NewTensor(tensor.ArrayOf(x, shape...))})
	require.NoError(t, err)
	probabilities := onnx.Floats(got["probabilities"])
	require.NoError(t, m.ClassifyImages(images, func(i int, want []float64) error {
		require.InDeltaSlice(t, want, probabilities[2*i:][:2], 1e-6)
		best := 0
		if want[1] > want[0] {
			best = 1
		}
		require.Equal(t, m.Images.Classes[best], got["label"].Strings()[i])
		return nil
	}))
}

// TestExportSeries runs the file of a forecast on the last steps of its series.
func TestExportSeries(t *testing.T) {
	table, model := filepath.Join(t.TempDir(), "s.csv"), filepath.Join(t.TempDir(), "m.safetensors")
	var text strings.Builder
	text.WriteString("v\n")
	series := make([]float64, 60)
	for i := range series {
		series[i] = 50 + 20*math.Sin(float64(i)/3)
		text.WriteString(strconv.FormatFloat(series[i], 'g', -1, 64) + "\n")
	}
	require.NoError(t, os.WriteFile(table, []byte(text.String()), 0o666))
	requireDone(t, "train", "series", table, "--target", "v", "--window", "8", "--epochs", "2",
		"--save", model)
	m, err := task.Load[float32](model)
	require.NoError(t, err)
	want, err := m.Forecast(tensor.FromSlice(series, 60, 1), 1)
	require.NoError(t, err)
	window := make([]float32, 8)
	for i, v := range series[52:] {
		window[i] = float32(v)
	}
	got, err := exported(t, model).Run(map[string]*onnx.Value{
		"window": onnx.NewTensor(tensor.ArrayOf(window, 1, 8, 1))})
	require.NoError(t, err)
	require.InDelta(t, want[0], onnx.Floats(got["forecast"])[0], 1e-4)
	require.Contains(t, requireDone(t, "export", model, "--onnx", table+".onnx", "--json"),
		`"columns":"v"`)
}

// TestExportText checks that the file of a text holds its vocabulary.
func TestExportText(t *testing.T) {
	text, model := filepath.Join(t.TempDir(), "t.txt"), filepath.Join(t.TempDir(), "m.safetensors")
	require.NoError(t, os.WriteFile(text, bytes.Repeat([]byte("abcdefgh "), 200), 0o666))
	requireDone(t, "train", "text", text, "--net", "gru", "--length", "12", "--epochs", "1", "--save",
		model)
	path := filepath.Join(t.TempDir(), "m.onnx")
	var line struct {
		Metadata map[string]string
		Outputs  []onnx.Declaration
	}
	require.NoError(t, json.Unmarshal([]byte(requireDone(t, "export", model, "--onnx", path, "--opset",
		"20", "--json")), &line))
	require.JSONEq(t, `{"characters": " abcdefgh"}`, line.Metadata["vocabulary"])
	require.Equal(t, []any{"batch", 12., 9.}, line.Outputs[0].Shape)
}

// TestExportNetwork exports a network alone, and refuses what can't be exported.
func TestExportNetwork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	m := nn.NewModel[float64](nn.MSE, nn.WithInput(3))
	require.NoError(t, m.Add(nn.NewDense(3, 2, nn.Tanh)))
	require.NoError(t, m.Save(path))
	got, err := exported(t, path).Run(map[string]*onnx.Value{
		"x": onnx.NewTensor(tensor.ArrayOf([]float64{1, 2, 3}, 1, 3))})
	require.NoError(t, err)
	want, err := m.Predict(tensor.FromSlice([]float64{1, 2, 3}, 1, 3))
	require.NoError(t, err)
	require.InDeltaSlice(t, want.Data(), onnx.Floats(got["prediction"]), 1e-15)
	requireError(t, statusUsage, []string{"export", path}, "export needs --onnx FILE.onnx")
	requireError(t, statusUsage, []string{"export", path, "--onnx", "x.onnx", "--opset", "12"},
		"--opset: 12 is not between 13 and 24")
	requireError(t, statusUsage, []string{"export", path, "--onnx", "x.onnx", "--ml"},
		"--ml is for models of tables")
	requireError(t, statusUsage, []string{"export", "none", "--onnx", "x.onnx"}, "none")
	requireError(t, statusUsage, []string{"export", path, "--onnx", "x.txt"},
		"--onnx: x.txt doesn't end in .onnx")
}
