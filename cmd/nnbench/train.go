package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"simdnn/cmd/nnbench/internal/plot"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// fitFlags are the flags that every training run has.
type fitFlags struct {
	optimizer, dtype                 string
	lr, decay, validation            float64
	batch, epochs, patience, threads int
	seed                             uint32
	plot, save, checkpoint           string
	every                            int
	resume, json                     bool
}

// trainFlags are the flags of train as given.
type trainFlags struct {
	csv                            csvFlags
	hidden, activation, init, arch string
	fitFlags
}

// fitPlan is what every training run has to do: the flags, understood.
type fitPlan struct {
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
}

// trainPlan is what train has to do on a table.
type trainPlan struct {
	fitPlan
	load     func() (*tabular.Dataset, error)
	settings tabular.Settings
	metrics  []nn.Metric
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

func newTrain() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use: "train <" + strings.Join(experiment.Names(), "|") +
			"> | train --data FILE.csv --target COLUMN --task regression|classification",
		Short: "Train a network on one of the experiments or on a CSV file",
		Long:  trainLong(),
		Example: "  nnbench train regression\n" +
			"  nnbench train classification --hidden 64,32 --optimizer adam --lr 0.001 --epochs " +
			"40\n" +
			"  nnbench train digits --plot curves.png --arch network.svg\n" +
			"  nnbench train --data iris.csv --target species --task classification " +
			"--patience 20 --save iris.safetensors\n" +
			"  nnbench train --data titanic.csv --target survived --task classification " +
			"--drop name,ticket --missing mean\n" +
			"  nnbench train digits --epochs 4000 --checkpoint run1 --resume\n" +
			"  nnbench train regression --seed 2 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := f.parse(cmd, args)
			if err != nil {
				return usageError{err}
			}
			run := train[float32]
			if f.dtype == "f64" {
				run = train[float64]
			}
			ctx := withCommand(cmd, args, f.csv.data)
			if f.csv.data == "-" {
				ctx.Value(commandKey{}).(*command).stdin = f.csv.stdin
			}
			return withFlags(run(ctx, p, cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	f.register(cmd)
	cmd.AddCommand(newTrainMNIST(), newTrainImages(), newTrainText(), newTrainSeries())
	return cmd
}

// trainLong describes the command and lists the experiments.
func trainLong() string {
	var s strings.Builder
	s.WriteString("train fits a network and prints loss and metric (accuracy of classes, R² of\n" +
		"values) of the training and the held-out rows epoch by epoch. Figures of the\n" +
		"training rows are averages over the steps of an epoch; the last ones are those\n" +
		"of the final parameters.\n\n" +
		"Experiments:\n")
	for _, e := range experiment.All() {
		s.WriteString("  " + e.Name + strings.Repeat(" ", max(1, 16-len(e.Name))) + e.About + "\n")
	}
	s.WriteString("\nOf a CSV file the first line names the columns. Columns of numbers are\n" +
		"features as they are, columns of text are encoded one-hot; features, and the\n" +
		"target of a regression, are standardised, so that its loss is in units of the\n" +
		"target's variance.\n" +
		csvLong +
		"Flags that are not given take the experiment's own values. The same seed\n" +
		"gives the same parameters to the bit on every ISA but generic and with any\n" +
		"number of threads.\n\n" +
		"With --checkpoint a run that was interrupted or killed can go on: the same\n" +
		"command with --resume ends with the same bits as if it had never stopped, and\n" +
		"begins anew if there is no checkpoint yet. A folder serves one run at a time: a\n" +
		"second one is refused until the first has ended or crashed. --epochs counts from the beginning\n" +
		"of the first run. An interrupt (Ctrl-C, SIGTERM) keeps the last whole epoch,\n" +
		"prints what was reached, writes --save and --plot as far as it went, and ends\n" +
		"with status 1.")
	return s.String()
}

// train runs the plan: what can fail early does so before training.
func train[T tensor.Float](ctx context.Context, p *trainPlan, stdout, stderr io.Writer) error {
	var files trainOutputs
	if err := files.stage(ctx, &p.fitPlan); err != nil {
		return err
	}
	defer files.discard()
	dataset, err := await(ctx, p.load)
	if err != nil {
		return err
	}
	job, err := tabular.Prepare[T](dataset, p.settings)
	if err != nil {
		return withHidden(err, &p.settings)
	}
	if err := printNotes(stderr, dataset.Notes); err != nil {
		return err
	}
	if p.checkpoint != "" {
		job.Keep(p.checkpoint, p.every, p.resume)
	}
	if err := writeArchitecture(&files, p, job); err != nil {
		return err
	}
	r := &trainingRun[T]{
		fitPlan: &p.fitPlan, about: describe(p, job), model: job.Model, trainer: &job.Trainer,
		train: job.Train, metrics: p.metrics, fit: job.Fit, encode: job.Trained().Encode,
	}
	if job.Validation != nil {
		r.validation = job.Validation
	}
	if job.Target != nil {
		r.targetScale = job.Target.Deviation[0]
	}
	return r.run(ctx, &files, stdout, stderr)
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
	bar := newProgress(stdout, stderr, "training", "steps", t.epochs*t.train.Len())
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
		return fmt.Errorf("interrupted after %s", count(epochs, "epoch"))
	}
	return fmt.Errorf("interrupted after %s, which %s keeps: go on with --resume",
		count(epochs, "epoch"), p.checkpoint)
}

// Formats of the figures.
var (
	plotFormats = []string{plot.SVG, plot.PNG}
	archFormats = []string{plot.SVG}
)
