package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"simdnn/cmd/nnbench/internal/guard"
	"simdnn/internal/cli"
)

// guardFlags are the flags and arguments of guard as given.
type guardFlags struct {
	old, new, bench, save, pkg string
	benchtime                  time.Duration
	revisions                  []string
	threshold                  float64
	selfTest                   bool
	trials                     int
	json, markdown             bool
}

func newGuard() *cobra.Command {
	var f guardFlags
	cmd := &cobra.Command{
		Use:   "guard [OLDREV NEWREV]",
		Short: "Compare two builds and fail if a benchmark became slower or allocates more",
		Long: `guard compares the benchmarks of two builds: two binaries, or two git revisions of
the repository around the working folder, which it builds in a temporary folder. What it builds are
the tests of the package named by --pkg, of any Go module, as go test -c does; or without --pkg
nnbench. Binaries are of tests or of nnbench; guard finds out which.

The builds run benchmarks in turns, slice by slice of some milliseconds. The old build runs a second
time as control: what it differs from itself is the noise floor of a benchmark.

  test binaries  A slice is a process that makes the number of calls that fill --benchtime, ten
                 times, and the fastest counts. --bench means what it means to go test -bench.
                 Revisions run in the package's folder, and binaries in the working folder. A
                 benchmark takes 144 processes or more: 3 to 10 seconds if its setup is quick.
  nnbench        Each slice holds a reference kernel, whose time the benchmark's is divided by.
                 --bench is matched to all of the name. A comparison takes one to three minutes.

A benchmark is slower if it takes more than --threshold longer in each of three rounds, and more
than the noise floor in all together; suspects alone come to the later rounds. One more allocation
or byte per call is a regression, of a test binary if it is more than the old build ever needed.

--self-test compares a build of nnbench (--old, or this program) with itself: as it is, with one
kernel that repeats every tenth call, and with a training step that allocates once; and counts how
often the verdict was right.

Exit status: 0 no regression, 1 a regression, 2 no verdict: a binary that fails, a revision that
does not build, an interrupt. What was measured until then is shown, and saved with --save.`,
		Example: `  nnbench guard main HEAD --pkg . --bench 'Parse|Encode'
  nnbench guard v1.2.0 HEAD --pkg ./internal/codec --markdown >>summary.md
  go test -c -o new.test . && git stash && go test -c -o old.test . && git stash pop
  nnbench guard --old old.test --new new.test --bench Parse/large
  nnbench guard main HEAD
  nnbench guard --old ./nnbench.old --new ./nnbench.new --bench 'MatMul|Step' --save results
  nnbench guard --self-test`,
		Args: func(_ *cobra.Command, args []string) error { f.revisions = args; return f.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stdout, stderr := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			if f.selfTest {
				return f.test(ctx, stdout)
			}
			return f.compare(ctx, stdout, stderr)
		},
	}
	f.define(cmd)
	return cmd
}

// define defines the flags.
func (f *guardFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.old, "old", "", "binary to compare with")
	flags.StringVar(&f.new, "new", "", "binary to judge")
	flags.StringVar(&f.pkg, "pkg", "", "package whose tests are built from the revisions "+
		"(default nnbench itself is)")
	flags.StringVar(&f.bench, "bench", ".", "regular expression: benchmarks whose name it matches")
	flags.DurationVar(&f.benchtime, "benchtime", time.Millisecond,
		"time of a run of a test binary's benchmark")
	flags.Float64Var(&f.threshold, "threshold", 5,
		"percent by which a benchmark may become slower")
	flags.StringVar(&f.save, "save", "",
		"folder to keep the slices in: old.txt and new.txt, in Go's benchmark format")
	flags.BoolVar(&f.selfTest, "self-test", false, "test the guard on this machine")
	flags.IntVar(&f.trials, "trials", 20, "trials of each kind in --self-test")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines")
	flags.BoolVar(&f.markdown, "markdown", false, "print a table in Markdown")
}

