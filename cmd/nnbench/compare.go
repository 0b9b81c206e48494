package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"simdnn/cmd/nnbench/internal/compare"
	"simdnn/internal/cli"
)

// compareLine is a benchmark in one unit, in JSON.
type compareLine struct {
	Benchmark string          `json:"benchmark"`
	Unit      string          `json:"unit"`
	Old       cli.Number      `json:"old"` // medians
	New       cli.Number      `json:"new"`
	Delta     cli.Number      `json:"delta"` // 0.1 is a tenth more
	P         cli.Number      `json:"p"`
	OldN      int             `json:"old_n"`
	NewN      int             `json:"new_n"`
	Verdict   compare.Verdict `json:"verdict"`
}

// compareFlags are the flags of compare as given.
type compareFlags struct {
	threshold      float64
	json, markdown bool
}

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Compare two files of benchmark results, as benchstat does",
		Long: `compare reads two files in Go's benchmark format, from nnbench run --save or go test
-bench, and shows medians with 95 % confidence intervals and what changed significantly
(Mann-Whitney U test, p < 0.05). Take each benchmark at least 6 times.

The table and the verdicts are those of benchstat -ignore goversion,revision, but for one case: with
equal values among the results and different numbers of runs in the files, benchstat's p may be
anything from 0 to 2. Here it is counted out there, for up to 50 runs a file: twice the share of
permutations of the results that are as extreme, on the side where that is less, and at most 1. So p
is above 0 and at most 1, and the same in both directions. Units that are declared exact
("Unit NAME assume=exact") are compared without a test; their p is 0 in JSON.

A regression is a significant change for the worse by more than --threshold. Units whose better
direction is unknown (without a line "Unit NAME better=higher" or lower) never regress.

Exit status: 0 no regression, 1 a regression, 2 wrong usage, files without results or without a
common benchmark.`,
		Example: "  nnbench compare results/old.txt results/new.txt\n" +
			"  nnbench compare old.txt new.txt --threshold 2\n" +
			"  nnbench compare old.txt new.txt --markdown >>summary.md\n" +
			"  nnbench compare old.txt new.txt --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return cli.Usagef("compare takes two files, OLD and NEW; got %d", len(args))
			}
			return f.check()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := compare.Files(args[0], args[1])
			if err != nil {
				return cli.Usage(err)
			}
			for _, warning := range c.Warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "nnbench: %v\n", warning)
			}
			return f.print(cmd.OutOrStdout(), c)
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&f.threshold, "threshold", 5, "percent by which a benchmark may become worse")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines")
	flags.BoolVar(&f.markdown, "markdown", false, "print tables in Markdown")
	return cmd
}

// check refuses flags that make no sense.
func (f *compareFlags) check() error {
	if !(f.threshold >= 0) {
		return cli.Usagef("--threshold: %v is not a percentage", f.threshold)
	}
	if f.json && f.markdown {
		return cli.Usagef("compare prints JSON or Markdown, not both")
	}
	return nil
}

// print prints a comparison and returns an error that counts the regressions, if there are any.
func (f *compareFlags) print(w io.Writer, c *compare.Comparison) error {
	show := c.Text
	switch {
	case f.json:
		show = func(w io.Writer) error { return printComparisonJSON(w, c) }
	case f.markdown:
		show = c.Markdown
	}
	if err := show(w); err != nil {
		return err
	}
	regressions, first := 0, ""
	for i := range c.Tables {
		t := &c.Tables[i]
		for j := range t.Rows {
			if r := &t.Rows[j]; t.Regression(r, f.threshold/100) {
				if regressions++; first == "" {
					first = fmt.Sprintf("%s by %+.1f %% %s", r.Name, 100*r.Delta(), t.Unit)
				}
			}
		}
	}
	if regressions > 0 {
		return fmt.Errorf("regressions beyond %g %%: %d; the first: %s",
			f.threshold, regressions, first)
	}
	return nil
}

func printComparisonJSON(w io.Writer, c *compare.Comparison) error {
	for i := range c.Tables {
		t := &c.Tables[i]
		for j := range t.Rows {
			r := &t.Rows[j]
			if !r.Common() {
				continue
			}
			line := compareLine{
				Benchmark: r.Name, Unit: t.Unit,
				Old: cli.Number(r.Old.Summary.Center), New: cli.Number(r.New.Summary.Center),
				Delta: cli.Number(r.Delta()), P: cli.Number(r.Test.P),
				OldN: len(r.Old.Sample.Values), NewN: len(r.New.Sample.Values),
				Verdict: t.Verdict(r),
			}
			if err := cli.JSONLine(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}
