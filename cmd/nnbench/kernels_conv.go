package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
)

// convName is the operation that takes convolutions.
const convName = "conv2d"

// convFigures is the figures of one convolution.
type convFigures struct {
	Op           string     `json:"op"`
	Dtype        string     `json:"dtype"`
	Input        string     `json:"input"`  // batch×channels×height×width
	Kernel       string     `json:"kernel"` // filters×height×width
	Stride       int        `json:"stride"`
	Padding      int        `json:"padding"`
	Groups       int        `json:"groups"`
	ISA          string     `json:"isa"`
	Threads      int        `json:"threads"`
	NS           cli.Number `json:"ns"`
	GFLOPS       cli.Number `json:"gflops"`
	PeakFraction cli.Number `json:"peak_fraction"` // of the peak of as many threads
}

// parseConv reads "1x64x56x56,64x3x3,s1,p1,g1": input, kernel, stride, padding and groups, of which
// the last three may be left out.
func parseConv(text string) (tensor.ConvShape, error) {
	wrong := fmt.Errorf("%q is not of the form NxCxHxW,FxHxW,sS,pP,gG, such as "+
		"1x64x56x56,64x3x3,s1,p1,g1", text)
	parts := strings.Split(text, ",")
	if len(parts) < 2 {
		return tensor.ConvShape{}, wrong
	}
	input, err1 := positives(parts[0], 4)
	kernel, err2 := positives(parts[1], 3)
	if errors.Join(err1, err2) != nil {
		return tensor.ConvShape{}, wrong
	}
	s := tensor.ConvShape{Batch: input[0], Channels: input[1], Size: [3]int{1, input[2], input[3]},
		Filters: kernel[0], Kernel: [3]int{1, kernel[1], kernel[2]}, Groups: 1,
		Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
	for _, part := range parts[2:] {
		letter, digits := part[:min(1, len(part))], part[min(1, len(part)):]
		n, err := strconv.Atoi(digits)
		switch {
		case err != nil:
			return s, wrong
		case letter == "s":
			s.Stride = [3]int{1, n, n}
		case letter == "p":
			s.Before, s.After = [3]int{0, n, n}, [3]int{0, n, n}
		case letter == "g":
			s.Groups = n
		default:
			return s, wrong
		}
	}
	if _, err := s.OutputSize(); err != nil {
		return s, fmt.Errorf("%q: %w", text, err)
	}
	return s, nil
}

// positives reads so many positive numbers between x or ×.
func positives(text string, count int) ([]int, error) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == 'x' || r == '×' })
	numbers := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", part)
		}
		numbers[i] = n
	}
	if len(numbers) != count {
		return nil, fmt.Errorf("%d numbers, not %d", len(numbers), count)
	}
	return numbers, nil
}

// convBytes returns the size of the arrays of a convolution.
func convBytes(s tensor.ConvShape, element float64) float64 {
	out, _ := s.OutputSize()
	pixels := func(size [3]int) float64 { return float64(size[1]) * float64(size[2]) }
	weights := float64(s.Filters) * float64(s.Channels/s.Groups) * pixels(s.Kernel)
	return element * (weights + float64(s.Batch)*(float64(s.Channels)*pixels(s.Size)+
		float64(s.Filters)*pixels(out)))
}

// convolutions times those of a plan with each type.
func (p *kernelsPlan) convolutions(yield func(kernelRow) error) error {
	if !p.conv {
		return nil
	}
	return p.eachType(yield, timeConvs[float32], timeConvs[float64])
}

// timeConvs times all convolutions of a plan with the element type T, with ISAs in turns.
func timeConvs[T tensor.Float](p *kernelsPlan, yield func(kernelRow) error) error {
	peaks := peaksOf[T](p)
	for _, s := range p.convs {
		out, _ := s.OutputSize()
		weights := bench.Filled[T](s.Filters * s.Channels / s.Groups * s.Kernel[1] * s.Kernel[2]).Data()
		x := bench.Filled[T](s.Batch * s.Channels * s.Size[1] * s.Size[2]).Data()
		y := make([]T, s.Batch*s.Filters*out[1]*out[2])
		var calls []func()
		for _, isa := range p.isas {
			plan := tensor.NewEngine[T](isa, p.threads).PlanConv(s)
			calls = append(calls, func() { plan.Forward(y, x, weights, nil) })
		}
		f := convFigures{Op: convName, Dtype: bench.Dtype[T](), Threads: p.threads,
			Input:  fmt.Sprintf("%dx%dx%dx%d", s.Batch, s.Channels, s.Size[1], s.Size[2]),
			Kernel: fmt.Sprintf("%dx%dx%d", s.Filters, s.Kernel[1], s.Kernel[2]),
			Stride: s.Stride[1], Padding: s.Before[1], Groups: s.Groups}
		row := kernelRow{limit: "FMA peak",
			name: fmt.Sprintf("%s, %s, s%d, p%d, g%d", f.Input, f.Kernel, f.Stride, f.Padding, f.Groups),
			table: kernelTable{"convolutions, " + f.Dtype + ", " + cli.Count(p.threads, "thread"),
				"input, kernel, stride, padding, groups", "GFLOP/s"}}
		flops := 2 * float64(len(y)) * float64(len(weights)/s.Filters)
		for i, ns := range measure.Nanoseconds(calls...) {
			f.ISA, f.NS, f.GFLOPS = p.isas[i].Name, cli.Number(ns), cli.Number(flops/ns)
			f.PeakFraction = cli.Number(flops / ns / peaks[i])
			row.add(ns, fmt.Sprintf("%.1f", f.GFLOPS), float64(f.PeakFraction), f)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}
