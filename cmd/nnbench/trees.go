package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/tree"
)

func newTrees() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trees",
		Short: "Look into models of LightGBM and XGBoost, and predict with them",
		Example: "  nnbench trees info model.txt\n" +
			"  nnbench trees run model.json --data rows.csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q of trees; %s --help lists those there are", args[0],
					cmd.CommandPath())
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newTreesInfo(), newTreesRun())
	return cmd
}

// treesInfo is what trees info prints.
type treesInfo struct {
	Model     string   `json:"model"`
	Format    string   `json:"format"`
	Objective string   `json:"objective"`
	Features  int      `json:"features"`
	Names     []string `json:"names"`
	Targets   int      `json:"targets"`
	Outputs   int      `json:"outputs"`
	Trees     int      `json:"trees"`
	Nodes     int      `json:"nodes"`
	Leaves    int      `json:"leaves"`
}

func newTreesInfo() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:     "info MODEL",
		Short:   "Say what a model takes, gives and is made of",
		Example: "  nnbench trees info model.txt\n  nnbench trees info model.ubj --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("trees info takes one file; got %d arguments", len(args))
			}
			m, err := tree.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			e := m.Ensemble()
			i := treesInfo{args[0], m.Format, m.Objective, m.Features(), m.Names, m.Targets(), m.Outputs(),
				m.Trees(), len(e.Nodes), len(e.Leaves)}
			if json {
				return jsonLine(cmd.OutOrStdout(), i)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "model      %s\nformat     %s\nobjective  %s\n"+
				"features   %d %s\ntargets    %d\noutputs    %d\ntrees      %d\nnodes      %d\nleaves     %d\n",
				i.Model, i.Format, i.Objective, i.Features, strings.Join(i.Names, " "), i.Targets, i.Outputs,
				i.Trees, i.Nodes, i.Leaves)
			return err
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print one JSON line")
	return cmd
}

// treesFlags are the flags of trees run.
type treesFlags struct {
	data      string
	raw, json bool
	threads   int
}

func newTreesRun() *cobra.Command {
	var f treesFlags
	cmd := &cobra.Command{
		Use:   "run MODEL --data FILE",
		Short: "Predict the rows of a CSV file with a model of LightGBM or XGBoost",
		Long: "run prints what a model gives for each row of a CSV file: all digits of the\n" +
			"numbers that LightGBM or XGBoost predict. Its columns are found by the names of\n" +
			"the model's features; where the file has none of them, they stand in the model's\n" +
			"order. Empty cells, NaN and NA are missing values.",
		Example: "  nnbench trees run model.txt --data rows.csv\n" +
			"  nnbench trees run model.json --data rows.csv --raw --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || f.data == "" {
				return usagef("trees run takes one file and --data FILE.csv")
			}
			if f.threads < 1 {
				return usagef("--threads: %d is not a number of threads", f.threads)
			}
			m, err := tree.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			m.Threads = f.threads
			return f.run(m, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "CSV `FILE` with a line of names; - for standard input")
	flags.BoolVar(&f.raw, "raw", false, "print the sums before the objective's link")
	flags.IntVar(&f.threads, "threads", 1, "threads")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines, one per row")
	return cmd
}

// run predicts some rows at a time.
func (f *treesFlags) run(m *tree.Model, input io.Reader, stdout io.Writer) error {
	if f.data != "-" {
		file, err := os.Open(f.data)
		if err != nil {
			return usageError{err}
		}
		defer file.Close()
		input = file
	}
	text := bufio.NewReader(input)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" { // spreadsheets put it before UTF-8
		_, _ = text.Discard(len(mark))
	}
	lines := csv.NewReader(text)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if err != nil {
		return usagef("%s: %w", f.data, err)
	}
	places, err := placesOf(header, m)
	if err != nil {
		return usagef("%s: %w", f.data, err)
	}
	out := bufio.NewWriter(stdout)
	outputs, predict := m.Outputs(), m.Predict
	if f.raw {
		outputs, predict = m.Targets(), m.Raw
	}
	var rows, results []float64
	for more := true; more; {
		rows = rows[:0]
		for more && len(rows) < 1024*max(m.Features(), 1) {
			if more, err = appendRow(&rows, lines, places); err != nil {
				return errors.Join(usagef("%s: %w", f.data, err), out.Flush())
			}
		}
		if len(rows) == 0 {
			break
		}
		results = slices.Grow(results[:0], len(rows)/len(places)*outputs)[:len(rows)/len(places)*outputs]
		predict(results, rows)
		for ; len(results) > 0; results = results[outputs:] {
			f.print(out, results[:outputs])
		}
	}
	return out.Flush()
}

// placesOf returns the columns of a model's features.
func placesOf(header []string, m *tree.Model) ([]int, error) {
	var places []int
	for _, name := range m.Names {
		if at := slices.Index(header, name); at >= 0 {
			if slices.Contains(header[at+1:], name) {
				return nil, fmt.Errorf("there are two columns %q", name)
			}
			places = append(places, at)
		} else if len(places) > 0 {
			return nil, fmt.Errorf("there is no column %q", name)
		}
	}
	switch {
	case len(places) == m.Features() && len(places) > 0:
		return places, nil
	case len(places) > 0:
		return nil, fmt.Errorf("there is no column %q", m.Names[0])
	case len(header) != m.Features() || len(header) == 0:
		return nil, fmt.Errorf("%s for %s", count(len(header), "column"), count(m.Features(), "feature"))
	case isRow(header):
		return nil, fmt.Errorf("line 1 has numbers where the names of columns are expected")
	}
	for i := range header {
		places = append(places, i)
	}
	return places, nil
}

// isRow reports whether a header is a row of numbers instead. Those from 0 on are names that tables
// without names get.
func isRow(header []string) bool {
	counted := true
	for i, cell := range header {
		if _, err := strconv.ParseFloat(strings.TrimSpace(cell), 64); err != nil {
			return false
		}
		counted = counted && cell == strconv.Itoa(i)
	}
	return !counted
}

// appendRow appends the numbers of a line, and reports whether there was one.
func appendRow(rows *[]float64, lines *csv.Reader, places []int) (bool, error) {
	cells, err := lines.Read()
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, at := range places {
		switch text := strings.TrimSpace(cells[at]); text {
		case "", "NA":
			*rows = append(*rows, math.NaN())
		default:
			v, err := strconv.ParseFloat(text, 64)
			if err != nil && !errors.Is(err, strconv.ErrRange) {
				line, column := lines.FieldPos(at)
				return false, fmt.Errorf("line %d, column %d: %q is not a number", line, column, text)
			}
			*rows = append(*rows, v)
		}
	}
	return true, nil
}

// print prints what the model gives for a row. The writer keeps its first error for the end.
func (f *treesFlags) print(out *bufio.Writer, row []float64) {
	if f.json {
		list := make([]number, len(row))
		for i, v := range row {
			list[i] = number(v)
		}
		_ = jsonLine(out, struct {
			Prediction []number `json:"prediction"`
		}{list})
		return
	}
	for i, v := range row {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_, _ = out.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	}
	_ = out.WriteByte('\n')
}
