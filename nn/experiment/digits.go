package experiment

import (
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// digits reads handwritten digits of 8×8 pixels. The settings are the best of eleven by the held-out accuracy with the seeds 1 to 10 (97.8 to 98.9 %),
// which that choice flatters. With the seeds 11 to 40, which had no part in it, the accuracy is 97.2 to 99.2 %, 98.2 % on average.
func digits() Experiment {
	return Experiment{
		Name:  "digits",
		About: "handwritten digits of 8×8 pixels: 1797 images from UCI",
		Settings: tabular.Settings{
			Hidden: []int{128}, Activation: nn.ReLU, Optimizer: "adamw", LearningRate: 3e-3, WeightDecay: 0.3,
			Batch: 64, Epochs: 40,
			Validation: 0.2, Stratify: true, ScaleInputs: true, Seed: DefaultSeed,
		},
		Data: func() (*tabular.Dataset, error) { return embedded("UCI digits", data.Digits) },
	}
}

// embedded names a data set of package data.
func embedded(name string, read func() (*data.Dataset, error)) (*tabular.Dataset, error) {
	d, err := read()
	if err != nil {
		return nil, err
	}
	return &tabular.Dataset{Name: name, Dataset: *d}, nil
}
