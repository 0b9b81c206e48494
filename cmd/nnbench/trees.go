package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
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
				return cli.Usagef("unknown command %q of trees; %s --help lists those there are", args[0],
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
				return cli.Usagef("trees info takes one file; got %s", cli.Count(len(args), "argument"))
			}
			m, err := tree.Open(args[0])
			if err != nil {
				return cli.Usage(err)
			}
			e := m.Ensemble()
			i := treesInfo{args[0], m.Format, m.Objective, m.Features(), m.Names, m.Targets(), m.Outputs(),
				m.Trees(), len(e.Nodes), len(e.Leaves)}
			if json {
				return cli.JSONLine(cmd.OutOrStdout(), i)
			}
			features := append([]string{strconv.Itoa(i.Features)}, i.Names...)
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "model      %s\nformat     %s\nobjective  %s\n"+
				"features   %s\ntargets    %d\noutputs    %d\ntrees      %d\nnodes      %d\nleaves     %d\n",
				i.Model, i.Format, i.Objective, strings.Join(features, " "), i.Targets, i.Outputs, i.Trees,
				i.Nodes, i.Leaves)
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
		Short: "Predict the rows of a table with a model of LightGBM or XGBoost",
		Long: "run prints what a model gives for each row of a CSV file, or of arrays of NumPy\n" +
			"(.npy, .npz): all digits of the numbers that LightGBM or XGBoost predict. Its\n" +
			"columns are found by the names of the model's features, those of an archive by\n" +
			"its arrays; where the file has none of them, they stand in the model's order.\n" +
			"Empty cells, NaN and NA are missing values. Categories of a data frame that the\n" +
			"model was trained on have their names, those of arrays their numbers.",
		Example: "  nnbench trees run model.txt --data rows.csv\n" +
			"  nnbench trees run model.txt --data x.npy\n" +
			"  nnbench trees run model.json --data rows.csv --raw --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || f.data == "" {
				return cli.Usagef("trees run takes one file and --data FILE")
			}
			if f.threads < 1 {
				return cli.Usagef("--threads: %d is not a number of threads", f.threads)
			}
			m, err := tree.Open(args[0])
			if err != nil {
				return cli.Usage(err)
			}
			m.Threads = f.threads
			return f.run(m, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "",
		"CSV `FILE` with a line of names, .npy or .npz; - for CSV of standard input")
	flags.BoolVar(&f.raw, "raw", false, "print the sums before the objective's link")
	flags.IntVar(&f.threads, "threads", 1, "threads")
	flags.BoolVar(&f.json, "json", false, "print JSON Lines, one per row")
	return cmd
}

// run predicts some rows at a time.
func (f *treesFlags) run(m *tree.Model, input io.Reader, stdout io.Writer) error {
	next, done, err := f.rows(m, input)
	if err != nil {
		return err
	}
	defer done()
	out := bufio.NewWriter(stdout)
	outputs, predict := m.Outputs(), m.Predict
	if f.raw {
		outputs, predict = m.Targets(), m.Raw
	}
	var rows, results []float64
	for more := true; more; {
		rows = rows[:0]
		for more && len(rows) < 1024*max(m.Features(), 1) {
			if more, err = next(&rows); err != nil {
				return errors.Join(cli.Usagef("%s: %w", f.data, err), out.Flush())
			}
		}
		if len(rows) == 0 {
			break
		}
		results = slices.Grow(results[:0], len(rows)/m.Features()*outputs)[:len(rows)/m.Features()*outputs]
		predict(results, rows)
		for ; len(results) > 0; results = results[outputs:] {
			f.print(out, results[:outputs])
		}
	}
	return out.Flush()
}

// print prints what the model gives for a row. The writer keeps its first error for the end.
func (f *treesFlags) print(out *bufio.Writer, row []float64) {
	if f.json {
		list := make([]cli.Number, len(row))
		for i, v := range row {
			list[i] = cli.Number(v)
		}
		_ = cli.JSONLine(out, struct {
			Prediction []cli.Number `json:"prediction"`
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
