package data

import (
	"fmt"

	"simdnn/tensor"
)

// The people of [MakeBodyFat]. Height and weight vary enough for plain gradient descent on the raw
// numbers to come close to the best fit in 600 epochs at the learning rate 1e-5; the noise is such
// that this fit leaves a mean squared error near 22 and about 71 % of the predictions within 5
// units.
const (
	shortest, tallest          = 150, 200 // cm
	lightest, heaviest         = 45, 115  // kg
	heightFactor, weightFactor = 0.25, 0.2
	bodyFatNoise               = 4.7
)

// DefaultBodyFatSamples is the number of samples that the perceptron's experiment uses: so many
// that chance hardly shows in its figures.
const DefaultBodyFatSamples = 2000

// MakeBodyFat makes the data of the single-layer perceptron: x of shape (samples, 2) with heights
// from 150 to 200 cm and weights from 45 to 115 kg, uniformly distributed, and y of shape (samples,
// 1) with body_fat = 0.25·height + 0.2·weight + ε, ε from N(0, 4.7²).
func MakeBodyFat(samples int, seed uint32) (x, y *tensor.Tensor[float64], err error) {
	if samples < 1 || !fits(samples, 2) {
		return nil, nil, fmt.Errorf("make body fat: %d samples are not possible", samples)
	}
	rng := NewRandomState(seed)
	x, y = tensor.New[float64](samples, 2), tensor.New[float64](samples, 1)
	for i := range y.Data() {
		height := rng.Uniform(shortest, tallest)
		weight := rng.Uniform(lightest, heaviest)
		copy(x.Row(i), []float64{height, weight})
		y.Data()[i] = float64(heightFactor*height) + float64(weightFactor*weight) + rng.Normal(0,
			bodyFatNoise)
	}
	return x, y, nil
}
