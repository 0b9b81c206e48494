package export_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/tensor"
)

// TestFilesAsGraphs takes the files of all networks and layers as graphs again, for batches of any
// size, which have the same variables, compute what the files do, and are what the model is after a
// step of training.
func TestFilesAsGraphs(t *testing.T) {
	for _, n := range experiment.Networks() {
		t.Run(n.Name, func(t *testing.T) {
			m, err := experiment.NetworkModel[float32](n)
			require.NoError(t, err)
			x, _ := experiment.RandomBatch(n, m, 3)
			y, err := m.Predict(x)
			require.NoError(t, err)
			y.Data()[0] += 0.5
			asGraph(t, m, x, y)
		})
	}
	for _, c := range layerCases() {
		asGraphLayers[float32](t, c)
	}
	for _, c := range layerCases() {
		asGraphLayers[float64](t, c)
	}
}

func asGraphLayers[T tensor.Float](t *testing.T, c layerCase) {
	t.Run(fmt.Sprint(c.layers, tensor.DTypeOf[T]()), func(t *testing.T) {
		m := nn.NewModel[T](nn.MSE, nn.WithInput(c.input...))
		require.NoError(t, m.Add(c.layers...))
		x := tensor.TensorOf[T](random[T](3, append([]int{3}, c.input...)...))
		y, err := m.Predict(x)
		require.NoError(t, err)
		asGraph(t, m, x, tensor.TensorOf[T](random[T](4, y.Shape()...)))
	})
}

func asGraph[T tensor.Float](t *testing.T, m *nn.Model[T], x, y *tensor.Tensor[T]) {
	g, err := m.PredictionGraph()
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, export.Encode(&file, g, export.Options{}))
	read, err := onnx.Read(file.Bytes(), "written.onnx", onnx.Options{})
	require.NoError(t, err)
	back, err := read.Graph(onnx.GraphOptions{})
	require.NoError(t, err)
	require.ElementsMatch(t, namesOf(g), namesOf(back))
	layer, err := nn.NewImported(back)
	require.NoError(t, err)
	again := nn.NewModel[T](nn.MSE)
	require.NoError(t, again.Add(layer))
	for n := 1; n <= 3; n++ {
		part := tensor.FromSlice(x.Data()[:n*x.Len()/3], append([]int{n}, x.Shape()[1:]...)...)
		want, err := read.Session(onnx.SessionOptions{Threads: 1}).Run(map[string]*onnx.Value{
			"x": onnx.NewTensor(tensor.ArrayOf(part.Data(), part.Shape()...))})
		require.NoError(t, err)
		got, err := again.Predict(part)
		require.NoError(t, err)
		requireNear(t, onnx.Floats(want[g.Outputs()[0].Name]),
			floatsOf(got), 1e-6)
	}
	after := []*nn.Model[T]{again}
	fixed := slices.ContainsFunc(g.Variables(), func(v *graph.Variable) bool {
		return v.Role == graph.Buffer // files have the moments of normalisations as they are
	})
	if m.Loss().String() == nn.MSE.String() && !fixed {
		after = append(after, m)
	}
	var predictions [][]float64
	for _, model := range after {
		w, err := model.NewWorkspace(3)
		require.NoError(t, err)
		_, err = model.Step(w, x, y)
		require.NoError(t, err)
		y, err := model.Predict(x)
		require.NoError(t, err)
		predictions = append(predictions, floatsOf(y))
		requireNear(t, predictions[0], floatsOf(y), 1e-5)
	}
}

// TestResizesAsGraphs takes files that resize images as graphs again: of the same operator.
func TestResizesAsGraphs(t *testing.T) {
	for _, o := range []op.Resize{{Linear: true, Scale: op.FloatsOf(2, 1.5)},
		{Linear: true, Size: op.IntsOf(5, 9)}, {Linear: true, AlignCorners: true,
			Size: op.IntsOf(5, 9)}} {
		b := graph.NewBuilder()
		x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(2), graph.Fixed(4),
			graph.Fixed(6)))
		b.Output("y", b.Apply(o, x))
		g, err := b.Graph()
		require.NoError(t, err)
		var file bytes.Buffer
		require.NoError(t, export.Encode(&file, g, export.Options{}))
		read, err := onnx.Read(file.Bytes(), "written.onnx", onnx.Options{})
		require.NoError(t, err)
		back, err := read.Graph(onnx.GraphOptions{})
		require.NoError(t, err)
		require.Len(t, back.Nodes(), 1)
		require.Equal(t, o, back.Nodes()[0].Operator)
	}
}

// namesOf returns those of a graph's variables.
func namesOf(g *graph.Graph) (names []string) {
	for _, v := range g.Variables() {
		names = append(names, v.Name)
	}
	return names
}

// floatsOf returns the elements of a tensor.
func floatsOf[T tensor.Float](x *tensor.Tensor[T]) []float64 {
	return onnx.Floats(onnx.NewTensor(tensor.ArrayOf(x.Data(), x.Shape()...)))
}
