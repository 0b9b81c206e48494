package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdnn/onnx"
	"simdnn/tensor"
	"simdnn/tensor/asm"
	"simdnn/tensor/npy"
)

func newONNXRun() *cobra.Command {
	var inputs onnxInputs
	var folder string
	var json bool
	cmd := &cobra.Command{
		Use:   "run MODEL",
		Short: "Run a model and write its outputs as .npy files",
		Long: "run runs a model once on inputs from .npy, .npz, .pb, .png or .jpg files. An image is\n" +
			"resized to the declared size, and made floats between 0 and 1 if the model takes floats:\n" +
			"--normalize subtracts a mean and divides by a deviation. Inputs without a file get\n" +
			"random values, of dimensions of 1 where the model leaves them open and --shape\n" +
			"does not say otherwise.",
		Example: "  nnbench onnx run model.onnx --input x=x.npy --output results\n" +
			"  nnbench onnx run model.onnx --shape x=1x3x224x224 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("onnx run takes one file; got %d arguments", len(args))
			}
			return runONNX(cmd.OutOrStdout(), args[0], inputs, folder, json)
		},
	}
	inputs.register(cmd)
	cmd.Flags().StringVar(&folder, "output", "", "folder for the outputs")
	cmd.Flags().BoolVar(&json, "json", false, "print JSON lines, one an output")
	return cmd
}

