package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/report"
	"simdnn/cmd/nnbench/internal/suite"
	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/nn/experiment"
	"simdnn/nn/tabular"
)

// reportFlags are the flags of report as given.
type reportFlags struct {
	output, from, compare, save string
	model, data                 string
	quick                       bool
}

func newReport() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Draw what this machine does as one HTML page",
		Long: "report measures the kernels, trains the experiments and writes one HTML page\n" +
			"that needs nothing beside itself: the machine, a roofline of the kernels,\n" +
			"speed by size for each ISA, training steps, losses, and the tables behind the\n" +
			"pictures.\n\n" +
			"It takes about a minute; --quick takes fewer sizes. --from draws a run that\n" +
			"nnbench run or report --save has kept, instead of measuring. --compare shows\n" +
			"the times beside those of an earlier run. The training runs are made each\n" +
			"time: what they reach is the same on every machine.\n\n" +
			"With --model the page is about a model that train --save wrote: its confusion\n" +
			"matrix and surest mistakes on the images of --data, the filters of its first\n" +
			"layer, reconstructions, generated text, its forecasts of a series; or on the\n" +
			"rows of a table its confusion matrix, or what it predicts beside the target,\n" +
			"and what each column is worth to it.",
		Example: "  nnbench report -o report.html\n" +
			"  nnbench report --quick --save results/before.txt\n" +
			"  nnbench report --from results/after.txt --compare results/before.txt\n" +
			"  nnbench report --model mnist.safetensors --data mnist -o mnist.html\n" +
			"  nnbench report --model iris.safetensors --data iris.csv -o iris.html",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.model != "" {
				return f.runModel(cmd.Context(), cmd.OutOrStdout())
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "report.html", "`FILE` to write the page to")
	flags.StringVar(&f.from, "from", "",
		"draw the run kept in this `FILE`, in Go's benchmark format, and measure nothing")
	flags.StringVar(&f.compare, "compare", "", "compare with the earlier run kept in this `FILE`")
	flags.StringVar(&f.save, "save", "",
		"keep the results in this `FILE`, in Go's benchmark format")
	flags.StringVar(&f.model, "model", "", "draw this model's `FILE`, which train --save wrote, instead")
	flags.StringVar(&f.data, "data", "", "data to show the model with: `FOLDER` or file, as train takes it")
	flags.BoolVar(&f.quick, "quick", false, "measure fewer sizes")
	return cmd
}

// run makes the page. What can fail early does so before the measurements.
func (f *reportFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	if f.data != "" {
		return cli.Usagef("--data shows what a model does, and goes with --model FILE")
	}
	if f.from != "" && (f.save != "" || f.quick) {
		return cli.Usagef("--from measures nothing: --save and --quick don't go with it")
	}
	for _, other := range []cli.NamedFile{
		{Flag: "compare", Path: f.compare}, {Flag: "from", Path: f.from}, {Flag: "save", Path: f.save},
	} {
		if err := cli.CheckDistinct(other, cli.NamedFile{Flag: "output", Path: f.output}); err != nil {
			return cli.Usage(err)
		}
	}
	source := report.Source{Made: time.Now()}
	var err error
	if f.compare != "" {
		if source.Old, err = loadResults(f.compare); err != nil {
			return cli.Usagef("--compare: %w", err)
		}
	}
	page, err := atomicfile.Create(f.output)
	if err != nil {
		return err
	}
	defer page.Discard()
	if f.from != "" {
		if source.Results, err = loadResults(f.from); err != nil {
			return cli.Usagef("--from: %w", err)
		}
	} else if source.Results, err = f.measure(ctx, source.Old, stderr); err != nil {
		return err
	}
	if source.Runs, err = trainAll(ctx); err != nil {
		return err
	}
	if err := report.Write(page, source); err != nil {
		return cli.Usage(err)
	}
	if err := page.Commit(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %s\n", f.output,
		cli.Count(len(source.Results.Benchmarks), "benchmark"))
	return err
}

