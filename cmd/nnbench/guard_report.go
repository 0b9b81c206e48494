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
	"simdnn/internal/atomicfile"
)

// guardLine is a benchmark in JSON.
type guardLine struct {
	Benchmark string `json:"benchmark"`
	OldNS     number `json:"old_ns"`
	NewNS     number `json:"new_ns"`
	// of the time relative to the reference kernel's: 0.1 is a tenth slower
	Change         number        `json:"change"`
	NoiseFloor     number        `json:"noise_floor"`
	OldAllocations number        `json:"old_allocs"`
	NewAllocations number        `json:"new_allocs"`
	OldBytes       number        `json:"old_bytes"`
	NewBytes       number        `json:"new_bytes"`
	Passes         int           `json:"passes"`
	Verdict        guard.Verdict `json:"verdict"`
}

// print writes the report as the flags ask for.
func (f *guardFlags) print(w io.Writer, r *guard.Report, took time.Duration) error {
	if f.json {
		return printGuardJSON(w, r)
	}
	summary := fmt.Sprintf("%s against %s: %d benchmarks in %.0f s: %s\n", f.name(1), f.name(0),
		len(r.Results), took.Seconds(), countVerdicts(r.Results))
	for what, names := range map[string][]string{
		"only in the old build": r.OldOnly, "only in the new build": r.NewOnly,
	} {
		if len(names) > 0 {
			summary += fmt.Sprintf("%s: %s\n", what, strings.Join(names, ", "))
		}
	}
	if f.markdown {
		fmt.Fprintln(w, summary)
		printGuardTable(w, r.Results, "| %s | %s | %s | %s | %s | %s | %s |\n",
			"|---|--:|--:|--:|--:|--:|---|\n")
		return nil
	}
	width := len("benchmark")
	for _, b := range r.Results {
		width = max(width, len(b.Name))
	}
	printGuardTable(w, r.Results, fmt.Sprintf("%%-%ds %%9s %%9s %%8s %%7s %%9s  %%s\n", width), "")
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
		line := guardLine{b.Name, number(b.OldNS), number(b.NewNS), number(b.Change),
			number(b.Floor), number(b.OldAllocations), number(b.NewAllocations),
			number(b.OldBytes), number(b.NewBytes), b.Passes, b.Verdict}
		if err := jsonLine(w, line); err != nil {
			return err
		}
	}
	return nil
}

// printGuardTable writes a table whose rows have the format, with a rule under its head.
func printGuardTable(w io.Writer, results []guard.Result, format, rule string) {
	fmt.Fprintf(w, format, "benchmark", "old", "new", "change", "noise", "B/op", "verdict")
	fmt.Fprint(w, rule)
	for _, b := range results {
		memory := fmt.Sprintf("%.0f", b.NewBytes)
		if b.NewBytes != b.OldBytes {
			memory = fmt.Sprintf("%.0f → %.0f", b.OldBytes, b.NewBytes)
		}
		fmt.Fprintf(w, format, b.Name, nanoseconds(b.OldNS), nanoseconds(b.NewNS),
			fmt.Sprintf("%+.1f %%", 100*b.Change),
			fmt.Sprintf("%.1f %%", 100*b.Floor), memory, b.Verdict)
	}
}

// countVerdicts returns how often each verdict was given, the worst first.
func countVerdicts(results []guard.Result) string {
	counts := map[guard.Verdict]int{}
	for _, b := range results {
		counts[b.Verdict]++
	}
	var text []string
	for _, v := range []guard.Verdict{guard.Slower, guard.Allocates, guard.Unclear, guard.Faster,
		guard.Same} {
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
	for name, slices := range map[string][]*benchfmt.Result{
		"old.txt": r.OldSlices, "new.txt": r.NewSlices,
	} {
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
