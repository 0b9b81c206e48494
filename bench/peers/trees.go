package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/dmitryikh/leaves"

	"simdnn/onnx"
	"simdnn/tensor"
	"simdnn/tree"
)

// trees times predictions of ensembles of trees: as ONNX, in float32, beside ONNX Runtime; and from
// a file of LightGBM, in float64, beside leaves. Rows change from prediction to prediction.
func (s *session) trees() error {
	columns := []string{"simdnn"}
	var runtime *onnxRuntime
	if s.onnx != "" {
		var err error
		if runtime, err = loadONNXRuntime(s.onnx); err != nil {
			return fmt.Errorf("--onnxruntime: %w", err)
		}
		for _, way := range onnxSettings(s.threads) {
			columns = append(columns, way.name)
		}
	}
	s.report.begin("trees", "µs a prediction", append(columns, "file", "leaves"), false)
	for _, f := range forests {
		sides, want, err := f.ours(s)
		if err != nil {
			return err
		}
		equal := func(values []float64) error { return near(values, want) }
		if runtime != nil {
			w := onnxWork{f.onnxModel(), f.rows, f.features, 1, f.inputs()}
			for _, way := range onnxSettings(s.threads) {
				side, err := runtime.contender(w, way, s.contest.clock, equal)
				if err != nil {
					return fmt.Errorf("%s: %w", way.name, err)
				}
				sides = append(sides, side)
			}
		}
		files, err := f.files(s, equal)
		if err != nil {
			return err
		}
		r := row{Section: "trees", Job: fmt.Sprintf("%d×%d rows %d", f.trees, f.depth, f.rows),
			Batch: f.rows, unit: 1e-3, Timings: s.contest.hold(append(sides, files...))}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// turns returns a function that gives the next rows in turn.
func turns[T any](x []T, n int) func() []T {
	at := 0
	return func() []T {
		rows := x[at:][:n]
		if at += n; at == len(x) {
			at = 0
		}
		return rows
	}
}

// ours returns the side that runs ONNX, and what it gives for the first rows.
func (f forest) ours(s *session) ([]contender, []float64, error) {
	m, err := onnx.Read(f.onnxModel(), "forest", onnx.Options{})
	if err != nil {
		return nil, nil, err
	}
	x := tensor.NewArray(tensor.Float32Type, f.rows, f.features)
	session := m.Session(onnx.SessionOptions{Threads: s.threads})
	bound, err := session.Bind(map[string]*onnx.Value{"x": onnx.NewTensor(x)})
	if err != nil {
		return nil, nil, err
	}
	next := turns(f.inputs(), f.rows*f.features)
	run := func() error {
		copy(tensor.Elements[float32](x), next())
		_, err := bound.Run()
		return err
	}
	copy(tensor.Elements[float32](x), f.inputs())
	y, err := bound.Run()
	if err != nil {
		return nil, nil, err
	}
	want := firstValues(tensor.Elements[float32](y[0].Array()))
	return []contender{{name: "simdnn", role: ours, run: s.contest.clock.tried(run)}}, want, nil
}

// files returns the sides that read LightGBM's file. They are compared with one another alone.
func (f forest) files(s *session, equal func(values []float64) error) ([]contender, error) {
	file := f.lightGBM()
	m, err := tree.ReadBytes([]byte(file))
	if err != nil {
		return nil, err
	}
	other, err := leaves.LGEnsembleFromReader(bufio.NewReader(strings.NewReader(file)), false)
	if err != nil {
		return nil, fmt.Errorf("leaves: %w", err)
	}
	n := f.rows * f.features
	x := make([]float64, 0, len(f.inputs()))
	for _, v := range f.inputs() {
		x = append(x, float64(v))
	}
	y := make([]float64, f.rows)
	side := func(name string, as role, predict func(x []float64) error) contender {
		next := turns(x, n)
		return contender{name: name, role: as,
			run: s.contest.clock.tried(func() error { return predict(next()) }),
			check: func() error {
				if err := predict(x[:n]); err != nil {
					return err
				}
				return equal(y[:min(samples, len(y))])
			}}
	}
	return []contender{
		side("file", planned, func(x []float64) error { m.Predict(y, x); return nil }),
		side("leaves", plannedPeer, func(x []float64) error {
			if f.rows == 1 {
				y[0] = other.PredictSingle(x, 0)
				return nil
			}
			return other.PredictDense(x, f.rows, f.features, y, 0, s.threads)
		}),
	}, nil
}
