package main

import (
	"github.com/viterin/vek"
	"github.com/viterin/vek/vek32"

	"simdnn/tensor"
)

// vekProduct returns the product of vek, which has C = A·B only and uses as many threads as Go
// runs; of other transposes a contender without a run.
func vekProduct[T tensor.Float](m *matrices[T], by clock) contender {
	side := contender{name: "vek", role: peer}
	if m.trans != tensor.NN {
		return side
	}
	switch a := any(m.a.Data()).(type) {
	case []float32:
		b, c := any(m.b.Data()).([]float32), any(m.c.Data()).([]float32)
		side.run = by.timed(func() { vek32.MatMul_Into(c, a, b, m.k) })
	case []float64:
		b, c := any(m.b.Data()).([]float64), any(m.c.Data()).([]float64)
		side.run = by.timed(func() { vek.MatMul_Into(c, a, b, m.k) })
	}
	return side
}

// vekOperations are vek's operations on elements. It has none of the activations.
var vekOperations = map[string]func(v *vectors){
	"relu": func(v *vectors) { vek32.MaximumNumber_Into(v.o.Data(), v.x.Data(), 0) },
	"add":  func(v *vectors) { vek32.Add_Into(v.o.Data(), v.x.Data(), v.y.Data()) },
	"sum":  func(v *vectors) { v.scalar = vek32.Sum(v.x.Data()) },
	"dot":  func(v *vectors) { v.scalar = vek32.Dot(v.x.Data(), v.y.Data()) },
	"exp":  func(v *vectors) { vek32.Exp_Into(v.o.Data(), v.x.Data()) },
	"log":  func(v *vectors) { vek32.Log_Into(v.o.Data(), v.x.Data()) },
}
