package nn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// TestInits compares mean, spread and bounds of 20,000 drawn weights with the formulas, four
// standard errors wide.
func TestInits(t *testing.T) {
	const in, out = 100, 200
	inf := math.Inf(1)
	uniform := func(bound float64) (std, limit float64) { return bound / math.Sqrt(3), bound }
	check := func(i nn.Init, mean, std, limit float64, bias bool) {
		t.Run(i.String(), func(t *testing.T) {
			d := nn.NewDense(in, out, nn.ReLU, nn.WithInit(i))
			m := build(t, nn.NewModel[float64](nn.MSE), d)
			sum, squares, n := 0.0, 0.0, float64(in*out)
			for _, p := range m.Parameters()[0].Data {
				sum += p - mean
				squares += (p - mean) * (p - mean)
				require.LessOrEqual(t, math.Abs(p-mean), limit)
			}
			require.InDelta(t, 0, sum/n, 4*std/math.Sqrt(n))
			require.InDelta(t, std, math.Sqrt(squares/n), 4*std/math.Sqrt(2*n))
			zeros := 0
			for _, b := range m.Parameters()[1].Data {
				if b == 0 {
					zeros++
				}
			}
			require.Equal(t, map[bool]int{true: 0, false: out}[bias], zeros, "biases of 0")
		})
	}
	check(nn.Normal(0, 1), 0, 1, inf, true)
	check(nn.Normal(3, 0.5), 3, 0.5, inf, true)
	check(nn.HeNormal, 0, math.Sqrt(2./in), inf, false)
	check(nn.GlorotNormal, 0, math.Sqrt(2./(in+out)), inf, false)
	std, limit := uniform(math.Sqrt(6. / in))
	check(nn.HeUniform, 0, std, limit, false)
	std, limit = uniform(math.Sqrt(6. / (in + out)))
	check(nn.GlorotUniform, 0, std, limit, false)
	std, limit = uniform(1 / math.Sqrt(in))
	check(nn.TorchUniform, 0, std, limit, true)
	std, limit = uniform(2)
	check(nn.Uniform(-1, 3), 1, std, limit, false)
}

// TestInitDrawsNeuronAfterNeuron checks the documented order: W row after row, whatever the layout,
// and the same numbers in both types.
func TestInitDrawsNeuronAfterNeuron(t *testing.T) {
	d, s := nn.NewDense(3, 2, nn.Tanh, nn.WithInit(nn.Uniform(0, 1))), nn.NewDense(3, 2, nn.Tanh,
		nn.WithInit(nn.Uniform(0, 1)))
	build(t, nn.NewModel[float64](nn.MSE, nn.WithSeed(2)), d)
	build(t, nn.NewModel[float32](nn.MSE, nn.WithSeed(2)), s)
	r := rand.New(rand.NewPCG(2, 0))
	for o := range 2 {
		for i := range 3 {
			v := r.Float64()
			require.Equal(t, v, nn.NeuronsOf[float64](d).Weights().At(o, i))
			require.Equal(t, float32(v), nn.NeuronsOf[float32](s).Weights().At(o, i))
		}
	}
}
