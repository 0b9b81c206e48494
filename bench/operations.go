package bench

import (
	"unsafe"

	"simdnn/tensor"
)

// Operation is an operation on elements, or a reduction of them, that can be timed.
type Operation[T tensor.Float] struct {
	Name    string
	streams int // the slices of n elements that it reads or writes
	// Flops is the arithmetic for each float32 element, as the formula in package asm has it: a fused multiply-add counts two; a sum, a
	// product, a quotient, a comparison or a maximum one; what only moves bits, such as the choice of an exponent, nothing. It tells what limits an
	// operation, its arithmetic or its data, and has no part in any speed.
	Flops int
	call  func(e *tensor.Engine[T], o operands[T])
}

// operands are those of an operation on n elements: tensors of shape (1, n).
type operands[T tensor.Float] struct{ dst, x, y *tensor.Tensor[T] }

// Operations lists the operations on elements.
func Operations[T tensor.Float]() []Operation[T] {
	type engine = tensor.Engine[T]
	type ops = operands[T]
	return []Operation[T]{
		{"add", 3, 1, func(e *engine, o ops) { e.Add(o.dst, o.x, o.y) }},
		{"sub", 3, 1, func(e *engine, o ops) { e.Sub(o.dst, o.x, o.y) }},
		{"mul", 3, 1, func(e *engine, o ops) { e.Mul(o.dst, o.x, o.y) }},
		{"scale", 2, 1, func(e *engine, o ops) { e.Scale(o.dst, o.x, 1.5) }},
		{"axpy", 3, 2, func(e *engine, o ops) { e.Axpy(o.dst, o.x, 1e-9) }},
		{"dot", 2, 2, func(e *engine, o ops) { e.Dot(o.x, o.y) }},
		{"sum", 1, 1, func(e *engine, o ops) { e.Sum(o.x) }},
		{"max", 1, 1, func(e *engine, o ops) { e.Max(o.x) }},
		{"relu", 2, 1, func(e *engine, o ops) { e.Relu(o.dst, o.x) }},
		{"leaky_relu", 2, 2, func(e *engine, o ops) { e.LeakyRelu(o.dst, o.x, 0.01) }},
		{"sigmoid", 2, 39, func(e *engine, o ops) { e.Sigmoid(o.dst, o.x) }},
		{"tanh", 2, 19, func(e *engine, o ops) { e.Tanh(o.dst, o.x) }},
		{"silu", 2, 44, func(e *engine, o ops) { e.Silu(o.dst, o.x) }},
		{"gelu", 2, 64, func(e *engine, o ops) { e.Gelu(o.dst, o.x) }},
		{"gelu_tanh", 2, 68, func(e *engine, o ops) { e.GeluTanh(o.dst, o.x) }},
		{"exp", 2, 23, func(e *engine, o ops) { e.Exp(o.dst, o.x) }},
		{"log", 2, 25, func(e *engine, o ops) { e.Log(o.dst, o.x) }},
		{"softmax", 2, 27, func(e *engine, o ops) { e.Softmax(o.dst, o.x) }},
	}
}

// Bytes returns the bytes that the operation on n elements has to read and write.
func (op *Operation[T]) Bytes(n int) float64 {
	return float64(op.streams * n * int(unsafe.Sizeof(T(0))))
}

// On returns the operation on n elements by each of the engines. They share the operands, which are positive where the operation needs that.
func (op *Operation[T]) On(n int, engines ...*tensor.Engine[T]) []func() {
	o := operands[T]{tensor.New[T](1, n), Filled[T](1, n), Filled[T](1, n)}
	if op.Name == "log" {
		x := o.x.Data()
		for i := range x {
			x[i] += 2.5
		}
	}
	calls := make([]func(), len(engines))
	for i, e := range engines {
		calls[i] = func() { op.call(e, o) }
	}
	return calls
}
