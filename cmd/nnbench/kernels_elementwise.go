package main

import (
	"fmt"
	"slices"
	"strconv"
	"unsafe"

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

// operands are those of an operation on elements: tensors of shape (1, n), all positive where the operation needs that.
type operands[T tensor.Float] struct{ dst, x, y *tensor.Tensor[T] }

// operation is one that kernels can time.
type operation[T tensor.Float] struct {
	name    string
	streams int // the slices of n elements that it reads or writes
	call    func(e *tensor.Engine[T], o operands[T])
}

// elementwiseOperations lists the operations on elements.
func elementwiseOperations[T tensor.Float]() []operation[T] {
	type engine = tensor.Engine[T]
	type ops = operands[T]
	return []operation[T]{
		{"add", 3, func(e *engine, o ops) { e.Add(o.dst, o.x, o.y) }},
		{"sub", 3, func(e *engine, o ops) { e.Sub(o.dst, o.x, o.y) }},
		{"mul", 3, func(e *engine, o ops) { e.Mul(o.dst, o.x, o.y) }},
		{"scale", 2, func(e *engine, o ops) { e.Scale(o.dst, o.x, 1.5) }},
		{"axpy", 3, func(e *engine, o ops) { e.Axpy(o.dst, o.x, 1e-9) }},
		{"dot", 2, func(e *engine, o ops) { e.Dot(o.x, o.y) }},
		{"sum", 1, func(e *engine, o ops) { e.Sum(o.x) }},
		{"max", 1, func(e *engine, o ops) { e.Max(o.x) }},
		{"relu", 2, func(e *engine, o ops) { e.Relu(o.dst, o.x) }},
		{"leaky_relu", 2, func(e *engine, o ops) { e.LeakyRelu(o.dst, o.x, 0.01) }},
		{"sigmoid", 2, func(e *engine, o ops) { e.Sigmoid(o.dst, o.x) }},
		{"tanh", 2, func(e *engine, o ops) { e.Tanh(o.dst, o.x) }},
		{"silu", 2, func(e *engine, o ops) { e.Silu(o.dst, o.x) }},
		{"gelu", 2, func(e *engine, o ops) { e.Gelu(o.dst, o.x) }},
		{"gelu_tanh", 2, func(e *engine, o ops) { e.GeluTanh(o.dst, o.x) }},
		{"exp", 2, func(e *engine, o ops) { e.Exp(o.dst, o.x) }},
		{"log", 2, func(e *engine, o ops) { e.Log(o.dst, o.x) }},
		{"softmax", 2, func(e *engine, o ops) { e.Softmax(o.dst, o.x) }},
	}
}

// timeElementwise returns the measurement of all operations on elements of a plan with the element type T.
func timeElementwise[T tensor.Float](p *kernelsPlan) func(yield func(result) error) error {
	return func(yield func(result) error) error {
		all := elementwiseOperations[T]()
		for _, name := range p.elementwise {
			op := all[slices.IndexFunc(all, func(op operation[T]) bool { return op.name == name })]
			for _, n := range p.lengths {
				for i, ns := range timeOperation(p, op, n) {
					bytes := float64(op.streams * n * int(unsafe.Sizeof(T(0))))
					r := elementwise{name, dtypeOf[T](), n, p.sets[i].Name, number(ns), number(ns / float64(n)), number(bytes / ns)}
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
func timeOperation[T tensor.Float](p *kernelsPlan, op operation[T], n int) []float64 {
	o := operands[T]{tensor.New[T](1, n), ramp[T](1, n), ramp[T](1, n)}
	if op.name == "log" {
		x := o.x.Data()
		for i := range x {
			x[i] += 2.5
		}
	}
	var calls []func()
	for _, set := range p.sets {
		e := tensor.NewEngine[T](set, p.threads)
		calls = append(calls, func() { op.call(e, o) })
	}
	return measure.Nanoseconds(calls...)
}
