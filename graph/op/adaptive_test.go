package op_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/internal/golden"
	"simdnn/tensor"
)

// optimizerSteps are PyTorch's settings, and those of the golden cases.
var optimizerSteps = map[string]op.Optimizer{
	"rmsprop":               op.RMSprop{Alpha: 0.99, Epsilon: 1e-8},
	"rmsprop with momentum": op.RMSprop{Alpha: 0.9, Epsilon: 1e-8, Momentum: 0.8},
	"rmsprop centered": op.RMSprop{Alpha: 0.99, Epsilon: 1e-3, Momentum: 0.5,
		Centered: true},
	"adagrad":            op.Adagrad{Epsilon: 1e-10},
	"adagrad with decay": op.Adagrad{Epsilon: 1e-10, RateDecay: 0.1, Initial: 0.5},
	"adadelta":           op.Adadelta{Rho: 0.9, Epsilon: 1e-6},
	"nadam":              op.NAdam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MomentumDecay: 4e-3},
	"radam":              op.RAdam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
	"lion":               op.Lion{Beta1: 0.9, Beta2: 0.99},
	"lion with decay":    op.Lion{Beta1: 0.95, Beta2: 0.98, Decay: 0.1},
}

// trajectory is a run of an optimizer with given gradients.
type trajectory struct {
	Optimizer, Clip string
	Shapes          [][]int
	Start           [][]float64
	Rates           []float64
	Gradients       [][][]float64
	Values          [][][]float64 // of the parameters after each step
	Averages        [][][]float64 // moving ones, with the decay 0.9
}

// TestOptimizersOfPyTorch compares the parameters after each step.
func TestOptimizersOfPyTorch(t *testing.T) {
	for _, c := range golden.Read[trajectory](t, "sequences/optimizers.json") {
		t.Run(c.Optimizer+" "+c.Clip, func(t *testing.T) { c.compare(t) })
	}
}

func (c trajectory) compare(t *testing.T) {
	b := graph.NewBuilder()
	rate := b.Input("rate", graph.TypeOf[float64]())
	var w, g values
	for i, shape := range c.Shapes {
		name := string(rune('a' + i))
		v := &graph.Variable{Name: name, Value: tensor.ArrayOf(slices.Clone(c.Start[i]), shape...)}
		w = append(w, b.Variable(v))
		g = append(g, b.Input("d"+name, v.Type()))
	}
	switch c.Clip {
	case "norm":
		g, _ = op.ClipNorm(b, append(g, nil), 1.5)
	case "value":
		g = op.ClipValues(b, append(g, nil), 0.5)
	}
	op.Optimize(b, optimizerSteps[c.Optimizer], rate, w, g[:len(w)])
	averages := op.AverageWeights(b, 0.9, w...)
	built, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(built, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	input := func(name string) []float64 {
		a, err := p.Input(name)
		require.NoError(t, err)
		return tensor.Elements[float64](a)
	}
	for step := range c.Rates {
		input("rate")[0] = c.Rates[step]
		for i := range w {
			copy(input("d"+w[i].Name()), c.Gradients[step][i])
		}
		require.NoError(t, p.Run())
		for i, v := range w {
			got := tensor.Elements[float64](v.Variable().Value)
			require.InEpsilonSlice(t, c.Values[step][i], got, 1e-12, "step %d", step)
			got = tensor.Elements[float64](averages[i].Variable().Value)
			require.InEpsilonSlice(t, c.Averages[step][i], got, 1e-12, "average of step %d", step)
		}
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { require.NoError(t, p.Run()) }))
}

// TestOptimizersGiveTheSameBits compares all ISAs but generic, with one thread and with two, on a
// parameter that is cut into parts.
func TestOptimizersGiveTheSameBits(t *testing.T) {
	const n = 1<<17 + 77
	for name, o := range optimizerSteps {
		t.Run(name, func(t *testing.T) {
			var want []float32
			for _, isa := range tensor.AvailableISAs() {
				if isa.Name == "generic" {
					continue
				}
				for threads := 1; threads <= 2; threads++ {
					got := runOptimizer(t, o, exec.NewEngines(&isa, threads), n)
					if want == nil {
						want = got
					}
					require.True(t, slices.Equal(want, got), "%s, %d threads", isa.Name, threads)
				}
			}
		})
	}
}

// runOptimizer returns a parameter after some steps.
func runOptimizer(t *testing.T, o op.Optimizer, e exec.Engines, n int) []float32 {
	b := graph.NewBuilder()
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() *tensor.Array {
		x := make([]float32, n)
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
		return tensor.ArrayOf(x, n)
	}
	v := &graph.Variable{Name: "w", Value: draw()}
	w, g := b.Variable(v), b.Constant(draw())
	op.Optimize(b, o, op.Scalar(b, tensor.Float64Type, 0.01), values{w}, values{op.Mul(b, g, w)})
	built, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(built, e, nil)
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, p.Run())
	}
	return tensor.Elements[float32](v.Value)
}
