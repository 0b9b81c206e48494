package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdnn/internal/cli"
	"simdnn/onnx"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

func newONNXBench() *cobra.Command {
	var inputs onnxInputs
	var o onnxBenchOptions
	cmd := &cobra.Command{
		Use:   "bench MODEL",
		Short: "Time a model: opening, compiling, running, and its operators",
		Long: "bench opens a model, compiles it for the shapes of its inputs, and times runs of it and\n" +
			"the operators of its graphs. With --peer, ONNX Runtime runs the model on the same inputs and\n" +
			"as many threads in turns with it, in a Python that has the package onnxruntime: a run a\n" +
			"turn, after others of 10 ms, and on several threads as many as take 60 ms.",
		Example: "  nnbench onnx bench model.onnx --shape x=1x3x224x224\n" +
			"  nnbench onnx bench model.onnx --input x=x.npy --threads 2 --json\n" +
			"  nnbench onnx bench model.onnx --without layout,pack\n" +
			"  nnbench onnx bench model.onnx --peer --python venv/bin/python",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("onnx bench takes one file; got %s", cli.Count(len(args), "argument"))
			}
			return benchONNX(cmd.OutOrStdout(), args[0], inputs, o)
		},
	}
	inputs.register(cmd)
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON lines")
	cmd.Flags().BoolVar(&o.peer, "peer", false, "time ONNX Runtime in turns with it")
	cmd.Flags().StringVar(&o.python, "python", "python3", "the Python of --peer")
	withoutFlag(cmd, &o.without, onnx.Passes())
	return cmd
}

// onnxBenchOptions are the flags of onnx bench beside those of inputs.
type onnxBenchOptions struct {
	json, peer bool
	python     string
	without    []string
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
	*peerFigures
}

// The runs of onnx bench: for so long, but at least some.
const (
	onnxBenchTime = 2 * time.Second
	onnxBenchRuns = 5
)

// ONNX Runtime's threads go on spinning for a thirtieth of a second after a run, on the processors
// of others. On several threads its turns and those of this last longer than a run, and before each
// of the latter is a pause in which they fall asleep.
const (
	peerSpins = 60 * time.Millisecond
	peerTurn  = 60 * time.Millisecond
)

func benchONNX(w io.Writer, path string, f onnxInputs, o onnxBenchOptions) error {
	if err := checkWithout(o.without, onnx.Passes()); err != nil {
		return cli.Usage(err)
	}
	start := time.Now()
	m, err := onnx.Open(path, onnxOptions)
	if err != nil {
		return cli.Usage(err)
	}
	defer m.Close()
	result := onnxBench{Done: true, Model: path, ISA: asm.Active().Name, Threads: f.threads,
		LoadMS: milliseconds(time.Since(start))}
	inputs, err := f.values(m)
	if err != nil {
		return cli.Usage(err)
	}
	s := m.Session(onnx.SessionOptions{Threads: f.threads, Without: o.without})
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
	if err := result.timeRuns(run, o, inputs, first); err != nil {
		return err
	}
	result.Arena, result.PeakRSS = s.ArenaBytes(), peakRSS()
	nodes, err := s.Profile(inputs)
	if err != nil {
		return err
	}
	return result.print(w, nodes, o.json)
}

// peerWarm is how long a turn's runs take that are not counted: they find the caches of the other
// side, and after a pause Go's monitor wakes fifty times, 20 µs apart or as far as the system's
// timers allow, 100 µs on some virtual machines, which takes a seventh to a third of the time where
// both share one processor.
const peerWarm = 10 * time.Millisecond

// timeRuns times runs of the model, and in turns with them the peer's, if there is one.
func (r *onnxBench) timeRuns(
	run func() error, o onnxBenchOptions, inputs, outputs map[string]*onnx.Value,
) error {
	sides := []func() (time.Duration, error){func() (time.Duration, error) {
		start := time.Now()
		err := run()
		return time.Since(start), err
	}}
	if o.peer {
		peer, err := startONNXPeer(o.python, r.Model, inputs, r.Threads)
		if err != nil {
			return fmt.Errorf("--peer: %w", err)
		}
		defer peer.close()
		if r.peerFigures, err = peer.figures(outputs); err != nil {
			return err
		}
		sides = append(sides, peer.run)
	}
	times := make([][]time.Duration, len(sides))
	turns := o.peer && r.Threads > 1
	for begin := time.Now(); len(times[0]) < onnxBenchRuns || time.Since(begin) < onnxBenchTime; {
		for i, side := range sides {
			if turns && i == 0 {
				time.Sleep(peerSpins)
			}
			if o.peer {
				if err := warm(side); err != nil {
					return err
				}
			}
			for turn := time.Now(); ; {
				d, err := side()
				if err != nil {
					return err
				}
				times[i] = append(times[i], d)
				if !turns || time.Since(turn) > peerTurn {
					break
				}
			}
		}
	}
	for _, side := range times {
		slices.Sort(side)
	}
	r.RunNS = float64(times[0][len(times[0])/2])
	if o.peer {
		r.addPeer(times[0], times[1])
	}
	return r.countAllocations(run)
}

// warm runs a side once, and on until peerWarm is over.
func warm(side func() (time.Duration, error)) error {
	for start := time.Now(); ; {
		if _, err := side(); err != nil || time.Since(start) >= peerWarm {
			return err
		}
	}
}

// countAllocations counts those of a run after another one, between which nothing empties pools.
func (r *onnxBench) countAllocations(run func() error) error {
	var before, after runtime.MemStats
	for range 2 {
		runtime.ReadMemStats(&before)
		if err := run(); err != nil {
			return err
		}
		runtime.ReadMemStats(&after)
	}
	r.RunAllocs = after.Mallocs - before.Mallocs
	return nil
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
		if err := cli.JSONEach(w, lines); err != nil {
			return err
		}
		return cli.JSONLine(w, r)
	}
	t := cli.NewTable(w, "operator", "nodes", "time", "share")
	for _, n := range lines {
		t.Row(n.Operator, strconv.Itoa(n.Node), cli.Nanoseconds(n.NS),
			fmt.Sprintf("%.1f %%", 100*n.Share))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nhost: one run with a clock at each node, less the nodes: inputs checked "+
		"and outputs copied,\nwhat is computed between graphs, and the clocks themselves\n\n"+
		"%s on %s, %s: opened in %.3g ms, first run %.3g ms, then %s a run, "+
		"%d allocations, %d bytes of values\n", r.Model, r.ISA, cli.Count(r.Threads, "thread"), r.LoadMS,
		r.CompileMS, cli.Nanoseconds(r.RunNS), r.RunAllocs, r.Arena)
	if err == nil && r.peerFigures != nil {
		err = r.peerFigures.print(w)
	}
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