// check refuses combinations of flags and arguments that make no sense.
func (f *guardFlags) check() error {
	switch binaries := f.old != "" || f.new != ""; {
	case f.selfTest && (f.new != "" || f.pkg != "" || len(f.revisions) > 0):
		return cli.Usagef("--self-test takes one build of nnbench, with --old")
	case f.selfTest && f.trials < 1:
		return cli.Usagef("--trials: %d is not a positive number of trials", f.trials)
	case f.selfTest:
	case binaries && len(f.revisions) > 0:
		return cli.Usagef("guard takes two binaries or two revisions, not both")
	case binaries && (f.old == "" || f.new == ""):
		return cli.Usagef("guard takes both --old and --new")
	case binaries && f.pkg != "":
		return cli.Usagef("--pkg goes with two revisions; --old and --new are built already")
	case !binaries && len(f.revisions) != 2:
		return cli.Usagef("guard takes two revisions, or --old and --new; got %s",
			cli.Count(len(f.revisions), "argument"))
	}
	if f.json && f.markdown {
		return cli.Usagef("guard prints JSON or Markdown, not both")
	}
	if f.benchtime <= 0 {
		return cli.Usagef("--benchtime: %v is not a positive time", f.benchtime)
	}
	if !(f.threshold >= 0) {
		return cli.Usagef("--threshold: %v is not a percentage", f.threshold)
	}
	return nil
}

// options returns what the flags ask the guard for.
func (f *guardFlags) options() (guard.Options, error) {
	pattern, err := regexp.Compile(f.bench)
	if err != nil {
		return guard.Options{}, cli.Usagef("--bench: %w", err)
	}
	return guard.Options{
		Old: guard.Build{Binary: f.old}, New: guard.Build{Binary: f.new},
		Bench: pattern, BenchTime: f.benchtime, Threshold: f.threshold / 100,
	}, nil
}

// compare compares two builds and prints what it found.
func (f *guardFlags) compare(ctx context.Context, stdout, stderr io.Writer) (failed error) {
	o, err := f.options()
	if err != nil {
		return err
	}
	if len(f.revisions) == 2 {
		builds, err := guard.BuildRevisions(ctx, f.revisions[0], f.revisions[1], f.pkg)
		defer func() { failed = errors.Join(failed, builds.Remove()) }()
		if err != nil {
			return cli.Usage(interrupted(err))
		}
		o.Old, o.New = builds.Old, builds.New
	}
	bar := cli.NewProgress(stdout, stderr, "comparing", "measurements", 1)
	o.Progress = bar.Set
	start := time.Now()
	report, err := guard.Run(ctx, o)
	bar.End()
	if len(report.Results) > 0 {
		if err := f.print(stdout, report, time.Since(start)); err != nil {
			return err
		}
		if err := f.keep(report); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return cli.Usage(interrupted(err))
	case report.Fails():
		return errors.New("there is a regression")
	}
	return nil
}

// interrupted says what an interrupt means, and returns other errors as they are.
func interrupted(err error) error {
	if guard.Interrupted(err) {
		return errors.New("interrupted: no verdict")
	}
	return err
}

// test tests the guard.
func (f *guardFlags) test(ctx context.Context, stdout io.Writer) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	if o.Old.Binary == "" {
		if o.Old.Binary, err = os.Executable(); err != nil {
			return err
		}
	}
	start := time.Now()
	var wrong int
	t, failed := guard.Test(ctx, o, f.trials, func(t *guard.SelfTest) {
		for ; wrong < len(t.Mistakes); wrong++ {
			fmt.Fprintln(stdout, t.Mistakes[wrong])
		}
		fmt.Fprintf(stdout,
			"%6.0f s: null %d/%d, a tenth slower %d/%d, one allocation more %d/%d\n",
			time.Since(start).Seconds(), t.Null.Right, t.Null.Trials, t.Slow.Right, t.Slow.Trials,
			t.Allocation.Right, t.Allocation.Trials)
	})
	if t.Null.Trials > 0 {
		printSelfTest(stdout, t)
	}
	switch {
	case failed != nil:
		return cli.Usage(interrupted(failed))
	case !t.Passed():
		return errors.New("the guard can't be trusted on this machine")
	}
	return nil
}
