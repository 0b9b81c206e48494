package onnx_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/onnx"
	"simdnn/tensor"
)

const digitsModel = "../testdata/golden/digits/digits.onnx"

func openDigits(t *testing.T) *onnx.Model {
	m, err := onnx.Open(digitsModel, onnx.Options{})
	require.NoError(t, err)
	return m
}

// runGraph compiles a graph and runs it on one input.
func runGraph(t *testing.T, g *graph.Graph, input, output string, x *tensor.Array) *tensor.Array {
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1),
		map[string][]int{input: x.Shape()})
	require.NoError(t, err)
	in, err := p.Input(input)
	require.NoError(t, err)
	tensor.SetElements(in, tensor.Elements[float32](x))
	require.NoError(t, p.Run())
	y, err := p.Output(output)
	require.NoError(t, err)
	return y
}

// TestGraphComputesWhatTheModelDoes compares the graph, for batches of any size, with what the
// model gives and what onnx's reference evaluator gave.
func TestGraphComputesWhatTheModelDoes(t *testing.T) {
	m := openDigits(t)
	g, err := m.Graph(onnx.GraphOptions{})
	require.NoError(t, err)
	want := golden.Read[struct{ Images, Logits []float32 }](t, "digits/logits.json")[0]
	s := m.Session(onnx.SessionOptions{Threads: 1})
	for _, n := range []int{1, 4} {
		x := tensor.ArrayOf(want.Images[:n*64], n, 1, 8, 8)
		y := runGraph(t, g, "image", "logits", x)
		require.InDeltaSlice(t, want.Logits[:n*5], tensor.Elements[float32](y), 1e-4)
		outputs, err := s.Run(map[string]*onnx.Value{"image": onnx.NewTensor(x)})
		require.NoError(t, err)
		require.Equal(t, outputs["logits"].Array().Bytes(), y.Bytes())
	}
}

func TestGraphKeepsNames(t *testing.T) {
	g, err := openDigits(t).Graph(onnx.GraphOptions{Outputs: []string{"features", "n1"}})
	require.NoError(t, err)
	roles := map[string]graph.Role{}
	for _, v := range g.Variables() {
		roles[v.Name] = v.Role
	}
	require.Equal(t, map[string]graph.Role{
		"conv1.weight": graph.Parameter, "conv1.bias": graph.Parameter,
		"bn1.weight": graph.Parameter, "bn1.bias": graph.Parameter,
		"bn1.running_mean": graph.Buffer, "bn1.running_var": graph.Buffer,
		"conv2.weight": graph.Parameter, "conv2.bias": graph.Parameter,
		"fc1.weight": graph.Parameter, "fc1.bias": graph.Parameter}, roles)
	require.Equal(t, "features", g.Outputs()[0].Name)
	require.Equal(t, "n1", g.Outputs()[1].Name)
	require.Equal(t, "float32[batch 32]", g.Outputs()[0].Value.Type().String())
	require.Equal(t, "conv1", g.Nodes()[0].Scope)
}

// TestGraphsOfModels takes the models of the golden files as graphs that run as sessions do, or
// tells what they have that graphs don't.
func TestGraphsOfModels(t *testing.T) {
	for name, want := range map[string]string{
		"perceptron": "", "external": "", "halves": "", "function": "", "attention": "",
		"branches": "its branches give float32[7 2] and float32[14 2]", "data": "depends on data"} {
		for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
			if g.Name != name {
				continue
			}
			made, err := g.open(t).Graph(onnx.GraphOptions{})
			if want != "" {
				require.ErrorContains(t, err, want)
				continue
			}
			require.NoError(t, err, name)
			require.NotEmpty(t, made.Nodes())
		}
	}
}

