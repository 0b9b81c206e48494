package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"simdnn/cmd/nnbench/internal/compare"
)

// compareLine is a benchmark in one unit, in JSON.
type compareLine struct {
	Benchmark string          `json:"benchmark"`
	Unit      string          `json:"unit"`
	Old       number          `json:"old"` // medians
	New       number          `json:"new"`
	Delta     number          `json:"delta"` // 0.1 is a tenth more
	P         number          `json:"p"`
	OldN      int             `json:"old_n"`
	NewN      int             `json:"new_n"`
	Verdict   compare.Verdict `json:"verdict"`
}

func newCompare() *cobra.Command {
	var threshold float64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Compare two files of benchmark results, as benchstat does",
		Long: "compare reads two files in Go's benchmark format, from nnbench run --save or\n" +
			"go test -bench, and shows medians with 95 % confidence intervals and what\n" +
			"changed significantly (Mann-Whitney U test, p < 0.05). The table and the\n" +
			"verdicts are those of benchstat -ignore goversion,revision. Take each\n" +
			"benchmark at least 6 times.\n\n" +
			"A regression is a significant change for the worse by more than --threshold.\n" +
			"Units whose better direction is unknown (without a line \"Unit NAME\n" +
			"better=higher\" or lower) never regress.\n\n" +
			"Exit status: 0 no regression, 1 a regression, 2 wrong usage, files without\n" +
			"results or without a common benchmark.",
		Example: "  nnbench compare results/old.txt results/new.txt\n" +
			"  nnbench compare old.txt new.txt --threshold 2\n" +
			"  nnbench compare old.txt new.txt --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("compare takes two files, OLD and NEW; got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(threshold >= 0) {
				return usagef("--threshold: %v is not a percentage", threshold)
			}
			c, err := compare.Files(args[0], args[1])
			if err != nil {
				return usageError{err}
			}
			for _, warning := range c.Warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "nnbench: %v\n", warning)
			}
			return printComparison(cmd.OutOrStdout(), c, threshold, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&threshold, "threshold", 5, "percent by which a benchmark may become worse")
	flags.BoolVar(&asJSON, "json", false, "print JSON Lines")
	return cmd
}

// printComparison prints a comparison and returns an error that lists the regressions, if there are
// any.
func printComparison(w io.Writer, c *compare.Comparison, threshold float64, asJSON bool) error {
	show := c.Text
	if asJSON {
		show = func(w io.Writer) error { return printComparisonJSON(w, c) }
	}
	if err := show(w); err != nil {
		return err
	}
	regressions, first := 0, ""
	for i := range c.Tables {
		t := &c.Tables[i]
		for j := range t.Rows {
			if r := &t.Rows[j]; t.Regression(r, threshold/100) {
				if regressions++; first == "" {
					first = fmt.Sprintf("%s by %+.1f %% %s", r.Name, 100*r.Delta(), t.Unit)
				}
			}
		}
	}
	if regressions > 0 {
		return fmt.Errorf("regressions beyond %g %%: %d; the first: %s", threshold, regressions,
			first)
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
			line := compareLine{r.Name, t.Unit, number(r.Old.Summary.Center),
				number(r.New.Summary.Center), number(r.Delta()), number(r.Test.P),
				len(r.Old.Sample.Values), len(r.New.Sample.Values), t.Verdict(r)}
			if err := jsonLine(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}
