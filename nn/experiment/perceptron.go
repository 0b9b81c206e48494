package experiment

import (
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// bodyFatSeed is that of the people whose body fat the perceptron predicts.
const bodyFatSeed = 1

// perceptron is the report's first experiment: a single linear neuron learns body fat from height and weight by plain gradient descent on the
// whole data set, unscaled, from parameters drawn from N(0, 1).
func perceptron() Experiment {
	return Experiment{
		Name:  "perceptron",
		About: "body fat from height and weight: a single linear neuron on the whole data set",
		Settings: tabular.Settings{
			Activation: nn.ReLU, Init: nn.Normal(0, 1), Optimizer: "sgd", LearningRate: 1e-5, Epochs: 600, Seed: DefaultSeed,
		},
		Metrics: []nn.Metric{nn.MeanSquaredError, nn.MeanAbsoluteError, nn.WithinTolerance(5)},
		Data: func() (*tabular.Dataset, error) {
			x, y, err := data.MakeBodyFat(data.DefaultBodyFatSamples, bodyFatSeed)
			if err != nil {
				return nil, err
			}
			return &tabular.Dataset{Name: "body fat", Dataset: data.Dataset{X: x, Y: y, Features: []string{"height", "weight"}, Target: "body_fat"}}, nil
		},
	}
}
