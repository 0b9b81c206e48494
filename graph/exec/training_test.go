package exec_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/nn"
	"simdnn/tensor"
)

// optimizer lets parameters take their next values.
type optimizer func(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value)

// momentum returns the optimizer of that name.
func momentum(nesterov bool) optimizer {
	return func(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value) {
		op.Momentum(b, op.MomentumStep{Momentum: 0.9, Nesterov: nesterov}, rate, parameters, gradients)
	}
}

// adam returns the optimizer of that name.
func adam(decay float64) optimizer {
	return func(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value) {
		o := op.AdamStep{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: decay}
		op.Adam(b, o, rate, parameters, gradients)
	}
}

// trainingGraph returns the graph of a training step of a dense network with these widths, relu
// between its layers and the mean squared error, and its parameters: weights (in, out) and biases.
func trainingGraph(t testing.TB, optimize optimizer, widths ...int) (*graph.Graph,
	[]*graph.Variable) {
	b := graph.NewBuilder()
	batch := graph.Symbol("batch")
	x := b.Input("x", graph.TypeOf[float32](batch, graph.Fixed(widths[0])))
	y := b.Input("y", graph.TypeOf[float32](batch, graph.Fixed(widths[len(widths)-1])))
	var variables []*graph.Variable
	var parameters []*graph.Value
	parameter := func(name string, shape ...int) *graph.Value {
		v := &graph.Variable{Name: name, Value: tensor.NewArray(tensor.Float32Type, shape...)}
		variables, parameters = append(variables, v), append(parameters, b.Variable(v))
		return b.Variable(v)
	}
	h := x
	for i := 1; i < len(widths); i++ {
		b.In(fmt.Sprintf("fc%d", i), func() {
			w := parameter(graph.Join(b.Scope(), "weight"), widths[i-1], widths[i])
			bias := parameter(graph.Join(b.Scope(), "bias"), widths[i])
			h = op.Add(b, op.MatMul(b, h, w), bias)
			if i < len(widths)-1 {
				h = op.Apply(b, tensor.Relu, h)
			}
		})
	}
	b.Output("prediction", h)
	d := op.Sub(b, h, y)
	loss := op.Mean(b, op.Mul(b, d, d))
	b.Output("loss", loss)
	gradients := op.Gradients(b, loss, parameters...)
	optimize(b, op.Scalar(b, tensor.Float64Type, 0.05), parameters, gradients)
	g, err := b.Graph()
	require.NoError(t, err)
	return g, variables
}

// TestTrainingGivesTheBitsOfNN trains a network by its graph, and by package nn.
func TestTrainingGivesTheBitsOfNN(t *testing.T) {
	for _, c := range []struct {
		nn    nn.Optimizer
		graph optimizer
	}{
		{nn.SGD(0.05), op.SGD},
		{nn.Momentum(0.05, 0.9), momentum(false)},
		{nn.Nesterov(0.05, 0.9), momentum(true)},
		{nn.Adam(0.05), adam(0)},
		{nn.AdamW(0.05), adam(0.01)},
	} {
		t.Run(c.nn.Name(), func(t *testing.T) { testTraining(t, c.nn, c.graph) })
	}
}

func testTraining(t *testing.T, o nn.Optimizer, optimize optimizer) {
	const batch = 20
	widths := []int{10, 64, 32, 3}
	model := nn.NewModel[float32](nn.MSE, nn.WithOptimizer(o), nn.WithSeed(1), nn.WithThreads(1))
	for i := 1; i < len(widths); i++ {
		activation := nn.ReLU
		if i == len(widths)-1 {
			activation = nn.Linear
		}
		require.NoError(t, model.Add(nn.NewDense(widths[i-1], widths[i], activation)))
	}
	g, variables := trainingGraph(t, optimize, widths...)
	g, err := rewrite.All(g)
	require.NoError(t, err)
	for i, p := range model.Parameters() {
		copy(tensor.Elements[float32](variables[i].Value), p.Data)
	}
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1),
		map[string][]int{"x": {batch, 10}, "y": {batch, 3}})
	require.NoError(t, err)
	xs, ys := input(t, p, "x"), input(t, p, "y")
	w, err := model.NewWorkspace(batch)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		for i := range xs {
			xs[i] = float32(r.NormFloat64())
		}
		for i := range ys {
			ys[i] = float32(r.NormFloat64())
		}
		require.NoError(t, p.Run())
		_, err := model.Step(w, tensor.FromSlice(xs, batch, 10), tensor.FromSlice(ys, batch, 3))
		require.NoError(t, err)
	}
	for i, p := range model.Parameters() {
		require.Equal(t, p.Data, tensor.Elements[float32](variables[i].Value), variables[i].Name)
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { require.NoError(t, p.Run()) }))
}

// input returns the elements of an input.
func input(t testing.TB, p *exec.Program, name string) []float32 {
	a, err := p.Input(name)
	require.NoError(t, err)
	return tensor.Elements[float32](a)
}

func BenchmarkStep(b *testing.B) {
	for _, net := range [][]int{{32, 10, 64, 1}, {64, 64, 128, 10}, {128, 784, 512, 256, 10}} {
		batch, widths := net[0], net[1:]
		b.Run(fmt.Sprint(widths), func(b *testing.B) {
			g, _ := trainingGraph(b, op.SGD, widths...)
			g, err := rewrite.All(g)
			require.NoError(b, err)
			p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1),
				map[string][]int{"x": {batch, widths[0]}, "y": {batch, widths[len(widths)-1]}})
			require.NoError(b, err)
			b.ReportMetric(float64(p.ArenaBytes()), "arena-bytes")
			for b.Loop() {
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
