package main

import (
	"fmt"
	"strings"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
)

// integerConvNames are the convolutions of integers of 8 bits, where u or s says whether those of
// the images and of the filters are unsigned or signed. They end with codes.
var integerConvNames = []string{"conv_u8s8", "conv_s8s8", "conv_u8u8"}

// integerConvFigures is the figures of one of them, by filters that are packed beforehand as those
// of the convolution of float32 are that it is compared with.
type integerConvFigures struct {
	Op       string     `json:"op"`
	Input    string     `json:"input"`  // batch×channels×height×width
	Kernel   string     `json:"kernel"` // filters×height×width
	Stride   int        `json:"stride"`
	Padding  int        `json:"padding"`
	Groups   int        `json:"groups"`
	ISA      string     `json:"isa"`
	Threads  int        `json:"threads"`
	NS       cli.Number `json:"ns"`
	GOPS     cli.Number `json:"gops"` // a multiplication and an addition are two
	F32NS    cli.Number `json:"f32_ns"`
	F32Ratio cli.Number `json:"f32_ratio"` // how much faster it is than float32
}

// integerConvolutions times those of a plan with every ISA in turns.
func (p *kernelsPlan) integerConvolutions(yield func(kernelRow) error) error {
	for _, op := range p.integerConvs {
		for _, s := range p.convs {
			if err := yield(timeIntegerConv(p, op, s)); err != nil {
				return err
			}
		}
	}
	return nil
}

func timeIntegerConv(p *kernelsPlan, op string, s tensor.ConvShape) kernelRow {
	out, _ := s.OutputSize()
	outputs := s.Batch * s.Filters * out[1] * out[2]
	taps := s.Channels / s.Groups * s.Kernel[1] * s.Kernel[2]
	x := bench.Filled[float32](s.Batch * s.Channels * s.Size[1] * s.Size[2]).Data()
	w, y := bench.Filled[float32](s.Filters*taps).Data(), make([]float32, outputs)
	var calls []func()
	for _, isa := range p.isas {
		e := tensor.NewEngine[float32](isa, p.threads)
		plan := e.PlanConv(s)
		floats := func() { plan.Forward(y, x, w, nil) }
		if packed := plan.Pack(w); packed != nil {
			kept := plan.Keep(packed)
			floats = func() { kept.Forward(y, x, nil) }
		}
		calls = append(calls, integerConv(e, op, s, outputs), floats)
	}
	ns := measure.Nanoseconds(calls...)
	f := integerConvFigures{Op: op, Threads: p.threads,
		Input:  fmt.Sprintf("%dx%dx%dx%d", s.Batch, s.Channels, s.Size[1], s.Size[2]),
		Kernel: fmt.Sprintf("%dx%dx%d", s.Filters, s.Kernel[1], s.Kernel[2]),
		Stride: s.Stride[1], Padding: s.Before[1], Groups: s.Groups}
	row := kernelRow{limit: "float32", name: fmt.Sprintf("%s %s, %s, s%d, p%d, g%d", op, f.Input,
		f.Kernel, f.Stride, f.Padding, f.Groups),
		table: kernelTable{"convolutions of integers, " + cli.Count(p.threads, "thread"),
			"input, kernel, stride, padding, groups", "Gop/s"}}
	for i, isa := range p.isas {
		own, f32 := ns[2*i], ns[2*i+1]
		gops := 2 * float64(outputs) * float64(taps) / own
		f.ISA, f.NS, f.GOPS = isa.Name, cli.Number(own), cli.Number(gops)
		f.F32NS, f.F32Ratio = cli.Number(f32), cli.Number(f32/own)
		row.add(own, fmt.Sprintf("%.1f", gops), f32/own, f)
	}
	return row
}

// integerConv returns a convolution of random integers whose results are codes.
func integerConv(e *tensor.Engine[float32], op string, s tensor.ConvShape, outputs int) func() {
	types := strings.TrimPrefix(op, "conv_")
	filters := randomWeights(s.Filters*s.Channels/s.Groups*s.Kernel[1]*s.Kernel[2], types[2] == 's')
	var zeros []int32
	if types[2] == 'u' {
		zeros = []int32{127}
	}
	w := e.PackIntegerFilters(filters, s, types[2] == 's', zeros)
	p := e.PlanIntegerConv(s, w, types[0] == 's')
	x := randomBytes(s.Batch * s.Channels * s.Size[1] * s.Size[2])
	r := &tensor.IntegerResult{Codes: make([]uint8, outputs), Scale: make([]float32, s.Filters),
		Zeros: []int32{120}, Range: tensor.CodeRange{Low: -128, High: 127, Zero: 128}}
	if types[0] == 's' {
		r.Zeros[0] = 3
	}
	for i := range r.Scale {
		r.Scale[i] = 0x1p-12
	}
	return func() { p.Run(x, r) }
}
