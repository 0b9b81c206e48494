package nn_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// tolerance is how far results in float64 may be from PyTorch's, as a share of the largest.
const tolerance = 1e-12

func TestDenseEqualsPyTorch(t *testing.T) {
	type layer struct {
		Activation                string
		X, W, A, Upstream, DX, DW [][]float64
		B, DB                     []float64
	}
	for _, c := range golden[layer](t, "layers.json") {
		t.Run(fmt.Sprintf("%s/%d", c.Activation, len(c.W)), func(t *testing.T) {
			activation, err := nn.ParseActivation(c.Activation)
			require.NoError(t, err)
			d := nn.NewDense[float64](len(c.W[0]), len(c.W), activation)
			d.Weights().CopyFrom(matrix(c.W))
			copy(d.Bias().Data(), c.B)
			pass := d.NewPass(tensor.Default[float64](), 8)
			requireNear(t, matrix(c.A).Data(), pass.Forward(matrix(c.X)).Data(), tolerance, "a")
			dx := pass.Backward(matrix(c.Upstream), true)
			requireNear(t, matrix(c.DX).Data(), dx.Data(), tolerance, "dx")
			g := pass.Gradients()
			requireNear(t, matrix(c.DW).Data(), g[0].Value.Clone().Data(), tolerance, "dW")
			requireNear(t, c.DB, g[1].Value.Data(), tolerance, "db")
		})
	}
}

func TestLossesEqualPyTorch(t *testing.T) {
	type loss struct {
		Loss                        string
		Outputs, Target, Gradient   [][]float64
		Value                       float64
		ClassWeights, SampleWeights []float64
	}
	for i, c := range golden[loss](t, "losses.json") {
		t.Run(fmt.Sprintf("%d/%s", i, c.Loss), func(t *testing.T) {
			l, err := nn.ParseLoss(c.Loss)
			require.NoError(t, err)
			if c.ClassWeights != nil {
				l = l.WithClassWeights(c.ClassWeights...)
			}
			value, gradient, err := nn.EvaluateLoss(l, matrix(c.Outputs), matrix(c.Target), c.SampleWeights...)
			require.NoError(t, err)
			require.InEpsilon(t, c.Value, value, tolerance)
			if c.Gradient != nil {
				requireNear(t, matrix(c.Gradient).Data(), gradient.Data(), tolerance, "gradient")
			}
		})
	}
}

func TestOptimizersEqualPyTorch(t *testing.T) {
	type trajectory struct {
		Optimizer   string
		Rate, Decay float64
		X, Target   [][]float64
		Losses      []float64
		Start, End  [][]float64
	}
	for _, c := range golden[trajectory](t, "optimizers.json") {
		t.Run(fmt.Sprintf("%s/decay %g", c.Optimizer, c.Decay), func(t *testing.T) {
			o, err := nn.ParseOptimizer(c.Optimizer, c.Rate)
			require.NoError(t, err)
			m := build(t, nn.NewModel[float64](nn.CrossEntropy, nn.WithOptimizer(o.WithWeightDecay(c.Decay))),
				nn.NewDense[float64](3, 5, nn.Tanh), nn.NewDense[float64](5, 3, nn.Softmax))
			for i, p := range m.Parameters() {
				p.Value.CopyFrom(tensor.FromSlice(c.Start[i], p.Value.Shape()...))
			}
			w, x, y := workspace(t, m, 8), matrix(c.X), matrix(c.Target)
			for step, want := range c.Losses {
				loss, err := m.Step(w, x, y)
				require.NoError(t, err)
				require.InEpsilon(t, want, loss, tolerance, "step %d", step)
			}
			for i, p := range m.Parameters() {
				requireNear(t, c.End[i], p.Value.Clone().Data(), tolerance, p.Name)
			}
		})
	}
}
