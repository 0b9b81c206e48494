package main

import (
	"fmt"

	"simdnn/tensor"
)

// Learning rates of the steps: those that are timed must not change what is measured, however many
// there are, such as by gradients that become subnormal; those of the check must show in the loss.
const (
	stepRate  = 1e-6
	checkRate = 1e-2
)

// step times one training step of every network.
func (s *session) step() error {
	torch := s.startTorch()
	defer closeAll(torch)
	s.report.begin("step", "µs a training step", names(torch, "simdnn"), false)
	for _, n := range networks {
		x, y := n.inputs(), n.target()
		want, err := n.losses(s.threads, x, y)
		if err != nil {
			return err
		}
		m, err := n.model(stepRate, s.threads)
		if err != nil {
			return err
		}
		w, err := m.NewWorkspace(n.batch)
		if err != nil {
			return err
		}
		sides := []contender{{name: "simdnn", role: ours,
			run: s.contest.clock.tried(func() error { _, err := m.Step(w, x, y); return err })}}
		for _, p := range torch {
			request := map[string]any{"prepare": "step", "sizes": n.sizes, "loss": n.loss, "opt": n.opt,
				"batch": n.batch, "rate": stepRate, "check_rate": checkRate}
			sides = append(sides, p.contender(p.name, 0, request,
				func(values []float64) error { return near(values, want) }))
		}
		r := row{Section: "step", Job: fmt.Sprintf("%s %s %d", n.chain(), n.opt, n.batch), Dtype: "f32",
			Net: n.chain(), Loss: n.loss, Opt: n.opt, Batch: n.batch, unit: 1e-3,
			Timings: s.contest.hold(sides)}
		if err := s.finish(&r); err != nil {
			return err
		}
	}
	return nil
}

// losses returns the losses of five steps at a rate at which they change.
func (n network) losses(threads int, x, y *tensor.Tensor[float32]) ([]float64, error) {
	m, err := n.model(checkRate, threads)
	if err != nil {
		return nil, err
	}
	w, err := m.NewWorkspace(n.batch)
	if err != nil {
		return nil, err
	}
	losses := make([]float64, 5)
	for i := range losses {
		if losses[i], err = m.Step(w, x, y); err != nil {
			return nil, err
		}
	}
	return losses, nil
}
