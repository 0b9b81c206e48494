package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"

	"simdnn/cmd/nnbench/internal/guard"
	"simdnn/cmd/nnbench/internal/markdown"
	"simdnn/internal/atomicfile"
	"simdnn/internal/cli"
)

// guardLine is a benchmark in JSON.
type guardLine struct {
	Benchmark      string        `json:"benchmark"`
	OldNS          cli.Number    `json:"old_ns"`
	NewNS          cli.Number    `json:"new_ns"`
	Change         cli.Number    `json:"change"` // of the time: 0.1 is a tenth slower
	NoiseFloor     cli.Number    `json:"noise_floor"`
	OldAllocations cli.Number    `json:"old_allocs"`
	NewAllocations cli.Number    `json:"new_allocs"`
	OldBytes       cli.Number    `json:"old_bytes"`
	NewBytes       cli.Number    `json:"new_bytes"`
	Passes         int           `json:"passes"`
	Verdict        guard.Verdict `json:"verdict"`
}

// print writes the report as the flags ask for.
func (f *guardFlags) print(w io.Writer, r *guard.Report, took time.Duration) error {
	if f.json {
		return printGuardJSON(w, r)
	}
	summary := fmt.Sprintf("%s against %s: %d benchmarks in %.0f s: %s\n",
		f.name(1), f.name(0), len(r.Results), took.Seconds(), countVerdicts(r.Results))
	for i, names := range [][]string{r.OldOnly, r.NewOnly} {
		if len(names) > 0 {
			build := [2]string{"old", "new"}[i]
			summary += fmt.Sprintf("only in the %s build: %s\n", build, strings.Join(names, ", "))
		}
	}
	if f.markdown {
		return printGuardMarkdown(w, r.Results, summary)
	}
	printGuardTable(w, r.Results)
	_, err := fmt.Fprintf(w, "\n%s", summary)
	return err
}

// name returns what the user calls the old or the new build.
func (f *guardFlags) name(build int) string {
	if len(f.revisions) == 2 {
		return f.revisions[build]
	}
	return [2]string{f.old, f.new}[build]
}

func printGuardJSON(w io.Writer, r *guard.Report) error {
	for _, b := range r.Results {
		line := guardLine{
			Benchmark: b.Name, OldNS: cli.Number(b.OldNS), NewNS: cli.Number(b.NewNS),
			Change: cli.Number(b.Change), NoiseFloor: cli.Number(b.Floor),
			OldAllocations: cli.Number(b.OldAllocations), NewAllocations: cli.Number(b.NewAllocations),
			OldBytes: cli.Number(b.OldBytes), NewBytes: cli.Number(b.NewBytes),
			Passes: b.Passes, Verdict: b.Verdict,
		}
		if err := cli.JSONLine(w, line); err != nil {
			return err
		}
	}
	return nil
}

var guardColumns = []string{"benchmark", "old", "new", "change", "noise", "B/op", "verdict"}

// guardRow returns the cells of a benchmark.
func guardRow(b *guard.Result) []string {
	memory := fmt.Sprintf("%.0f", b.NewBytes)
	if b.NewBytes != b.OldBytes {
		memory = fmt.Sprintf("%.0f → %.0f", b.OldBytes, b.NewBytes)
	}
	return []string{b.Name, cli.Nanoseconds(b.OldNS), cli.Nanoseconds(b.NewNS),
		fmt.Sprintf("%+.1f %%", 100*b.Change), fmt.Sprintf("%.1f %%", 100*b.Floor),
		memory, string(b.Verdict)}
}

// printGuardTable writes a table with columns as wide as the names need.
func printGuardTable(w io.Writer, results []guard.Result) {
	width := len(guardColumns[0])
	for _, b := range results {
		width = max(width, len(b.Name))
	}
	row := func(c []string) {
		fmt.Fprintf(w, "%-*s %9s %9s %8s %7s %9s  %s\n",
			width, c[0], c[1], c[2], c[3], c[4], c[5], c[6])
	}
	row(guardColumns)
	for i := range results {
		row(guardRow(&results[i]))
	}
}

// printGuardMarkdown writes a summary and a table in Markdown.
func printGuardMarkdown(w io.Writer, results []guard.Result, summary string) error {
	for line := range strings.Lines(summary) {
		fmt.Fprintf(w, "%s\n\n", markdown.Escape(strings.TrimSpace(line)))
	}
	if err := markdown.Header(w, guardColumns...); err != nil {
		return err
	}
	for i := range results {
		if err := markdown.Row(w, guardRow(&results[i])...); err != nil {
			return err
		}
	}
	return nil
}

// countVerdicts returns how often each verdict was given, the worst first.
func countVerdicts(results []guard.Result) string {
	counts := map[guard.Verdict]int{}
	for _, b := range results {
		counts[b.Verdict]++
	}
	var text []string
	worstFirst := []guard.Verdict{
		guard.Slower, guard.Allocates, guard.Unclear, guard.Faster, guard.Same}
	for _, v := range worstFirst {
		if counts[v] > 0 {
			text = append(text, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	return strings.Join(text, ", ")
}

// keep saves the slices if that was asked for.
func (f *guardFlags) keep(r *guard.Report) error {
	if f.save == "" {
		return nil
	}
	if err := os.Mkdir(f.save, 0o777); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("can't write to %s: %w", f.save, err)
	}
	slices := map[string][]*benchfmt.Result{"old.txt": r.OldSlices, "new.txt": r.NewSlices}
	for name, slices := range slices {
		err := atomicfile.Write(filepath.Join(f.save, name), func(w io.Writer) error {
			lines := benchfmt.NewWriter(w)
			for _, slice := range slices {
				if err := lines.Write(slice); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// printSelfTest writes the counts of a test of the guard.
func printSelfTest(w io.Writer, t *guard.SelfTest) {
	fmt.Fprintf(w, `
no change           %d of %d without an alarm
a tenth slower      %d of %d found
one allocation      %d of %d found
other benchmarks    %d of %d without an alarm
one comparison      %.0f s at most
`, t.Null.Right, t.Null.Trials, t.Slow.Right, t.Slow.Trials,
		t.Allocation.Right, t.Allocation.Trials, t.Others.Right, t.Others.Trials,
		t.Longest.Seconds())
}
