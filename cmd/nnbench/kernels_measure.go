package main

import (
	"slices"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor"
)

// product is the figures of one matrix product.
type product struct {
	Op           string `json:"op"`
	Trans        string `json:"trans"`
	Dtype        string `json:"dtype"`
	M            int    `json:"m"`
	N            int    `json:"n"`
	K            int    `json:"k"`
	ISA          string `json:"isa"`
	Threads      int    `json:"threads"`
	NS           number `json:"ns"`         // the public call as a user writes it
	PlannedNS    number `json:"planned_ns"` // the same product with its kernel chosen beforehand
	GFLOPS       number `json:"gflops"`
	PeakFraction number `json:"peak_fraction"` // of the peak of as many threads
}

// products times the products of a plan with each type and yields a row of figures, one for each
// ISA, at a time.
func (p *kernelsPlan) products(yield func([]product) error) error {
	if !p.gemm {
		return nil
	}
	for _, dtype := range p.dtypes {
		timed := timeProducts[float32]
		if dtype == "f64" {
			timed = timeProducts[float64]
		}
		if err := timed(p, yield); err != nil {
			return err
		}
	}
	return nil
}

// timeProducts times all products of a plan with the element type T.
func timeProducts[T tensor.Float](p *kernelsPlan, yield func([]product) error) error {
	peaks := make([]float64, len(p.isas))
	for i, isa := range p.isas {
		peaks[i] = measure.PeakGFLOPS[T](isa, p.threads)
	}
	for _, trans := range p.trans {
		for _, s := range p.shapes {
			row := make([]product, len(p.isas))
			for i, ns := range timeProduct[T](p, s, trans) {
				gflops := 2 * float64(s.m) * float64(s.n) * float64(s.k) / ns.public
				row[i] = product{gemmName, trans.String(), bench.Dtype[T](), s.m, s.n, s.k,
					p.isas[i].Name, p.threads, number(ns.public), number(ns.planned),
					number(gflops), number(gflops / peaks[i])}
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
	Op        string `json:"op"`
	Dtype     string `json:"dtype"`
	N         int    `json:"n"`
	ISA       string `json:"isa"`
	NS        number `json:"ns"`
	NSPerElem number `json:"ns_per_elem"`
	GBps      number `json:"gbps"` // operands read plus results written
}

// elementRow is the figures of one operation on n elements, one for each ISA, and the time in
// nanoseconds of a copy of as many elements that took turns with them.
type elementRow struct {
	figures []element
	copying float64
}

// elements times the operations on elements of a plan with each type and yields a row at a time.
func (p *kernelsPlan) elements(yield func(elementRow) error) error {
	for _, dtype := range p.dtypes {
		timed := timeElements[float32]
		if dtype == "f64" {
			timed = timeElements[float64]
		}
		for _, name := range p.elementwise {
			for _, n := range p.lengths {
				if err := yield(timed(p, name, n)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// timeElements times one operation on n elements with every ISA of the plan.
func timeElements[T tensor.Float](p *kernelsPlan, name string, n int) elementRow {
	op := operation[T](name)
	var engines []*tensor.Engine[T]
	for _, isa := range p.isas {
		engines = append(engines, tensor.NewEngine[T](isa, p.threads))
	}
	source, target := bench.Filled[T](n).Data(), make([]T, n)
	calls := append(op.On(n, engines...), func() { copy(target, source) })
	times := measure.Nanoseconds(calls...)
	last := len(times) - 1
	row := elementRow{copying: times[last]}
	for i, ns := range times[:last] {
		row.figures = append(row.figures,
			element{name, bench.Dtype[T](), n, p.isas[i].Name, number(ns), number(ns / float64(n)),
				number(op.Bytes(n) / ns)})
	}
	return row
}

// operation returns the operation of that name, which exists.
func operation[T tensor.Float](name string) bench.Operation[T] {
	all := bench.Operations[T]()
	return all[slices.IndexFunc(all, func(op bench.Operation[T]) bool { return op.Name == name })]
}
