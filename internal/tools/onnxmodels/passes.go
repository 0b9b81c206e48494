package main

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"time"

	"simdnn/onnx"
	"simdnn/tensor"
)

// without is a line about a model without a pass.
type without struct {
	Pass       string  `json:"pass"`
	Ratio      float64 `json:"ratio"` // of the fastest runs: how much longer they take
	Same       bool    `json:"same"`  // the outputs have the same bits
	Difference float64 `json:"difference"`
}

// leftOut times the first step of a manifest's first case without each pass in turn, run by run in
// turns with all passes, and compares the outputs. Passes that change no output and no time by a
// percent or so have nothing to do in the model.
func leftOut(path string, d time.Duration) error {
	model, inputs, err := openFirst(path)
	if err != nil {
		return err
	}
	defer model.Close()
	out := json.NewEncoder(os.Stdout)
	all, want, err := sessionOf(model, inputs)
	if err != nil {
		return err
	}
	for _, pass := range onnx.Passes() {
		fewer, got, err := sessionOf(model, inputs, pass)
		if err != nil {
			return err
		}
		line := without{Pass: pass, Same: true}
		for name, w := range want {
			most, largest, err := difference(got[name], w)
			if err != nil {
				return err
			}
			if largest > 0 {
				line.Difference = max(line.Difference, most/largest)
			}
			line.Same = line.Same && slices.Equal(got[name].Array().Bytes(), w.Array().Bytes())
		}
		if line.Ratio, err = inTurns(all, fewer, d); err != nil {
			return err
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// sessionOf returns what runs a model without some passes, and what it gives.
func sessionOf(model *onnx.Model, inputs map[string]*onnx.Value, passes ...string) (func() error,
	map[string]*onnx.Value, error) {
	s := model.Session(onnx.SessionOptions{Threads: 1, Without: passes})
	first, err := s.Run(inputs)
	if err != nil {
		return nil, nil, err
	}
	outputs := map[string]*tensor.Array{}
	for name, v := range first {
		outputs[name] = v.Clone().Array()
	}
	return func() error { return s.RunInto(inputs, outputs) }, first, nil
}

// inTurns returns how much longer the fastest run of b takes than that of a.
func inTurns(a, b func() error, d time.Duration) (float64, error) {
	fastest := [2]time.Duration{math.MaxInt64, math.MaxInt64}
	begin := time.Now()
	for round := 0; round < 12 || time.Since(begin) < d; round++ {
		for i, run := range []func() error{a, b} {
			start := time.Now()
			if err := run(); err != nil {
				return 0, err
			}
			fastest[i] = min(fastest[i], time.Since(start))
		}
	}
	return float64(fastest[1]) / float64(fastest[0]), nil
}
