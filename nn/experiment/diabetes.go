package experiment

import (
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// diabetes predicts how a disease progresses: few rows and much noise, so that a small network, weight decay and few epochs are called for.
//
// Of eighteen settings about half were alike when the training rows were split again (R² 0.48 to 0.50); among those the choice was made with the
// held-out figures of the seeds 1 to 10 in view, as was the choice to hold out equal shares of low and high targets. What can be reached
// depends on the split: 0.34 to 0.60 with those seeds, all but seed 6 at least 0.46, where ridge regression gets 0.34 to 0.59 on the same
// rows. With the seeds 11 to 40, which had no part in the choice, it is 0.41 to 0.58, 0.50 on average.
func diabetes() Experiment {
	return Experiment{
		Name:  "diabetes",
		About: "the progression of diabetes in one year: 442 patients (Efron et al. 2004)",
		Settings: tabular.Settings{
			Hidden: []int{16}, Activation: nn.ReLU, Optimizer: "adam", LearningRate: 3e-3, WeightDecay: 0.1, Batch: 16, Epochs: 50,
			Validation: 0.2, Stratify: true, ScaleInputs: true, ScaleTarget: true, Seed: DefaultSeed,
		},
		Data: func() (*tabular.Dataset, error) { return embedded("diabetes", data.Diabetes) },
	}
}
