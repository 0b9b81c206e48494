package main

import (
	"fmt"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// gradientBatch is the number of images of a convolution whose gradients are timed: as in training,
// what is done once for all images counts little.
const gradientBatch = 4

// convGradients times the gradients of convolutions by their input and by their weights. PyTorch
// has images pixel by pixel, as ours, and channel by channel.
func (s *session) convGradients() error {
	torch := s.startTorch()
	defer closeAll(torch)
	columns := []string{"simdnn"}
	for _, p := range torch {
		columns = append(columns, p.name, p.planesName())
	}
	s.report.begin("convgrad", "GFLOP/s", columns, true)
	top := peak[float32](s.threads)
	e := tensor.NewEngine[float32](asm.Active(), s.threads)
	for _, c := range s.convolutions {
		for _, by := range []string{"input", "weights"} {
			if c.channels == 3 && by == "input" {
				continue // an image, whose gradient nobody needs
			}
			ours, want := c.ourGradient(e, by, s.contest.clock)
			sides := []contender{ours}
			for _, p := range torch {
				for slot, name := range []string{p.name, p.planesName()} {
					sides = append(sides, p.contender(name, slot, c.gradientRequest(by, slot == 1),
						func(values []float64) error { return near(values, want) }))
				}
			}
			r := row{Section: "convgrad", Job: fmt.Sprintf("%v by %s", c, by), Op: "conv", Dtype: "f32",
				unit: 1 / (c.flops() * gradientBatch), PeakGFLOPS: top, Timings: s.contest.hold(sides)}
			if err := s.finish(&r); err != nil {
				return err
			}
		}
	}
	return nil
}

// planesName returns the name of PyTorch's side whose images are channel by channel.
func (p *pythonPeer) planesName() string { return "planes" + p.name[len("PyTorch"):] }

// gradientRequest returns what asks PyTorch for a gradient.
func (c convolution) gradientRequest(by string, planes bool) map[string]any {
	return map[string]any{"prepare": "conv_gradient", "by": by, "planes": planes,
		"batch": gradientBatch, "size": c.size, "channels": c.channels, "filters": c.filters,
		"kernel": c.kernel, "stride": c.stride, "groups": c.groups}
}

// ourGradient returns our side, and numbers of its result to compare.
func (c convolution) ourGradient(e *tensor.Engine[float32], by string, clock clock) (contender,
	[]float64) {
	shape := c.shape()
	shape.Batch = gradientBatch
	plan := e.PlanConv(shape)
	out := plan.OutputSize()
	weights, _ := c.weights()
	w, dw := weights.Data(), make([]float32, weights.Len())
	x := noisy[float32](1, 1, 0, gradientBatch, c.size[0], c.size[1], c.channels).Data()
	dy := noisy[float32](4, 0.25, 0, gradientBatch, out[1], out[2], c.filters).Data()
	dx := make([]float32, len(x))
	result, once := dx, func() { plan.InputGradient(dx, dy, w, nil) }
	if by == "weights" {
		result, once = dw, func() { plan.WeightGradient(dw, x, dy) }
	}
	once()
	return contender{name: "simdnn", role: ours, run: clock.timed(once)}, sampled(result)
}
