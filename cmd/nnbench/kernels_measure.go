package main

import (
	"fmt"
	"slices"

	"simdnn/bench"
	"simdnn/internal/cli"
	"simdnn/internal/measure"
	"simdnn/tensor"
)

// product is the figures of one matrix product.
type product struct {
	Op           string     `json:"op"`
	Trans        string     `json:"trans"`
	Dtype        string     `json:"dtype"`
	M            int        `json:"m"`
	N            int        `json:"n"`
	K            int        `json:"k"`
	ISA          string     `json:"isa"`
	Threads      int        `json:"threads"`
	NS           cli.Number `json:"ns"`         // the public call as a user writes it
	PlannedNS    cli.Number `json:"planned_ns"` // the same product with its kernel chosen beforehand
	GFLOPS       cli.Number `json:"gflops"`
	PeakFraction cli.Number `json:"peak_fraction"` // of the peak of as many threads
}

// products times the products of a plan with each type.
func (p *kernelsPlan) products(yield func(kernelRow) error) error {
	if !p.gemm {
		return nil
	}
	return p.eachType(yield, timeProducts[float32], timeProducts[float64])
}

// timeProducts times all products of a plan with the element type T.
func timeProducts[T tensor.Float](p *kernelsPlan, yield func(kernelRow) error) error {
	peaks, dtype := peaksOf[T](p), bench.Dtype[T]()
	for _, trans := range p.trans {
		for _, s := range p.shapes {
			row := kernelRow{name: fmt.Sprintf("%s %s", trans, s), limit: "FMA peak", table: kernelTable{
				"products, " + dtype + ", " + cli.Count(p.threads, "thread"), "M×N×K", "GFLOP/s"}}
			for i, ns := range timeProduct[T](p, s, trans) {
				gflops := s.flops() / ns.public
				row.add(ns.public, fmt.Sprintf("%.1f", gflops), gflops/peaks[i], product{gemmName,
					trans.String(), dtype, s.m, s.n, s.k, p.isas[i].Name, p.threads, cli.Number(ns.public),
					cli.Number(ns.planned), cli.Number(gflops), cli.Number(gflops / peaks[i])})
			}
			if err := yield(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// productTime is the time of a product in nanoseconds: through the public call, and planned.
type productTime struct{ public, planned float64 }

// timeProduct times one product with every ISA of the plan.
func timeProduct[T tensor.Float](p *kernelsPlan, s shape, trans tensor.Trans) []productTime {
	c, a, b := bench.Operands[T](s.m, s.n, s.k, trans)
	as, bs, cs := a.Data(), b.Data(), c.Data()
	var calls []func()
	for _, isa := range p.isas {
		e := tensor.NewEngine[T](isa, p.threads)
		plan := e.Plan(s.m, s.n, s.k, trans)
		calls = append(calls,
			func() { e.MatMul(c, a, b, trans) },
			func() { plan.MatMul(cs, as, bs) })
	}
	ns := measure.Nanoseconds(calls...)
	times := make([]productTime, len(p.isas))
	for i := range times {
		times[i] = productTime{ns[2*i], ns[2*i+1]}
	}
	return times
}

// element is the figures of one operation on n elements.
type element struct {
	Op        string     `json:"op"`
	Dtype     string     `json:"dtype"`
	N         int        `json:"n"`
	ISA       string     `json:"isa"`
	NS        cli.Number `json:"ns"`
	NSPerElem cli.Number `json:"ns_per_elem"`
	GBps      cli.Number `json:"gbps"` // operands read plus results written
}

// elements times the operations on elements of a plan with each type.
func (p *kernelsPlan) elements(yield func(kernelRow) error) error {
	return p.eachType(yield, timeOperations[float32], timeOperations[float64])
}

// timeOperations times all operations of a plan with the element type T.
func timeOperations[T tensor.Float](p *kernelsPlan, yield func(kernelRow) error) error {
	for _, name := range p.elementwise {
		for _, n := range p.lengths {
			if err := yield(timeElements[T](p, name, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// timeElements times one operation on n elements with every ISA of the plan, and a copy of as many,
// in turns.
func timeElements[T tensor.Float](p *kernelsPlan, name string, n int) kernelRow {
	op, dtype := operation[T](name), bench.Dtype[T]()
	var engines []*tensor.Engine[T]
	for _, isa := range p.isas {
		engines = append(engines, tensor.NewEngine[T](isa, p.threads))
	}
	source, target := bench.Filled[T](n).Data(), make([]T, n)
	times := measure.Nanoseconds(append(op.On(n, engines...), func() { copy(target, source) })...)
	last := len(times) - 1
	row := kernelRow{name: fmt.Sprintf("%s, %d", name, n),
		table: kernelTable{"operations, " + dtype + ", 1 thread", "operation, n", "ns/element"}}
	for i, ns := range times[:last] {
		least, by := elementLimit[T](p, i, op, n, times[last])
		if row.limit == "" || p.isas[i] == p.shown() {
			row.limit = by
		}
		row.add(ns, fmt.Sprintf("%.3f", ns/float64(n)), least/ns, element{name, dtype, n,
			p.isas[i].Name, cli.Number(ns), cli.Number(ns / float64(n)), cli.Number(op.Bytes(n) / ns)})
	}
	return row
}

// elementLimit returns the least time in nanoseconds in which the i-th ISA of the plan could do an
// operation, and what sets this limit. Operations run on one thread. The arithmetic of float64
// operations is not counted: their limit is the copy, which took so many nanoseconds.
func elementLimit[T tensor.Float](p *kernelsPlan, i int, op bench.Operation[T], n int,
	copying float64) (
	ns float64, by string) {
	copied := operation[T]("scale") // which moves as many bytes as a copy
	copying *= op.Bytes(n) / copied.Bytes(n)
	if bench.Dtype[T]() == "f32" {
		peak := peakOf[T](p, i, 1)
		if arithmetic := float64(op.Flops) * float64(n) / peak; arithmetic > copying {
			return arithmetic, "FMA peak"
		}
	}
	return copying, "copy"
}

// operation returns the operation of that name, which exists.
func operation[T tensor.Float](name string) bench.Operation[T] {
	all := bench.Operations[T]()
	return all[slices.IndexFunc(all, func(op bench.Operation[T]) bool { return op.Name == name })]
}
