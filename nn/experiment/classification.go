package experiment

import (
	"fmt"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// classificationState is the random_state of the classification's data.
const classificationState = 0

// classification is the report's experiment of that name: one hidden layer and mini-batch gradient descent on 10,000 samples of 10
// features in 3 classes, each of two clusters in 6 dimensions.
func classification() Experiment {
	return Experiment{
		Name:  "classification",
		About: "3 classes of 10 features: 10,000 samples of make_classification",
		Settings: tabular.Settings{
			Hidden: []int{64}, Activation: nn.ReLU, Optimizer: "sgd", LearningRate: 0.05, Batch: 32, Epochs: 100,
			Validation: 0.2, Seed: DefaultSeed,
		},
		Data: func() (*tabular.Dataset, error) {
			o := data.DefaultClassification()
			o.Samples, o.Features, o.Informative, o.Classes, o.Seed = 10000, 10, 6, 3, classificationState
			x, y, err := data.MakeClassification(o)
			if err != nil {
				return nil, err
			}
			return &tabular.Dataset{Name: "make_classification", Dataset: data.Dataset{X: x, Y: y, Classes: classNames(o.Classes)}}, nil
		},
	}
}

// classNames numbers n classes.
func classNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}
