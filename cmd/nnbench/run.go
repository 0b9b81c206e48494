package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/suite"
	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
)

// runFlags are the flags of run as given.
type runFlags struct {
	save, bench, isa, revision string
	count                      int
	benchtime                  time.Duration
	full, sweep, list, serve   bool
	slow, allocate             string
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the benchmarks and keep the results in Go's benchmark format",
		Long: "run measures the benchmarks of package bench and prints the results in Go's\n" +
			"benchmark format, under lines that say where and what was measured: goos,\n" +
			"goarch, cpu, isa, goversion, revision. nnbench compare, nnbench report and\n" +
			"benchstat read it. benchstat keeps results with different lines apart: give\n" +
			"it -ignore goversion,revision to compare two revisions.\n\n" +
			"A figure is the median over batches of calls in --benchtime; the benchmarks\n" +
			"run --count times, pass by pass. An interrupt (Ctrl-C) stops before the next\n" +
			"measurement and keeps the others; the exit status is then 2.\n\n" +
			"With --serve it answers instead: each line of standard input names a\n" +
			"benchmark, and each answer is a result from a slice of about 4 milliseconds,\n" +
			"the fastest of its batches, with ref-ns, the time of a kernel of fused\n" +
			"multiply-adds beside it. This is what nnbench guard asks of both builds.",
		Example: "  nnbench run --save results/new.txt\n" +
			"  nnbench run --bench 'MatMul/trans=NN' --isa all --count 10\n" +
			"  nnbench run --list\n" +
			"  nnbench compare results/old.txt results/new.txt",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cases, err := f.cases()
			switch {
			case err != nil:
				return cli.Usage(err)
			case f.list:
				return list(cmd.OutOrStdout(), cases)
			case f.serve:
				err := suite.Serve(cmd.InOrStdin(), cmd.OutOrStdout(), suite.Machine(f.revision),
					f.plant())
				if err != nil {
					return cli.Usagef("--serve: %w", err)
				}
				return nil
			}
			return f.run(cmd.Context(), cmd.OutOrStdout(), cases)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.save, "save", "", "file to keep the results in")
	flags.StringVar(&f.bench, "bench", ".", "regular expression: benchmarks whose name it matches")
	flags.StringVar(&f.isa, "isa", "", "ISAs, or all (default the active one)")
	flags.BoolVar(&f.full, "full", false, "every size with every transpose and type")
	flags.BoolVar(&f.sweep, "sweep", false,
		"the benchmarks that show speed against size, in place of the others")
	flags.IntVar(&f.count, "count", 6, "measurements of each benchmark")
	flags.DurationVar(&f.benchtime, "benchtime", 50*time.Millisecond, "time of a measurement")
	flags.StringVar(&f.revision, "revision", suite.Revision(),
		"revision of the source, if the build didn't record it")
	flags.BoolVar(&f.list, "list", false, "print the names of the benchmarks and measure nothing")
	flags.BoolVar(&f.serve, "serve", false, "measure what standard input names")
	flags.StringVar(&f.slow, "plant-slow", "", "benchmark that --serve makes a tenth slower")
	flags.StringVar(&f.allocate, "plant-allocation", "", "benchmark that --serve makes allocate")
	// for guard's test of itself
	for _, hidden := range []string{"plant-slow", "plant-allocation"} {
		if err := flags.MarkHidden(hidden); err != nil {
			panic(err)
		}
	}
	return cmd
}

// cases returns the benchmarks that the flags choose.
func (f *runFlags) cases() ([]bench.Case, error) {
	isas, err := bench.ParseISAs(f.isa)
	if err != nil {
		return nil, fmt.Errorf("--isa: %w", err)
	}
	pattern, err := regexp.Compile(f.bench)
	if err != nil {
		return nil, fmt.Errorf("--bench: %w", err)
	}
	if f.count < 1 {
		return nil, fmt.Errorf("--count: %d is not a positive number of measurements", f.count)
	}
	if f.benchtime <= 0 {
		return nil, fmt.Errorf("--benchtime: %v is not a positive time", f.benchtime)
	}
	var cases []bench.Case
	all := bench.Cases(bench.Options{ISAs: isas, Full: f.full})
	if f.sweep {
		all = bench.Sweep(isas, false)
	}
	for _, c := range all {
		if pattern.MatchString(c.Name()) {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("--bench: no benchmark matches %q; nnbench run --list shows them",
			f.bench)
	}
	return cases, nil
}

// list prints the names of the cases.
func list(w io.Writer, cases []bench.Case) error {
	for i := range cases {
		if _, err := fmt.Fprintln(w, cases[i].Name()); err != nil {
			return err
		}
	}
	return nil
}

// plant returns the fault that the flags ask for.
func (f *runFlags) plant() suite.Plant {
	if f.allocate != "" {
		return suite.Plant{Case: f.allocate, Allocate: true}
	}
	return suite.Plant{Case: f.slow, Again: 10}
}

// run measures and prints, and saves what there is when it ends or is interrupted.
func (f *runFlags) run(ctx context.Context, stdout io.Writer, cases []bench.Case) error {
	if f.save == "" {
		_, err := f.measure(ctx, stdout, cases)
		return err
	}
	if err := os.Mkdir(filepath.Dir(f.save), 0o777); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("can't write %s: %w", f.save, err)
	}
	file, err := atomicfile.Create(f.save)
	if err != nil {
		return err
	}
	defer file.Discard()
	results, failed := f.measure(ctx, io.MultiWriter(stdout, file), cases)
	if results == 0 {
		return failed
	}
	return errors.Join(failed, file.Commit())
}

// measure measures and writes the results, and returns their number.
func (f *runFlags) measure(
	ctx context.Context, w io.Writer, cases []bench.Case,
) (results int, err error) {
	results, err = suite.Run(ctx, w, cases, suite.Machine(f.revision), f.count, f.benchtime)
	if errors.Is(err, context.Canceled) {
		err = cli.Usagef("interrupted: %d of %d results were measured", results, f.count*len(cases))
	}
	return results, err
}
