package bench

import (
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// Case is one benchmark.
type Case struct {
	Family string // the first part of the name, a Go benchmark function: "MatMul"
	Config string // the rest of the name: "trans=NN/size=64x64x64/dtype=f32/isa=avx2"

	// Flops and Bytes are the floating-point operations that a call computes, and the bytes that it
	// has to read and write. At most one is given, by what limits the speed.
	Flops, Bytes float64

	// Prepare makes the operands and returns the function to be timed, which has run once: what it
	// allocates on its first call is there.
	Prepare func() (call func(), err error)
}

// Name returns the name of the benchmark as Go writes it, without the word Benchmark and the number
// of processors.
func (c *Case) Name() string { return c.Family + "/" + c.Config }

// Rate returns the rate that a call's time in nanoseconds stands for and its unit, GFLOP/s or GB/s,
// or no unit if the case counts neither.
func (c *Case) Rate(ns float64) (rate float64, unit string) {
	switch {
	case c.Flops > 0:
		return c.Flops / ns, "GFLOP/s"
	case c.Bytes > 0:
		return c.Bytes / ns, "GB/s"
	}
	return 0, ""
}

// Rates lists the units of rates. More is better.
var Rates = []string{"GFLOP/s", "GB/s"}

// Options choose cases.
type Options struct {
	ISAs []*tensor.ISA // ISAs; none means the active one
	// Full asks for every size with every transpose and type, in place of a selection that takes a
	// minute or two.
	Full bool
}

// Families lists the families of cases in their order.
var Families = []string{ceiling, matMul, elementwise, step, inference, loader}

// Cases returns the cases chosen, family by family. Training steps and predictions are in them for
// the active ISA alone, which is the one that models run.
func Cases(o Options) []Case {
	if len(o.ISAs) == 0 {
		o.ISAs = []*tensor.ISA{asm.Active()}
	}
	var cases []Case
	for _, isa := range o.ISAs {
		cases = append(cases, peaks[float32](isa), peaks[float64](isa))
	}
	cases = append(cases, copies()...)
	for _, isa := range o.ISAs {
		cases = append(cases, products[float32](isa, o.Full)...)
		cases = append(cases, products[float64](isa, o.Full)...)
	}
	for _, isa := range o.ISAs {
		cases = append(cases, elements[float32](isa, o.Full)...)
		cases = append(cases, elements[float64](isa, o.Full)...)
	}
	cases = append(cases, steps()...)
	cases = append(cases, predictions()...)
	return append(cases, epochs()...)
}
