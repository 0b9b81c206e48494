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
)

// guardFlags are the flags and arguments of guard as given.
type guardFlags struct {
	old, new, bench, save string
	revisions             []string
	threshold             float64
	selfTest              bool
	trials                int
	json, markdown        bool
}

func newGuard() *cobra.Command {
	var f guardFlags
	cmd := &cobra.Command{
		Use:   "guard [OLDREV NEWREV]",
		Short: "Compare two builds and fail if a benchmark became slower or allocates more",
		Long: "guard compares two builds of nnbench: two binaries, or two git revisions of\n" +
			"the repository around the working folder, which it builds in a temporary\n" +
			"folder. The builds run benchmarks in turns, slice by slice of some\n" +
			"milliseconds, and each time is taken beside a reference kernel's in the same\n" +
			"slice. The old build runs a second time as control: what it differs from\n" +
			"itself is the noise floor of a benchmark.\n\n" +
			"A benchmark is slower if it takes more than --threshold longer in each of\n" +
			"three rounds, and more than the noise floor in all together; suspects alone\n" +
			"come to the later rounds. One more allocation or byte per call is always a\n" +
			"regression. A comparison takes one to three minutes.\n\n" +
			"--self-test compares a binary (--old, or this program) with itself: as it is,\n" +
			"with one kernel that repeats every tenth call, and with a training step that\n" +
			"allocates once; and counts how often the verdict was right.\n\n" +
			"Exit status: 0 no regression, 1 a regression, 2 no verdict: a binary that\n" +
			"fails, a revision that does not build, an interrupt. What was measured until\n" +
			"then is shown, and saved with --save.",
		Example: "  nnbench guard main HEAD\n" +
			"  nnbench guard --old ./nnbench.old --new ./nnbench.new --bench 'MatMul|Step' " +
			"--save results\n" +
			"  nnbench guard main HEAD --markdown >>summary.md\n" +
			"  nnbench guard --self-test",
		Args: func(_ *cobra.Command, args []string) error { f.revisions = args; return f.check() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stdout, stderr := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			if f.selfTest {
				return f.test(ctx, stdout)
			}
			return f.compare(ctx, stdout, stderr)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.old, "old", "", "binary of nnbench to compare with")
	flags.StringVar(&f.new, "new", "", "binary of nnbench to judge")
	flags.StringVar(&f.bench, "bench", ".", "regular expression: benchmarks whose name it matches")
	flags.Float64Var(&f.threshold, "threshold", 5, "percent by which a benchmark may become slower")
	flags.StringVar(&f.save, "save", "",
		"folder to keep the slices in: old.txt and new.txt, in Go's benchmark format")
	flags.BoolVar(&f.selfTest, "self-test", false, "test the guard on this machine")
	flags.IntVar(&f.trials, "trials", 20, "trials of each kind in --self-test")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines")
	flags.BoolVar(&f.markdown, "markdown", false, "print a table in Markdown")
	return cmd
}

// check refuses combinations of flags and arguments that make no sense.
func (f *guardFlags) check() error {
	switch binaries := f.old != "" || f.new != ""; {
	case f.selfTest && (f.new != "" || len(f.revisions) > 0):
		return usagef("--self-test takes one binary, with --old")
	case f.selfTest && f.trials < 1:
		return usagef("--trials: %d is not a positive number of trials", f.trials)
	case f.selfTest:
	case binaries && len(f.revisions) > 0:
		return usagef("guard takes two binaries or two revisions, not both")
	case binaries && (f.old == "" || f.new == ""):
		return usagef("guard takes both --old and --new")
	case !binaries && len(f.revisions) != 2:
		return usagef("guard takes two revisions, or --old and --new; got %d arguments",
			len(f.revisions))
	}
	if f.json && f.markdown {
		return usagef("guard prints JSON or Markdown, not both")
	}
	if !(f.threshold >= 0) {
		return usagef("--threshold: %v is not a percentage", f.threshold)
	}
	return nil
}

// options returns what the flags ask the guard for.
func (f *guardFlags) options() (guard.Options, error) {
	pattern, err := regexp.Compile(f.bench)
	if err != nil {
		return guard.Options{}, usagef("--bench: %w", err)
	}
	return guard.Options{Old: f.old, New: f.new, Bench: pattern, Threshold: f.threshold / 100}, nil
}

// compare compares two builds and prints what it found.
func (f *guardFlags) compare(ctx context.Context, stdout, stderr io.Writer) (failed error) {
	o, err := f.options()
	if err != nil {
		return err
	}
	if len(f.revisions) == 2 {
		builds, err := guard.Build(ctx, f.revisions[0], f.revisions[1])
		defer func() { failed = errors.Join(failed, builds.Remove()) }()
		if err != nil {
			return usageError{interrupted(err)}
		}
		o.Old, o.New = builds.Old, builds.New
	}
	bar := newProgress(stdout, stderr, "comparing", "measurements", 1)
	o.Progress = bar.set
	start := time.Now()
	report, err := guard.Run(ctx, o)
	bar.end()
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
		return usageError{interrupted(err)}
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
	if o.Old == "" {
		if o.Old, err = os.Executable(); err != nil {
			return err
		}
	}
	start := time.Now()
	var wrong int
	t, failed := guard.Test(ctx, o, f.trials, func(t *guard.SelfTest) {
		for ; wrong < len(t.Mistakes); wrong++ {
			fmt.Fprintln(stdout, t.Mistakes[wrong])
		}
		fmt.Fprintf(stdout, "%6.0f s: null %d/%d, a tenth slower %d/%d, one allocation more "+
			"%d/%d\n",
			time.Since(start).Seconds(),
			t.Null.Right, t.Null.Trials, t.Slow.Right, t.Slow.Trials,
			t.Allocation.Right, t.Allocation.Trials)
	})
	printSelfTest(stdout, t)
	switch {
	case failed != nil:
		return usageError{interrupted(failed)}
	case !t.Passed():
		return errors.New("the guard can't be trusted on this machine")
	}
	return nil
}
