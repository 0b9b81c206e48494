package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"simdnn/onnx"
	"simdnn/tensor"
)

// timing is a line about the first case of a manifest. Its names are those of models.py.
type timing struct {
	Open    float64 `json:"open_ms"`    // until the model is checked
	Compile float64 `json:"compile_ms"` // what the first run takes more than the fastest one
	Run     float64 `json:"run_ms"`     // the fastest
	Median  float64 `json:"median_ms"`
	Allocs  uint64  `json:"allocs"`      // in a steady run
	RSS     int64   `json:"rss_bytes"`   // that the model and its runs have added
	Peak    int64   `json:"peak_bytes"`  // of the process
	Arena   int     `json:"arena_bytes"` // of values
}

// timed times the first step of a manifest's first case on some threads.
func timed(path string, d time.Duration, threads int) error {
	m, err := read(path)
	if err != nil {
		return err
	}
	inputs, err := values(m.Cases[0].Steps[0].Inputs)
	if err != nil {
		return err
	}
	before := memory("VmRSS:")
	start := time.Now()
	model, err := onnx.Open(m.Model, onnx.Options{})
	if err != nil {
		return err
	}
	defer model.Close()
	t := timing{Open: milliseconds(time.Since(start))}
	s := model.Session(onnx.SessionOptions{Threads: threads})
	start = time.Now()
	first, err := s.Run(inputs)
	if err != nil {
		return err
	}
	t.Compile = milliseconds(time.Since(start))
	outputs := map[string]*tensor.Array{}
	for name, v := range first {
		outputs[name] = v.Array()
	}
	run := func() error { return s.RunInto(inputs, outputs) }
	if err := t.repeat(run, d); err != nil {
		return err
	}
	t.Arena, t.RSS, t.Peak = s.ArenaBytes(), memory("VmRSS:")-before, memory("VmHWM:")
	return json.NewEncoder(os.Stdout).Encode(t)
}

// openFirst opens the model of a manifest, with the inputs of the first step of its first case.
func openFirst(path string) (*onnx.Model, map[string]*onnx.Value, error) {
	m, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	inputs, err := values(m.Cases[0].Steps[0].Inputs)
	if err != nil {
		return nil, nil, err
	}
	model, err := onnx.Open(m.Model, onnx.Options{})
	return model, inputs, err
}

// profile prints the operators of the graphs that a model becomes, and what they take.
func profile(path string) error {
	model, inputs, err := openFirst(path)
	if err != nil {
		return err
	}
	defer model.Close()
	s := model.Session(onnx.SessionOptions{Threads: 1})
	for range 3 { // with warm caches
		if _, err = s.Run(inputs); err != nil {
			return err
		}
	}
	nodes, err := s.Profile(inputs)
	for _, n := range nodes {
		fmt.Printf("%10.1f µs  %4d × %s\n", float64(n.Time)/1e3, n.Count, n.Operator)
	}
	return err
}

// repeat runs for some time, at least three times.
func (t *timing) repeat(run func() error, d time.Duration) error {
	var times []float64
	for begin := time.Now(); len(times) < 3 || time.Since(begin) < d; {
		start := time.Now()
		if err := run(); err != nil {
			return err
		}
		times = append(times, milliseconds(time.Since(start)))
	}
	slices.Sort(times)
	t.Run, t.Median = times[0], times[len(times)/2]
	t.Compile -= t.Run
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := run()
	runtime.ReadMemStats(&after)
	t.Allocs = after.Mallocs - before.Mallocs
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

// memory returns a number of bytes of /proc/self/status, 0 where the system has none.
func memory(name string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
