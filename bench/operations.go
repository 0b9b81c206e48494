package bench

import (
	"unsafe"

	"simdnn/tensor"
)

// Operation is an element-wise operation or a reduction that can be timed.
type Operation[T tensor.Float] struct {
	Name    string
	streams int // the slices of n elements that it reads or writes
	// Flops is the arithmetic for each float32 element, counted as [tensor.Unary.Flops] does. It says
	// what limits an operation, its arithmetic or its data, and has no part in any speed.
	Flops int
	// Run computes into dst, from x and y as far as it takes them, and returns what a reduction gives.
	// The tensors have the shape (1, n).
	Run func(e *tensor.Engine[T], dst, x, y *tensor.Tensor[T]) T
}

// parameter is the scalar of the parametric operations: so small that a sum stays finite however
// often it is added to.
const parameter = 1e-3

// Operations returns every element-wise operation and reduction: those of the families of package
// tensor, and softmax.
func Operations[T tensor.Float]() []Operation[T] {
	type engine = tensor.Engine[T]
	type array = tensor.Tensor[T]
	var all []Operation[T]
	for f := range tensor.Binaries {
		all = append(all, Operation[T]{f.String(), 3, f.Flops(),
			func(e *engine, dst, x, y *array) T { e.Binary(f, dst, x, y); return 0 }})
	}
	for f := range tensor.Parametrics {
		streams := 2
		if f == tensor.Axpy {
			streams = 3
		}
		all = append(all, Operation[T]{f.String(), streams, f.Flops(),
			func(e *engine, dst, x, _ *array) T { e.Parametric(f, dst, x, parameter); return 0 }})
	}
	for f := range tensor.Unaries {
		all = append(all, Operation[T]{f.String(), 2, f.Flops(),
			func(e *engine, dst, x, _ *array) T { e.Unary(f, dst, x); return 0 }})
	}
	return append(all,
		Operation[T]{"dot", 2, 2, func(e *engine, _, x, y *array) T { return e.Dot(x, y) }},
		Operation[T]{"sum", 1, 1, func(e *engine, _, x, _ *array) T { return e.Sum(x) }},
		Operation[T]{"max", 1, 1, func(e *engine, _, x, _ *array) T { return e.Max(x) }},
		Operation[T]{"softmax", 2, 27,
			func(e *engine, dst, x, _ *array) T { e.Softmax(dst, x); return 0 }},
	)
}

// Bytes returns the bytes that the operation on n elements has to read and write.
func (op *Operation[T]) Bytes(n int) float64 {
	return float64(op.streams * n * int(unsafe.Sizeof(T(0))))
}

// On returns the operation on n elements by each of the engines. They share the operands, which are
// positive where the operation needs that.
func (op *Operation[T]) On(n int, engines ...*tensor.Engine[T]) []func() {
	dst, x, y := tensor.New[T](1, n), Filled[T](1, n), Filled[T](1, n)
	if op.Name == tensor.Log.String() {
		for i := range x.Data() {
			x.Data()[i] += 2.5
		}
	}
	calls := make([]func(), len(engines))
	for i, e := range engines {
		calls[i] = func() { op.Run(e, dst, x, y) }
	}
	return calls
}
