package main

import (
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
				row[i] = product{
					gemmName, trans.String(), bench.Dtype[T](), s.m, s.n, s.k, p.isas[i].Name, p.threads,
					number(ns.public), number(ns.planned), number(gflops), number(gflops / peaks[i]),
				}
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
	c, a, b := bench.Factors[T](s.m, s.n, s.k, trans)
	as, bs, cs := a.Data(), b.Data(), c.Data()
	var calls []func()
	for _, isa := range p.isas {
		e := tensor.NewEngine[T](isa, p.threads)
		plan := e.Plan(s.m, s.n, s.k, trans)
		calls = append(calls, func() { e.MatMul(c, a, b, trans) }, func() { plan.MatMul(cs, as, bs) })
	}
	ns := measure.Nanoseconds(calls...)
	times := make([]productTime, len(p.isas))
	for i := range times {
		times[i] = productTime{ns[2*i], ns[2*i+1]}
	}
	return times
}
