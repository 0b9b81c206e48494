package nn_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// TestNamesParseBack checks that each name gives what it names and that an unknown one is answered
// with all that are known.
func TestNamesParseBack(t *testing.T) {
	for _, c := range []struct {
		known []string
		parse func(string) (string, error)
	}{
		{nn.Activations(), func(s string) (string, error) { a, err := nn.ParseActivation(s); return a.String(), err }},
		{nn.Losses(), func(s string) (string, error) { l, err := nn.ParseLoss(s); return l.String(), err }},
		{nn.Optimizers(), func(s string) (string, error) { o, err := nn.ParseOptimizer(s, 1); return o.Name(), err }},
		{nn.Inits(), func(s string) (string, error) { i, err := nn.ParseInit(s); return i.String(), err }},
	} {
		_, err := c.parse("nonsense")
		for _, name := range c.known {
			require.ErrorContains(t, err, name)
			if strings.ToLower(name) == name {
				got, err := c.parse(name)
				require.NoError(t, err)
				kind, _, _ := strings.Cut(got, ":") // without a default parameter
				require.Equal(t, name, kind)
			}
		}
	}
}

func TestParseWithParameters(t *testing.T) {
	for name, want := range map[string]string{
		"leaky_relu": "leaky_relu:0.01", "leaky_relu:0.1": "leaky_relu:0.1",
		"leaky_relu:0": "leaky_relu:0",
		"elu":          "elu:1", "elu:0.5": "elu:0.5",
	} {
		a, err := nn.ParseActivation(name)
		require.NoError(t, err)
		require.Equal(t, want, a.String())
	}
	for name, want := range map[string]string{"normal": "normal:0,1", "normal:1,0.5": "normal:1,0.5",
		"uniform:-1,1": "uniform:-1,1"} {
		i, err := nn.ParseInit(name)
		require.NoError(t, err)
		require.Equal(t, want, i.String())
	}
	_, err := nn.ParseActivation("leaky_relu:steep")
	require.ErrorContains(t, err, `the slope "steep" is not a finite number`)
	for _, name := range []string{"elu:NaN", "elu:inf", "leaky_relu:-Inf", "elu:1e39"} {
		_, err := nn.ParseActivation(name)
		require.ErrorContains(t, err, "is not a finite number", name)
	}
	for _, name := range []string{"normal:", "normal:1", "uniform", "uniform:a,b"} {
		_, err := nn.ParseInit(name)
		require.ErrorContains(t, err, "expected two numbers")
	}
}

// TestInitsThatCannotBeDrawn refuses them by name, and by value where a layer has no name for them.
func TestInitsThatCannotBeDrawn(t *testing.T) {
	for _, name := range []string{"normal:nan,1", "normal:0,nan", "normal:0,-1", "normal:inf,1",
		"normal:0,inf", "uniform:0,inf", "uniform:nan,1", "uniform:1,0", "uniform:-1e308,1e308"} {
		_, err := nn.ParseInit(name)
		require.ErrorContains(t, err, "nn: the initialisation ", name)
	}
	for _, i := range []nn.Init{nn.Normal(0, -1), nn.Normal(math.NaN(), 1), nn.Uniform(2, 1)} {
		err := nn.NewModel[float64](nn.MSE).Add(nn.NewDense(1, 1, nn.ReLU, nn.WithInit(i)))
		require.ErrorContains(t, err, "the initialisation "+i.String()+" needs numbers")
	}
	for _, i := range []nn.Init{nn.Normal(0, 1e39), nn.Normal(-1e39, 1), nn.Uniform(0, 1e39)} {
		err := nn.NewModel[float32](nn.MSE).Add(nn.NewDense(1, 1, nn.ReLU, nn.WithInit(i)))
		require.ErrorContains(t, err, "draws values that are infinite in float32")
		err = nn.NewModel[float64](nn.MSE).Add(nn.NewDense(1, 1, nn.ReLU, nn.WithInit(i)))
		require.NoError(t, err)
	}
}
