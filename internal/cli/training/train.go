// Package training is the command train, and verify, which repeats its runs: flags, what is printed
// and the files that are written, for every program that trains.
package training

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/internal/memory"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// fitFlags are the flags that every training run has.
type fitFlags struct {
	program                          *Program
	optimizer, dtype                 string
	lr, decay, validation            float64
	batch, epochs, patience, threads int
	shards                           int
	seed                             uint32
	plot, save, checkpoint           string
	every                            int
	resume, json                     bool
}

// trainFlags are the flags of train as given.
type trainFlags struct {
	csv                            csvFlags
	hidden, activation, init, arch string
	stratify                       bool
	fitFlags
}

// trainPlan is what train has to do on a table.
type trainPlan struct {
	fitPlan
	load     func() (*tabular.Dataset, error)
	settings tabular.Settings
	metrics  []nn.Metric
}

// NewTrain returns the command train.
func (p *Program) NewTrain() *cobra.Command {
	f := trainFlags{fitFlags: fitFlags{program: p}, csv: csvFlags{program: p}}
	cmd := &cobra.Command{
		Use: "train <" + strings.Join(experiment.Names(), "|") +
			"> | train --data FILE --target COLUMN --task regression|classification",
		Short: "Train a network on one of the experiments or on a CSV file",
		Long:  trainLong(),
		Example: p.named("  nnbench train regression\n" +
			"  nnbench train classification --hidden 64,32 --optimizer adam --lr 0.001 --epochs " +
			"40\n" +
			"  nnbench train digits --plot curves.png --arch network.svg\n" +
			"  nnbench train --data iris.csv --target species --task classification " +
			"--patience 20 --save iris.safetensors\n" +
			"  nnbench train --data titanic.csv --target survived --task classification " +
			"--drop name,ticket --missing mean\n" +
			"  nnbench train digits --epochs 4000 --checkpoint run1 --resume\n" +
			"  nnbench train regression --seed 2 --json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, err := f.parse(cmd, args)
			if err != nil {
				return cli.Usage(err)
			}
			run := train[float32]
			if f.dtype == "f64" {
				run = train[float64]
			}
			ctx := withCommand(cmd, args, f.csv.data)
			if f.csv.data == "-" {
				ctx.Value(commandKey{}).(*command).stdin = f.csv.stdin
			}
			return WithFlags(run(ctx, plan, cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	f.register(cmd)
	cmd.AddCommand(p.newTrainMNIST(), p.newTrainImages(), p.newTrainText(), p.newTrainSeries())
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
	dataset, err := cli.Await(ctx, p.load)
	if err != nil {
		return err
	}
	job, err := tabular.Prepare[T](dataset, p.settings)
	if err != nil {
		return withHidden(err, &p.settings)
	}
	if err := p.printNotes(stderr, dataset.Notes); err != nil {
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

// withHidden returns an error of [tabular.Prepare] with the flag in place of hidden layers that
// need more memory than there is.
func withHidden(err error, s *tabular.Settings) error {
	if e := new(memory.Error); errors.As(err, &e) {
		text := strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Hidden), "[]"), " ", ",")
		return cli.Usagef("--hidden %s: %w", text, e)
	}
	return err
}
