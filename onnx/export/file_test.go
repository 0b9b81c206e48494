package export_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// TestImportedModel changes a model that another program made, writes it and reads it again: its
// weights keep their names.
func TestImportedModel(t *testing.T) {
	m, err := onnx.Open("../../testdata/golden/digits/digits.onnx", onnx.Options{})
	require.NoError(t, err)
	g, err := m.Graph(onnx.GraphOptions{})
	require.NoError(t, err)
	for _, opset := range opsets() {
		roundTrip(t, g, export.Options{Opset: opset}, 1e-5,
			map[string]*tensor.Array{"image": random[float32](1, 3, 1, 8, 8)})
	}
	path := filepath.Join(t.TempDir(), "digits.onnx")
	require.NoError(t, export.Write(path, g, export.Options{}))
	again, err := onnx.Open(path, onnx.Options{})
	require.NoError(t, err)
	back, err := again.Graph(onnx.GraphOptions{})
	require.NoError(t, err)
	values := map[string]*tensor.Array{}
	for _, v := range g.Variables() {
		values[v.Name] = v.Value
	}
	require.NotEmpty(t, values)
	for _, v := range back.Variables() {
		require.Equal(t, values[v.Name].Bytes(), v.Value.Bytes(), v.Name)
		delete(values, v.Name)
	}
	require.Empty(t, values)
}

// TestExternalData writes large weights to a file of their own.
func TestExternalData(t *testing.T) {
	m := nn.NewModel[float32](nn.MSE, nn.WithInput(40))
	require.NoError(t, m.Add(nn.NewDense(40, 30, nn.ReLU), nn.NewDense(30, 20, nn.Linear)))
	g, err := m.PredictionGraph()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m.onnx")
	made, err := export.Translate(g, export.Options{ExternalAbove: 1000})
	require.NoError(t, err)
	require.NoError(t, made.Write(filepath.Join(t.TempDir(), "first.onnx")), "and again below")
	require.NoError(t, made.Write(path))
	beside, err := os.Stat(path + ".data")
	require.NoError(t, err)
	require.EqualValues(t, 8192+4*20*30, beside.Size(), "each at a page of its own")
	read, err := onnx.Open(path, onnx.Options{})
	require.NoError(t, err)
	x := tensor.New[float32](2, 40)
	want, err := m.Predict(x)
	require.NoError(t, err)
	got, err := read.Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
		"x": onnx.NewTensor(tensor.ArrayOf(x.Data(), 2, 40))})
	require.NoError(t, err)
	require.InDeltaSlice(t, want.Data(), tensor.Elements[float32](got["prediction"].Array()), 1e-5)
}

// TestWhatIsNotWritten checks the errors of graphs that train, and that no file is begun.
func TestWhatIsNotWritten(t *testing.T) {
	m := nn.NewModel[float32](nn.MSE, nn.WithInput(3))
	require.NoError(t, m.Add(nn.NewDense(3, 1, nn.Linear)))
	g, err := m.StepGraph()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m.onnx")
	require.ErrorContains(t, export.Write(path, g, export.Options{}), "for which ONNX has no form")
	require.ErrorContains(t, export.Write(path, g, export.Options{Opset: 12}),
		"export: opset 12, which is not between 13 and 24")
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(2)))
	b.Output("y", op.Apply(b, tensor.Tanh, x))
	b.Output("g", op.Gradients(b, op.Sum(b, op.Apply(b, tensor.Silu, x)), x)[0])
	g, err = b.Graph()
	require.NoError(t, err)
	require.ErrorContains(t, export.Write(path, g, export.Options{}), "it has no form in ONNX")
	require.NoFileExists(t, path)
}
