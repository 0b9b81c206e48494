package task

import (
	"context"
	"fmt"
	"io"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/nn/experiment"
	"simdnn/tensor"
)

// Job is a training run made ready.
type Job[T tensor.Float] struct {
	Kind       Kind
	About      string // what the data are, in a line
	Settings   Settings
	Model      *nn.Model[T]
	Trainer    nn.Trainer[T]
	Train      *data.Loader[T]
	Validation *data.Loader[T] // nil if nothing is held out

	// TargetDeviation is what a difference of 1 in the loss of a series is in the unit of its target,
	// 0 for other data.
	TargetDeviation float64

	description Description
}

const (
	// evaluationRows is the size of the batches of validation data.
	evaluationRows = 250
	// prefetch is how many batches are made ready while the network works on one.
	prefetch = 2
)

// prepare builds the network and loaders of samples. validation may be nil.
func prepare[T tensor.Float](n network, s Settings, train,
	validation data.Samples[T]) (*Job[T], error) {
	optimizer, err := s.optimizer(n.Optimizer)
	if err != nil {
		return nil, err
	}
	if s.Batch == 0 {
		s.Batch = n.Batch
	}
	j := &Job[T]{Settings: s}
	j.Model, err = experiment.NetworkModel[T](n.Network, nn.WithOptimizer(optimizer),
		nn.WithSeed(uint64(s.Seed)), nn.WithThreads(s.Threads))
	if err == nil {
		err = j.Model.Check()
	}
	if err != nil {
		return nil, err
	}
	j.Trainer = nn.Trainer[T]{Model: j.Model, Epochs: s.Epochs, Patience: s.Patience}
	if j.Trainer.Schedule, j.Trainer.EachStep, err = s.Schedule.of(); err != nil {
		return nil, err
	}
	if j.Train, err = data.NewSampleLoader(train, data.LoaderOptions{BatchSize: s.Batch,
		Shuffle: true, Seed: uint64(s.Seed), Prefetch: prefetch}); err != nil {
		return nil, err
	}
	if validation != nil {
		j.Validation, err = data.NewSampleLoader(validation,
			data.LoaderOptions{BatchSize: evaluationRows, Prefetch: prefetch})
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

// Keep makes Fit keep checkpoints in a folder, one every so many epochs, and go on from the one
// that is there if it is to resume; see [nn.Checkpoint].
func (j *Job[T]) Keep(folder string, every int, resume bool) {
	j.Trainer.Checkpoint = &nn.Checkpoint{Folder: folder, Every: every, Resume: resume,
		Settings: map[string]string{
			"seed":     fmt.Sprint(j.Settings.Seed),
			"held out": fmt.Sprint(j.Settings.Validation),
		}}
}

// Trained returns the model with what belongs to it.
func (j *Job[T]) Trained() *Model[T] { return &Model[T]{j.Model, j.description} }

// Encode writes the file of the trained model to w.
func (j *Job[T]) Encode(w io.Writer) error { return j.Trained().Encode(w) }
