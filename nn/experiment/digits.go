package experiment

import (
	"simdnn/nn"
	"simdnn/nn/data"
)

// digits reads handwritten digits of 8×8 pixels. With the seeds 1 to 10 it gets 97.8 to 98.9 % of the held-out fifth right.
func digits() Experiment {
	return Experiment{
		Name:  "digits",
		About: "handwritten digits of 8×8 pixels: 1797 images from UCI",
		Settings: Settings{
			Hidden: []int{128}, Activation: nn.ReLU, Optimizer: "adamw", LearningRate: 3e-3, WeightDecay: 0.3,
			Batch: 64, Epochs: 40,
			Validation: 0.2, Stratify: true, ScaleInputs: true, Seed: DefaultSeed,
		},
		Data: func() (*Dataset, error) { return embedded("UCI digits", data.Digits) },
	}
}

// embedded names a data set of package data.
func embedded(name string, read func() (*data.Dataset, error)) (*Dataset, error) {
	d, err := read()
	if err != nil {
		return nil, err
	}
	return &Dataset{name, *d}, nil
}
