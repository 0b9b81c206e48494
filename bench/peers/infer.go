package main

import (
	"fmt"
	"strings"
)

// predictors are the networks whose predictions are timed, the outputs as they leave the last
// product: that is what the peers compute.
var predictors = []network{
	{sizes: []int{10, 64, 1}, batch: 1},
	{sizes: []int{64, 128, 10}, batch: 1},
	{sizes: []int{784, 512, 256, 10}, batch: 1},
	{sizes: []int{784, 512, 256, 10}, batch: 4},
	{sizes: []int{784, 512, 256, 10}, batch: 16},
	{sizes: []int{1024, 1024, 1024, 10}, batch: 1},
	{sizes: []int{1024, 1024, 1024, 10}, batch: 16},
	{sizes: []int{2048, 2048, 2048, 10}, batch: 1},
	{sizes: []int{2048, 2048, 2048, 10}, batch: 16},
	{sizes: []int{10, 64, 1}, batch: 256},
	{sizes: []int{64, 128, 10}, batch: 256},
	{sizes: []int{784, 512, 256, 10}, batch: 256},
}

// selectPredictors returns the given networks with the given numbers of rows, 1 if there are none,
// or the default ones where no network is given.
func selectPredictors(nets, batches string) ([]network, error) {
	if nets == "" {
		return predictors, nil
	}
	rows := []int{1}
	if batches != "" {
		var err error
		if rows, err = parseSizes(split(batches)); err != nil {
			return nil, fmt.Errorf("--batch: %w", err)
		}
	}
	var chosen []network
	for _, net := range split(nets) {
		sizes, err := parseSizes(strings.Split(net, "-"))
		if err != nil || len(sizes) < 2 {
			return nil, fmt.Errorf("--net: %q is not a chain of positive widths, such as 784-512-256-10",
				net)
		}
		for _, batch := range rows {
			chosen = append(chosen, network{sizes: sizes, batch: batch})
		}
	}
	return chosen, nil
}

// infer times one prediction of every network, of one sample and of a batch.
func (s *session) infer() error {
	torch := s.startTorch()
	defer closeAll(torch)
	columns := []string{"simdnn", "Predict"}
	for _, p := range torch {
		columns = append(columns, p.name, p.scriptName())
	}
	var onnx *onnxRuntime
	if s.onnx != "" {
		var err error
		if onnx, err = loadONNXRuntime(s.onnx); err != nil {
			return fmt.Errorf("--onnxruntime: %w", err)
		}
		for _, way := range onnxSettings(s.threads) {
			columns = append(columns, way.name)
		}
	}
	s.report.begin("infer", "µs a prediction", columns, false)
	for _, n := range s.predictors {
		n.loss, n.opt = "mse", "sgd"
		m, err := n.model(stepRate, s.threads)
		if err != nil {
			return err
		}
		frozen, err := m.Freeze() // as ONNX Runtime, which may pack the weights when it loads the model
		if err != nil {
			return err
		}
		predictor, err := frozen.NewPredictor()
		if err != nil {
			return err
		}
		x := n.inputs()
		y, err := predictor.Predict(x)
		if err != nil {
			return err
		}
		want := firstValues(y.Data())
		sides := []contender{
			{name: "simdnn", role: ours, run: s.contest.clock.tried(func() error { _, err := predictor.Predict(x); return err })},
			{name: "Predict", role: informative, run: s.contest.clock.tried(func() error { _, err := m.Predict(x); return err })},
		}
		equal := func(values []float64) error { return near(values, want) }
		for _, p := range torch {
			for slot, name := range []string{p.name, p.scriptName()} {
				request := map[string]any{"prepare": "infer", "sizes": n.sizes, "batch": n.batch,
					"compiled": slot == 1}
				sides = append(sides, p.contender(name, slot, request, equal))
			}
		}
		if onnx != nil {
			for _, way := range onnxSettings(s.threads) {
				side, err := onnx.contender(n.work(m), way, s.contest.clock, equal)
				if err != nil {
					return fmt.Errorf("%s: %w", way.name, err)
				}
				sides = append(sides, side)
			}
		}
		r := row{Section: "infer", Job: fmt.Sprintf("%s batch %d", n.chain(), n.batch), Dtype: "f32",
			Net: n.chain(), Batch: n.batch, unit: 1e-3, Timings: s.contest.hold(sides)}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// firstValues returns the first 64 elements of a result, which are compared.
func firstValues(y []float32) []float64 {
	values := make([]float64, min(samples, len(y)))
	for i := range values {
		values[i] = float64(y[i])
	}
	return values
}
