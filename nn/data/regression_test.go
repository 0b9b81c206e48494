package data

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// regressionArgs are recorded arguments of make_regression; pointers tell what is left at its
// default.
type regressionArgs struct {
	Samples     *int    `json:"n_samples"`
	Features    *int    `json:"n_features"`
	Informative *int    `json:"n_informative"`
	Targets     *int    `json:"n_targets"`
	Bias        float64 `json:"bias"`
	Noise       float64 `json:"noise"`
	Shuffle     *bool   `json:"shuffle"`
	Seed        uint32  `json:"random_state"`
}

// override sets *to where a value was recorded.
func override[V any](to, from *V) {
	if from != nil {
		*to = *from
	}
}

func TestMakeRegressionAsScikitLearn(t *testing.T) {
	type problem struct {
		Args       regressionArgs
		X, Y, Coef recorded
	}
	for _, c := range readGolden[problem](t, "regression.json") {
		o := DefaultRegression()
		override(&o.Samples, c.Args.Samples)
		override(&o.Features, c.Args.Features)
		override(&o.Informative, c.Args.Informative)
		override(&o.Targets, c.Args.Targets)
		override(&o.Shuffle, c.Args.Shuffle)
		o.Bias, o.Noise, o.Seed = c.Args.Bias, c.Args.Noise, c.Args.Seed
		r, err := MakeRegression(o)
		require.NoError(t, err)
		c.X.requireTensor(t, r.X, "x")
		c.Coef.requireTensor(t, r.Coefficients, "coefficients")
		require.Equal(t, c.Y.Shape, r.Y.Shape())
		if o.Samples == 1 { // a product of one row is summed in another order
			require.InEpsilonSlice(t, c.Y.Head, r.Y.Data(), 1e-12)
			continue
		}
		c.Y.requireTensor(t, r.Y, "y")
	}
}

func TestMakeRegressionRejectsBadArguments(t *testing.T) {
	for want, change := range map[string]func(*RegressionOptions){
		"0 samples":                 func(o *RegressionOptions) { o.Samples = 0 },
		"-3 features":               func(o *RegressionOptions) { o.Features = -3 },
		"-1 informative":            func(o *RegressionOptions) { o.Informative = -1 },
		"0 targets":                 func(o *RegressionOptions) { o.Targets = 0 },
		"the noise is -1":           func(o *RegressionOptions) { o.Noise = -1 },
		"the noise is NaN":          func(o *RegressionOptions) { o.Noise = math.NaN() },
		"the bias is +Inf":          func(o *RegressionOptions) { o.Bias = math.Inf(1) },
		"arrays would be too large": func(o *RegressionOptions) { o.Samples, o.Features = math.MaxInt32, math.MaxInt32 },
	} {
		o := DefaultRegression()
		change(&o)
		_, err := MakeRegression(o)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "make regression: ")
	}
}
