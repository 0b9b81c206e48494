package main

import (
	"fmt"
	"slices"
	"strconv"

	"simdnn/bench"
	"simdnn/cmd/nnbench/internal/measure"
	"simdnn/tensor"
)

// elementwise is the figures of one operation on n elements.
type elementwise struct {
	Op        string `json:"op"`
	Dtype     string `json:"dtype"`
	N         int    `json:"n"`
	ISA       string `json:"isa"`
	NS        number `json:"ns"`
	NSPerElem number `json:"ns_per_elem"`
	GBps      number `json:"gbps"` // operands read plus results written
}

// elementwiseColumns heads the table of operations on elements.
var elementwiseColumns = []string{"op", "dtype", "n", "isa", "time", "ns/element", "GB/s"}

func (e elementwise) cells() []string {
	return []string{e.Op, e.Dtype, strconv.Itoa(e.N), e.ISA, nanoseconds(float64(e.NS)), fmt.Sprintf("%.3f", e.NSPerElem), fmt.Sprintf("%.1f", e.GBps)}
}

// timeElementwise returns the measurement of all operations on elements of a plan with the element type T.
func timeElementwise[T tensor.Float](p *kernelsPlan) func(yield func(result) error) error {
	return func(yield func(result) error) error {
		all := bench.Operations[T]()
		for _, name := range p.elementwise {
			op := all[slices.IndexFunc(all, func(op bench.Operation[T]) bool { return op.Name == name })]
			for _, n := range p.lengths {
				for i, ns := range timeOperation(p, op, n) {
					r := elementwise{name, bench.Dtype[T](), n, p.sets[i].Name, number(ns), number(ns / float64(n)), number(op.Bytes(n) / ns)}
					if err := yield(r); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
}

// timeOperation returns the time in nanoseconds of one operation on n elements with every kernel set of the plan.
func timeOperation[T tensor.Float](p *kernelsPlan, op bench.Operation[T], n int) []float64 {
	var engines []*tensor.Engine[T]
	for _, set := range p.sets {
		engines = append(engines, tensor.NewEngine[T](set, p.threads))
	}
	return measure.Nanoseconds(op.On(n, engines...)...)
}