// loadResults reads a file in Go's benchmark format.
func loadResults(path string) (*report.Results, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return report.Read(file, path)
}

// Each benchmark is measured reportPasses times for reportTime, far apart from one another, so that
// a disturbance spoils one of them at most. Ceilings, of which the best counts, are measured
// ceilingPasses times more.
const (
	reportPasses  = 3
	ceilingPasses = 7
	reportTime    = 15 * time.Millisecond
)

// measure runs the sweep over all ISAs, and keeps the results if that is wanted.
func (f *reportFlags) measure(
	ctx context.Context, old *report.Results, stderr io.Writer,
) (*report.Results, error) {
	isas, err := bench.ParseISAs("all")
	if err != nil {
		return nil, err
	}
	cases := bench.Sweep(isas, f.quick)
	if old != nil && !old.HasAny(cases) {
		return nil, cli.Usagef("--compare: %s holds none of the benchmarks that report measures",
			f.compare)
	}
	var file *atomicfile.File
	if f.save != "" {
		if file, err = atomicfile.Create(f.save); err != nil {
			return nil, err
		}
		defer file.Discard()
	}
	var results bytes.Buffer
	err = measureSweep(ctx, &results, cases, stderr)
	if errors.Is(err, context.Canceled) {
		return nil, cli.Usagef("interrupted before the measurements were complete")
	}
	if err != nil {
		return nil, err
	}
	if file != nil {
		if _, err := file.Write(results.Bytes()); err != nil {
			return nil, err
		}
		if err := file.Commit(); err != nil {
			return nil, err
		}
	}
	return report.Read(&results, "this run")
}

// measureSweep measures the cases, and the ceilings among them more often.
func measureSweep(
	ctx context.Context, results io.Writer, cases []bench.Case, stderr io.Writer,
) error {
	ceilings := slices.DeleteFunc(slices.Clone(cases), func(c bench.Case) bool {
		return c.Family != "Ceiling"
	})
	total := ceilingPasses*len(ceilings) + reportPasses*len(cases)
	bar := cli.NewProgress(io.Discard, stderr, "measuring", "benchmarks", total)
	follower := &follower{progress: bar, total: total}
	defer bar.End()
	machine, w := suite.Machine(suite.Revision()), io.MultiWriter(results, follower)
	if _, err := suite.Run(ctx, w, ceilings, machine, ceilingPasses, reportTime); err != nil {
		return err
	}
	_, err := suite.Run(ctx, w, cases, machine, reportPasses, reportTime)
	return err
}

// follower moves a progress bar by the results that are written to it.
type follower struct {
	progress    *cli.Progress
	done, total int
}

// Write counts the lines of results.
func (f *follower) Write(text []byte) (int, error) {
	f.done += bytes.Count(text, []byte("\nBenchmark"))
	if bytes.HasPrefix(text, []byte("Benchmark")) {
		f.done++
	}
	f.progress.Set(f.done, f.total)
	return len(text), nil
}

// trainAll trains every experiment with its default settings.
func trainAll(ctx context.Context) ([]report.TrainingRun, error) {
	var runs []report.TrainingRun
	for _, e := range experiment.All() {
		dataset, err := e.Data()
		if err != nil {
			return nil, err
		}
		job, err := tabular.Prepare[float32](dataset, e.Settings)
		if err != nil {
			return nil, err
		}
		start := time.Now()
		h, err := job.Fit(ctx)
		if errors.Is(err, context.Canceled) {
			return nil, cli.Usagef("interrupted while training %s", e.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		runs = append(runs, report.TrainingRun{
			Name: e.Name, About: e.About, Loss: training.LossTitle(job.Model.Loss()),
			Metric: training.MetricTitle(h.Metric), Epochs: h.Epochs, Time: time.Since(start),
		})
	}
	return runs, nil
}
