package data

import (
	"errors"
	"fmt"

	"simdnn/tensor"
)

// RegressionOptions are the arguments of [MakeRegression]; [DefaultRegression] returns those that
// scikit-learn assumes.
type RegressionOptions struct {
	Samples     int     // rows
	Features    int     // columns of x
	Informative int     // features that the target depends on; more than Features means all
	Targets     int     // columns of y
	Bias        float64 // constant term of the targets
	Noise       float64 // standard deviation of the Gaussian noise on the targets
	Shuffle     bool    // put rows and features into random order
	Seed        uint32  // scikit-learn's random_state
}

// DefaultRegression returns the defaults of scikit-learn's make_regression, with the seed 0.
func DefaultRegression() RegressionOptions {
	return RegressionOptions{
		Samples:     100,
		Features:    100,
		Informative: 10,
		Targets:     1,
		Shuffle:     true,
	}
}

// Regression is a random regression problem.
type Regression struct {
	X            *tensor.Tensor[float64] // (samples, features)
	Y            *tensor.Tensor[float64] // (samples, targets)
	Coefficients *tensor.Tensor[float64] // (features, targets): the linear model that made Y
}

// MakeRegression makes a random linear regression problem as make_regression of scikit-learn 1.2
// does (without effective_rank): x is standard normal, y = x·coefficients + bias + noise with
// coefficients uniform over [0, 100) for the informative features.
//
// For the same arguments and integer random_state X and the coefficients have the bits of
// scikit-learn's, see [RandomState]. Y has them too where OpenBLAS sums as on a processor with AVX2
// and FMA and one thread; elsewhere it differs by a few units in the last place of the largest
// term.
func MakeRegression(o RegressionOptions) (*Regression, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("make regression: %w", err)
	}
	rng := NewRandomState(o.Seed)
	x := newMatrix(o.Samples, o.Features)
	for i := range x.data {
		x.data[i] = rng.StandardNormal()
	}
	coefficients := newMatrix(o.Features, o.Targets)
	for i := range min(o.Informative, o.Features) * o.Targets {
		coefficients.data[i] = 100 * rng.Float64()
	}
	y := newMatrix(o.Samples, o.Targets)
	product(y, x, coefficients)
	for i := range y.data {
		y.data[i] += o.Bias
	}
	if o.Noise > 0 {
		for i := range y.data {
			y.data[i] += rng.Normal(0, o.Noise)
		}
	}
	if o.Shuffle {
		rows := rng.Permutation(o.Samples)
		columns := rng.Permutation(o.Features)
		x, y, coefficients = x.pick(rows, columns), y.pick(rows, nil), coefficients.pick(columns,
			nil)
	}
	return &Regression{X: x.tensor(), Y: y.tensor(), Coefficients: coefficients.tensor()}, nil
}

// check reports the first argument that make_regression could not work with.
func (o *RegressionOptions) check() error {
	switch {
	case o.Samples < 1:
		return fmt.Errorf("%d samples, but at least 1 is needed", o.Samples)
	case o.Features < 1:
		return fmt.Errorf("%d features, but at least 1 is needed", o.Features)
	case o.Informative < 0:
		return fmt.Errorf("%d informative features, but the number can't be negative",
			o.Informative)
	case o.Targets < 1:
		return fmt.Errorf("%d targets, but at least 1 is needed", o.Targets)
	case !isFinite(o.Bias):
		return fmt.Errorf("the bias is %v, but must be finite", o.Bias)
	case !isFinite(o.Noise) || o.Noise < 0:
		return fmt.Errorf("the noise is %v, but must be finite and not negative", o.Noise)
	case !fits(o.Samples, o.Features) || !fits(o.Samples, o.Targets) || !fits(o.Features, o.Targets):
		return errors.New("the arrays would be too large")
	}
	return nil
}
