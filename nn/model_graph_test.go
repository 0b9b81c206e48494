package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/nn"
	"simdnn/tensor"
)

// TestGraphsOfAModelAreWhatItRuns runs the graphs of a model as they are built, node by node,
// beside the model's own steps and predictions.
func TestGraphsOfAModelAreWhatItRuns(t *testing.T) {
	const rows = 6
	newModel := func() *nn.Model[float32] {
		m := nn.NewModel[float32](nn.CrossEntropy, nn.WithOptimizer(nn.Adam(0.01)), nn.WithSeed(3),
			nn.WithThreads(1))
		require.NoError(t, m.Add(nn.NewDense(4, 8, nn.Tanh), nn.NewDense(8, 3, nn.Softmax)))
		return m
	}
	x, y := tensor.New[float32](rows, 4), tensor.New[float32](rows, 1)
	for i := range x.Data() {
		x.Data()[i] = float32(i%7) - 3
	}
	for i := range y.Data() {
		y.Data()[i] = float32(i % 3)
	}
	compile := func(g *graph.Graph, err error, shapes map[string][]int) *exec.Program {
		require.NoError(t, err)
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
		require.NoError(t, err)
		for name, data := range map[string][]float32{"x": x.Data(), "y": y.Data()} {
			if _, ok := shapes[name]; ok {
				a, err := p.Input(name)
				require.NoError(t, err)
				tensor.SetElements(a, data)
			}
		}
		return p
	}
	want, got := newModel(), newModel()
	w, err := want.NewWorkspace(rows)
	require.NoError(t, err)
	g, err := got.StepGraph()
	step := compile(g, err, map[string][]int{"x": {rows, 4}, "y": {rows, 1}})
	for range 5 {
		loss, err := want.Step(w, x, y)
		require.NoError(t, err)
		require.NoError(t, step.Run())
		require.Equal(t, loss, scalar(t, step, "loss_sum")/scalar(t, step, "loss_weight"))
	}
	for i, p := range want.Parameters() {
		require.Equal(t, p.Data, got.Parameters()[i].Data, p.Name)
	}
	predicted, err := want.Predict(x)
	require.NoError(t, err)
	g, err = got.PredictionGraph()
	p := compile(g, err, map[string][]int{"x": {rows, 4}})
	require.NoError(t, p.Run())
	a, err := p.Output("prediction")
	require.NoError(t, err)
	require.Equal(t, predicted.Data(), tensor.Elements[float32](a))
}

// scalar returns an output of one float64.
func scalar(t *testing.T, p *exec.Program, name string) float64 {
	a, err := p.Output(name)
	require.NoError(t, err)
	return tensor.Elements[float64](a)[0]
}

func TestGraphsNeedLayersAndALoss(t *testing.T) {
	m := nn.NewModel[float32](nn.Loss{})
	_, err := m.PredictionGraph()
	require.EqualError(t, err, "nn: the model has no layers")
	require.NoError(t, m.Add(nn.NewDense(2, 1, nn.Linear)))
	_, err = m.PredictionGraph()
	require.NoError(t, err)
	_, err = m.StepGraph()
	require.EqualError(t, err, "nn: the loss is missing")
}
