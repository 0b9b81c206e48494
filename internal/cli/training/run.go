package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"simdnn/internal/cli"
	"simdnn/internal/plot"
	"simdnn/nn"
	"simdnn/tensor"
)

// fitPlan is what every training run has to do: the flags, understood.
type fitPlan struct {
	program    *Program
	name       string // of the experiment, the task on a CSV file, or what the samples are
	seed       uint32
	epochs     int
	plot, arch string
	plotFormat string
	save       string
	checkpoint string // folder, empty for none
	every      int
	resume     bool
	json       bool
	shards     int
}

// trainingRun is a training run made ready, on a table or on samples of another kind.
type trainingRun[T tensor.Float] struct {
	*fitPlan
	about             string // what the data are
	model             *nn.Model[T]
	trainer           *nn.Trainer[T]
	train, validation nn.Batches[T] // validation is nil if nothing is held out
	metrics           []nn.Metric   // measured on the training data at the end, beside the loss's own
	fit               func(context.Context) (*nn.History, error)
	encode            func(io.Writer) error
	// what a difference of 1 in the loss's units is in the target's; 0 if the same or if there are
	// classes
	targetScale float64
}

// run trains, prints, and writes the files. A run that was interrupted is reported as far as it
// went, and is an error.
func (t *trainingRun[T]) run(
	ctx context.Context, files *trainOutputs, stdout, stderr io.Writer,
) error {
	var r reporter = &jsonReporter{w: stdout}
	if !t.json {
		r = &textReporter{w: stdout, interval: max(1, t.epochs/10), last: t.epochs - 1}
	}
	bar := cli.NewProgress(stdout, stderr, "training", "steps", t.epochs*t.train.Len())
	watch := &stopwatch{progress: bar, report: r}
	// Made before a schedule changes the rate; what is wrong with a checkpoint is said before all
	// this.
	introduction := t.introduce()
	start := sync.OnceValue(func() error { return r.start(introduction) })
	recorded, err := record(ctx, t.model, t.save != "")
	if err != nil {
		return err
	}
	t.trainer.WholeEpochs = true
	t.trainer.Shards = t.shards
	if all := t.program.Processes; all != nil && all.Size()*t.shards > 1 {
		t.trainer.Processes = all
	}
	t.trainer.OnStep = func(s nn.Step) error {
		if err := start(); err != nil {
			return err
		}
		return watch.step(s)
	}
	t.trainer.OnEpoch = func(e nn.Epoch) error { return errors.Join(recorded.epoch(e), watch.epoch(e)) }
	history, err := watch.fit(func() (*nn.History, error) { return t.fit(ctx) })
	interrupted := errors.Is(err, context.Canceled) && !errors.As(err, new(*nn.CheckpointError))
	if err != nil && !interrupted {
		return err
	}
	if err := start(); err != nil { // of a run that had nothing left to do
		return err
	}
	if len(history.Epochs) == 0 {
		return errors.New("interrupted in the first epoch")
	}
	o, err := t.conclude(history, watch)
	if err != nil {
		return err
	}
	o.Done = !interrupted
	if err := r.done(o); err != nil {
		return err
	}
	if err := recorded.end(); err != nil {
		return err
	}
	if err := t.writeResults(files, history); err != nil {
		return err
	}
	if interrupted {
		return t.interrupted(o.Epochs)
	}
	return nil
}

// interrupted returns the error of a run that was interrupted after some epochs.
func (p *fitPlan) interrupted(epochs int) error {
	if p.checkpoint == "" {
		return interruptedError{fmt.Errorf("interrupted after %s", cli.Count(epochs, "epoch"))}
	}
	return interruptedError{fmt.Errorf("interrupted after %s, which %s keeps: go on with --resume",
		cli.Count(epochs, "epoch"), p.checkpoint)}
}

// Formats of the figures.
var (
	plotFormats = []string{plot.SVG, plot.PNG}
	archFormats = []string{plot.SVG}
)
