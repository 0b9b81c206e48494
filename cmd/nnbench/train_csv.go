package main

import (
	"errors"
	"fmt"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/experiment"
)

// csvSettings are what a CSV file is trained with unless flags say otherwise: they suit a table of a few hundred to some ten thousand rows.
var csvSettings = experiment.Settings{
	Hidden: []int{64}, Activation: nn.ReLU, Optimizer: "adam", LearningRate: 1e-3, Batch: 32, Epochs: 100,
	Validation: 0.2, Stratify: true, ScaleInputs: true, ScaleTarget: true,
}

// csvSource returns the plan for a CSV file.
func (f *trainFlags) csvSource() (*trainPlan, error) {
	if f.target == "" {
		return nil, errors.New("--data needs --target COLUMN, the column to predict")
	}
	if f.task == "" {
		return nil, fmt.Errorf("--data needs --task %s or %s", experiment.Regression, experiment.Classification)
	}
	task, err := experiment.ParseTask(f.task)
	if err != nil {
		return nil, fmt.Errorf("--task: %w", err)
	}
	load := func() (*experiment.Dataset, error) {
		d, err := data.ReadCSVFile(f.data, data.CSVOptions{
			Target: f.target, Classification: task == experiment.Classification, AllowNonfinite: f.nonfinite,
		})
		if err != nil {
			return nil, err
		}
		return &experiment.Dataset{Name: f.data, Dataset: *d}, nil
	}
	return &trainPlan{name: f.task, load: load, settings: csvSettings}, nil
}
