// Package bench is the suite of benchmarks over the hot paths: products, operations on elements and
// on views, training steps, predictions, loading of data, and beside them the machine's ceilings,
// its rate of fused multiply-adds and its copy bandwidth.
//
//	# the default selection, with the active ISA
//	go test -run '^$' -bench . ./bench
//	# every ISA
//	go test -run '^$' -bench 'MatMul/trans=NN' ./bench -isa all
//	# every size, transpose and type: some minutes
//	go test -run '^$' -bench . ./bench -isa avx2,generic -full
//	go test -run '^$' -bench Elementwise/add -count 10 ./bench >new.txt
//	benchstat old.txt new.txt
//
// Names have the form family/op/key=value/…, as in Elementwise/add/size=16384/dtype=f32/isa=avx2,
// so that benchstat can group and compare by key: benchstat -col /isa results.txt. Everything runs
// on one thread.
//
// The suite is a list of values, [Cases], since the tests of this package are one way to run it:
// nnbench run measures the same cases without the source tree, and nnbench guard compares two
// builds by them.
package bench

import (
	"strings"

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
	// every size with every transpose and type, in place of a selection that takes a minute or two
	Full bool
}

// Families lists the families of cases in their order.
var Families = []string{ceiling, matMul, elementwise, strided, step, inference, loader}

// Cases returns the cases chosen, family by family. Views, training steps and predictions are in
// them for the active ISA alone, which is the one that copies and models run.
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
	cases = append(cases, stridedCases(o.Full)...)
	cases = append(cases, steps()...)
	cases = append(cases, predictions()...)
	return append(cases, epochs()...)
}

// ParseISAs understands a choice of ISAs: names with commas between them, "all" for those that this
// processor can run except reference, which is the tests' oracle and slow, or nothing, which
// chooses none.
func ParseISAs(text string) ([]*tensor.ISA, error) {
	var isas []*tensor.ISA
	if text == "all" {
		available := tensor.AvailableISAs()
		for i := range available {
			if available[i].Name != "reference" {
				isas = append(isas, &available[i])
			}
		}
		return isas, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		if text == "" {
			break
		}
		isa, err := tensor.ISAByName(name)
		if err != nil {
			return nil, err
		}
		isas = append(isas, isa)
	}
	return isas, nil
}

// Filled returns a tensor of moderate values of both signs, without a pattern that a kernel could
// profit from.
func Filled[T tensor.Float](shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	x := t.Data()
	for i := range x {
		x[i] = T((i*7919)%2003)/500 - 2
	}
	return t
}

// Operands returns the matrices of a product C = op(A)·op(B): C is m×n, and the inner dimension is
// k.
func Operands[T tensor.Float](m, n, k int, trans tensor.Trans) (c, a, b *tensor.Tensor[T]) {
	c, a, b = tensor.New[T](m, n), Filled[T](m, k), Filled[T](k, n)
	if trans == tensor.TN || trans == tensor.TT {
		a = Filled[T](k, m)
	}
	if trans == tensor.NT || trans == tensor.TT {
		b = Filled[T](n, k)
	}
	return c, a, b
}

// Dtype names the element type T: "f32" or "f64".
func Dtype[T tensor.Float]() string {
	if _, ok := any(T(0)).(float32); ok {
		return "f32"
	}
	return "f64"
}

// warm calls f once, for what it allocates the first time and for its operands to be in the caches,
// and returns it.
func warm(f func()) func() {
	f()
	return f
}

// repeat is warm for a function that may fail. Whether it does depends on the shapes alone, so that
// the first call shows it.
func repeat(f func() error) (func(), error) {
	if err := f(); err != nil {
		return nil, err
	}
	return func() {
		if err := f(); err != nil {
			panic("bench: a call failed after one like it succeeded: " + err.Error())
		}
	}, nil
}
