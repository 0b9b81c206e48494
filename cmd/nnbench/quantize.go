package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdnn/graph/quantize"
	"simdnn/internal/cli"
	"simdnn/internal/cli/training"
	"simdnn/internal/filekind"
)

// quantizeFlags are the flags of quantize.
type quantizeFlags struct {
	inputs              onnxInputs
	data, out           string
	method, calibration string
	options             quantize.Options
	format              training.CSVFormatFlags
	json                bool
}

func newQuantize() *cobra.Command {
	var f quantizeFlags
	cmd := &cobra.Command{
		Use:   "quantize MODEL --out FILE",
		Short: "Make the weights of a trained model integers of few bits, or halves",
		Long: "quantize writes a model that is smaller and, where it computes with integers, faster, and\n" +
			"tells what that costs: MODEL is one that train --save wrote, with samples in --data, or an\n" +
			"ONNX file, with samples in --input. FILE is of the same kind, or an ONNX file.\n\n" +
			"dynamic makes weights int8 and rounds what products multiply them by to uint8, each row by its\n" +
			"own range. static rounds by ranges that are the same for all, which it finds with the samples:\n" +
			"--calibration minmax takes the whole range, percentile leaves outliers out, mse takes the range\n" +
			"with the least squared error. bf16 and f16 make weights halves, u8 and u4 integers in blocks of\n" +
			"32, and leave all else.\n\n" +
			"The report compares both models on the samples: bytes, time, the metric or the share of rows\n" +
			"with the same most probable class; and for each node the ratio of signal to noise, in decibels,\n" +
			"of its weights, of what it gives with it alone quantised, and with all before it. A low one of\n" +
			"the second kind names a node for --exclude; --keep-below does that by a bound.",
		Example: "  nnbench quantize iris.safetensors --data iris.csv --method static --out iris8.safetensors\n" +
			"  nnbench quantize model.onnx --input x=samples.npy --method static --out model8.onnx\n" +
			"  nnbench quantize model.onnx --method u4 --out model4.onnx",
		Args: cli.OneArgument("MODEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.out == "" {
				return cli.Usagef("quantize needs --out FILE, the file to write")
			}
			if err := f.checkOut(args[0]); err != nil {
				return cli.Usage(err)
			}
			switch { // 0 stands for the default in Options
			case f.options.Block == 0:
				return cli.Usagef("--block: blocks have a row at least")
			case f.options.Percentile == 0:
				return cli.Usagef("--percentile: a range holds more than half of the numbers, not none")
			}
			f.options.Method = quantize.Method(f.method)
			f.options.Calibration = quantize.Calibration(f.calibration)
			return f.run(cmd.OutOrStdout(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.out, "out", "", "`FILE` to write, .safetensors or .onnx")
	flags.StringVar(&f.data, "data", "",
		"`FILE` or folder that predict takes with the model, or a text, which static needs")
	flags.StringVar(&f.method, "method", string(quantize.Dynamic), listed(quantize.Methods()))
	flags.StringVar(&f.calibration, "calibration", string(quantize.MinMax),
		"of --method static: "+listed(quantize.Calibrations()))
	flags.Float64Var(&f.options.Percentile, "percentile", 99.999, "of --calibration percentile")
	flags.StringSliceVar(&f.options.Exclude, "exclude", nil, "`NAMES` of nodes that stay as they are")
	flags.BoolVar(&f.options.KeepFirst, "keep-first", false, "leave the first node as it is")
	flags.BoolVar(&f.options.KeepLast, "keep-last", false, "leave the last node as it is")
	flags.Float64Var(&f.options.KeepBelow, "keep-below", 0,
		"leave nodes as they are that have less `DECIBELS` by themselves")
	flags.BoolVar(&f.options.CorrectBias, "correct-bias", false,
		"take the mean error of each filter and column out, found with samples")
	flags.BoolVar(&f.options.Symmetric, "symmetric", false, "round activations to int8 around 0")
	flags.IntVar(&f.options.Block, "block", 32, "rows of a block of u8 and u4")
	f.inputs.register(cmd)
	f.format.Register(flags, "that of the training unless a mark is given, then a point",
		"that of the training unless a mark is given, then none")
	flags.BoolVar(&f.json, "json", false, "print JSON lines, one a node and one for the model")
	return cmd
}

// listed names the values of a flag.
func listed[S ~string](all []S) string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// checkOut refuses to write in the place of what is read.
func (f *quantizeFlags) checkOut(model string) error {
	out := cli.NamedFile{Flag: "out", Path: f.out}
	if cli.CheckDistinct(cli.NamedFile{Path: model}, out) != nil {
		return fmt.Errorf("--out: %s is the model that is quantised; give another name", f.out)
	}
	return cli.CheckDistinct(cli.NamedFile{Flag: "data", Path: f.data}, out)
}

func (f *quantizeFlags) run(w io.Writer, path string) error {
	kind, err := filekind.OfFile(path)
	if err != nil {
		return err
	}
	if kind == filekind.Safetensors {
		if err := cli.WantEnding("--out", f.out, ".safetensors", ".onnx"); err != nil {
			return err
		}
		return f.saved(w, path)
	}
	if err := cli.WantEnding("--out", f.out, ".onnx"); err != nil {
		return err
	}
	return f.onnx(w, path)
}

// quantizeResult compares two models.
type quantizeResult struct {
	Model       string     `json:"model"`
	Out         string     `json:"out"`
	Method      string     `json:"method"`
	Calibration string     `json:"calibration,omitempty"`
	Nodes       int        `json:"nodes"`
	BytesBefore int64      `json:"bytes_before"` // of the files
	BytesAfter  int64      `json:"bytes_after"`
	Rows        int        `json:"rows"` // of the samples
	NsBefore    cli.Number `json:"ns_before"`
	NsAfter     cli.Number `json:"ns_after"`
	Metric      string     `json:"metric,omitempty"` // accuracy or rmse
	Before      cli.Number `json:"before"`
	After       cli.Number `json:"after"`
	SameClass   cli.Number `json:"same_class"` // share of rows
	Difference  cli.Number `json:"difference"` // the largest, as a share of the largest magnitude
	Floats      []string   `json:"floats,omitempty"`
	Done        bool       `json:"done"`
}

// quantizeNode is what is known of a node.
type quantizeNode struct {
	Node     string     `json:"node"`
	Operator string     `json:"operator"`
	Shape    []int      `json:"shape"`
	Bits     cli.Number `json:"bits"`
	Weights  cli.Number `json:"sqnr_weights"`
	Output   cli.Number `json:"sqnr_output"`
	Alone    cli.Number `json:"sqnr_alone"`
	Kept     bool       `json:"kept,omitempty"` // as it was
}

// print prints the nodes and the result.
func (f *quantizeFlags) print(w io.Writer, report *quantize.Report, r quantizeResult) error {
	r.Method, r.Nodes, r.Out, r.Done = f.method, len(report.Nodes), f.out, true
	r.Floats = report.Floats
	if f.options.Method == quantize.Static {
		r.Calibration = f.calibration
	}
	if r.Metric == "" {
		r.Before, r.After = cli.Number(math.NaN()), cli.Number(math.NaN())
	}
	for path, to := range map[string]*int64{r.Model: &r.BytesBefore, f.out: &r.BytesAfter} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		*to = info.Size()
	}
	if f.json {
		for i, n := range slices.Concat(report.Nodes, report.Kept) {
			err := cli.JSONLine(w, quantizeNode{n.Name, n.Operator, n.Shape, cli.Number(n.Bits),
				cli.Number(n.Weights), cli.Number(n.Output), cli.Number(n.Alone), i >= len(report.Nodes)})
			if err != nil {
				return err
			}
		}
		return cli.JSONLine(w, r)
	}
	t := cli.NewTable(w, "node", "operator", "shape", "bits", "weights dB", "alone dB", "output dB")
	for _, n := range report.Nodes {
		t.Row(n.Name, n.Operator, fmt.Sprint(n.Shape), fmt.Sprintf("%.2f", n.Bits), decibels(n.Weights),
			decibels(n.Alone), decibels(n.Output))
	}
	for _, n := range report.Kept {
		t.Row(n.Name, n.Operator, fmt.Sprint(n.Shape), "kept", decibels(n.Weights), decibels(n.Alone), "-")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Floats) > 0 {
		fmt.Fprintf(w, "\nstay float32, having no form of integers: %s\n", strings.Join(r.Floats, ", "))
	}
	fmt.Fprintf(w, "\n%s: %d bytes, %d before\n", f.out, r.BytesAfter, r.BytesBefore)
	if before, after := float64(r.NsBefore), float64(r.NsAfter); before > 0 {
		note := ""
		if after > 1.05*before {
			note = " (slower)"
		}
		fmt.Fprintf(w, "time of %d rows: %s, %s before%s\n", r.Rows, cli.Nanoseconds(after),
			cli.Nanoseconds(before), note)
	}
	if r.Metric != "" {
		fmt.Fprintf(w, "%s: %.4g, %.4g before\n", r.Metric, float64(r.After), float64(r.Before))
	}
	if r.Rows > 0 {
		fmt.Fprintf(w, "largest difference: %.3g of the largest magnitude\n", float64(r.Difference))
	}
	if same := float64(r.SameClass); same == same && r.Rows > 0 {
		fmt.Fprintf(w, "same most probable class: %.4g of the rows\n", same)
	}
	return nil
}

// decibels formats a ratio, a dash where there is none.
func decibels(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.1f", v)
}

// compare compares what two models give: the largest difference as a share of the largest
// magnitude, and the share of rows of so many columns whose largest number is the same, NaN if
// there is one column.
func (r *quantizeResult) compare(before, after []float64, columns int) {
	largest, farthest, same := 0.0, 0.0, 0
	for i, v := range before {
		largest, farthest = max(largest, math.Abs(v)), max(farthest, math.Abs(v-after[i]))
	}
	r.Difference, r.SameClass = 0, cli.Number(math.NaN())
	if farthest != 0 { // else all may be 0, and the share none
		r.Difference = cli.Number(farthest / largest)
	}
	if columns < 2 {
		return
	}
	for lo := 0; lo < len(before); lo += columns {
		if largestOf(before[lo:][:columns]) == largestOf(after[lo:][:columns]) {
			same++
		}
	}
	r.SameClass = cli.Number(float64(same*columns) / float64(len(before)))
}

// largestOf returns the place of the largest number, the first one of several.
func largestOf(x []float64) (best int) {
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// quantizeTime is how long two models are run in turns to be timed; slow ones take longer, up to
// quantizeTurns turns or quantizeMost.
const (
	quantizeTime  = 400 * time.Millisecond
	quantizeTurns = 5
	quantizeMost  = 10 * quantizeTime
)

// time sets the times to the shortest of two functions' runs, in turns.
func (r *quantizeResult) time(before, after func() error) error {
	shortest := [2]time.Duration{math.MaxInt64, math.MaxInt64}
	for start, turn := time.Now(), 0; ; turn++ {
		if d := time.Since(start); d > quantizeTime && (turn >= quantizeTurns || d > quantizeMost) {
			break
		}
		for i, f := range [2]func() error{before, after} {
			began := time.Now()
			if err := f(); err != nil {
				return err
			}
			shortest[i] = min(shortest[i], time.Since(began))
		}
	}
	r.NsBefore = cli.Number(shortest[0].Nanoseconds())
	r.NsAfter = cli.Number(shortest[1].Nanoseconds())
	return nil
}