// TestGraphsOfAnyLength runs a graph with two open dimensions, which is one for all of their
// lengths, and has the bits of the model.
func TestGraphsOfAnyLength(t *testing.T) {
	for _, g := range golden.Read[goldenModel](t, "onnx/models.json") {
		if g.Name != "attention" {
			continue
		}
		m := g.open(t)
		made, err := m.Graph(onnx.GraphOptions{})
		require.NoError(t, err)
		require.Equal(t, "float32[batch length 8]", made.Outputs()[0].Value.Type().String())
		s := m.Session(onnx.SessionOptions{Threads: 1})
		for _, run := range g.Runs {
			inputs, shapes := values(t, run.Inputs), map[string][]int{}
			for name, v := range inputs {
				shapes[name] = v.Shape()
			}
			want, err := s.Run(inputs)
			require.NoError(t, err)
			p, err := exec.Compile(made, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
			require.NoError(t, err)
			for name, v := range inputs {
				in, err := p.Input(name)
				require.NoError(t, err)
				tensor.SetElements(in, tensor.Elements[float32](v.Array()))
			}
			require.NoError(t, p.Run())
			y, err := p.Output("y")
			require.NoError(t, err)
			require.Equal(t, want["y"].Array().Bytes(), y.Bytes())
		}
		fixed, err := m.Graph(onnx.GraphOptions{Shapes: map[string][]int{"x": {-1, 5, 8},
			"places": {5, 8}}})
		require.NoError(t, err)
		require.Equal(t, "float32[batch 5 8]", fixed.Outputs()[0].Value.Type().String())
		named, err := m.Graph(onnx.GraphOptions{Shapes: map[string][]int{"x": {1, -2, 8},
			"places": {-2, 8}}})
		require.NoError(t, err)
		require.Equal(t, "float32[1 length 8]", named.Outputs()[0].Value.Type().String())
		_, err = m.Graph(onnx.GraphOptions{Shapes: map[string][]int{"x": {1, 5, -2}}})
		require.ErrorContains(t, err, "give its dimensions in Shapes")
	}
}

func TestGraphRefusesWhatItCannotSay(t *testing.T) {
	m := openDigits(t)
	for want, o := range map[string]onnx.GraphOptions{
		`it has no value "nothing"`:         {Outputs: []string{"nothing"}},
		`it has no input "x"; it has image`: {Shapes: map[string][]int{"x": {1}}},
		"node \"conv1\" (Conv) of [float32[7 3 8 8] float32": {
			Shapes: map[string][]int{"image": {-1, 3, 8, 8}}},
		"node \"flatten\" (Reshape) of [float32[1 16 2 1] int64[2]]: the shape [1 64] for": {
			Shapes: map[string][]int{"image": {1, 1, 8, -1}}},
	} {
		_, err := m.Graph(o)
		require.ErrorContains(t, err, want)
	}
}

// TestWholeNodesAreNotSaved demands that a graph with a node that is no operator of graphs is
// refused when it is written, with the way that is left, not when it is read.
func TestWholeNodesAreNotSaved(t *testing.T) {
	m := learned(t, "SVMRegressor", []message{tensorType(onnx.Float)}, 1,
		floatList("coefficients", 1, -1), floatList("support_vectors", 1, 2, 3, 4),
		floatList("rho", 0.5), floatList("kernel_params", 0.5, 0, 3), text("kernel_type", "RBF"),
		attribute("n_supports", 2))
	g, err := m.Graph(onnx.GraphOptions{Shapes: map[string][]int{"a": {3, 2}}})
	require.NoError(t, err)
	_, err = json.Marshal(g)
	require.ErrorContains(t, err, "SVMRegressor")
	require.ErrorContains(t, err, "write the graph with onnx/export")
}

// TestImportedModelsAreSaved reads a model of an imported graph back from its file, trained or not.
func TestImportedModelsAreSaved(t *testing.T) {
	g, err := openDigits(t).Graph(onnx.GraphOptions{})
	require.NoError(t, err)
	layer, err := nn.NewImported(g)
	require.NoError(t, err)
	m := nn.NewModel[float32](nn.MSE)
	require.NoError(t, m.Add(nn.Named("net", layer)))
	require.Equal(t, []int{1, 8, 8}, m.InputShape())
	x, y := tensor.New[float32](2, 1, 8, 8), tensor.New[float32](2, 5)
	x.Fill(0.5)
	w, err := m.NewWorkspace(2)
	require.NoError(t, err)
	_, err = m.Step(w, x, y)
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, m.Encode(&file))
	loaded, err := nn.Decode[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	want, err := m.Predict(x)
	require.NoError(t, err)
	got, err := loaded.Predict(x)
	require.NoError(t, err)
	require.Equal(t, want.Data(), got.Data())
	require.Equal(t, m.ParamsSHA256(), loaded.ParamsSHA256())
	var again bytes.Buffer
	require.NoError(t, loaded.Encode(&again))
	require.Equal(t, file.Bytes(), again.Bytes())
}
