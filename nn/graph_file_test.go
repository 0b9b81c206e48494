package nn_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/nn"
	"simdnn/tensor"
)

// predictBy runs a prediction's graph.
func predictBy(t *testing.T, g *graph.Graph, x *tensor.Tensor[float32]) []float32 {
	g, err := rewrite.All(g)
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), map[string][]int{"x": x.Shape()})
	require.NoError(t, err)
	input, err := p.Input("x")
	require.NoError(t, err)
	tensor.SetElements(input, x.Data())
	require.NoError(t, p.Run())
	y, err := p.Output("prediction")
	require.NoError(t, err)
	return tensor.Elements[float32](y)
}

// requireSameGraph compares graphs as files hold them.
func requireSameGraph(t *testing.T, want, got *graph.Graph) {
	t.Helper()
	wanted, err := json.Marshal(want)
	require.NoError(t, err)
	have, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, string(wanted), string(have))
}

// TestGraphsGoThroughFiles saves the graphs of a model, whose prediction and whose step of training
// are then what they were, and refuses files that are damaged or hold no graph.
func TestGraphsGoThroughFiles(t *testing.T) {
	m := nn.NewModel[float32](nn.CrossEntropy, nn.WithSeed(3), nn.WithOptimizer(nn.Adam(0.01)))
	require.NoError(t, m.Add(nn.NewDense(6, 5, nn.GELU), nn.NewDense(5, 3, nn.Softmax)))
	path := filepath.Join(t.TempDir(), "graph.safetensors")
	built, err := m.PredictionGraph()
	require.NoError(t, err)
	require.NoError(t, nn.SaveGraph(path, built))
	read, err := nn.LoadGraph(path)
	require.NoError(t, err)
	requireSameGraph(t, built, read)
	x := random[float32](source(1), 4, 6)
	want, err := m.Predict(x)
	require.NoError(t, err)
	require.Equal(t, want.Data(), predictBy(t, read, x))

	step, err := m.StepGraph()
	require.NoError(t, err)
	require.NoError(t, nn.SaveGraph(path, step))
	read, err = nn.LoadGraph(path)
	require.NoError(t, err)
	requireSameGraph(t, step, read)

	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := len(whole) - 40; at < len(whole); at++ {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		_, err = nn.LoadGraph(path)
		require.ErrorContains(t, err, "the file is damaged")
	}
	require.NoError(t, m.Save(path))
	_, err = nn.LoadGraph(path)
	require.ErrorContains(t, err, "the file holds no graph")
}

// TestGraphFilesHoldAllTypes saves constants of each type.
func TestGraphFilesHoldAllTypes(t *testing.T) {
	b := graph.NewBuilder()
	arrays := []*tensor.Array{tensor.ArrayOf([]bool{true, false}, 2),
		tensor.ArrayOf([]int64{-3, 1 << 40}, 2), tensor.ArrayOf([]uint8{7, 255}, 2),
		tensor.ArrayOf([]tensor.BFloat16{0x3F80, 1}, 2),
		tensor.ArrayOf([]float64{0.1, -2}, 2), tensor.ArrayOf([]int16{-5, 6}, 1, 2)}
	for i, a := range arrays {
		b.Output(string(rune('a'+i)), op.Reshape(b, b.Constant(a), 2, 1))
	}
	g, err := b.Graph()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "types.safetensors")
	require.NoError(t, nn.SaveGraph(path, g))
	read, err := nn.LoadGraph(path)
	require.NoError(t, err)
	for i, v := range read.Sources() {
		require.Equal(t, arrays[i].String(), v.Constant().String())
		require.Equal(t, arrays[i].Bytes(), v.Constant().Bytes())
	}
}

// unknown is an operator of this test's own.
type unknown struct{ op.SoftmaxRows }

func (unknown) Name() string { return "unknown" }

// TestSaveGraphRefusesUnknownOperators writes no file that nobody can read.
func TestSaveGraphRefusesUnknownOperators(t *testing.T) {
	b := graph.NewBuilder()
	b.Output("y", b.Apply(unknown{}, b.Input("x",
		graph.TypeOf[float32](graph.Fixed(2), graph.Fixed(3)))))
	g, err := b.Graph()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "graph.safetensors")
	require.ErrorContains(t, nn.SaveGraph(path, g),
		"node 0 (unknown): there is no operator of this name")
	require.NoFileExists(t, path)
}
