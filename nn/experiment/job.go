package experiment

import (
	"context"
	"fmt"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// Job is a training made ready.
type Job[T tensor.Float] struct {
	Dataset    *Dataset
	Settings   Settings
	Model      *nn.Model[T]
	Trainer    nn.Trainer[T]
	Train      *data.Loader[T]
	Validation *data.Loader[T] // nil if nothing is held out
	// Inputs and Target are how the features and a regression's target were scaled, nil if they were not.
	Inputs, Target *data.Scaler[float64]
}

// Prepare splits and scales a data set and builds the model and its trainer. It returns an error if the settings or the data can't work.
func Prepare[T tensor.Float](d *Dataset, s Settings) (*Job[T], error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := d.check(&s); err != nil {
		return nil, err
	}
	model, err := buildModel[T](d, &s)
	if err != nil {
		return nil, err
	}
	parts, err := d.split(&s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	inputs, target, err := scale(&s, d.Task(), parts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	j := &Job[T]{Dataset: d, Settings: s, Model: model, Inputs: inputs, Target: target}
	j.Trainer = nn.Trainer[T]{Model: model, Epochs: s.Epochs, Patience: s.Patience}
	// A batch of all rows is the same in any order.
	o := data.LoaderOptions{BatchSize: s.Batch, Shuffle: s.Batch != 0, Seed: uint64(s.Seed), AllowNonfinite: s.AllowNonfinite}
	if s.Batch == 0 {
		o.BatchSize = parts.TrainX.Dim(0)
	}
	if j.Train, err = data.NewLoader(data.Convert[T](parts.TrainX), data.Convert[T](parts.TrainY), o); err != nil {
		return nil, err
	}
	if parts.TestX != nil {
		o = data.LoaderOptions{BatchSize: evaluationRows, AllowNonfinite: s.AllowNonfinite}
		j.Validation, err = data.NewLoader(data.Convert[T](parts.TestX), data.Convert[T](parts.TestY), o)
	}
	return j, err
}

// Fit trains the model, see [nn.Trainer.Fit].
func (j *Job[T]) Fit(ctx context.Context) (*nn.History, error) {
	if j.Validation == nil {
		return j.Trainer.Fit(ctx, j.Train, nil)
	}
	return j.Trainer.Fit(ctx, j.Train, j.Validation)
}

// Keep makes Fit keep checkpoints in a folder, one every so many epochs, and go on from the one that is there if it is to resume; see
// [nn.Checkpoint]. Threads may differ from one part of the training to the next, and so may the number of epochs.
func (j *Job[T]) Keep(folder string, every int, resume bool) {
	s := &j.Settings
	j.Trainer.Checkpoint = &nn.Checkpoint{Folder: folder, Every: every, Resume: resume, Settings: map[string]string{
		"seed":           fmt.Sprint(s.Seed),
		"initialisation": s.Init.String(),
		"held out":       fmt.Sprintf("%g, stratified %t", s.Validation, s.Stratify),
		"scaled":         fmt.Sprintf("inputs %t, target %t", s.ScaleInputs, s.ScaleTarget),
	}}
}

// evaluationRows is the size of the batches of validation data.
const evaluationRows = 256

// buildModel returns the network that the settings describe, for the data set's features and outputs. Further options are for tests.
func buildModel[T tensor.Float](d *Dataset, s *Settings, further ...nn.Option) (*nn.Model[T], error) {
	optimizer, err := s.optimizer()
	if err != nil {
		return nil, err
	}
	loss, last := nn.MSE, nn.Linear
	if d.Task() == Classification {
		loss, last = nn.CrossEntropy, nn.Softmax
	}
	modelOptions := append([]nn.Option{nn.WithOptimizer(optimizer), nn.WithSeed(uint64(s.Seed)), nn.WithThreads(s.Threads)}, further...)
	m := nn.NewModel[T](loss, modelOptions...)
	var options []nn.DenseOption
	if s.Init.String() != "" {
		options = append(options, nn.WithInit(s.Init))
	}
	in := d.X.Dim(1)
	for _, out := range s.Hidden {
		if err := m.Add(nn.NewDense[T](in, out, s.Activation, options...)); err != nil {
			return nil, err
		}
		in = out
	}
	if err := m.Add(nn.NewDense[T](in, d.Outputs(), last, options...)); err != nil {
		return nil, err
	}
	return m, m.Check()
}

// split divides the rows. There is no test part if nothing is held out.
func (d *Dataset) split(s *Settings) (*data.Split[float64], error) {
	if s.Validation == 0 {
		return &data.Split[float64]{TrainX: d.X, TrainY: d.Y}, nil
	}
	var groups []int
	if s.Stratify {
		var err error
		if groups, err = d.groups(s.Validation); err != nil {
			return nil, err
		}
	}
	train, test, err := data.SplitRows(d.Rows(), groups, data.SplitOptions{Test: s.Validation, Stratify: s.Stratify, Seed: s.Seed})
	if err != nil {
		return nil, err
	}
	return &data.Split[float64]{
		TrainX: data.Rows(d.X, train), TrainY: data.Rows(d.Y, train),
		TestX: data.Rows(d.X, test), TestY: data.Rows(d.Y, test),
	}, nil
}

// scale standardises the parts as the settings ask for and returns how, nil for what is left as it is.
func scale(s *Settings, task Task, parts *data.Split[float64]) (inputs, target *data.Scaler[float64], err error) {
	if s.ScaleInputs {
		inputs, err = standardise(s, &parts.TrainX, &parts.TestX)
	}
	if err == nil && s.ScaleTarget && task == Regression {
		target, err = standardise(s, &parts.TrainY, &parts.TestY)
	}
	return inputs, target, err
}

// standardise replaces a tensor of the training rows, and the same of the held-out rows if there are any, by scaled ones. What it scales
// with it learns from the training rows alone, those that are finite.
func standardise(s *Settings, train, test **tensor.Tensor[float64]) (*data.Scaler[float64], error) {
	learned := *train
	if s.AllowNonfinite {
		learned = data.Rows(learned, data.FiniteRows(learned))
	}
	scaler, err := data.FitScaler(learned)
	if err != nil {
		return nil, err
	}
	for _, t := range []**tensor.Tensor[float64]{train, test} {
		if *t == nil {
			continue
		}
		if *t, err = scaler.Transform(*t); err != nil {
			return nil, err
		}
	}
	return scaler, nil
}
