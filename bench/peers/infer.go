package main

import (
	"fmt"
	"slices"

	"simdnn/nn"
	"simdnn/tensor"
)

// predictors are the networks whose predictions are timed, the outputs as they leave the last product: that is what the peers compute.
var predictors = []network{
	{sizes: []int{10, 64, 1}, loss: "mse", opt: "sgd", batch: 1},
	{sizes: []int{64, 128, 10}, loss: "mse", opt: "sgd", batch: 1},
	{sizes: []int{784, 512, 256, 10}, loss: "mse", opt: "sgd", batch: 1},
	{sizes: []int{10, 64, 1}, loss: "mse", opt: "sgd", batch: 256},
	{sizes: []int{64, 128, 10}, loss: "mse", opt: "sgd", batch: 256},
	{sizes: []int{784, 512, 256, 10}, loss: "mse", opt: "sgd", batch: 256},
}

// infer times one prediction of every network, of one sample and of a batch.
func (s *session) infer() error {
	torch := s.startPeer("PyTorch", "torch_peer.py", "python3-torch")
	defer torch.close()
	names := []string{"simdnn", "Predict", "PyTorch", "TorchScript"}
	s.report.begin("infer", "µs a prediction", names, false)
	for _, n := range predictors {
		m, err := n.model(stepRate, s.threads)
		if err != nil {
			return err
		}
		w, err := m.NewWorkspace(n.batch)
		if err != nil {
			return err
		}
		x := n.inputs()
		want, err := n.outputs(m, w, x)
		if err != nil {
			return err
		}
		sides := []contender{
			{name: "simdnn", role: ours, run: s.contest.clock.tried(func() error { _, err := m.Forward(w, x); return err })},
			{name: "Predict", role: informative, run: s.contest.clock.tried(func() error { _, err := m.Predict(x); return err })},
		}
		equal := func(values []float64) error { return near(values, want) }
		if torch != nil {
			for slot, compiled := range []bool{false, true} {
				request := map[string]any{"prepare": "infer", "sizes": n.sizes, "batch": n.batch, "compiled": compiled}
				sides = append(sides, torch.contender(names[2+slot], slot, request, equal))
			}
		}
		r := row{Section: "infer", Job: fmt.Sprintf("%s batch %d", n.chain(), n.batch), Dtype: "f32", Net: n.chain(), Batch: n.batch,
			unit: 1e-3, Timings: s.contest.hold(sides)}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// outputs returns the first 64 predictions.
func (n network) outputs(m *nn.Model[float32], w *nn.Workspace[float32], x *tensor.Tensor[float32]) ([]float64, error) {
	y, err := m.Forward(w, x)
	if err != nil {
		return nil, err
	}
	var values []float64
	for _, v := range slices.Clone(y.Data()[:min(samples, y.Len())]) {
		values = append(values, float64(v))
	}
	return values, nil
}
