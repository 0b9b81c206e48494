package main

import (
	"slices"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor"
)

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
		row.figures = append(row.figures, element{
			name, bench.Dtype[T](), n, p.isas[i].Name,
			number(ns), number(ns / float64(n)), number(op.Bytes(n) / ns),
		})
	}
	return row
}

// operation returns the operation of that name, which exists.
func operation[T tensor.Float](name string) bench.Operation[T] {
	all := bench.Operations[T]()
	return all[slices.IndexFunc(all, func(op bench.Operation[T]) bool { return op.Name == name })]
}
