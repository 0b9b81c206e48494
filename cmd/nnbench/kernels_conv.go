package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor"
)

// convName is the operation that takes convolutions.
const convName = "conv2d"

// convFigures is the figures of one convolution.
type convFigures struct {
	Op           string `json:"op"`
	Dtype        string `json:"dtype"`
	Input        string `json:"input"`  // batch×channels×height×width
	Kernel       string `json:"kernel"` // filters×height×width
	Stride       int    `json:"stride"`
	Padding      int    `json:"padding"`
	Groups       int    `json:"groups"`
	ISA          string `json:"isa"`
	Threads      int    `json:"threads"`
	NS           number `json:"ns"`
	GFLOPS       number `json:"gflops"`
	PeakFraction number `json:"peak_fraction"` // of the peak of as many threads
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

// convolutions times those of a plan with each type and yields a row of figures, one for each
// ISA, at a time.
func (p *kernelsPlan) convolutions(yield func([]convFigures) error) error {
	if len(p.convs) == 0 {
		return nil
	}
	for _, dtype := range p.dtypes {
		timed := timeConvs[float32]
		if dtype == "f64" {
			timed = timeConvs[float64]
		}
		if err := timed(p, yield); err != nil {
			return err
		}
	}
	return nil
}

// timeConvs times all convolutions of a plan with the element type T, with ISAs in turns.
func timeConvs[T tensor.Float](p *kernelsPlan, yield func([]convFigures) error) error {
	peaks := make([]float64, len(p.isas))
	for i, isa := range p.isas {
		peaks[i] = measure.PeakGFLOPS[T](isa, p.threads)
	}
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
		flops := 2 * float64(len(y)) * float64(len(weights)/s.Filters)
		row := make([]convFigures, len(p.isas))
		for i, ns := range measure.Nanoseconds(calls...) {
			row[i] = convFigures{convName, bench.Dtype[T](),
				fmt.Sprintf("%dx%dx%dx%d", s.Batch, s.Channels, s.Size[1], s.Size[2]),
				fmt.Sprintf("%dx%dx%d", s.Filters, s.Kernel[1], s.Kernel[2]), s.Stride[1], s.Before[1],
				s.Groups, p.isas[i].Name, p.threads, number(ns), number(flops / ns),
				number(flops / ns / peaks[i])}
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// convTable prints the convolutions of a type.
func (p *kernelsPlan) convTable(w io.Writer, dtype string, rows [][]convFigures, v *verdict) error {
	rows = slices.DeleteFunc(slices.Clone(rows), func(row []convFigures) bool {
		return row[0].Dtype != dtype
	})
	if len(rows) == 0 {
		return nil
	}
	t := p.newISATable(w, "convolutions, "+dtype+", "+count(p.threads, "thread"),
		"input, kernel, stride, padding, groups", "GFLOP/s")
	for _, row := range rows {
		var times []float64
		var figures []isaFigure
		for _, r := range row {
			times = append(times, float64(r.NS))
			figures = append(figures, isaFigure{fmt.Sprintf("%.1f", r.GFLOPS),
				float64(r.PeakFraction)})
		}
		r := row[0]
		name := fmt.Sprintf("%s, %s, s%d, p%d, g%d", r.Input, r.Kernel, r.Stride, r.Padding, r.Groups)
		t.row(name, "FMA peak", figures, times)
		v.count(p, convName+" "+name, times)
	}
	return t.flush()
}
