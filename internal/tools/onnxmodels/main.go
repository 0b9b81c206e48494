// Command onnxmodels runs models for the script models.py beside it, which compares package onnx
// with ONNX Runtime on models as they are published.
//
//	onnxmodels check MANIFEST…     compares outputs with those in a manifest's files, a JSON line a case
//	onnxmodels written MANIFEST…   compares models with their graphs, written and read again
//	onnxmodels time MANIFEST 0.5s 1  times the first case on a thread, and prints a JSON line
//	onnxmodels passes MANIFEST 0.5s  leaves passes out one by one, and prints a JSON line each
//	onnxmodels profile MANIFEST    prints what operators take in the first case, the slowest first
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"simdnn/onnx"
	"simdnn/tensor/npy"
)

// manifest says what to run a model on, and what it should give. Files are relative to its folder.
type manifest struct {
	Model string            `json:"model"`
	Feed  map[string]string `json:"feed"` // the input that an output becomes at the next step
	Cases []testCase        `json:"cases"`
}

// testCase is runs one after the other.
type testCase struct {
	Name  string `json:"name"`
	Steps []step `json:"steps"`
}

// step is the files of a run's arrays, by their names. Inputs that are fed are missing from the
// second step on.
type step struct {
	Inputs  map[string]string `json:"inputs"`
	Outputs map[string]string `json:"outputs"`
}

func main() {
	err := errors.New("usage: onnxmodels check MANIFEST… | written MANIFEST… | " +
		"time MANIFEST DURATION THREADS | passes MANIFEST DURATION | profile MANIFEST")
	switch {
	case len(os.Args) >= 3 && os.Args[1] == "check":
		err = nil
		for _, path := range os.Args[2:] {
			err = errors.Join(err, checkAll(path))
		}
	case len(os.Args) >= 3 && os.Args[1] == "written":
		err = writtenAgain(os.Args[2:])
	case len(os.Args) == 5 && os.Args[1] == "time":
		var d time.Duration
		threads, errThreads := strconv.Atoi(os.Args[4])
		if d, err = time.ParseDuration(os.Args[3]); err == nil && errThreads == nil {
			err = timed(os.Args[2], d, threads)
		}
	case len(os.Args) == 4 && os.Args[1] == "passes":
		var d time.Duration
		if d, err = time.ParseDuration(os.Args[3]); err == nil {
			err = leftOut(os.Args[2], d)
		}
	case len(os.Args) == 3 && os.Args[1] == "profile":
		err = profile(os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// read returns a manifest with the paths of its files.
func read(path string) (*manifest, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, c := range m.Cases {
		for _, s := range c.Steps {
			for _, files := range []map[string]string{s.Inputs, s.Outputs} {
				for name, file := range files {
					files[name] = filepath.Join(filepath.Dir(path), file)
				}
			}
		}
	}
	return &m, nil
}

// values reads the arrays in files.
func values(files map[string]string) (map[string]*onnx.Value, error) {
	all := map[string]*onnx.Value{}
	for name, file := range files {
		a, err := npy.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all[name] = onnx.NewTensor(a)
	}
	return all, nil
}

// verdict is a line about a case.
type verdict struct {
	Model      string  `json:"model"`
	Case       string  `json:"case"`
	Output     string  `json:"output"` // the one that differs most
	Difference float64 `json:"difference"`
	Error      string  `json:"error,omitempty"`
}

// checkAll prints a line for each case of a manifest.
func checkAll(path string) error {
	m, err := read(path)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	model, err := onnx.Open(m.Model, onnx.Options{})
	if err != nil {
		return out.Encode(verdict{Model: m.Model, Error: err.Error()})
	}
	defer model.Close()
	session := model.Session(onnx.SessionOptions{Threads: 1})
	for _, c := range m.Cases {
		v := verdict{Model: m.Model, Case: c.Name}
		if err := v.check(session, c, m.Feed); err != nil {
			v.Error = err.Error()
		}
		if err := out.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// check runs a case and keeps the largest difference of an output, relative to its largest number.
func (v *verdict) check(session *onnx.Session, c testCase, feed map[string]string) error {
	var last map[string]*onnx.Value
	largest, most := map[string]float64{}, map[string]float64{}
	for i, s := range c.Steps {
		inputs, err := values(s.Inputs)
		if err != nil {
			return err
		}
		for output, input := range feed {
			if i > 0 {
				inputs[input] = last[output]
			}
		}
		if last, err = session.Run(inputs); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		want, err := values(s.Outputs)
		if err != nil {
			return err
		}
		for name, w := range want {
			d, l, err := difference(last[name], w)
			if err != nil {
				return fmt.Errorf("step %d: the output %q: %w", i, name, err)
			}
			most[name], largest[name] = max(most[name], d), max(largest[name], l)
		}
	}
	for name, d := range most {
		if d /= largest[name]; d > v.Difference {
			v.Difference, v.Output = d, name
		}
	}
	return nil
}

// difference returns the largest difference of two tensors, and the largest number in want.
func difference(got, want *onnx.Value) (most, largest float64, err error) {
	if got == nil || got.Array() == nil || got.Array().DType() != want.Array().DType() ||
		!got.Array().SameShape(want.Array()) {
		return 0, 0, fmt.Errorf("%v, not %v", got, want)
	}
	g, w := onnx.Floats(got), onnx.Floats(want)
	for i := range w {
		largest = max(largest, magnitude(w[i]))
		if g[i] == w[i] || g[i] != g[i] && w[i] != w[i] {
			continue
		}
		d := magnitude(g[i] - w[i])
		if d != d {
			return 0, 0, fmt.Errorf("element %d is %v, not %v", i, g[i], w[i])
		}
		most = max(most, d)
	}
	return most, largest, nil
}

// magnitude returns |x|.
func magnitude(x float64) float64 { return max(x, -x) }
