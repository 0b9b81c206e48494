package experiment

import (
	"fmt"
	"strings"

	"simdnn/nn"
	"simdnn/nn/tabular"
)

// DefaultSeed is the seed of the settings of every experiment.
const DefaultSeed = 1

// Experiment is a training that can be repeated: a data set and the settings to train on it.
type Experiment struct {
	Name     string
	About    string // one line for people
	Settings tabular.Settings
	// Metrics are measured on the training data at the end, beside the task's own.
	Metrics []nn.Metric
	// Data makes or loads the data set, the same in every call.
	Data func() (*tabular.Dataset, error)
}

// All returns the experiments, each with its default settings.
func All() []Experiment {
	return []Experiment{perceptron(), regression(), classification(), digits(), diabetes()}
}

// Names returns the names of the experiments.
func Names() []string {
	var names []string
	for _, e := range All() {
		names = append(names, e.Name)
	}
	return names
}

// ByName returns an experiment, or an error that lists them all.
func ByName(name string) (Experiment, error) {
	for _, e := range All() {
		if e.Name == name {
			return e, nil
		}
	}
	return Experiment{}, fmt.Errorf("unknown experiment %q; known: %s", name, strings.Join(Names(), ", "))
}
