package nn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// slope returns the central difference of f at the variable that p points to.
func slope(p *float64, f func() float64) float64 {
	const h = 1e-5
	at := *p
	*p = at + h
	up := f()
	*p = at - h
	down := f()
	*p = at
	return (up - down) / (2 * h)
}

// requireSlopes compares a gradient with central differences of f at each variable.
func requireSlopes(t *testing.T, what string, variables, gradient []float64, f func() float64) {
	t.Helper()
	require.Len(t, gradient, len(variables))
	for i := range variables {
		require.InDelta(t, slope(&variables[i], f), gradient[i], 1e-7*max(1, math.Abs(gradient[i])),
			"%s[%d]", what, i)
	}
}

// activations returns all of them, with their default parameters and others.
func activations() []nn.Activation {
	all := []nn.Activation{nn.LeakyReLU(0), nn.LeakyReLU(0.1), nn.LeakyReLU(-0.5)}
	for _, name := range nn.Activations() {
		if a, err := nn.ParseActivation(name); err == nil { // no parameter's placeholder
			all = append(all, a)
		}
	}
	return all
}

func TestActivationGradients(t *testing.T) {
	for _, a := range activations() {
		t.Run(a.String(), func(t *testing.T) {
			r := source(1)
			z, upstream := random[float64](r, 7).Data(), random[float64](r, 7).Data()
			requireSlopes(t, "dz", z, nn.Gradient(a, z, upstream), func() float64 {
				sum := 0.0
				for i, v := range nn.Apply(a, z) {
					sum += v * upstream[i]
				}
				return sum
			})
			derivative := nn.Derivative(a, z)
			for i := range z {
				require.InDelta(t, slope(&z[i], func() float64 { return nn.Apply(a, z)[i] }), derivative[i],
					1e-7)
			}
		})
	}
}

func TestDenseGradients(t *testing.T) {
	for _, a := range activations() {
		for _, widths := range [][2]int{{4, 3}, {4, 1}, {1, 3}, {1, 1}} {
			t.Run(fmt.Sprintf("%s/%d to %d", a, widths[0], widths[1]), func(t *testing.T) {
				r := source(2)
				d := nn.NewDense(widths[0], widths[1], a, nn.WithInit(nn.Normal(0, 1)))
				x, upstream := random[float64](r, 5, widths[0]), random[float64](r, 5, widths[1])
				pass := layerPass(t, x, upstream, d)
				dx, dw, db := pass.dx.Clone().Data(), pass.weights.Clone().Data(), pass.bias.Clone().Data()
				value := func() float64 {
					pass.run(t)
					sum := 0.0
					for i, v := range pass.a.Data() {
						sum += v * upstream.Data()[i]
					}
					return sum
				}
				requireSlopes(t, "dx", x.Data(), dx, value)
				weights := nn.NeuronsOf[float64](d).Weights()
				for o := range widths[1] {
					for i := range widths[0] {
						at := weights.T().Data()[i*widths[1]+o:][:1]
						requireSlopes(t, "dW", at, dw[o*widths[0]+i:][:1], value)
					}
				}
				requireSlopes(t, "db", nn.NeuronsOf[float64](d).Bias().Data(), db, value)
			})
		}
	}
}

func TestLossGradients(t *testing.T) {
	const rows, columns = 5, 3
	r := source(3)
	soft := matrixOf(rows, func() []float64 { return nn.Apply(nn.Softmax, random[float64](r, columns).Data()) })
	index := classes[float64](r, rows, columns)
	for _, l := range []nn.Loss{
		nn.MSE, nn.BinaryCrossEntropy, nn.BinaryCrossEntropyLogits, nn.CrossEntropy, nn.CrossEntropyLogits,
		nn.BinaryCrossEntropy.WithClassWeights(0.5, 2),
		nn.BinaryCrossEntropyLogits.WithClassWeights(0.5, 2),
		nn.CrossEntropy.WithClassWeights(0.5, 2, 3), nn.CrossEntropyLogits.WithClassWeights(0.5, 2, 3),
	} {
		targets := []*tensor.Tensor[float64]{soft}
		if l.Metric() == nn.Accuracy {
			targets = append(targets, index)
		}
		for _, target := range targets {
			for _, weights := range [][]float64{nil, {1, 0.5, 2, 0, 3}} {
				t.Run(fmt.Sprintf("%s/%v/%v", l, target.Shape(), weights != nil), func(t *testing.T) {
					outputs := matrixOf(rows, func() []float64 { return nn.Apply(nn.Softmax, random[float64](r, columns).Data()) })
					_, gradient, err := nn.EvaluateLoss(l, outputs, target, weights...)
					require.NoError(t, err)
					requireSlopes(t, "gradient", outputs.Data(), gradient.Data(), func() float64 {
						value, _, err := nn.EvaluateLoss(l, outputs, target, weights...)
						require.NoError(t, err)
						return value
					})
				})
			}
		}
	}
}