// onnxOutput is a line of onnx run.
type onnxOutput struct {
	Output string `json:"output"`
	Type   string `json:"type"`
	Shape  []int  `json:"shape"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

func runONNX(w io.Writer, path string, f onnxInputs, folder string, json bool) error {
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return usageError{err}
	}
	defer m.Close()
	inputs, err := f.values(m)
	if err != nil {
		return usageError{err}
	}
	outputs, err := m.Session(onnx.SessionOptions{Threads: f.threads}).Run(inputs)
	if err != nil {
		return err
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return err
		}
	}
	for _, d := range m.Info().Outputs {
		v := outputs[d.Name]
		line := onnxOutput{Output: d.Name, Type: v.Element().String(), Shape: v.Shape()}
		if v.Array() != nil {
			sum := sha256.Sum256(v.Array().Bytes())
			line.SHA256 = hex.EncodeToString(sum[:])
		}
		if folder != "" {
			if line.File, err = writeOutput(filepath.Join(folder, fileNameOf(d.Name)), v); err != nil {
				return err
			}
		}
		if json {
			err = jsonLine(w, line)
		} else {
			_, err = fmt.Fprintln(w, d.Name, v, shown(v), line.File)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeOutput writes numbers as NumPy's file and texts line by line, and returns the file's path, "" for
// what is neither.
func writeOutput(path string, v *onnx.Value) (string, error) {
	switch {
	case v.Array() != nil:
		return path + ".npy", npy.WriteFile(path+".npy", v.Array())
	case v.Strings() != nil:
		lines := strings.Join(v.Strings(), "\n") + "\n"
		return path + ".txt", os.WriteFile(path+".txt", []byte(lines), 0o666)
	}
	return "", nil
}

// mostShown is the number of elements up to which they are printed.
const mostShown = 16

// shown returns the elements of a small output.
func shown(v *onnx.Value) string {
	switch {
	case v.Strings() != nil && len(v.Strings()) <= mostShown:
		return fmt.Sprintf("%q", v.Strings())
	case v.Array() != nil && v.Array().Len() <= mostShown:
		return fmt.Sprintf("%.6g", onnx.Floats(v))
	}
	return ""
}

// fileNameOf returns a name without what file systems don't take.
func fileNameOf(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}

func newONNXBench() *cobra.Command {
	var inputs onnxInputs
	var json bool
	cmd := &cobra.Command{
		Use:   "bench MODEL",
		Short: "Time a model: opening, compiling, running, and its operators",
		Example: "  nnbench onnx bench model.onnx --shape x=1x3x224x224\n" +
			"  nnbench onnx bench model.onnx --input x=x.npy --threads 2 --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("onnx bench takes one file; got %d arguments", len(args))
			}
			return benchONNX(cmd.OutOrStdout(), args[0], inputs, json)
		},
	}
	inputs.register(cmd)
	cmd.Flags().BoolVar(&json, "json", false, "print JSON lines")
	return cmd
}

// onnxNode is a line of onnx bench: the nodes of one operator of graphs.
type onnxNode struct {
	Node     int     `json:"node"` // how many there are
	Operator string  `json:"operator"`
	NS       float64 `json:"ns"`
	Share    float64 `json:"share"`
}

// onnxBench is the last line of onnx bench.
type onnxBench struct {
	Done      bool    `json:"done"`
	Model     string  `json:"model"`
	ISA       string  `json:"isa"`
	Threads   int     `json:"threads"`
	LoadMS    float64 `json:"load_ms"`
	CompileMS float64 `json:"compile_ms"`
	RunNS     float64 `json:"run_ns"`
	RunAllocs uint64  `json:"run_allocs"`
	Arena     int     `json:"arena_bytes"`
	PeakRSS   int64   `json:"peak_rss_bytes"`
}

// The runs of onnx bench: for so long, but at least some.
const (
	onnxBenchTime = 2 * time.Second
	onnxBenchRuns = 5
)

func benchONNX(w io.Writer, path string, f onnxInputs, json bool) error {
	start := time.Now()
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return usageError{err}
	}
	defer m.Close()
	result := onnxBench{Done: true, Model: path, ISA: asm.Active().Name, Threads: f.threads,
		LoadMS: milliseconds(time.Since(start))}
	inputs, err := f.values(m)
	if err != nil {
		return usageError{err}
	}
	s := m.Session(onnx.SessionOptions{Threads: f.threads})
	start = time.Now()
	first, err := s.Run(inputs)
	if err != nil {
		return err
	}
	result.CompileMS = milliseconds(time.Since(start))
	run := func() error { // into arrays, but for a model that gives texts
		_, err := s.Run(inputs)
		return err
	}
	if outputs := arraysOf(first); outputs != nil {
		run = func() error { return s.RunInto(inputs, outputs) }
	}
	var times []time.Duration
	var before, after runtime.MemStats
	begin := time.Now()
	for len(times) < onnxBenchRuns || time.Since(begin) < onnxBenchTime {
		start := time.Now()
		if err := run(); err != nil {
			return err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	result.RunNS = float64(times[len(times)/2])
	runtime.ReadMemStats(&before)
	if err := run(); err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	result.RunAllocs, result.Arena = after.Mallocs-before.Mallocs, s.ArenaBytes()
	result.PeakRSS = peakRSS()
	nodes, err := s.Profile(inputs)
	if err != nil {
		return err
	}
	return result.print(w, nodes, json)
}

// arraysOf returns the arrays of outputs, nil if one of them is none.
func arraysOf(outputs map[string]*onnx.Value) map[string]*tensor.Array {
	arrays := map[string]*tensor.Array{}
	for name, v := range outputs {
		if arrays[name] = v.Array(); arrays[name] == nil {
			return nil
		}
	}
	return arrays
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

func (r onnxBench) print(w io.Writer, nodes []onnx.NodeTime, json bool) error {
	var total time.Duration
	for _, n := range nodes {
		total += n.Time
	}
	var lines []onnxNode
	for _, n := range nodes {
		lines = append(lines, onnxNode{n.Count, n.Operator, float64(n.Time),
			float64(n.Time) / float64(max(total, 1))})
	}
	if json {
		if err := jsonEach(w, lines); err != nil {
			return err
		}
		return jsonLine(w, r)
	}
	t := newTable(w, "operator", "nodes", "time", "share")
	for _, n := range lines {
		t.row(n.Operator, strconv.Itoa(n.Node), nanoseconds(n.NS), fmt.Sprintf("%.1f %%", 100*n.Share))
	}
	if err := t.flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nhost: one run with a clock at each node, less the nodes: inputs checked and outputs "+
		"copied,\nwhat is computed between graphs, and the clocks themselves\n\n%s on %s, %s: opened in %.3g ms, first run %.3g ms, then %s a run, "+
		"%d allocations, %d bytes of values\n", r.Model, r.ISA, count(r.Threads, "thread"), r.LoadMS,
		r.CompileMS, nanoseconds(r.RunNS), r.RunAllocs, r.Arena)
	return err
}

// peakRSS returns the most memory that the process has held, 0 where the system does not tell.
func peakRSS() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