// matrixOf returns a tensor whose rows are what next returns.
func matrixOf(rows int, next func() []float64) *tensor.Tensor[float64] {
	var all [][]float64
	for range rows {
		all = append(all, next())
	}
	return matrix[float64](all)
}

// TestModelGradients goes through whole models, fused and not, weighted and not.
func TestModelGradients(t *testing.T) {
	for _, c := range []struct {
		loss nn.Loss
		last nn.Activation
	}{
		{nn.MSE, nn.Linear}, {nn.MSE, nn.Softmax}, {nn.CrossEntropy, nn.Softmax},
		{nn.CrossEntropyLogits, nn.Linear},
		{nn.BinaryCrossEntropy, nn.Sigmoid}, {nn.BinaryCrossEntropy, nn.Softmax},
		{nn.BinaryCrossEntropyLogits, nn.Linear},
		{nn.CrossEntropy.WithClassWeights(1, 2, 3), nn.Softmax},
	} {
		t.Run(c.loss.String()+"/"+c.last.String(), func(t *testing.T) {
			r := source(4)
			m := build(t, nn.NewModel[float64](c.loss), nn.NewDense(4, 5, nn.Tanh),
				nn.NewDense(5, 6, nn.SiLU), nn.NewDense(6, 3, c.last))
			w := workspace(t, m, 5)
			x, y := random[float64](r, 5, 4), tensor.New[float64](5, 3)
			for i := range 5 {
				y.Row(i)[r.IntN(3)] = 1
			}
			weights := []float64{1, 2, 0.5, 1, 3}
			value := func() float64 {
				_, err := m.Forward(w, x)
				require.NoError(t, err)
				loss, err := m.Evaluate(w, y, weights...)
				require.NoError(t, err)
				return loss
			}
			value()
			_, err := m.Backward(w, y, weights...)
			require.NoError(t, err)
			for i, p := range m.Parameters() {
				requireSlopes(t, p.Name, p.Data, w.Gradients()[i].Data, value)
			}
		})
	}
}

// TestBackwardFrom compares a loss of the caller's own, Σ r·ŷ with random r, with central
// differences: with the last activation fused away or not.
func TestBackwardFrom(t *testing.T) {
	for _, loss := range []nn.Loss{nn.CrossEntropy, nn.MSE} {
		t.Run(loss.String(), func(t *testing.T) {
			r := source(5)
			m := build(t, nn.NewModel[float64](loss), nn.NewDense(4, 3, nn.Tanh),
				nn.NewDense(3, 3, nn.Softmax))
			w := workspace(t, m, 5)
			x, upstream := random[float64](r, 5, 4), random[float64](r, 5, 3)
			value := func() float64 {
				prediction, err := m.Forward(w, x)
				require.NoError(t, err)
				sum := 0.0
				for i, v := range prediction.Data() {
					sum += v * upstream.Data()[i]
				}
				return sum
			}
			value()
			require.NoError(t, m.BackwardFrom(w, upstream.Clone()))
			for i, p := range m.Parameters() {
				requireSlopes(t, p.Name, p.Data, w.Gradients()[i].Data, value)
			}
		})
	}
}

// TestMishGradientOfSubnormals checks the error that the doc comment of Mish states.
func TestMishGradientOfSubnormals(t *testing.T) {
	for z := -80.0; z > -120; z -= 0.37 {
		got := nn.Derivative(nn.Mish, []float32{float32(z)})[0]
		want := nn.Derivative(nn.Mish, []float64{float64(float32(z))})[0]
		require.InDelta(t, want, float64(got), 1e-42+1e-6*math.Abs(want), "z = %g", z)
	}
}
